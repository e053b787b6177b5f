/**
 * The peer in Rust: csv and serde_json, serde_avro_fast, librdkafka. It is built once, into the cache.
 *
 * @module
 */
import { join } from "node:path";
import { runProgram } from "../../cli/stack/toolchain.ts";
import { BenchError } from "../bench_error.ts";
import type { DoorContestant } from "../doors/door_contestant.ts";
import { DOORS } from "../doors/doors.ts";
import { runMeasured } from "../measured_process.ts";
import { peerResult } from "./peer_output.ts";
import type { PeerSetup } from "./peer_setup.ts";

const SOURCE = join(import.meta.dirname ?? ".", "rust");

/** The peer, or why there is none. */
export async function rustDoorPeers({ cache, say }: PeerSetup): Promise<DoorContestant[] | string> {
  const version = await runProgram("cargo", ["--version"]);
  if (version?.code !== 0) return 'rust: there is no program "cargo"';
  // librdkafka is built from source.
  if ((await runProgram("cc", ["--version"]))?.code !== 0) return 'rust: there is no program "cc" for librdkafka';
  const dir = join(cache, "bench", "rust");
  say("Building the peer rust, and librdkafka once, unless they are there …");
  // Cargo itself knows what is to be built anew, and waits while another one builds.
  const args = ["build", "--release", "--locked", "--quiet", "--target-dir", dir];
  const built = await runProgram("cargo", args, { cwd: SOURCE });
  if (built?.code !== 0) throw new BenchError(`The peer rust cannot be built:\n${built?.text.trim()}`);
  const program = join(dir, "release", "peer");
  const libraries = (await Deno.readTextFile(join(SOURCE, "Cargo.toml"))).matchAll(/^(\S+) = .*"=([\d.]+)"/gm);
  const parts = [...libraries].map(([, name, version]) => `${name} ${version}`);
  return [{
    name: "rust",
    own: false,
    version: [version.text.trim(), ...parts].join(", "),
    doors: ["csv", "ndjson", "large-csv", "start"],
    mostRows: null,
    async run({ door, input, servers, topic, schema, measure }) {
      const args = ["--brokers", servers.brokers.join(","), "--topic", topic, "--schema", schema.file];
      args.push("--schema-id", String(schema.id), "--format", DOORS[door].format);
      return peerResult("rust", await runMeasured({ command: [program, ...args, ...input.files] }, measure));
    },
  }];
}
