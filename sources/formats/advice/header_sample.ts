/**
 * The first rows below an unusable csv header: their values help to propose names for its columns.
 *
 * @module
 */
import { splitText } from "../csv_row.ts";
import type { LineReader } from "../../files/line_reader.ts";
import { emptyCut } from "../../files/row_cut.ts";
import { decodeText } from "../row_parser.ts";
import type { RowTrial } from "./row_trial.ts";

/** Maximum number of rows; more would tell little more. */
export const SAMPLED_ROWS = 20;

/** The first rows below a header. */
export interface HeaderSample {
  /** The rows as written, without their line ends. */
  readonly rows: readonly string[];
  /** Starts a trial of the rows as records. */
  readonly trial: () => RowTrial;
}

/**
 * Takes the next rows; leaves out rows that are no text or too long.
 *
 * @param options.waits Whether to wait for more bytes; not for a stream whose sender may wait for the answer.
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

/** The columns of a row, as {@link commaCommand} gives them; null if the row cannot be split. */
export function columnsOf(row: string, separator: string): readonly string[] | null {
  if (separator !== "," && !row.includes('"')) return row.split(separator);
  const texts = splitText(separator === "," ? row : row.replaceAll(separator, ","));
  return Array.isArray(texts) ? texts : null;
}
