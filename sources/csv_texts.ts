/**
 * The columns of a csv row as texts.
 *
 * @module
 */
import type { CsvRow } from "./csv_row.ts";
import { badForm, decodeText, NOT_UTF8, QUOTING, type RawRow } from "./row_parser.ts";
import type { BadRow } from "./source.ts";

/** The columns of a csv row as texts, or what is wrong with its form. */
export function splitTexts(row: CsvRow, raw: RawRow): string[] | BadRow {
  const fault = row.split(raw.buffer, raw.start, raw.end);
  if (fault !== null) return badForm(raw, fault, QUOTING);
  const texts: string[] = [];
  for (let index = 0; index < row.count; index++) {
    const text = decodeText(row.buffer.subarray(row.starts[index], row.ends[index]));
    if (text === null) return badForm(raw, "invalid_utf8", NOT_UTF8);
    texts.push(text);
  }
  return texts;
}
