/**
 * `load`, as a user runs it: a process of its own with the permissions and V8 flags of its task, and a new data folder.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { BenchError } from "./bench_error.ts";
import type { Job, JobResult, ServerAddresses } from "./contestant.ts";
import { loadCommand, ROOT } from "./load_task.ts";
import { jsonOf, runMeasured } from "./measured_process.ts";
import { dataTypeOf } from "./workloads.ts";

/** How `load` is run. */
export interface OwnLoadOptions {
  /** Null: the embedded log and registry. */
  readonly servers: ServerAddresses | null;
  /** Absent with the embedded log. */
  readonly client?: "kafkajs" | "platformatic";
  /** Most rows a second. */
  readonly rowsPerSecond?: number;
}

const account = z.object({
  read: z.number(),
  acked: z.number(),
  dead_lettered: z.number(),
  lost: z.number(),
  seconds: z.number(),
  startup_seconds: z.number(),
  latency_ms: z.object({ p50: z.number(), p99: z.number() }),
});

/** A command without the settings in this environment: what is measured is what the bench has asked for. */
function withoutSettings(command: readonly [program: string, ...args: string[]]): typeof command {
  const names = Object.keys(Deno.env.toObject()).filter((name) => name.startsWith("TICKFLUME_"));
  return names.length === 0 ? command : ["env", ...names.flatMap((name) => ["-u", name]), ...command];
}

/** The topic that a job's records go to. */
export function topicOf({ prefix, workload }: Job): string {
  return `${prefix}.${dataTypeOf(workload)}.asx`;
}

/** The data folder of a job. */
export function dataDirOf({ dir }: Job): string {
  return join(dir, "data");
}

/** Loads the rows of a job. The account must say that every row was acknowledged. */
export async function runOwnLoad(job: Job, options: OwnLoadOptions): Promise<JobResult> {
  const { workload, input, rows, prefix, dir, measure } = job;
  const { servers, client, rowsPerSecond } = options;
  const config = join(dir, "tickflume.json");
  // A topic of its own for each run, so that nothing of an earlier one is counted.
  const pattern = `${prefix}.{data_type}.{exchange}`;
  await Deno.writeTextFile(config, JSON.stringify({ topics: { pattern: { v1: pattern, v2: pattern } } }));
  const args = [
    ...input[workload.input],
    ...["--format", "asx-ticks", "--data-type", dataTypeOf(workload), "--exchange", "ASX"],
    ...["--reference", input.reference, "--schema-version", workload.version],
    ...["--config", config, "--data-dir", dataDirOf(job), "--json", "--quiet"],
    ...(servers === null ? [] : ["--brokers", servers.brokers.join(","), "--registry", servers.registry]),
    ...(client === undefined ? [] : ["--client", client]),
    ...(rowsPerSecond === undefined ? [] : ["--rate", String(rowsPerSecond)]),
  ];
  const ended = await runMeasured({ command: withoutSettings(loadCommand(args)), cwd: ROOT }, measure);
  const report = account.parse(jsonOf("load", ended));
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
