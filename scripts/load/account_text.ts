/**
 * The account for people: a few lines on standard error.
 *
 * @module
 */
import { grouped } from "../cli/progress.ts";
import type { LoadReport } from "./load_job.ts";

/** Lines that say what became of every row. */
export function accountLines(report: Omit<LoadReport, "command" | "resumed_from">): string[] {
  const { read, acked, dead_lettered, duplicates_skipped, lost, seconds, records_per_second, latency_ms } = report;
  const lines = [
    `${grouped(read)} rows read = ${grouped(acked)} acknowledged + ${grouped(dead_lettered)} dead-lettered + ` +
    `${grouped(duplicates_skipped)} duplicates skipped${lost === 0 ? "" : ` + ${grouped(lost)} NOT ACCOUNTED FOR`}`,
    `${seconds.toFixed(2)} s, ${grouped(records_per_second)} records/s, from read to acknowledged ` +
    `p50 ${latency_ms.p50} ms, p99 ${latency_ms.p99} ms (before that ${report.startup_seconds.toFixed(2)} s to start)`,
  ];
  for (const [topic, count] of Object.entries(report.topics)) lines.push(`  ${topic}: ${grouped(count)} records`);
  for (const [rule, count] of Object.entries(report.dead_letter_reasons)) {
    lines.push(`  dead letters, ${rule}: ${grouped(count)}`);
  }
  if (report.interrupted) {
    lines.push("Interrupted: what was under way has settled, the rest of the files was not read.");
  }
  return lines;
}
