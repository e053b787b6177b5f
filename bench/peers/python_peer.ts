/**
 * The peer in Python: confluent-kafka with its AvroSerializer, in a virtual environment in the cache.
 *
 * @module
 */
import { join } from "node:path";
import { PYTHON_MISSING, pythonEnvironment } from "../../tests/support/python_environment.ts";
import { runProgram } from "../../cli/stack/toolchain.ts";
import type { Peer, ServerAddresses } from "../contestant.ts";
import type { DoorContestant } from "../doors/door_contestant.ts";
import { DOORS } from "../doors/doors.ts";
import { type ProgramCall, runMeasured } from "../measured_process.ts";
import { subjectOf } from "../servers.ts";
import { PARTITIONS, workloadOf } from "../workloads.ts";
import { peerKind, peerResult } from "./peer_output.ts";
import type { PeerSetup } from "./peer_setup.ts";

const SOURCE = join(import.meta.dirname ?? ".", "python");
const REQUIREMENTS = join(SOURCE, "requirements.txt");

/** An environment with the packages. */
interface Python {
  readonly path: string;
  readonly version: string;
}

async function findPython(setup: PeerSetup): Promise<Python | null> {
  const version = await runProgram("python3", ["--version"]);
  const path = await pythonEnvironment({ ...setup, name: "peer", requirements: REQUIREMENTS });
  if (version === null || path === null) return null;
  const libraries = (await Deno.readTextFile(REQUIREMENTS)).split("\n").filter((line) =>
    /^(confluent-kafka|fastavro)==/.test(line)
  );
  return { path, version: [version.text.trim(), ...libraries].join(", ") };
}

/** The peer, or `null` if Python is not installed. */
export async function pythonPeer(setup: PeerSetup & { readonly rows: number }): Promise<Peer | null> {
  const python = await findPython(setup);
  if (python === null) return null;
  return {
    name: "python",
    version: python.version,
    mostRows: setup.rows,
    partitions: () => PARTITIONS,
    async run({ workload, input, rows, servers, topic, schema, measure }) {
      const files = input[workload.input];
      const args = ["--kind", peerKind(workload), "--subject", subjectOf(workload), "--reference", input.reference];
      args.push("--rows-per-file", String(rows / files.length));
      return peerResult("python", await runMeasured(callOf(python, { servers, topic, schema, args, files }), measure));
    },
  };
}

/** The peer at the doors, or why there is none. */
export async function pythonDoorPeers(
  setup: PeerSetup & { readonly rows: number },
): Promise<DoorContestant[] | string> {
  const python = await findPython(setup);
  if (python === null) return `python: ${PYTHON_MISSING}`;
  return [{
    name: "python",
    own: false,
    version: python.version,
    doors: ["asx-ticks", "csv", "ndjson", "start"],
    mostRows: setup.rows,
    async run({ door, input: { files, reference }, servers, topic, schema, measure }) {
      const trades = workloadOf("trades");
      const args = ["--kind", peerKind(trades), "--subject", subjectOf(trades), "--reference", reference];
      args.push("--format", DOORS[door].format);
      return peerResult("python", await runMeasured(callOf(python, { servers, topic, schema, args, files }), measure));
    },
  }];
}

function callOf({ path }: Python, { servers, topic, schema, args, files }: {
  readonly servers: ServerAddresses;
  readonly topic: string;
  readonly schema: { readonly file: string; readonly id: number };
  readonly args: readonly string[];
  readonly files: readonly string[];
}): ProgramCall {
  const where = ["--brokers", servers.brokers.join(","), "--registry", servers.registry, "--topic", topic];
  return {
    command: [
      path,
      join(SOURCE, "peer.py"),
      ...where,
      ...["--schema", schema.file, "--schema-id", `${schema.id}`],
      ...args,
      ...files,
    ],
  };
}
