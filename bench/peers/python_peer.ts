/**
 * The peer in Python: confluent-kafka with its AvroSerializer, in a virtual environment in the cache.
 *
 * @module
 */
import { join } from "node:path";
import { pythonEnvironment } from "../../tests/support/python_environment.ts";
import { runProgram } from "../../cli/stack/toolchain.ts";
import type { Peer } from "../contestant.ts";
import { runMeasured } from "../measured_process.ts";
import { PARTITIONS } from "../workloads.ts";
import { peerKind, peerResult } from "./peer_output.ts";
import type { PeerSetup } from "./peer_setup.ts";

const SOURCE = join(import.meta.dirname ?? ".", "python");
const REQUIREMENTS = join(SOURCE, "requirements.txt");

/** The peer, or `null` if Python is not installed. */
export async function pythonPeer(setup: PeerSetup & { readonly rows: number }): Promise<Peer | null> {
  const version = await runProgram("python3", ["--version"]);
  const python = await pythonEnvironment({ ...setup, name: "peer", requirements: REQUIREMENTS });
  if (version === null || python === null) return null;
  const libraries = (await Deno.readTextFile(REQUIREMENTS)).split("\n").filter((line) =>
    /^(confluent-kafka|fastavro)==/.test(line)
  );
  return {
    name: "python",
    version: [version.text.trim(), ...libraries].join(", "),
    mostRows: setup.rows,
    partitions: () => PARTITIONS,
    async run({ workload, input, rows, servers, topic, schema, measure }) {
      const files = input[workload.input];
      const args = [join(SOURCE, "peer.py"), "--brokers", servers.brokers.join(","), "--registry", servers.registry];
      args.push("--topic", topic, "--schema", schema.file, "--kind", peerKind(workload));
      args.push("--reference", input.reference, "--rows-per-file", String(rows / files.length));
      return peerResult("python", await runMeasured({ command: [python, ...args, ...files] }, measure));
    },
  };
}
