/**
 * The peers in Go: encoding/csv, hamba/avro and franz-go, once as their documentation shows them (`go`) and once tuned
 * for speed (`go-tuned`). They are built once, into the cache.
 *
 * @module
 */
import { join } from "node:path";
import { runProgram } from "../../cli/stack/toolchain.ts";
import { BenchError } from "../bench_error.ts";
import type { Peer } from "../contestant.ts";
import { digestOfFolder } from "../digest.ts";
import type { DoorContestant } from "../doors/door_contestant.ts";
import { DOORS } from "../doors/doors.ts";
import { runMeasured } from "../measured_process.ts";
import { PARTITIONS } from "../workloads.ts";
import { peerKind, peerResult } from "./peer_output.ts";
import type { PeerSetup } from "./peer_setup.ts";

const SOURCE = join(import.meta.dirname ?? ".", "go");

/** The peers by name: the folder of the program, and a description. */
const PROGRAMS = {
  "go": { folder: "idiomatic", how: "as documented" },
  "go-tuned": { folder: "tuned", how: "tuned" },
} as const;

/** A program that is built. */
interface GoProgram {
  readonly name: string;
  readonly path: string;
  readonly version: string;
}

/** The peers, or `null` if Go is not installed. */
export async function goPeers(setup: PeerSetup): Promise<Peer[] | null> {
  return (await goPrograms(setup))?.map(peerOf) ?? null;
}

/** The peers at the doors, or why there are none. */
export async function goDoorPeers(setup: PeerSetup): Promise<DoorContestant[] | string> {
  return (await goPrograms(setup))?.map(doorPeerOf) ?? 'go and go-tuned: there is no program "go"';
}

async function goPrograms({ cache, say }: PeerSetup): Promise<GoProgram[] | null> {
  const version = await runProgram("go", ["env", "GOVERSION"]);
  if (version === null || version.code !== 0) return null;
  const dir = join(cache, "bench", `go-${await digestOfFolder(SOURCE)}`);
  const libraries = await librariesOf(join(SOURCE, "go.mod"));
  const programs: GoProgram[] = [];
  for (const [name, { folder, how }] of Object.entries(PROGRAMS)) {
    const path = join(dir, folder);
    await buildOnce(path, { name, folder, say });
    programs.push({ name, path, version: `${how}, ${version.text.trim()}, ${libraries}` });
  }
  return programs;
}

function doorPeerOf({ name, path, version }: GoProgram): DoorContestant {
  return {
    name,
    own: false,
    version,
    doors: ["asx-ticks", "csv", "ndjson", "large-ticks", "large-csv", "start"],
    mostRows: null,
    async run({ door, input: { files, reference }, servers, topic, schema, measure }) {
      const args = ["-brokers", servers.brokers.join(","), "-topic", topic, "-schema", schema.file];
      args.push("-schema-id", String(schema.id), "-format", DOORS[door].format, "-reference", reference);
      return peerResult(name, await runMeasured({ command: [path, ...args, ...files] }, measure));
    },
  };
}

function peerOf({ name, path, version }: GoProgram): Peer {
  return {
    name,
    version,
    mostRows: null,
    partitions: () => PARTITIONS,
    async run({ workload, input, servers, topic, schema, measure }) {
      const args = ["-brokers", servers.brokers.join(","), "-topic", topic, "-schema", schema.file];
      args.push("-schema-id", String(schema.id), "-kind", peerKind(workload), "-reference", input.reference);
      return peerResult(name, await runMeasured({ command: [path, ...args, ...input[workload.input]] }, measure));
    },
  };
}

async function buildOnce(
  program: string,
  { name, folder, say }: { readonly name: string; readonly folder: string; readonly say: PeerSetup["say"] },
): Promise<void> {
  if (await Deno.stat(program).then(() => true, () => false)) return;
  say(`Building the peer ${name}, once …`);
  const built = await runProgram("go", ["build", "-trimpath", "-o", program, `./${folder}`], { cwd: SOURCE });
  if (built?.code !== 0) throw new BenchError(`The peer ${name} cannot be built:\n${built?.text.trim()}`);
}

async function librariesOf(modFile: string): Promise<string> {
  const text = await Deno.readTextFile(modFile);
  const direct = [...text.matchAll(/^\t(\S+) (v\S+)$/gm)];
  return direct.map(([, path, version]) => `${path} ${version}`).join(", ");
}
