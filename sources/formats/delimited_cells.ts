/**
 * Splits one row of delimited values into its cells, on bytes: as RFC 4180 has it, with any of a few delimiters.
 *
 * @module
 */
import type { RowFormRule } from "../../records/row_rules.ts";
import { ABSENT, type Cells, TEXT } from "./cells.ts";

/** All delimiters. */
export const DELIMITERS = [",", "|", "\t", ";"] as const satisfies readonly Delimiter[];

/** What stands between two cells. */
export type Delimiter = "," | "|" | "\t" | ";";

/** How rows are written. */
export interface DelimitedOptions {
  /** @default "," */
  readonly delimiter?: Delimiter;
  /** Whether a cell may be in double quotes; else a quote is a character like others. @default true */
  readonly quoted?: boolean;
}

/** Maximum number of cells in a row; no record has as many. */
export const MAX_COLUMNS = 256;

/** Why a row cannot be split. */
export type DelimitedFault = Extract<RowFormRule, "unterminated_quote" | "misplaced_quote" | "wrong_column_count">;

const QUOTE = 0x22;

/** The classes of bytes within a row. */
const PLAIN = 0, DELIMITS = 1, QUOTES = 2, OTHER = 3;

type Classes = Readonly<Record<Delimiter, Uint8Array>>;

/** The class of each byte, by the delimiter. */
const CLASSES: Classes = classesOf(false), CLASSES_QUOTED: Classes = classesOf(true);

function classesOf(quoted: boolean): Classes {
  const classes = (delimiter: Delimiter) =>
    Uint8Array.from({ length: 256 }, (_, byte) => {
      if (byte === delimiter.charCodeAt(0)) return DELIMITS;
      if (byte === QUOTE && quoted) return QUOTES;
      return byte === 0 || byte >= 0x80 ? OTHER : PLAIN;
    });
  return { ",": classes(","), "|": classes("|"), "\t": classes("\t"), ";": classes(";") };
}

/** The cells of one delimited row at a time, without their quotes. Nothing is trimmed. */
export class DelimitedCells implements Cells {
  /** The buffer of the cells: the row's own, or a scratch buffer if a doubled quote had to become a single one. */
  buffer: Uint8Array = new Uint8Array(0);
  readonly starts: Int32Array = new Int32Array(MAX_COLUMNS);
  readonly ends: Int32Array = new Int32Array(MAX_COLUMNS);
  readonly kinds: Uint8Array = new Uint8Array(MAX_COLUMNS);
  count = 0;
  /** Whether all bytes of the row are ASCII and none is a NUL; else it may be no text. */
  isPlain = true;
  readonly delimiter: Delimiter;
  /** Whether a cell may be in double quotes. */
  readonly isQuoted: boolean;
  readonly #classes: Uint8Array;
  #scratch = new Uint8Array(1024);

  constructor({ delimiter = ",", quoted = true }: DelimitedOptions = {}) {
    this.delimiter = delimiter;
    this.isQuoted = quoted;
    this.#classes = (quoted ? CLASSES_QUOTED : CLASSES)[delimiter];
  }

  /** Splits the bytes from `start` up to `end`: a row without its line end. Null on success, else the reason. */
  split(buffer: Uint8Array, start: number, end: number): DelimitedFault | null {
    const classes = this.#classes, { starts, ends, kinds } = this;
    this.buffer = buffer;
    this.isPlain = true;
    let count = 0, from = start, at = start;
    for (;;) {
      let type = DELIMITS;
      while (at < end && (type = classes[buffer[at] ?? 0] ?? OTHER) === PLAIN) at++;
      if (at >= end || type === DELIMITS) {
        starts[count] = from;
        ends[count] = at;
        kinds[count] = from === at ? ABSENT : TEXT;
        this.count = ++count;
        if (at >= end) return null;
        if (count === MAX_COLUMNS) return "wrong_column_count";
        from = ++at;
      } else if (type === OTHER) {
        this.isPlain = false;
        at++;
      } else {
        if (from !== at) return "misplaced_quote";
        for (at++; at < end && buffer[at] !== QUOTE; at++) {
          if (classes[buffer[at] ?? 0] === OTHER) this.isPlain = false;
        }
        if (at === end) return "unterminated_quote";
        starts[count] = from + 1;
        ends[count] = at;
        kinds[count] = from + 1 === at ? ABSENT : TEXT;
        this.count = ++count;
        at++;
        if (at === end) return null;
        if (buffer[at] === QUOTE) return this.#splitDoubled(buffer, start, end);
        if (classes[buffer[at] ?? 0] !== DELIMITS) return "misplaced_quote";
        if (count === MAX_COLUMNS) return "wrong_column_count";
        from = ++at;
      }
    }
  }

  /** Splits again from the start, and copies the cells without their quotes into the scratch buffer. */
  #splitDoubled(source: Uint8Array, start: number, end: number): DelimitedFault | null {
    if (this.#scratch.length < end - start) this.#scratch = new Uint8Array((end - start) * 2);
    const scratch = this.#scratch, classes = this.#classes, { starts, ends, kinds } = this;
    this.buffer = scratch;
    let count = 0, at = start, put = 0, plain = true;
    for (;;) {
      if (count === MAX_COLUMNS) return "wrong_column_count";
      const from = put;
      if (at < end && source[at] === QUOTE) {
        for (at++;; at++) {
          if (at === end) return "unterminated_quote";
          const byte = source[at] ?? 0;
          if (byte === QUOTE) {
            if (at + 1 < end && source[at + 1] === QUOTE) at++;
            else break;
          } else if (classes[byte] === OTHER) plain = false;
          scratch[put++] = byte;
        }
        at++;
        if (at < end && classes[source[at] ?? 0] !== DELIMITS) return "misplaced_quote";
      } else {
        for (; at < end; at++) {
          const byte = source[at] ?? 0, type = classes[byte];
          if (type === DELIMITS) break;
          if (type === QUOTES) return "misplaced_quote";
          if (type === OTHER) plain = false;
          scratch[put++] = byte;
        }
      }
      starts[count] = from;
      ends[count] = put;
      kinds[count] = from === put ? ABSENT : TEXT;
      this.count = ++count;
      if (at === end) {
        this.isPlain = plain;
        return null;
      }
      at++;
    }
  }
}
