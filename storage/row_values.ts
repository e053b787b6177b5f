/**
 * Narrows the values of SQLite's rows. The tables are strict and only this program writes them, so any other value
 * means a damaged file.
 *
 * @module
 */
import { MalformedError } from "./storage_error.ts";

/** A row that SQLite gave. */
export type Row = Readonly<Record<string, unknown>>;

/** The range of a Date. */
const MAX_MILLIS = 8.64e15;

/** A whole number. */
export function integerIn(row: Row | undefined, column: string): number {
  const value = row?.[column];
  return typeof value === "number" ? value : malformed(column, "a number");
}

/** Milliseconds since the epoch, within the range of a Date. */
export function instantIn(row: Row | undefined, column: string): number {
  const value = integerIn(row, column);
  return Math.abs(value) <= MAX_MILLIS ? value : malformed(column, "an instant");
}

/** Text. */
export function textIn(row: Row | undefined, column: string): string {
  const value = row?.[column];
  return typeof value === "string" ? value : malformed(column, "text");
}

/** Bytes. */
export function bytesIn(row: Row | undefined, column: string): Uint8Array {
  return bytesOrNullIn(row, column) ?? malformed(column, "bytes");
}

/** Bytes or null. */
export function bytesOrNullIn(row: Row | undefined, column: string): Uint8Array | null {
  const value = row?.[column];
  return value === null || value instanceof Uint8Array ? value : malformed(column, "bytes");
}

/** One of some texts. */
export function oneIn<Value extends string>(row: Row | undefined, column: string, values: readonly Value[]): Value {
  const value = row?.[column];
  return values.find((known) => known === value) ?? malformed(column, `one of ${values.join(", ")}`);
}

function malformed(column: string, expected: string): never {
  throw new MalformedError(`row: column ${column} does not hold ${expected}`);
}
