/**
 * The consumer of the replaced platform reads the records of `load` on default names, unchanged: as v1, v2 and both, on
 * a registry at level BACKWARD and at NONE. The input is generated ticks, and for both versions at BACKWARD real ones if
 * available: they take minutes.
 */
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { VersionFlag } from "../../config/version_flag.ts";
import { settingsFrom } from "../../config/load_settings.ts";
import { DATA_TYPE_OF, type DataType, type SchemaVersion } from "../../schemas/record_types.ts";
import { generateSample } from "../../cli/sample_data.ts";
import { cacheDir } from "../../cli/stack/cache_dir.ts";
import type { StackAddresses } from "../../cli/stack/addresses.ts";
import { type StackHandle, stackRemove, stackUp } from "../../cli/stack/local_stack.ts";
import { PYTHON_MISSING, pythonEnvironment } from "../support/python_environment.ts";
import { readCompanyTable } from "../../sources/formats/company_table.ts";
import { openTransport, type Transport } from "../../transport/open.ts";
import { transportOptionsOf } from "../../runtime/transport_options.ts";
import { realStack } from "../support/real_stack.ts";
import { runTask } from "../support/task_process.ts";
import { inFolder } from "../support/temp_folder.ts";

const FLAGS = ["v2", "v1", "both"] as const;
const LEVELS = ["BACKWARD", "NONE"] as const;
const DATA_TYPES: readonly DataType[] = ["trades", "quotes", "reference_data"];
const ROWS = 3_000;
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const JUDGE = here("../faults/judge");
const REAL_TICKS = here("../../../shared/data/asx");

/** A topic that the consumer must find. */
interface ConsumedTopic {
  readonly topic: string;
  readonly version: SchemaVersion;
  readonly data_type: DataType;
  readonly files: readonly { readonly path: string; readonly symbol: string; readonly company_id: string }[];
}

/** The consumer's report. */
interface Consumed {
  readonly topics: readonly { readonly topic: string; readonly read: number; readonly rows: number }[];
  readonly errors: readonly string[];
}

async function findPython(): Promise<string | null> {
  const requirements = here("../parity/requirements.txt");
  const python = await pythonEnvironment({ cache: cacheDir(), name: "consumer", requirements, say: console.error });
  if (python !== null) return python;
  assert.notEqual(Deno.env.get("TICKFLUME_REQUIRE_STACK"), "1", PYTHON_MISSING);
  console.log(`skipping the platform's consumer: ${PYTHON_MISSING}`);
  return null;
}

/** Loads trades, quotes and reference data by the command, each with its default names. */
async function loadAll(
  ticks: string,
  { flag, addresses, folder }: {
    readonly flag: VersionFlag;
    readonly addresses: StackAddresses;
    readonly folder: string;
  },
): Promise<void> {
  const reference = join(ticks, "reference", "company_info.csv");
  const common = ["--exchange", "ASX", "--schema-version", flag, "--data-dir", join(folder, "data"), "--quiet"];
  const servers = ["--brokers", addresses.brokers.join(","), "--registry", addresses.registry];
  for (const dataType of DATA_TYPES) {
    const input = dataType === "reference_data"
      ? [reference, "--format", "csv", "--asset-class", "equities"]
      : [join(ticks, dataType), "--format", "asx-ticks", "--reference", reference];
    const { code, stderr } = await runTask("load", [...input, "--data-type", dataType, ...common, ...servers], folder);
    assert.equal(code, 0, stderr);
  }
}

/** The topics that the flag writes: under `both`, v2 has the same topics as alone. */
async function topicsOf(ticks: string, flag: VersionFlag): Promise<readonly ConsumedTopic[]> {
  const companyInfo = join(ticks, "reference", "company_info.csv");
  const companies = await readCompanyTable(companyInfo);
  const filesOf = (dataType: DataType) => {
    if (dataType === "reference_data") return [{ path: companyInfo, symbol: "", company_id: "" }];
    const folder = join(ticks, dataType);
    return Array.from(Deno.readDirSync(folder), ({ name }) => {
      const companyId = basename(name, ".csv");
      return { path: join(folder, name), symbol: companies.symbolOf(companyId) ?? "", company_id: companyId };
    });
  };
  const versions: readonly SchemaVersion[] = flag === "both" ? ["v2", "v1"] : [flag];
  return DATA_TYPES.flatMap((dataType) =>
    versions.map((version) => ({
      topic: `market.equities.${dataType}.asx${flag === "both" && version === "v1" ? ".v1" : ""}`,
      version,
      data_type: dataType,
      files: filesOf(dataType),
    }))
  );
}

/** Only on the test's own servers. */
async function clear({ log, registry }: Transport): Promise<void> {
  for (const topic of await log.admin.listTopics()) {
    if (topic.startsWith("market.")) await log.admin.deleteTopic(topic);
  }
  for (const subject of await registry.subjects()) await registry.deleteSubject(subject);
}

async function consume(python: string, input: unknown): Promise<Consumed> {
  const child = new Deno.Command(python, {
    args: ["-B", here("../parity/platform_consumer.py")],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(input)));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("the platform's consumer reads every value of v1, v2 and both by {topic}-value, and its v2 can be registered after ours", async (t) => {
  const python = realStack() === null ? null : await findPython();
  if (python === null) return;
  const handle: StackHandle = { cache: cacheDir(), name: `platform-${Deno.pid}`, say: () => {} };
  try {
    // Its own servers, for the default names.
    const { addresses } = await stackUp(handle, { brokers: 1, shortLived: true, readyWithinMs: 300_000 });
    const settings = settingsFrom(
      { brokers: [...addresses.brokers], registry: { url: addresses.registry } },
      { cwd: "/" },
    );
    const transport = await openTransport(transportOptionsOf(settings));
    try {
      await inFolder(async (folder) => {
        const real = await Deno.stat(REAL_TICKS).then(() => true, () => false);
        await generateSample({ seed: 3, dir: folder, rows: ROWS });
        for (const level of LEVELS) {
          // Only once: Apicurio answers 404 to a NONE that it has already.
          await transport.registry.setCompatibility(level);
          for (const flag of FLAGS) {
            const ticks = real && level === "BACKWARD" && flag === "both" ? REAL_TICKS : folder;
            await t.step(`${flag} on a registry at ${level}`, async () => {
              await clear(transport);
              await inFolder((data) => loadAll(ticks, { flag, addresses, folder: data }));
              const topics = await topicsOf(ticks, flag);
              const { topics: counts, errors } = await consume(python, {
                brokers: addresses.brokers.join(","),
                registry: addresses.registry,
                judge: JUDGE,
                topics,
                platform_subjects: Object.fromEntries(
                  (["trade", "quote", "reference_data"] as const).map((
                    kind,
                  ) => [`market.equities.${DATA_TYPE_OF[kind]}-value`, here(`../../schemas/v2/${kind}.avsc`)]),
                ),
              });
              assert.deepEqual(errors, []);
              assert.deepEqual(counts.map(({ topic }) => topic), topics.map(({ topic }) => topic));
              for (const { topic, read, rows } of counts) {
                assert.ok(rows > 0 && read === rows, `${topic}: ${read} of ${rows}`);
              }
            });
          }
        }
      });
    } finally {
      await transport.close();
    }
  } finally {
    await stackRemove(handle);
  }
});
