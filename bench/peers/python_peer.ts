/**
 * The peer in Python: confluent-kafka with its AvroSerializer, in a virtual environment in the cache.
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

const SOURCE = join(import.meta.dirname ?? ".", "python");
const REQUIREMENTS = join(SOURCE, "requirements.txt");

/** The peer, or `null` where Python is not installed. */
export async function pythonPeer(setup: PeerSetup & { readonly rows: number }): Promise<Peer | null> {
  const version = await runProgram("python3", ["--version"]);
  if (version === null || version.code !== 0) return null;
  const python = await environment(setup);
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

async function environment({ cache, say }: PeerSetup): Promise<string> {
  const dir = join(cache, "bench", `python-${await digestOfFolder(SOURCE)}`);
  const python = join(dir, "bin", "python");
  const marker = join(dir, ".complete");
  if (await Deno.stat(marker).then(() => true, () => false)) return python;
  say("Fetching confluent-kafka for the peer in Python, once …");
  for (
    const [program, ...args] of [
      ["python3", "-m", "venv", "--clear", dir],
      [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS],
    ] as const
  ) {
    const ended = await runProgram(program, args);
    if (ended?.code !== 0) throw new BenchError(`The peer in Python cannot be set up:\n${ended?.text.trim()}`);
  }
  await Deno.writeTextFile(marker, "");
  return python;
}
