/**
 * The columns of a csv row as texts.
 *
 * @module
 */
import type { BadRow } from "../source.ts";
import { DelimitedCells } from "./delimited_cells.ts";
import { badForm, decodeText, NOT_UTF8, QUOTING, type RawRow } from "./row_parser.ts";

const utf8 = new TextEncoder();

/** The columns of a csv row, or the fault in its form. */
export function splitTexts(row: DelimitedCells, raw: RawRow): string[] | BadRow {
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

/** As {@link splitTexts}, for a row that is a text already. */
export function splitText(text: string): string[] | BadRow {
  const buffer = utf8.encode(text), { length } = buffer;
  return splitTexts(new DelimitedCells(), { row: 0, line: 1, offset: 0, length, buffer, start: 0, end: length });
}
