/**
 * The whole job, by every contestant in turn. Each run is counted in the log, and a run with a record too few or too
 * many is a failure.
 *
 * @module
 */
import { join } from "node:path";
import { messageOf } from "../kernel/message_of.ts";
import type { Job, JobResult, Peer } from "./contestant.ts";
import type { BenchInput } from "./input.ts";
import { ROOT } from "./load_task.ts";
import { loadAverage } from "./machine.ts";
import type { MeasureOptions } from "./measured_process.ts";
import { dataDirOf, type OwnLoadOptions, runOwnLoad, topicOf, topicsOf } from "./own_load.ts";
import type { BenchRun, PacedRun, ValueSize } from "./results.ts";
import { type BenchServers, countEmbedded } from "./servers.ts";
import { medianOf, rotated } from "./statistics.ts";
import { PARTITIONS, type Workload, type WorkloadName, workloadOf } from "./workloads.ts";

/** Clients of `load`. */
export type ClientName = "kafkajs" | "platformatic";

/** What to run, and how often. */
export interface JobsOptions {
  readonly input: BenchInput;
  readonly rows: number;
  readonly rounds: number;
  readonly workloads: readonly WorkloadName[];
  readonly clients: readonly ClientName[];
  readonly peers: readonly Peer[];
  /** Null: only `load`, on the embedded log. */
  readonly servers: BenchServers | null;
  readonly valueSizes: readonly ValueSize[];
  readonly measure: MeasureOptions;
  /** Called after each run. */
  readonly onRun: (run: BenchRun) => void;
}

/** A contestant, and how to count the records of its job. */
export interface Contestant {
  readonly name: string;
  run(job: Job): Promise<JobResult & { readonly stored: number }>;
  readonly mostRows: number | null;
}

let jobs = 0;

/** Runs every workload with every contestant, round by round; each round starts one contestant later. */
export async function runJobs(options: JobsOptions): Promise<BenchRun[]> {
  const runs: BenchRun[] = [];
  const contestants = [...loads(options), ...options.peers.map((peer) => peerContestant(peer, options))];
  for (let round = 1; round <= options.rounds; round++) {
    for (const name of options.workloads) {
      const workload = workloadOf(name);
      for (const contestant of rotated(contestants, round - 1)) {
        const run = await oneRun(contestant, { workload, round, options });
        options.onRun(run);
        runs.push(run);
      }
    }
  }
  return runs;
}

/** Loads at half of the highest rate, to measure the latency from a row read to its acknowledgement. */
export async function runAtHalfRate(options: JobsOptions, runs: readonly BenchRun[]): Promise<PacedRun[]> {
  const paced: PacedRun[] = [];
  const [workload] = options.workloads.map(workloadOf);
  if (workload === undefined) return paced;
  for (const contestant of loads(options)) {
    const rates = runs.filter((run) => run.failure === null && run.workload === workload.name)
      .filter(({ contestant: name }) => name === contestant.name).map(({ rows, seconds }) => rows / seconds);
    if (rates.length === 0) continue;
    const rowsPerSecond = Math.max(1, Math.floor(medianOf(rates) / 2));
    const [slower] = loads({ ...options, clients: options.clients.filter((name) => name === contestant.name) }, {
      rowsPerSecond,
    });
    if (slower === undefined) continue;
    const run = await oneRun(slower, { workload, round: 1, options });
    options.onRun(run);
    paced.push({ ...run, rowsPerSecond });
  }
  return paced;
}

/** `load` with each of the clients, or with the embedded log. */
export function loads(
  { clients, servers }: Pick<JobsOptions, "clients" | "servers">,
  how: Omit<OwnLoadOptions, "servers" | "client"> = {},
): Contestant[] {
  if (servers === null) {
    return [{
      name: "embedded",
      mostRows: null,
      async run(job) {
        const result = await runOwnLoad(job, { servers: null, ...how });
        return { ...result, stored: await sumOf(topicsOf(job, how), (topic) => countEmbedded(dataDirOf(job), topic)) };
      },
    }];
  }
  return clients.map((client) => ({
    name: client,
    mostRows: null,
    async run(job) {
      const topics = topicsOf(job, how);
      // The topics exist before the clock starts, as for the peers: a broker takes a tenth of a second to create
      // one.
      for (const topic of topics) await servers.createTopic(topic, how.partitions ?? PARTITIONS);
      const result = await runOwnLoad(job, { servers: servers.addresses, client, ...how });
      return { ...result, stored: await sumOf(topics, (topic) => servers.takeCount(topic)) };
    },
  }));
}

async function sumOf(topics: readonly string[], count: (topic: string) => Promise<number>): Promise<number> {
  let sum = 0;
  for (const topic of topics) sum += await count(topic);
  return sum;
}

function peerContestant(peer: Peer, { servers, valueSizes }: JobsOptions): Contestant {
  return {
    name: peer.name,
    mostRows: peer.mostRows,
    async run(job) {
      if (servers === null) throw new Error("Peers need servers");
      const { workload } = job;
      const { kind, version } = workload;
      const topic = topicOf(job);
      await servers.createTopic(topic, peer.partitions(workload));
      const bytes = valueSizes.find((size) => size.kind === kind && size.version === version)?.bytes;
      if (bytes === undefined) throw new Error(`The size of ${kind} ${version} is not known`);
      const schema = {
        file: join(ROOT, "schemas", version, `${kind}.avsc`),
        id: await servers.schemaId(workload),
      };
      const { addresses } = servers;
      const result = await peer.run({ ...job, servers: addresses, topic, schema, valueBytes: Math.round(bytes) });
      return { ...result, stored: await servers.takeCount(topic) };
    },
  };
}

/** One job of a contestant. */
export interface OneRun {
  readonly workload: Workload;
  readonly round: number;
  readonly options: Pick<JobsOptions, "input" | "rows" | "measure">;
}

/** One run, counted; any failure becomes part of it, unless the bench must stop. */
export async function oneRun(contestant: Contestant, { workload, round, options }: OneRun): Promise<BenchRun> {
  const { input, measure } = options;
  const rows = Math.min(options.rows, contestant.mostRows ?? Infinity);
  const before = loadAverage();
  const dir = await Deno.makeTempDir({ prefix: "tickflume-bench-" });
  const about = { round, workload: workload.name, contestant: contestant.name };
  try {
    const job = { workload, input, rows, prefix: `bench-${Deno.pid}-${++jobs}`, dir, measure };
    const { stored, ...result } = await contestant.run(job);
    const wrong = stored === rows && result.rows === rows
      ? null
      : `${result.rows} of ${rows} rows are told, ${stored} records are stored`;
    return runOf(about, { result, before, failure: wrong });
  } catch (error) {
    measure.signal.throwIfAborted();
    const failure = messageOf(error);
    return runOf(about, { result: null, before, failure });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The figures of a run, beside what it is about. */
export function runOf<About extends { readonly round: number; readonly contestant: string }>(
  about: About,
  { result, before, failure }: { result: JobResult | null; before: number; failure: string | null },
): About & Omit<BenchRun, "round" | "workload" | "contestant"> {
  const { wallSeconds = 0, cpuSeconds = null, peakMemoryBytes = null } = result?.cost ?? {};
  return {
    ...about,
    rows: result?.rows ?? 0,
    seconds: rounded(result?.seconds ?? 0),
    wallSeconds: rounded(wallSeconds),
    cpuSeconds: cpuSeconds === null ? null : rounded(cpuSeconds),
    peakMemoryBytes,
    loadAverage: [before, loadAverage()],
    startupSeconds: result?.startupSeconds ?? null,
    latencyMs: result?.latencyMs ?? null,
    failure,
  };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
