/**
 * The cells of one row: what a splitter gives and field readers take. A cell is a slot with a kind and a part of a buffer; no
 * text or object is made for it.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";
import { RecordError } from "../../records/errors.ts";

/** The kind of a cell. In a delimited row all are texts, and an empty cell is absent. */
export const ABSENT = 0, TEXT = 1, NUMBER = 2, TRUE = 3, FALSE = 4, NULL = 5, ARRAY = 6, OBJECT = 7;

/**
 * The cells of one row at a time; cell `i` is `buffer` from `starts[i]` up to `ends[i]`. The object is reused for every row.
 * A number is its text; an array or object is its JSON, which has been checked. The texts of JSON are unescaped, and an
 * unpaired surrogate in one has three bytes that UTF-8 does not have.
 */
export interface Cells {
  readonly buffer: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly kinds: Uint8Array;
  /** How many slots there are. */
  readonly count: number;
  /** Whether all bytes are ASCII; else a text may hold what UTF-8 does not have. */
  readonly isPlain: boolean;
}

/** Whether a row says nothing there: no such cell, an empty text, or null. */
export function isAbsent(cells: Cells, slot: number): boolean {
  const kind = cells.kinds[slot] ?? ABSENT;
  return kind === ABSENT || kind === NULL;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const REPLACEMENT = "\ufffd";

/** The text of a text or number; the empty text if the cell is absent. @throws {RecordError} `malformed_text` */
export function textOf(cells: Cells, slot: number, field: string): string {
  const { starts, ends } = cells;
  const start = starts[slot] ?? 0, end = ends[slot] ?? 0;
  if (isAbsent(cells, slot) || start === end) return "";
  const bytes = cells.buffer.subarray(start, end);
  const text = utf8.decode(bytes);
  if (!text.includes(REPLACEMENT) || isUtf8(bytes)) return text;
  throw new RecordError("malformed_text", { field, value: withSurrogates(bytes) });
}

/** A text in which the bytes of an unpaired surrogate become that. */
function withSurrogates(bytes: Uint8Array): string {
  let text = "", from = 0;
  for (let at = 0; at + 2 < bytes.length; at++) {
    const second = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xed || second < 0xa0) continue;
    text += utf8.decode(bytes.subarray(from, at)) +
      String.fromCharCode(0xd000 | (second & 0x3f) << 6 | (bytes[at + 2] ?? 0) & 0x3f);
    from = at + 3;
    at += 2;
  }
  return text + utf8.decode(bytes.subarray(from));
}
