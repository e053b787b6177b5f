/**
 * The header by which a record says where it comes from: which load of which source, and which row.
 *
 * `src` is 8 bytes of the load's origin and the row's number, big-endian, without leading zeros. Its form is public: it
 * tells what a killed load had sent, and which rows a topic has twice.
 *
 * @module
 */
import type { LogRecord, RecordHeader } from "./log.ts";

/** Name of the header. */
export const SOURCE_HEADER = "src";

/**
 * A record with this header, whose value is empty, comes from a replay of dead letters: the load named in `src` refused
 * its row. It stands after later rows, and may have been made with other flags.
 */
const REPLAYED_HEADER = "replayed";

/** The header of a replayed record. */
export const REPLAYED: RecordHeader = [REPLAYED_HEADER, new Uint8Array(0)];

/** Bytes of an origin. */
export const ORIGIN_BYTES = 8;

/** Which row of which load a record holds. */
export interface SourceRowRef {
  /** 16 hexadecimal digits. */
  readonly origin: string;
  /** The row's number in its source, from 1. */
  readonly row: number;
}

const MAX_INT32 = 2 ** 31 - 1;

/** How many bytes a row number takes. */
export function rowBytes(row: number): number {
  let bytes = 1;
  for (let rest = row; rest >= 256; rest /= 256) bytes += 1;
  return bytes;
}

/** Writes a row number in `bytes` bytes; @returns the position after them. */
export function writeRow(buffer: Uint8Array, at: number, { row, bytes }: { row: number; bytes: number }): number {
  let rest = row, index = at + bytes - 1;
  for (; rest > MAX_INT32; index--) {
    const upper = Math.floor(rest / 256);
    buffer[index] = rest - upper * 256;
    rest = upper;
  }
  for (let low = rest | 0; index >= at; index--, low >>= 8) buffer[index] = low; // of which the array takes 8 bits
  return at + bytes;
}

/** The header's value. */
export function sourceValue(origin: Uint8Array, row: number): Uint8Array {
  const bytes = rowBytes(row);
  const value = new Uint8Array(ORIGIN_BYTES + bytes);
  value.set(origin);
  writeRow(value, ORIGIN_BYTES, { row, bytes });
  return value;
}

/** The row number in a header's value; null if the value is not of our form. */
export function rowOf(value: Uint8Array): number | null {
  const row = rowIn(value, 0, value.length);
  return Number.isSafeInteger(row) ? row : null;
}

/** The row number in a header's value that stands among other bytes; no safe integer if it is not of our form. */
export function rowIn(bytes: Uint8Array, from: number, end: number): number {
  const length = end - from;
  if (length <= ORIGIN_BYTES || length > ORIGIN_BYTES + 7 || bytes[from + ORIGIN_BYTES] === 0) return NaN;
  let row = 0;
  for (let at = from + ORIGIN_BYTES; at < end; at++) row = row * 256 + (bytes[at] ?? 0);
  return row;
}

/** The value of a record's first `src` header of our form; null if it has none. */
export function sourceValueOf({ headers = NO_HEADERS }: Pick<LogRecord, "headers">): Uint8Array | null {
  for (const [name, value] of headers) if (name === SOURCE_HEADER && rowOf(value) !== null) return value;
  return null;
}

/** The load and row in a record's header; null if it has none. */
export function sourceOf(record: Pick<LogRecord, "headers">): SourceRowRef | null {
  const value = sourceValueOf(record);
  const row = value === null ? null : rowOf(value);
  return value === null || row === null ? null : { origin: value.subarray(0, ORIGIN_BYTES).toHex(), row };
}

/** True if a replay has written the record. */
export function isReplayed({ headers = NO_HEADERS }: Pick<LogRecord, "headers">): boolean {
  return headers.some(([name]) => name === REPLAYED_HEADER);
}

/** True if a header's value begins with this origin. */
export function isOfOrigin(value: Uint8Array, origin: Uint8Array): boolean {
  for (let at = 0; at < ORIGIN_BYTES; at++) if (value[at] !== origin[at]) return false;
  return true;
}

/** All headers to write for a record, with that of {@link LogRecord.origin}. */
export function allHeaders({ headers = NO_HEADERS, origin, row = 0 }: LogRecord): readonly RecordHeader[] {
  return origin ? [...headers, [SOURCE_HEADER, sourceValue(origin, row)]] : headers;
}

const NO_HEADERS: readonly RecordHeader[] = [];
