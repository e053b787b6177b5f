/**
 * Splits one row of comma-separated values (RFC 4180) into its fields, on bytes.
 *
 * @module
 */
import type { RowFormRule } from "../../records/row_rules.ts";
import type { BadRow } from "../source.ts";
import { badForm, decodeText, NOT_UTF8, QUOTING, type RawRow } from "./row_parser.ts";

const utf8 = new TextEncoder();

const QUOTE = 0x22;
const COMMA = 0x2c;

/** Maximum number of fields in a row; no record has as many. */
export const MAX_COLUMNS = 256;

/** Why a row cannot be split. */
export type CsvFault = Extract<RowFormRule, "unterminated_quote" | "misplaced_quote" | "wrong_column_count">;

/**
 * The fields of one row at a time: field `i` is `buffer` from `starts[i]` up to `ends[i]`, without its quotes. The
 * object is reused for every row, so that splitting allocates nothing.
 */
export class CsvRow {
  /** The buffer of the fields: the row's own, or a scratch buffer if a doubled quote had to become a single one. */
  buffer: Uint8Array = new Uint8Array(0);
  /** How many fields the row has. */
  count = 0;
  readonly starts: Int32Array = new Int32Array(MAX_COLUMNS);
  readonly ends: Int32Array = new Int32Array(MAX_COLUMNS);
  #scratch = new Uint8Array(1024);

  /** Splits the bytes from `start` up to `end`: a row without its line end. Null on success, else the reason. */
  split(buffer: Uint8Array, start: number, end: number): CsvFault | null {
    this.buffer = buffer;
    this.count = 0;
    let at = start;
    for (;;) {
      if (this.count === MAX_COLUMNS) return "wrong_column_count";
      if (at < end && buffer[at] === QUOTE) return this.#splitQuoted(buffer, start, end);
      const from = at;
      while (at < end) {
        const byte = buffer[at];
        if (byte === COMMA) break;
        if (byte === QUOTE) return "misplaced_quote";
        at++;
      }
      this.starts[this.count] = from;
      this.ends[this.count] = at;
      this.count++;
      if (at === end) return null;
      at++;
    }
  }

  /** Splits again from the start, and copies the fields without their quotes into the scratch buffer. */
  #splitQuoted(source: Uint8Array, start: number, end: number): CsvFault | null {
    if (this.#scratch.length < end - start) this.#scratch = new Uint8Array((end - start) * 2);
    const scratch = this.#scratch;
    this.buffer = scratch;
    this.count = 0;
    let at = start, put = 0;
    for (;;) {
      if (this.count === MAX_COLUMNS) return "wrong_column_count";
      this.starts[this.count] = put;
      if (at < end && source[at] === QUOTE) {
        for (at++;; at++) {
          if (at === end) return "unterminated_quote";
          const byte = source[at] ?? 0;
          if (byte === QUOTE) {
            if (at + 1 < end && source[at + 1] === QUOTE) at++;
            else break;
          }
          scratch[put++] = byte;
        }
        at++;
        if (at < end && source[at] !== COMMA) return "misplaced_quote";
      } else {
        for (; at < end && source[at] !== COMMA; at++) {
          const byte = source[at] ?? 0;
          if (byte === QUOTE) return "misplaced_quote";
          scratch[put++] = byte;
        }
      }
      this.ends[this.count] = put;
      this.count++;
      if (at === end) return null;
      at++;
    }
  }
}

/** The columns of a csv row as texts, or the fault in its form. */
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

/** As {@link splitTexts}, for a row that is a text already. */
export function splitText(text: string): string[] | BadRow {
  const buffer = utf8.encode(text), { length } = buffer;
  return splitTexts(new CsvRow(), { row: 0, line: 1, offset: 0, length, buffer, start: 0, end: length });
}
