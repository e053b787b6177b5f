/**
 * The account for people: a few lines on standard error.
 *
 * @module
 */
import { heldBackText } from "../../telemetry/held_back_text.ts";
import { grouped } from "../shared/progress.ts";
import type { LoadReport, ResumedSource } from "./load_report.ts";
import { exampleText } from "./reused_example.ts";

/** The parts of a report that are shown. */
export type AccountReport =
  & Omit<LoadReport, "command" | "resumed_from" | "shared_ids" | "overlap" | "id_reused_example">
  & Partial<Pick<LoadReport, "resumed_from" | "shared_ids" | "overlap" | "id_reused_example">>;

/**
 * Lines that say what became of every row.
 *
 * @param openLetters How many letters of a source are open now; the counts of earlier runs may have changed since.
 */
export function accountLines(report: AccountReport, openLetters?: (source: string) => number): string[] {
  const { read, acked, dead_lettered, duplicates_skipped, not_settled, lost, seconds, records_per_second, latency_ms } =
    report;
  const lines = [
    `${counted(read, "row")} read = ${grouped(acked)} acknowledged + ${grouped(dead_lettered)} dead-lettered + ` +
    `${grouped(duplicates_skipped)} duplicates skipped${
      not_settled === 0 ? "" : ` + ${grouped(not_settled)} not settled, which a later run reads again`
    }${lost === 0 ? "" : ` + ${grouped(lost)} NOT ACCOUNTED FOR`}`,
  ];
  // Without rows there is no rate and no latency.
  if (read > 0) {
    lines.push(
      `${seconds.toFixed(2)} s, ${grouped(records_per_second)} records/s, from read to acknowledged ` +
        `p50 ${latency_ms.p50} ms, p99 ${latency_ms.p99} ms (before that ${
          report.startup_seconds.toFixed(2)
        } s to start)`,
    );
  }
  for (const [topic, count] of Object.entries(report.topics)) lines.push(`  ${topic}: ${counted(count, "record")}`);
  for (const [rule, count] of Object.entries(report.dead_letter_reasons)) {
    lines.push(`  dead letters, ${rule}: ${grouped(count)}`);
  }
  if ((report.shared_ids ?? 0) > 0) {
    const shared = `${grouped(report.shared_ids ?? 0)} ids are in more than one file`;
    lines.push(
      report.overlap === "skip"
        ? `${shared}: of their rows each content is written once (--overlap skip), and the others are skipped duplicates.`
        : `${shared}: each file's row is its own record. If they are the same rows, in files that overlap, load with ` +
          "--overlap skip, which writes them once.",
    );
  }
  if (report.id_reused > 0) {
    lines.push(
      `${
        grouped(report.id_reused)
      } rows have an id that the topics had with other content only, and are written too: ` +
        "rows that were corrected, or ids that begin again. Both records stay; the header src tells them apart.",
    );
    const { id_reused_example: example } = report;
    if (example) lines.push(exampleText(example));
  }
  for (const resumed of report.resumed_from ?? []) lines.push(resumedLine(resumed, openLetters?.(resumed.source)));
  for (const { source, line, bytes, open_quote } of report.held_back) {
    lines.push(`${source}: ${heldBackText({ line, bytes, ...(open_quote ? { openQuote: true } : {}) })}`);
  }
  if (report.interrupted) {
    lines.push("Interrupted: what was under way has settled, the rest of the files was not read.");
  }
  return lines;
}

/** What earlier runs have done with a file. It says "loaded" only if every row is in the topics. */
function resumedLine(resumed: ResumedSource, open = resumed.dead_lettered): string {
  const { source, row, found, already_loaded, acked, dead_lettered, duplicates_skipped } = resumed;
  const past = found === 0
    ? ""
    : `; ${counted(found, "row")} after that ${
      found === 1 ? "was" : "were"
    } found in the topics, and count as acknowledged`;
  if (dead_lettered === 0) {
    const before = duplicates_skipped === 0
      ? ""
      : `, of which ${grouped(duplicates_skipped)} were there before and were not written for this file`;
    return already_loaded
      ? `${source}: already loaded, ${counted(row, "row")}${before}`
      : `${source}: earlier runs had loaded ${counted(row, "row")}${before}${past}`;
  }
  const parts = [
    `${grouped(acked)} written`,
    ...(duplicates_skipped === 0 ? [] : [`${grouped(duplicates_skipped)} there before`]),
    `${grouped(dead_lettered)} dead ${dead_lettered === 1 ? "letter" : "letters"}${
      open >= dead_lettered ? "" : `, ${open === 0 ? "none" : grouped(open)} of them open still`
    }`,
  ];
  return already_loaded
    ? `${source}: already read: ${parts.join(", ")}`
    : `${source}: earlier runs had read ${counted(row, "row")}: ${parts.join(", ")}${past}`;
}

function counted(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}
