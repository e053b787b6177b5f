/**
 * Summarises the runs of a bench: medians and spreads of the runs that count.
 *
 * @module
 */
import { GROWTH_SERIES, type GrowthSeries } from "./growth_points.ts";
import type { BenchResults, BenchRun } from "./results.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { WORKLOAD_NAMES, type WorkloadName } from "./workloads.ts";

/** Contestants that are `load` itself. */
const OWN = ["kafkajs", "platformatic", "embedded"];

/** Figures of several runs of the same job. */
export interface Figures {
  /** Records a second, by the contestant's own clock. */
  readonly rate: Spread | null;
  /** Microseconds of processor time per record, of the whole process. */
  readonly cpuMicros: Spread | null;
  readonly wallSeconds: Spread | null;
  readonly cpuSeconds: Spread | null;
  readonly peakMemoryBytes: Spread | null;
  readonly latencyP99Ms: Spread | null;
  readonly failures: number;
}

/** The summary of one contestant's runs in one workload. */
export interface Summary extends Figures {
  readonly workload: WorkloadName;
  readonly contestant: string;
  readonly own: boolean;
}

/** The summary of one client's runs at one point of a series. */
export interface GrowthSummary extends Figures {
  readonly series: GrowthSeries;
  readonly at: number;
  readonly contestant: string;
}

/** One summary for each workload and contestant, in the order of the workloads. */
export function summaries({ runs }: Pick<BenchResults, "runs">): Summary[] {
  return WORKLOAD_NAMES.flatMap((workload) => {
    const byContestant = grouped(runs.filter((run) => run.workload === workload));
    return byContestant.map(([contestant, ofContestant]) => ({
      workload,
      contestant,
      own: OWN.includes(contestant),
      ...figuresOf(ofContestant),
    }));
  });
}

/** One summary for each series, client and point, in this order. */
export function growthSummaries({ growth }: Pick<BenchResults, "growth">): GrowthSummary[] {
  return GROWTH_SERIES.flatMap((series) => {
    const byContestant = grouped(growth.filter((run) => run.series === series));
    return byContestant.flatMap(([contestant, ofContestant]) => {
      const points = [...Map.groupBy(ofContestant, ({ at }) => at)].toSorted(([a], [b]) => a - b);
      return points.map(([at, runs]) => ({ series, at, contestant, ...figuresOf(runs) }));
    });
  });
}

/** By contestant, ours first. Not in the order of the first round, because the order changes with each round. */
function grouped<R extends BenchRun>(runs: readonly R[]): (readonly [contestant: string, runs: readonly R[]])[] {
  return [...Map.groupBy(runs, ({ contestant }) => contestant)]
    .sort(([a], [b]) => OWN.indexOf(b) - OWN.indexOf(a) || (a < b ? -1 : 1));
}

function figuresOf(all: readonly BenchRun[]): Figures {
  const runs = all.filter(({ failure }) => failure === null);
  const spread = (value: (run: BenchRun) => number | null) =>
    spreadOf(runs.map(value).filter((number) => number !== null));
  return {
    rate: spread(({ rows, seconds }) => rows / seconds),
    cpuMicros: spread(({ rows, cpuSeconds }) => cpuSeconds === null ? null : cpuSeconds / rows * 1e6),
    wallSeconds: spread(({ wallSeconds }) => wallSeconds),
    cpuSeconds: spread(({ cpuSeconds }) => cpuSeconds),
    peakMemoryBytes: spread(({ peakMemoryBytes }) => peakMemoryBytes),
    latencyP99Ms: spread(({ latencyMs }) => latencyMs?.p99 ?? null),
    failures: all.length - runs.length,
  };
}
