/**
 * Values of rows that come from SQLite, narrowed. The tables are strict, so that anything else means a damaged file.
 *
 * @module
 */

/** A row that SQLite gave. */
export type Row = Readonly<Record<string, unknown>>;

/** A whole number. */
export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value === "number") return value;
  throw malformed(column, "a number");
}

/** Text. */
export function textIn(row: Row | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value === "string") return value;
  throw malformed(column, "text");
}

/** Bytes or null. */
export function bytesIn(row: Row | undefined, column: string): Uint8Array | null {
  const value = row?.[column];
  if (value === null || value instanceof Uint8Array) return value;
  throw malformed(column, "bytes");
}

function malformed(column: string, expected: string): Error {
  return new Error(`malformed row: column ${column} does not hold ${expected}`);
}
