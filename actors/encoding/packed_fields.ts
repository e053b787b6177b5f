/**
 * Encoded shared fields of several kinds of rows, packed: a message to another thread costs for each object in it, and a
 * batch of trades has some forty short runs of bytes (44 µs a message, with 13 µs for all its columns).
 *
 * @module
 */
import type { EncodedFields } from "../../records/event_columns.ts";

/** Encoded fields as one piece of memory. */
export interface PackedFields {
  /** How many pieces each has: its runs, then the prefix of its ids. */
  readonly pieces: number;
  /** Where each piece ends. */
  readonly ends: Int32Array;
  /** The pieces, one after the other. */
  readonly bytes: Uint8Array;
}

/** Of one encoder, which gives each as many runs as any other. */
export function packFields(all: readonly EncodedFields[]): PackedFields {
  const pieces = all.flatMap(({ runs, eventIdPrefix }) => [...runs, eventIdPrefix]);
  const ends = new Int32Array(pieces.length);
  let end = 0;
  pieces.forEach((piece, at) => ends[at] = end += piece.length);
  const bytes = new Uint8Array(end);
  pieces.forEach((piece, at) => bytes.set(piece, (ends[at] ?? 0) - piece.length));
  return { pieces: all.length === 0 ? 0 : pieces.length / all.length, ends, bytes };
}

/** The fields again, as views on the packed bytes. */
export function unpackFields({ pieces, ends, bytes }: PackedFields): EncodedFields[] {
  const piece = (at: number) => bytes.subarray(at === 0 ? 0 : ends[at - 1], ends[at]);
  return Array.from({ length: pieces === 0 ? 0 : ends.length / pieces }, (_, index) => {
    const first = index * pieces, last = first + pieces - 1;
    return {
      runs: Array.from({ length: pieces - 1 }, (_, run) => piece(first + run)),
      eventIdPrefix: piece(last),
    };
  });
}
