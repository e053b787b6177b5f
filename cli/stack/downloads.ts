/**
 * Fetches Kafka and the registry once, through Maven, into the cache folder.
 *
 * @module
 */
import { join } from "node:path";
import { withFileLock } from "./file_lock.ts";
import { StackError } from "./stack_error.ts";
import { requireTools, runProgram } from "./toolchain.ts";
import { DEPENDENCY_PLUGIN, KAFKA_SCALA_VERSION, KAFKA_VERSION, LOG4J_BINDING, REGISTRY_VERSION } from "./versions.ts";

/** Where the downloaded programs are. */
export interface StackJars {
  /** Class path of Kafka. */
  readonly kafkaClassPath: string;
  /** The registry's runner jar. */
  readonly registryJar: string;
}

interface Download {
  readonly label: string;
  readonly dir: string;
  /** Maven arguments that put everything under a folder. */
  args(into: string): Promise<string[]>;
}

/** Written last: a folder without it is incomplete and is made again. */
const MARKER = ".complete";

/** True if both programs are complete in the cache. */
export async function jarsCached(cache: string): Promise<boolean> {
  for (const download of downloads(cache)) if (!await isComplete(download.dir)) return false;
  return true;
}

/** Makes sure that both programs are in the cache, and fetches what is missing. Two calls at once are safe. */
export async function ensureJars(cache: string, say: (line: string) => void): Promise<StackJars> {
  if (!await jarsCached(cache)) {
    await requireTools({ needMaven: true });
    await withFileLock(join(cache, "downloads.lock"), async () => {
      for (const download of downloads(cache)) await fetchOnce(download, say);
    }, { onWait: () => say("Waiting for a download that another process has begun …") });
  }
  const [kafka, registry] = [join(cache, KAFKA_DIR, "jars", "*"), join(cache, REGISTRY_DIR, REGISTRY_JAR)];
  return { kafkaClassPath: kafka, registryJar: registry };
}

// The name depends on all versions in the folder: running brokers keep the folder from which they started.
const KAFKA_DIR = `kafka-${KAFKA_VERSION}-log4j-${LOG4J_BINDING.version}`;
const REGISTRY_DIR = `registry-${REGISTRY_VERSION}`;
const REGISTRY_JAR = `apicurio-registry-app-${REGISTRY_VERSION}-runner.jar`;

function downloads(cache: string): Download[] {
  return [
    {
      label: `Kafka ${KAFKA_VERSION} (55 MB)`,
      dir: join(cache, KAFKA_DIR),
      async args(into) {
        await Deno.writeTextFile(join(into, "pom.xml"), KAFKA_POM);
        return [
          "-f",
          join(into, "pom.xml"),
          `${DEPENDENCY_PLUGIN}:copy-dependencies`,
          `-DoutputDirectory=${join(into, "jars")}`,
        ];
      },
    },
    {
      label: `Apicurio Registry ${REGISTRY_VERSION} (110 MB)`,
      dir: join(cache, REGISTRY_DIR),
      args: (into) =>
        Promise.resolve([
          `${DEPENDENCY_PLUGIN}:unpack`,
          `-Dartifact=io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`,
          `-DoutputDirectory=${into}`,
        ]),
    },
  ];
}

const KAFKA_POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tickflume</groupId>
  <artifactId>stack</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_${KAFKA_SCALA_VERSION}</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-tools</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>${LOG4J_BINDING.artifact}</artifactId>
      <version>${LOG4J_BINDING.version}</version>
    </dependency>
  </dependencies>
</project>
`;

async function isComplete(dir: string): Promise<boolean> {
  try {
    return (await Deno.stat(join(dir, MARKER))).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function fetchOnce(download: Download, say: (line: string) => void): Promise<void> {
  if (await isComplete(download.dir)) return;
  // An incomplete download is removed; Maven keeps each complete file in its own repository, so little is fetched
  // twice.
  await Deno.remove(download.dir, { recursive: true }).catch(() => undefined);
  await Deno.mkdir(download.dir, { recursive: true });
  say(`Fetching ${download.label}, once …`);
  // Strict checksums: a file that arrived broken is an error, not a warning.
  const args = [
    "--batch-mode",
    "--quiet",
    "--strict-checksums",
    "-Dstyle.color=never",
    ...await download.args(download.dir),
  ];
  // Outside any project, so that a pom.xml in the caller's folder is not taken for ours.
  const output = await runProgram("mvn", args, { cwd: download.dir });
  if (output === null || output.code !== 0) {
    const tail = (output?.text ?? "").trim().split("\n").slice(-15).join("\n");
    throw new StackError(`Maven could not fetch ${download.label}; run the command again to resume.\n${tail}`);
  }
  await Deno.writeTextFile(join(download.dir, MARKER), `${download.label}\n`);
}
