/**
 * Several runs of the pipeline as one.
 *
 * @module
 */
import type { LoadReport } from "./load_job.ts";

/** What of a report is a sum. */
export type SummedReport = Omit<
  LoadReport,
  "command" | "schema_version" | "interrupted" | "resumed_from" | "shared_ids" | "overlap" | "id_reused_example"
>;

const NOTHING: SummedReport = {
  read: 0,
  acked: 0,
  dead_lettered: 0,
  duplicates_skipped: 0,
  id_reused: 0,
  not_settled: 0,
  lost: 0,
  versions: {},
  latency_ms: { p50: 0, p99: 0 },
  topics: {},
  days: {},
  dead_letter_reasons: {},
  seconds: 0,
  startup_seconds: 0,
  records_per_second: 0,
  held_back: [],
  stopped: [],
};

/** The sum of runs that came one after the other; of the latencies the largest. */
export function sumReports(reports: readonly SummedReport[]): SummedReport {
  return reports.reduce(sumOfTwo, NOTHING);
}

function sumOfTwo(one: SummedReport, other: SummedReport): SummedReport {
  const acked = one.acked + other.acked;
  const seconds = one.seconds + other.seconds;
  return {
    read: one.read + other.read,
    acked,
    dead_lettered: one.dead_lettered + other.dead_lettered,
    duplicates_skipped: one.duplicates_skipped + other.duplicates_skipped,
    id_reused: one.id_reused + other.id_reused,
    not_settled: one.not_settled + other.not_settled,
    lost: one.lost + other.lost,
    versions: sumOfVersions(one.versions, other.versions),
    latency_ms: {
      p50: Math.max(one.latency_ms.p50, other.latency_ms.p50),
      p99: Math.max(one.latency_ms.p99, other.latency_ms.p99),
    },
    topics: sumOfCounts(one.topics, other.topics),
    days: sumOfCounts(one.days, other.days),
    dead_letter_reasons: sumOfCounts(one.dead_letter_reasons, other.dead_letter_reasons),
    seconds,
    startup_seconds: one.startup_seconds + other.startup_seconds,
    records_per_second: seconds > 0 ? Math.round(acked / seconds) : 0,
    held_back: [...one.held_back, ...other.held_back],
    stopped: [...one.stopped, ...other.stopped],
  };
}

type Counts = Readonly<Record<string, number>>;

function sumOfCounts(one: Counts, other: Counts): Counts {
  const sum = new Map(Object.entries(one));
  for (const [name, count] of Object.entries(other)) sum.set(name, (sum.get(name) ?? 0) + count);
  return Object.fromEntries([...sum].sort(([a], [b]) => a < b ? -1 : 1));
}

function sumOfVersions(one: SummedReport["versions"], other: SummedReport["versions"]): SummedReport["versions"] {
  const sum = new Map(Object.entries(one));
  for (const [version, count] of Object.entries(other)) {
    const known = sum.get(version) ?? { acked: 0, dead_lettered: 0, duplicates_skipped: 0 };
    sum.set(version, {
      acked: known.acked + count.acked,
      dead_lettered: known.dead_lettered + count.dead_lettered,
      duplicates_skipped: known.duplicates_skipped + count.duplicates_skipped,
    });
  }
  return Object.fromEntries(sum);
}
