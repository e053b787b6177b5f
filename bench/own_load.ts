/**
 * `load`, as a user runs it: a process of its own, with the permissions and V8 flags of its task and a new data folder.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { BenchError } from "./bench_error.ts";
import type { Job, JobResult, ServerAddresses } from "./contestant.ts";
import { exchangesOf } from "./growth_points.ts";
import { commandLikeLoad, loadCommand, ROOT } from "./load_task.ts";
import type { ManyTopicsOptions } from "./many_topics.ts";
import { jsonOf, runMeasured } from "./measured_process.ts";
import { dataTypeOf, PARTITIONS } from "./workloads.ts";

/** How `load` is run. */
export interface OwnLoadOptions {
  /** Null: the embedded log and registry. */
  readonly servers: ServerAddresses | null;
  /** Absent with the embedded log. */
  readonly client?: "kafkajs" | "platformatic";
  /** Maximum rows a second. */
  readonly rowsPerSecond?: number;
  /** Partitions of each topic. @default as the catalogue says */
  readonly partitions?: number;
  /** A csv file to load instead of the tick files of the workload. */
  readonly csvFile?: string;
  /** Deal the files out to this many topics. @default all go to one */
  readonly topics?: number;
}

/** What the report of `load` says that a bench needs. */
export const loadReport = z.object({
  read: z.number(),
  acked: z.number(),
  dead_lettered: z.number(),
  lost: z.number(),
  seconds: z.number(),
  startup_seconds: z.number(),
  latency_ms: z.object({ p50: z.number(), p99: z.number() }),
});

/** A command without the settings of this environment, so that only the bench's own settings apply. */
export function withoutSettings(command: readonly [program: string, ...args: string[]]): typeof command {
  const names = Object.keys(Deno.env.toObject()).filter((name) => name.startsWith("TICKFLUME_"));
  return names.length === 0 ? command : ["env", ...names.flatMap((name) => ["-u", name]), ...command];
}

/** The topic that a job's records go to. */
export function topicOf({ prefix, workload }: Job): string {
  return `${prefix}.${dataTypeOf(workload)}.asx`;
}

/** The topics to which `load` writes the records. */
export function topicsOf(job: Job, { topics }: Pick<OwnLoadOptions, "topics">): string[] {
  if (topics === undefined) return [topicOf(job)];
  return exchangesOf(topics).map((exchange) => `${job.prefix}.${dataTypeOf(job.workload)}.${exchange}`);
}

/** The data folder of a job. */
export function dataDirOf({ dir }: Job): string {
  return join(dir, "data");
}

/** Loads the rows of a job. The account must say that every row was acknowledged. */
export async function runOwnLoad(job: Job, options: OwnLoadOptions): Promise<JobResult> {
  const { rows, measure } = job;
  const command = options.topics === undefined
    ? loadCommand(await argumentsOf(job, options))
    : commandLikeLoad("bench/many_topics.ts", JSON.stringify(manyTopicsOf(job, options)));
  const ended = await runMeasured({ command: withoutSettings(command), cwd: ROOT }, measure);
  const report = loadReport.parse(jsonOf("load", ended));
  if (report.acked !== rows || report.lost > 0) {
    throw new BenchError(
      `load acknowledged ${report.acked} of ${rows} rows (${report.dead_lettered} dead-lettered, ${report.lost} lost)`,
    );
  }
  return {
    rows,
    seconds: report.seconds,
    cost: ended.cost,
    startupSeconds: report.startup_seconds,
    latencyMs: report.latency_ms,
  };
}

async function argumentsOf(job: Job, options: OwnLoadOptions): Promise<string[]> {
  const { workload, input, dir } = job;
  const { servers, client, rowsPerSecond, csvFile, partitions } = options;
  const config = join(dir, "tickflume.json");
  const exchanges = partitions === undefined ? {} : { exchanges: { asx: { partitions } } };
  await Deno.writeTextFile(config, JSON.stringify({ topics: topicNames(job), ...exchanges }));
  return [
    ...(csvFile === undefined
      ? [...input[workload.input], "--format", "asx-ticks", "--reference", input.reference]
      : [csvFile, "--format", "csv", "--time-unit", "us"]),
    ...["--data-type", dataTypeOf(workload), "--exchange", "ASX", "--schema-version", workload.version],
    ...["--config", config, "--data-dir", dataDirOf(job), "--json", "--quiet"],
    ...(servers === null ? [] : ["--brokers", servers.brokers.join(","), "--registry", servers.registry]),
    ...(client === undefined ? [] : ["--client", client]),
    ...(rowsPerSecond === undefined ? [] : ["--rate", String(rowsPerSecond)]),
  ];
}

function manyTopicsOf(job: Job, options: OwnLoadOptions): ManyTopicsOptions {
  const { workload: { version, input: files }, input } = job;
  const { servers, client, topics = 1, partitions = PARTITIONS } = options;
  return {
    settings: {
      schemaVersion: version,
      dataDir: dataDirOf(job),
      topics: topicNames(job),
      ...(servers === null ? {} : { brokers: [...servers.brokers], registry: { url: servers.registry } }),
      ...(client === undefined ? {} : { client }),
    },
    files: input[files],
    reference: input.reference,
    topics,
    partitions,
  };
}

/** Each run has its own topics, so that no record of an earlier run counts. */
function topicNames({ prefix }: Job) {
  const pattern = `${prefix}.{data_type}.{exchange}`;
  return { pattern: { v1: pattern, v2: pattern } };
}
