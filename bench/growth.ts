/**
 * Measures how the cost of a row grows: the same job with more rows, keys, topics or partitions, by `load` alone.
 *
 * @module
 */
import { ensureKeys, ensureTicks } from "./growth_input.ts";
import { type GrowthPoint, growthPoints } from "./growth_points.ts";
import type { BenchInput, InputOptions } from "./input.ts";
import { type JobsOptions, loads, oneRun } from "./jobs.ts";
import type { OwnLoadOptions } from "./own_load.ts";
import type { GrowthRun } from "./results.ts";
import { rotated } from "./statistics.ts";
import { workloadOf } from "./workloads.ts";

/** What to run, and how often. */
export interface GrowthOptions
  extends
    Pick<JobsOptions, "input" | "rows" | "rounds" | "clients" | "servers" | "measure">,
    Omit<InputOptions, "rows"> {
  /** Only the ends of each series. */
  readonly quick: boolean;
  /** Called after each run. */
  readonly onRun: (run: GrowthRun) => void;
}

/** Runs every point with every client, round by round. */
export async function runGrowth(options: GrowthOptions): Promise<GrowthRun[]> {
  const runs: GrowthRun[] = [];
  const workload = workloadOf("trades");
  for (let round = 1; round <= options.rounds; round++) {
    for (const point of growthPoints(options)) {
      const { series, at, rows } = point;
      const { input, how } = await jobOf(point, options);
      for (const contestant of rotated(loads(options, how), round - 1)) {
        const { measure } = options;
        const run = { ...await oneRun(contestant, { workload, round, options: { input, rows, measure } }), series, at };
        options.onRun(run);
        runs.push(run);
      }
    }
  }
  return runs;
}

type Job = { readonly input: BenchInput; readonly how: Omit<OwnLoadOptions, "servers" | "client"> };

async function jobOf({ series, at, rows }: GrowthPoint, options: GrowthOptions): Promise<Job> {
  const { input, cache, seed, say } = options;
  switch (series) {
    case "rows":
      if (rows === options.rows) return { input, how: {} };
      return { input: { ...input, ...await ensureTicks({ cache, rows, seed, say }) }, how: {} };
    case "keys":
      return { input, how: { csvFile: await ensureKeys({ cache, rows, keys: at, say }) } };
    case "topics":
      return { input, how: { topics: at } };
    case "partitions":
      return { input, how: { partitions: at } };
  }
}
