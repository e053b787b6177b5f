/**
 * `deno task bench`: runs stages, sends, the whole job, and programs that do the same, in one call; see
 * docs/performance.md.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { UsageError } from "../cli/shared/usage_error.ts";
import { cacheDir } from "../cli/stack/cache_dir.ts";
import { StackError } from "../cli/stack/stack_error.ts";
import { BenchError } from "./bench_error.ts";
import type { Peer } from "./contestant.ts";
import type { DoorName } from "./doors/doors.ts";
import { type DoorsPlan, planDoors } from "./doors/doors_part.ts";
import { missingAt } from "./doors/own_door.ts";
import { profileDoor } from "./doors/profile_door.ts";
import { type DoorsOptions, runDoors } from "./doors/run_doors.ts";
import { runFollow } from "./follow.ts";
import { runGrowth } from "./growth.ts";
import { type BenchInput, ensureInput } from "./input.ts";
import { type JobsOptions, runAtHalfRate, runJobs } from "./jobs.ts";
import { loadV8Flags, ROOT } from "./load_task.ts";
import { describeCommit, describeMachine, pythonForMeasuring } from "./machine.ts";
import { jsonOf, type MeasureOptions, runMeasured } from "./measured_process.ts";
import { type BenchOptions, parseBenchOptions } from "./options.ts";
import { goPeers } from "./peers/go_peer.ts";
import { javaPeer } from "./peers/java_peer.ts";
import { pythonPeer } from "./peers/python_peer.ts";
import { reportText, runLine } from "./report.ts";
import {
  type BenchResults,
  type BenchRun,
  type FollowRun,
  type GrowthRun,
  resultsFileName,
  type SendCost,
  writeResults,
} from "./results.ts";
import { type BenchServers, withServers } from "./servers.ts";
import type { SendsOptions } from "./sends.ts";
import type { StagesOptions, StagesReport } from "./stages.ts";
import { FILES, PARTITIONS } from "./workloads.ts";

const say = (line: string) => console.error(line);

/** Kinds and versions whose stages are measured. */
const STAGED = [["trade", "v2"], ["trade", "v1"], ["quote", "v2"], ["quote", "v1"]] as const;
/** Rows of one pass over the stages: enough for a steady figure, and no more even with a big input. */
const STAGE_ROWS = 200_000;

/** Data that the parts of a bench share. */
interface Bench {
  readonly cache: string;
  readonly options: BenchOptions;
  readonly input: BenchInput;
  readonly doors: DoorsPlan;
  readonly measure: MeasureOptions;
}

type Measured = Pick<
  BenchResults,
  "valueSizes" | "stages" | "sends" | "runs" | "pacedRuns" | "growth" | "follow" | "doors" | "leftOut"
>;

/** Runs a bench. */
export async function runBench(options: BenchOptions, signal: AbortSignal): Promise<BenchResults> {
  const cache = cacheDir();
  const date = new Date().toISOString();
  const [machine, commit] = [await describeMachine(), await describeCommit()];
  const python = await pythonForMeasuring();
  if (python === null) say("Processor time and memory are not measured: that needs Python 3.9 or newer.");
  const doors = options.parts.includes("doors")
    ? await planDoors({ ...options, slowRows: options.pythonRows }, { cache, say })
    : { entries: [], leftOut: [] };
  const hasOwnInput = options.parts.every((part) => part === "doors" || part === "follow");
  const input = await ensureInput({ cache, rows: hasOwnInput ? FILES : options.rows, seed: options.seed, say });
  const peers = options.peers && !hasOwnInput ? await findPeers(cache, options) : [];
  const bench = { cache, options, input, doors, measure: { python, signal } };
  const measured = options.servers === "embedded" ? await measureAll(bench, null, peers) : await withServers(
    { given: options.servers === "stack" ? null : options.servers, cache, say },
    (servers) => measureAll(bench, servers, peers),
  );
  return {
    format: 1,
    date,
    ...commit,
    machine,
    parameters: {
      rows: options.rows,
      seed: options.seed,
      rounds: options.rounds,
      quick: options.quick,
      servers: typeof options.servers === "string" ? options.servers : "given",
      peers: Object.fromEntries([...peers, ...peersOf(doors)].map(({ name, version }) => [name, version])),
      partitions: PARTITIONS,
    },
    ...measured,
  };
}

function peersOf({ entries }: DoorsPlan) {
  return entries.map(({ contestant }) => contestant).filter(({ own }) => !own);
}

function doorsOptions({ cache, options, measure }: Bench, servers: BenchServers): DoorsOptions {
  const { seed, rounds, doorRows } = options;
  return { ...{ cache, seed, say, rounds, servers, measure }, rows: doorRows, onRun: (run) => say(runLine(run)) };
}

/** Profiles one door, and nothing else. */
async function runProfile(door: DoorName, options: BenchOptions, signal: AbortSignal): Promise<string> {
  const missing = await missingAt(door);
  if (missing !== null) throw new BenchError(`${door}: ${missing}`);
  const cache = cacheDir();
  const python = await pythonForMeasuring();
  const { seed, doorRows: rows, servers: wanted } = options;
  return await withServers({ given: typeof wanted === "string" ? null : wanted, cache, say }, async (servers) => {
    const measure = { python, signal };
    return await profileDoor(door, { ...{ cache, seed, say, rows, servers, measure }, rounds: 1, onRun: () => {} });
  });
}

async function findPeers(cache: string, { pythonRows }: BenchOptions): Promise<Peer[]> {
  const setup = { cache, say };
  const found = {
    Java: await javaPeer(setup),
    Go: await goPeers(setup),
    Python: await pythonPeer({ ...setup, rows: pythonRows }),
  };
  for (const [language, peers] of Object.entries(found)) {
    if (peers === null) say(`${language} is left out: its tool is not installed.`);
  }
  return Object.values(found).flatMap((peers) => peers ?? []);
}

async function measureAll(bench: Bench, servers: BenchServers | null, peers: readonly Peer[]): Promise<Measured> {
  const { cache, options, input, measure } = bench;
  bench.doors.leftOut.forEach((what) => say(`Left out: ${what}.`));
  const { parts, rows, rounds, workloads, clients, seed, quick } = options;
  const staged = parts.includes("stages") || peers.length > 0 ? await measureStages(bench) : [];
  const valueSizes = staged.map(({ valueSize }) => valueSize);
  const stages = parts.includes("stages") ? staged.flatMap(({ stages }) => stages) : [];
  const sends = servers !== null && parts.includes("sends") ? await measureSends(bench, servers) : [];
  const onRun = (run: BenchRun | GrowthRun | FollowRun) => say(runLine(run));
  const jobs: JobsOptions = {
    ...{ input, rows, rounds, workloads, clients, peers, servers, valueSizes, measure },
    onRun,
  };
  const runs: BenchRun[] = parts.includes("jobs") || parts.includes("half-rate") ? await runJobs(jobs) : [];
  const pacedRuns = parts.includes("half-rate") ? await runAtHalfRate(jobs, runs) : [];
  const growth = parts.includes("growth")
    ? await runGrowth({ ...{ input, rows, rounds, clients, servers, measure }, ...{ cache, seed, quick, say, onRun } })
    : [];
  const follow = servers !== null && parts.includes("follow")
    ? await runFollow({ rounds, clients, servers, quick, measure, onRun })
    : [];
  const doors = servers === null ? [] : await runDoors(bench.doors.entries, doorsOptions(bench, servers));
  return { valueSizes, stages, sends, runs, pacedRuns, growth, follow, doors, leftOut: [...bench.doors.leftOut] };
}

async function measureStages({ options, input, measure }: Bench): Promise<StagesReport[]> {
  const reports: StagesReport[] = [];
  // Only the size of the values is needed here, so a file suffices.
  const all = options.parts.includes("stages");
  const files = all ? Math.max(1, Math.min(FILES, Math.floor(STAGE_ROWS / (options.rows / FILES)))) : 1;
  for (const [kind, version] of STAGED) {
    say(`Stages of ${kind} ${version} …`);
    const given: StagesOptions = {
      kind,
      version,
      files: input[`${kind}s`].slice(0, files),
      reference: input.reference,
      passes: all ? options.rounds : 1,
    };
    const command = denoCommand([...loadV8Flags(), "--allow-read"], { script: "stages.ts", given });
    reports.push(jsonOf("The measurement of the stages", await runMeasured(command, measure)) as StagesReport);
  }
  return reports;
}

async function measureSends({ options, measure }: Bench, servers: BenchServers): Promise<SendCost[]> {
  say("Sends alone …");
  const given: SendsOptions = {
    brokers: servers.addresses.brokers,
    rounds: options.rounds,
    records: options.rows,
    valueBytes: 180,
  };
  const command = denoCommand(["--allow-net", "--allow-read", "--ignore-env"], { script: "sends.ts", given });
  return jsonOf("The measurement of the sends", await runMeasured(command, measure)) as SendCost[];
}

/** A part that runs in a process of its own, with its options as argument. */
function denoCommand(flags: readonly string[], { script, given }: { readonly script: string; readonly given: object }) {
  const command = [Deno.execPath(), "run", ...flags, join(ROOT, "bench", script), JSON.stringify(given)] as const;
  return { command, cwd: ROOT } as const;
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseBenchOptions(args, (text) => console.log(text.trimEnd()));
  if (options === null) return 0;
  const stopping = new AbortController();
  const stop = () => stopping.abort(new BenchError("Stopped; nothing was kept."));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  try {
    if (options.profile !== null) {
      console.log(await runProfile(options.profile, options, stopping.signal));
      return 0;
    }
    const results = await runBench(options, stopping.signal);
    console.log(reportText(results).trimEnd());
    const output = options.output === null
      ? join(ROOT, "bench", "results", resultsFileName(results))
      : resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), options.output);
    await writeResults(output, results);
    say(`Every run is in ${output}`);
    return [...results.runs, ...results.pacedRuns, ...results.growth, ...results.follow, ...results.doors].some((
        { failure },
      ) => failure !== null
      )
      ? 1
      : 0;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, stop);
  }
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (error instanceof UsageError) {
      say(`error: ${error.message}${error.nextStep === null ? "" : `\n  next: ${error.nextStep}`}`);
      Deno.exit(2);
    }
    if (!(error instanceof BenchError || error instanceof StackError)) throw error;
    say(`error: ${error.message}`);
    Deno.exit(1);
  }
}
