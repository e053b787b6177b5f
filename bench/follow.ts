/**
 * The part `follow`: lines are appended to a file at an even rate, `load --follow` writes them, and a consumer that is no part
 * of the product reads them. What appends and what reads are in this process, so that both ends of a line's way are told by
 * one clock.
 *
 * @module
 */
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { messageOf } from "../kernel/message_of.ts";
import { BenchError } from "./bench_error.ts";
import { Arrivals } from "./follow_arrivals.ts";
import type { ClientName } from "./jobs.ts";
import { runOf } from "./jobs.ts";
import { loadCommand, ROOT } from "./load_task.ts";
import { loadAverage } from "./machine.ts";
import { jsonOf, type MeasuredProcess, type MeasureOptions, runMeasured } from "./measured_process.ts";
import { loadReport, withoutSettings } from "./own_load.ts";
import type { FollowRun } from "./results.ts";
import type { BenchServers } from "./servers.ts";
import "../transport/kafkajs/quiet_idle_queues.ts";
import { FILES, PARTITIONS } from "./workloads.ts";

/** What to run, and how often. */
export interface FollowOptions {
  readonly rounds: number;
  readonly clients: readonly ClientName[];
  readonly servers: BenchServers;
  readonly quick: boolean;
  readonly measure: MeasureOptions;
  readonly onRun: (run: FollowRun) => void;
}

/** The rate of the goal. */
const ROWS_PER_SECOND = 1_000;
/** So long lines come before those that count: the program is compiled as it runs. */
const WARM_UP_S = 10, COUNTED_S = 30, QUICK_S = 2;
/** SIGTERM, in order. */
const ENDED = 143;
const ARRIVAL_MS = 30_000;
const HEADER = "symbol,timestamp,price,quantity,currency\n";

/** Runs every client, round by round. */
export async function runFollow(options: FollowOptions): Promise<FollowRun[]> {
  const runs: FollowRun[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const client of options.clients) {
      const run = await followRun({ round, client }, options);
      options.onRun(run);
      runs.push(run);
    }
  }
  return runs;
}

let topics = 0;

async function followRun(
  { round, client }: { readonly round: number; readonly client: ClientName },
  { servers, quick, measure }: FollowOptions,
): Promise<FollowRun> {
  const before = loadAverage();
  const about = { round, contestant: client, rowsPerSecond: ROWS_PER_SECOND };
  const dir = await Deno.makeTempDir({ prefix: "tickflume-bench-" });
  const prefix = `bench-follow-${Deno.pid}-${++topics}`, topic = `${prefix}.trades`;
  const warmUp = ROWS_PER_SECOND * (quick ? QUICK_S : WARM_UP_S);
  const rows = warmUp + ROWS_PER_SECOND * (quick ? QUICK_S : COUNTED_S);
  try {
    await servers.createTopic(topic, PARTITIONS);
    const arrivals = new Arrivals(rows);
    await using _consumer = await consume({ servers, topic }, arrivals);
    const path = join(dir, "trades.csv");
    await Deno.writeTextFile(path, HEADER);
    const ended = await followed({ path, dir, client, prefix, servers, measure }, async () => {
      await appendEvenly(path, arrivals);
      await arrivals.complete(AbortSignal.timeout(ARRIVAL_MS));
    });
    const { acked, latency_ms: latencyMs, seconds, startup_seconds: startupSeconds } = loadReport.parse(
      jsonOf("load --follow", { ...ended, code: ended.code === ENDED ? 0 : ended.code }),
    );
    const stored = await servers.takeCount(topic);
    const failure = acked === rows && stored === rows
      ? null
      : `${acked} of ${rows} rows are told, ${stored} are stored`;
    const result = { rows, seconds, cost: ended.cost, startupSeconds, latencyMs };
    return { ...runOf(about, { result, before, failure }), appendedMs: arrivals.latencyMs(warmUp) };
  } catch (error) {
    measure.signal.throwIfAborted();
    return { ...runOf(about, { result: null, before, failure: messageOf(error) }), appendedMs: null };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Runs `load --follow` while the body does. */
async function followed(
  { path, dir, client, prefix, servers: { addresses: { brokers, registry } }, measure }: {
    readonly path: string;
    readonly dir: string;
    readonly client: ClientName;
    readonly prefix: string;
    readonly servers: BenchServers;
    readonly measure: MeasureOptions;
  },
  body: () => Promise<void>,
): Promise<MeasuredProcess> {
  const config = join(dir, "tickflume.json");
  const pattern = { v1: `${prefix}.v1.{data_type}`, v2: `${prefix}.{data_type}` };
  await Deno.writeTextFile(config, JSON.stringify({ topics: { pattern } }));
  const command = withoutSettings(loadCommand([
    ...["--follow", path, "--format", "csv", "--data-type", "trades", "--exchange", "ASX", "--client", client],
    ...["--config", config, "--data-dir", join(dir, "data"), "--json", "--quiet"],
    ...["--brokers", brokers.join(","), "--registry", registry],
  ]));
  const over = new AbortController();
  const running = runMeasured({ command, cwd: ROOT, end: over.signal }, measure);
  try {
    // A load that ends by itself has failed, and says why.
    await Promise.race([body(), running]);
  } finally {
    over.abort();
  }
  return await running;
}

/** Appends each line by a write of its own, when it is due. */
async function appendEvenly(path: string, arrivals: Arrivals): Promise<void> {
  using file = await Deno.open(path, { append: true });
  const utf8 = new TextEncoder();
  const began = performance.now();
  for (let row = 1; row <= arrivals.rows; row++) {
    const due = began + (row - 1) * 1_000 / ROWS_PER_SECOND;
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1));
    file.writeSync(utf8.encode(lineOf(row)));
    arrivals.appended(row, performance.now());
  }
}

const FIRST_MS = Date.UTC(2024, 5, 3);

function lineOf(row: number): string {
  const at = new Date(FIRST_MS + row * 1_000 / ROWS_PER_SECOND).toISOString();
  return `T${row % FILES},${at},45.5,${1 + row % 7},AUD\n`;
}

/**
 * A consumer of kafkajs as its documentation shows it, but that a fetch does not wait for long, and that no timer of it fires each
 * millisecond: that would take time from what is measured.
 */
async function consume(
  { servers: { addresses: { brokers } }, topic }: { readonly servers: BenchServers; readonly topic: string },
  arrivals: Arrivals,
): Promise<AsyncDisposable> {
  const kafka = new Kafka({ clientId: "bench", brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const joined = Promise.withResolvers<void>();
  consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve());
  consumer.on(consumer.events.CRASH, ({ payload: { error } }) => joined.reject(error));
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch: { messages } }) => {
      const now = performance.now();
      for (const { headers } of messages) arrivals.arrived(rowIn(headers?.src), now);
      return Promise.resolve();
    },
  });
  await joined.promise;
  return { [Symbol.asyncDispose]: () => consumer.disconnect() };
}

const ORIGIN_BYTES = 8;

/** The row's number stands behind the name of its load; see docs/records.md. */
function rowIn(source: unknown): number {
  if (!(source instanceof Uint8Array)) throw new BenchError("A record does not say which row it is of");
  return source.subarray(ORIGIN_BYTES).reduce((number, byte) => number * 256 + byte, 0);
}
