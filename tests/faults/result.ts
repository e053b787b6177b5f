/**
 * The result of a scenario: one row of counts, all read from the topic, and the expectations.
 *
 * @module
 */
import type { VersionFlag } from "../../config/version_flag.ts";
import type { AuditReport } from "../../cli/audit/audit.ts";
import type { KafkaClientName } from "../../transport/open.ts";

/** One run of a scenario. Counts are records, of both versions together if both are written. */
export interface ResultRow {
  readonly scenario: string;
  readonly client: KafkaClientName;
  readonly version: VersionFlag;
  /** Rows that the load reports as read (and sent, once for each version). */
  readonly read: number;
  readonly acked: number;
  readonly dead_lettered: number;
  readonly found: number;
  /** Rows in the files that are neither in the topic nor among the dead letters. */
  readonly missing: number;
  readonly twice: number;
  /** Records after a later row of the same key. */
  readonly late: number;
  /** The longest time from the end of a fault to the next acknowledgement. */
  readonly recovery_s: number | null;
  readonly peak_rss_mb: number | null;
  readonly seconds: number;
  /** Exit code of `load`; null if it ran inside the test. */
  readonly exit: number | null;
  /** Other figures that matter to the scenario, in words. */
  readonly note: string;
  /** The unmet expectations; empty if there are none. */
  readonly problems: readonly string[];
  /** ISO date of the run. */
  readonly date: string;
}

/** Sums of several audits, with their problems. */
export interface AuditSum {
  readonly found: number;
  readonly missing: number;
  readonly twice: number;
  readonly late: number;
  readonly problems: readonly string[];
}

/** One verdict of the audits of several topics. */
export function sumAudits(reports: readonly AuditReport[]): AuditSum {
  const sum = (of: (report: AuditReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  const odd = (["different", "other_ids", "unexpected", "undecodable"] as const).flatMap((what) => {
    const count = sum((report) => report[what]);
    return count === 0 ? [] : [`${count} ${what}`];
  });
  return {
    found: sum(({ found }) => found),
    missing: sum(({ missing }) => missing),
    twice: sum(({ twice }) => twice),
    late: sum(({ out_of_order }) => out_of_order),
    problems: odd,
  };
}

/** A problem, or nothing. */
export function unless(holds: boolean, problem: string): readonly string[] {
  return holds ? [] : [problem];
}

/** The row as one line for people. */
export function resultLine(row: ResultRow): string {
  const { scenario, client, version, read, acked, found, missing, twice, late, exit, problems, note } = row;
  const parts = [
    `${problems.length === 0 ? "ok  " : "FAIL"} ${scenario} (${client}, ${version}):`,
    `read ${read}, acked ${acked}, found ${found}, missing ${missing}, twice ${twice}, late ${late},`,
    `recovery ${row.recovery_s === null ? "-" : `${row.recovery_s} s`},`,
    `peak ${row.peak_rss_mb === null ? "-" : `${row.peak_rss_mb} MB`}, ${row.seconds} s, exit ${exit ?? "-"}`,
    ...(note === "" ? [] : [`(${note})`]),
    ...problems.map((problem) => `\n     ${problem}`),
  ];
  return parts.join(" ");
}
