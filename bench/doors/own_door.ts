/**
 * This product at its doors: `load` as a user runs it, two shards of it, and programs that call the producer.
 *
 * @module
 */
import { join } from "node:path";
import { runProgram } from "../../cli/stack/toolchain.ts";
import { BenchError } from "../bench_error.ts";
import type { JobResult } from "../contestant.ts";
import { commandLikeLoad, loadCommand, ROOT } from "../load_task.ts";
import { jsonOf, type MeasuredProcess, type ProgramCall, runMeasured } from "../measured_process.ts";
import { loadReport, withoutSettings } from "../own_load.ts";
import { peerResult } from "../peers/peer_output.ts";
import type { DoorFormat, DoorInput } from "./door_files.ts";
import { type DoorContestant, type DoorJob, topicNames } from "./door_contestant.ts";
import { DOOR_NAMES, type DoorName, DOORS } from "./doors.ts";
import type { ProduceProgramOptions } from "./produce_program.ts";

const SHARDS = 2;
/** What `load` must be told of a format. */
const FLAGS: Readonly<Record<DoorFormat, (input: DoorInput) => readonly string[]>> = {
  "asx-ticks": ({ reference }) => ["--reference", reference],
  "csv": () => ["--time-unit", "us"],
  "ndjson": () => ["--time-unit", "us"],
  "binance-trades": () => [],
  "massive-trades": () => [],
};
/** Doors that are not files. */
const CALLS: Partial<Record<DoorName, ProduceProgramOptions["by"]>> = {
  "produce-trades": "batch",
  "produce-trade": "one",
};

/** This product at every door. */
export const OWN: DoorContestant = {
  name: "tickflume",
  own: true,
  version: "this commit",
  doors: DOOR_NAMES,
  mostRows: null,
  async run(job) {
    if (job.door === "shards") {
      const shards = Array.from({ length: SHARDS }, (_, shard) => loadCall(job, ["--shard", `${shard}/${SHARDS}`]));
      return resultOf(job, await Promise.all(shards.map(async (call) => await runMeasured(await call, job.measure))));
    }
    const ended = await runMeasured(await callAt(job), job.measure);
    return CALLS[job.door] === undefined ? resultOf(job, [ended]) : peerResult("The producer", ended);
  },
};

/** Why this product cannot be run at a door; null if it can. */
export async function missingAt(door: DoorName): Promise<string | null> {
  const { needs } = DOORS[door];
  if (needs === null) return null;
  const [program, ...args] = loadCommand(["--help"]);
  const help = await runProgram(program, args, { cwd: ROOT });
  if (help?.code !== 0) throw new BenchError(`load --help fails:\n${help?.text.trim()}`);
  return help.text.includes(needs) ? null : `load has no ${needs}`;
}

/** The program of a door: `load`, or one that hands objects to the producer. */
export async function callAt(job: DoorJob): Promise<ProgramCall> {
  const by = CALLS[job.door];
  return by === undefined ? await loadCall(job, []) : produceCall(job, by);
}

async function loadCall(job: DoorJob, more: readonly string[]): Promise<ProgramCall> {
  const { door, input, servers, topic, dir } = job;
  const { format, market } = DOORS[door];
  const config = join(dir, "tickflume.json");
  await Deno.writeTextFile(config, JSON.stringify({ topics: topicNames(topic) }));
  const args = [
    ...[...input.files, "--format", format, "--data-type", "trades", "--exchange", market],
    ...FLAGS[format](input),
    ...["--config", config, "--data-dir", join(dir, "data"), "--json", "--quiet"],
    ...["--brokers", servers.brokers.join(","), "--registry", servers.registry, ...more],
  ];
  return { command: withoutSettings(loadCommand(args)), cwd: ROOT };
}

/** The result of processes that ran at the same time: from the first row that one read to the last acknowledgement. */
function resultOf({ input }: DoorJob, processes: readonly MeasuredProcess[]): JobResult {
  const reports = processes.map((ended) => loadReport.parse(jsonOf("load", ended)));
  const acked = reports.reduce((sum, { acked }) => sum + acked, 0);
  if (acked !== input.rows) throw new BenchError(`load acknowledged ${acked} of ${input.rows} rows`);
  const started = Math.min(...reports.map(({ startup_seconds }) => startup_seconds));
  const ended = Math.max(...reports.map(({ startup_seconds, seconds }) => startup_seconds + seconds));
  const costs = processes.map(({ cost }) => cost);
  return {
    rows: acked,
    seconds: ended - started,
    startupSeconds: started,
    cost: {
      wallSeconds: Math.max(...costs.map(({ wallSeconds }) => wallSeconds)),
      cpuSeconds: combined(costs.map(({ cpuSeconds }) => cpuSeconds), (one, other) => one + other),
      // That of the largest process.
      peakMemoryBytes: combined(costs.map(({ peakMemoryBytes }) => peakMemoryBytes), Math.max),
    },
  };
}

function combined(values: readonly (number | null)[], combine: (one: number, other: number) => number): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((one, other) => combine(one, other));
}

function produceCall({ input, servers, topic }: DoorJob, by: ProduceProgramOptions["by"]): ProgramCall {
  const { files, reference } = input;
  const options: ProduceProgramOptions = { by, files, reference, servers, topic };
  const command = commandLikeLoad("bench/doors/produce_program.ts", JSON.stringify(options));
  return { command: withoutSettings(command), cwd: ROOT };
}
