/**
 * Keeps hashes of some of the rows that were read. A content with none of them is another content; one with some of
 * them is the same, changed or cut. The samples are spread evenly, so that any stretch of a 32nd of the rows has one,
 * and the rest of a file whose oldest rows are dropped is recognized. Their number is bounded for any number of rows.
 *
 * @module
 */
import { hash } from "node:crypto";

/** Plain JSON, so that a checkpoint can hold it. */
export interface RowSamples {
  /** The hash of the first row, null if there is none. */
  readonly first: string | null;
  /** The hashes of the rows whose numbers are multiples of {@link stride}, in order. */
  readonly rows: readonly string[];
  /** A power of two. */
  readonly stride: number;
  /** The hash of the last good row of the last batch, null if there is none. */
  readonly last: string | null;
}

/** The samples before any row was read. */
export const NO_SAMPLES: RowSamples = { first: null, rows: [], stride: 1, last: null };

/** Maximum of samples beside the first and the last one: at more, every second one is dropped. */
const MAX_SAMPLES = 64;
const SHORT_HASH = 16;

/** Adds a row if it is a sample. */
export function withRow(samples: RowSamples, row: number, bytes: Uint8Array): RowSamples {
  const own = rowHash(bytes);
  const { rows, stride } = samples;
  const first = row === 1 ? own : samples.first;
  if (!isSampled(samples, row) || row % stride !== 0) return { ...samples, first };
  if (rows.length < MAX_SAMPLES) return { ...samples, first, rows: [...rows, own] };
  const fewer = { ...samples, rows: rows.filter((_, at) => at % 2 === 1), stride: stride * 2 };
  return row % fewer.stride === 0 ? { ...fewer, rows: [...fewer.rows, own] } : fewer;
}

/** Whether a row is a sample. Runs for each row. */
export function isSampled({ stride }: RowSamples, row: number): boolean {
  return (row & (stride - 1)) === 0 || row === 1;
}

/** The first row from this one on that is a sample. */
export function nextSampled({ stride }: RowSamples, row: number): number {
  return row === 1 ? row : row + (-row & (stride - 1));
}

/** All hashes of the samples. */
export function hashesOf({ first, rows, last }: RowSamples): Set<string> {
  const hashes = new Set(rows);
  if (first !== null) hashes.add(first);
  if (last !== null) hashes.add(last);
  return hashes;
}

/** The hash of a row as a sample. An object of `createHash` for each costs three times as much. */
export function rowHash(row: Uint8Array): string {
  return hash("sha256", row, "hex").slice(0, SHORT_HASH);
}
