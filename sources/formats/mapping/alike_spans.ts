/**
 * The shared cells of a row in spans, as WebAssembly compares them: cells of delimited text that stand side by side are
 * one, with the delimiters between them.
 *
 * @module
 */
import { TEXT } from "../cells.ts";

/** Bits of a kind below the length. */
const KIND_BITS = 3, KINDS = 7;
const HASH_MIX = 0x9e3779b1, HASH_FINISH = 0x85ebca6b;

/** The bytes of a span, as they stand in a row. */
export interface SpanBytes {
  readonly bytes: Uint8Array;
  /** Their number, and below it the kind of a value of JSON; that of a text, and of delimited cells, is 0. */
  readonly shape: number;
}

/** Where the spans are. */
export class AlikeSpans {
  /** The first and the last slot of each. */
  readonly slots: Uint32Array;
  readonly #delimiter: number;

  /** @param delimiter null where each cell is compared by itself */
  constructor(slots: readonly number[], delimiter: string | null) {
    const spans: [first: number, last: number][] = [];
    for (const slot of slots) {
      const before = spans.at(-1);
      if (delimiter !== null && before?.[1] === slot - 1) before[1] = slot;
      else spans.push([slot, slot]);
    }
    this.slots = Uint32Array.from(spans.flat());
    this.#delimiter = delimiter?.charCodeAt(0) ?? 0;
  }

  /** How many there are. */
  get count(): number {
    return this.slots.length / 2;
  }

  /** The spans of a row, of whose cells these are the bytes, the lengths and the kinds. */
  of(bytes: Uint8Array, shapes: Int32Array): readonly SpanBytes[] {
    let cell = 0, from = 0;
    return Array.from({ length: this.count }, (_, index) => {
      const cells = (this.slots[2 * index + 1] ?? 0) - (this.slots[2 * index] ?? 0) + 1;
      const kind = (shapes[cell] ?? 0) & KINDS;
      const lengths = Array.from(shapes.subarray(cell, cell += cells), (shape) => shape >> KIND_BITS);
      const span = new Uint8Array(lengths.reduce((sum, length) => sum + length, cells - 1)).fill(this.#delimiter);
      let at = 0;
      for (const length of lengths) {
        span.set(bytes.subarray(from, from + length), at);
        from += length;
        at += length + 1;
      }
      return { bytes: span, shape: span.length << KIND_BITS | (cells > 1 || kind === TEXT ? 0 : kind) };
    });
  }
}

/** As in wasm/src/alike_entries.rs. */
export function hashOfSpans(spans: readonly SpanBytes[]): number {
  let hash = 0;
  for (const { bytes } of spans) {
    // The last word may have no byte.
    const words = new Uint32Array((bytes.length >> 2) + 1);
    new Uint8Array(words.buffer).set(bytes);
    for (const word of words) hash = Math.imul((hash << 5 | hash >>> 27) ^ word, HASH_MIX);
    hash ^= bytes.length;
  }
  hash = Math.imul(hash ^ hash >>> 16, HASH_FINISH);
  return hash ^ hash >>> 16;
}
