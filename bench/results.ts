/**
 * The file that a bench writes: date, commit, machine, parameters and every single run. Medians and ratios are computed
 * when a report shows them, and never stored.
 *
 * @module
 */
import { dirname } from "node:path";
import { z } from "zod";
import { messageOf } from "../kernel/message_of.ts";
import { DOOR_NAMES } from "./doors/doors.ts";
import { GROWTH_SERIES } from "./growth_points.ts";
import { WORKLOAD_NAMES } from "./workloads.ts";

const run = z.strictObject({
  round: z.int().min(1),
  workload: z.enum(WORKLOAD_NAMES),
  /** `kafkajs`, `platformatic` or `embedded` for `load` itself, else a peer. */
  contestant: z.string().min(1),
  rows: z.int().min(0),
  /** By the contestant's own clock, from the first row read to the last acknowledgement. */
  seconds: z.number().min(0),
  /** Of the whole process, including its start. */
  wallSeconds: z.number().min(0),
  cpuSeconds: z.number().min(0).nullable(),
  peakMemoryBytes: z.int().min(0).nullable(),
  /** The machine's load average (1 minute) before and after. */
  loadAverage: z.tuple([z.number(), z.number()]),
  startupSeconds: z.number().min(0).nullable(),
  latencyMs: z.strictObject({ p50: z.number(), p99: z.number() }).nullable(),
  /** Why the run does not count; `null` if it counts. */
  failure: z.string().nullable(),
});

const stage = z.strictObject({
  pass: z.int().min(1),
  kind: z.enum(["trade", "quote"]),
  version: z.enum(["v1", "v2"]),
  /** Names as in `stages.ts`. */
  stage: z.string().min(1),
  rows: z.int().min(1),
  seconds: z.number().min(0),
  cpuSeconds: z.number().min(0),
});

const valueSize = z.strictObject({
  kind: z.enum(["trade", "quote"]),
  version: z.enum(["v1", "v2"]),
  bytes: z.number().positive(),
});

const send = z.strictObject({
  round: z.int().min(1),
  client: z.string().min(1),
  partitions: z.int().min(1),
  recordsPerSend: z.int().min(1),
  records: z.int().min(1),
  seconds: z.number().positive(),
  cpuSeconds: z.number().min(0),
});

const { workload: _workload, ...figures } = run.shape;

const followRun = z.strictObject({
  ...figures,
  /** At this rate lines were appended. */
  rowsPerSecond: z.number().positive(),
  /** Milliseconds from the append of a line to its record at a consumer; `null` if the run failed before. */
  appendedMs: z.strictObject({ p50: z.number(), p99: z.number(), p999: z.number(), max: z.number() }).nullable(),
});

const doorRun = z.strictObject({
  ...figures,
  door: z.enum(DOOR_NAMES),
  /** Whether the contestant is this product. */
  own: z.boolean(),
  /** Digest of what the topic held; `null` if the run failed before. */
  digest: z.string().nullable(),
});

/** The file as a zod schema. */
export const benchResultsSchema = z.strictObject({
  format: z.literal(1),
  date: z.iso.datetime(),
  /** `null` outside a git repository. */
  commit: z.string().nullable(),
  /** Whether files differed from the commit. */
  modified: z.boolean(),
  machine: z.strictObject({
    cpu: z.string(),
    cores: z.int().min(1),
    memoryBytes: z.int().min(0),
    system: z.string(),
    deno: z.string(),
    java: z.string().nullable(),
    go: z.string().nullable(),
    python: z.string().nullable(),
  }),
  /** The user's options. */
  parameters: z.strictObject({
    rows: z.int().min(1),
    seed: z.int(),
    rounds: z.int().min(1),
    quick: z.boolean(),
    /** `stack`: the bench's own stack on the same machine. */
    servers: z.enum(["stack", "given", "embedded"]),
    peers: z.record(z.string(), z.string()),
    partitions: z.int().min(1),
  }),
  valueSizes: z.array(valueSize).readonly(),
  stages: z.array(stage).readonly(),
  sends: z.array(send).readonly(),
  runs: z.array(run).readonly(),
  /** Loads at a given rate, for the latency from a row read to its acknowledgement. */
  pacedRuns: z.array(z.strictObject({ ...run.shape, rowsPerSecond: z.number().positive() })).readonly(),
  /** Loads in which one quantity grows. Older files have none. */
  growth: z.array(z.strictObject({
    ...run.shape,
    series: z.enum(GROWTH_SERIES),
    /** The value of the growing quantity. */
    at: z.int().min(1),
  })).readonly().default([]),
  /** Runs at the doors. Older files have none. */
  doors: z.array(doorRun).readonly().default([]),
  /** Files that were followed. Older files have none. */
  follow: z.array(followRun).readonly().default([]),
  /** Doors and contestants that were left out, and why. */
  leftOut: z.array(z.string()).readonly().default([]),
});

/** All results of a bench. */
export type BenchResults = z.output<typeof benchResultsSchema>;
/** One run of one contestant. */
export type BenchRun = BenchResults["runs"][number];
/** A run at a given rate. */
export type PacedRun = BenchResults["pacedRuns"][number];
/** A run in which one quantity has grown. */
export type GrowthRun = BenchResults["growth"][number];
/** A run at a door. */
export type DoorRun = BenchResults["doors"][number];
/** A run in which a file was followed. */
export type FollowRun = BenchResults["follow"][number];
/** One pass over one stage. */
export type StageCost = BenchResults["stages"][number];
/** One measurement of a client's sends alone. */
export type SendCost = BenchResults["sends"][number];
/** Average size of the values of a kind and version. */
export type ValueSize = BenchResults["valueSizes"][number];

/** A file that holds no results of a bench. */
export class ResultsFileError extends Error {
  override readonly name = "ResultsFileError";
  constructor(readonly path: string, reason: string, options?: ErrorOptions) {
    super(`${path} holds no results of "deno task bench": ${reason}`, options);
  }
}

/** Writes results in a form that is readable in a diff; creates the folder if it does not exist. */
export async function writeResults(path: string, results: BenchResults): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, `${JSON.stringify(benchResultsSchema.parse(results), null, 1)}\n`);
}

/** @throws {ResultsFileError} */
export async function readResults(path: string): Promise<BenchResults> {
  let content: unknown;
  try {
    content = JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    throw new ResultsFileError(path, messageOf(cause), { cause });
  }
  const parsed = benchResultsSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ResultsFileError(path, `${issue?.path.join(".") || "it"}: ${issue?.message ?? "is not as it should be"}`);
}

/** The default path for the results of a bench: date, then commit. */
export function resultsFileName({ date, commit }: Pick<BenchResults, "date" | "commit">): string {
  const time = date.replace(/:\d\d\.\d+Z$/, "Z").replaceAll(":", "");
  return `${time}-${commit?.slice(0, 7) ?? "no-commit"}.json`;
}
