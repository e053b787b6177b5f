/**
 * The peer in Go: encoding/csv, hamba/avro and franz-go. Built once into the cache.
 *
 * @module
 */
import { join } from "node:path";
import { runProgram } from "../../scripts/stack/toolchain.ts";
import { BenchError } from "../bench_error.ts";
import type { Peer } from "../contestant.ts";
import { digestOfFolder } from "../digest.ts";
import { runMeasured } from "../measured_process.ts";
import { PARTITIONS } from "../workloads.ts";
import { peerKind, peerResult } from "./peer_output.ts";
import type { PeerSetup } from "./peer_setup.ts";

const SOURCE = join(import.meta.dirname ?? ".", "go");

/** The peer, or `null` where Go is not installed. */
export async function goPeer({ cache, say }: PeerSetup): Promise<Peer | null> {
  const version = await runProgram("go", ["env", "GOVERSION"]);
  if (version === null || version.code !== 0) return null;
  const program = await buildOnce(cache, say);
  return {
    name: "go",
    version: `${version.text.trim()}, ${await librariesOf(join(SOURCE, "go.mod"))}`,
    mostRows: null,
    partitions: () => PARTITIONS,
    async run({ workload, input, servers, topic, schema, measure }) {
      const args = ["-brokers", servers.brokers.join(","), "-topic", topic, "-schema", schema.file];
      args.push("-schema-id", String(schema.id), "-kind", peerKind(workload), "-reference", input.reference);
      return peerResult("go", await runMeasured({ command: [program, ...args, ...input[workload.input]] }, measure));
    },
  };
}

async function buildOnce(cache: string, say: (line: string) => void): Promise<string> {
  const program = join(cache, "bench", `go-${await digestOfFolder(SOURCE)}`, "peer");
  if (await Deno.stat(program).then(() => true, () => false)) return program;
  say("Building the peer in Go, once …");
  const built = await runProgram("go", ["build", "-trimpath", "-o", program, "."], { cwd: SOURCE });
  if (built?.code !== 0) throw new BenchError(`The peer in Go cannot be built:\n${built?.text.trim()}`);
  return program;
}

async function librariesOf(modFile: string): Promise<string> {
  const text = await Deno.readTextFile(modFile);
  const direct = [...text.matchAll(/^\t(\S+) (v\S+)$/gm)];
  return direct.map(([, path, version]) => `${path} ${version}`).join(", ");
}
