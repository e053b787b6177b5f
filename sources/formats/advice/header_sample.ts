/**
 * The first rows below a csv header that cannot be used, to propose names for its columns by what stands in them.
 *
 * @module
 */
import { splitText } from "../csv_row.ts";
import { emptyCut, type LineReader } from "../../files/line_reader.ts";
import { decodeText } from "../row_parser.ts";
import type { RowTrial } from "./row_trial.ts";

/** More rows would tell little more. */
export const SAMPLED_ROWS = 20;

/** The first rows below a header. */
export interface HeaderSample {
  /** As they stand there, without their line ends. */
  readonly rows: readonly string[];
  /** Begins to try them as records. */
  readonly trial: () => RowTrial;
}

/**
 * Takes the next rows, what is no text and what is too long left out.
 *
 * @param options.waits Whether more may be read: who sends a stream may wait for the answer.
 */
export async function takeRows(lines: LineReader, { waits }: { readonly waits: boolean }): Promise<readonly string[]> {
  const rows: string[] = [];
  const cut = emptyCut();
  while (rows.length < SAMPLED_ROWS) {
    const taken = lines.take(cut);
    if (taken === "more" && waits) {
      await lines.fill();
      continue;
    }
    if (taken !== "row") break;
    const text = cut.tooLong ? null : decodeText(lines.buffer.subarray(cut.start, cut.end));
    if (text !== null && text !== "") rows.push(text);
  }
  return rows;
}

/** The columns of a row, as those of {@link commaCommand}'s; null if it cannot be split. */
export function columnsOf(row: string, separator: string): readonly string[] | null {
  if (separator !== "," && !row.includes('"')) return row.split(separator);
  const texts = splitText(separator === "," ? row : row.replaceAll(separator, ","));
  return Array.isArray(texts) ? texts : null;
}
