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

/** The spans of a row. */
export interface RowSpans {
  /** Their bytes as they stand in a row, one after the other. */
  readonly bytes: Uint8Array;
  /** For each the number of its bytes, and below it the kind of a value of JSON; that of a text, and of delimited cells, is 0. */
  readonly shapes: Uint32Array;
  /** As in wasm/src/alike_entries.rs. */
  readonly hash: number;
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
  of(cells: Uint8Array, cellShapes: Int32Array): RowSpans {
    const shapes = new Uint32Array(this.count), delimiters = cellShapes.length - shapes.length;
    const bytes = new Uint8Array(cells.length + delimiters).fill(this.#delimiter);
    let cell = 0, from = 0, at = 0, hash = 0;
    for (let span = 0; span < shapes.length; span++) {
      const start = at, count = (this.slots[2 * span + 1] ?? 0) - (this.slots[2 * span] ?? 0) + 1;
      const kind = (cellShapes[cell] ?? 0) & KINDS;
      for (let index = 0; index < count; index++) {
        const length = (cellShapes[cell++] ?? 0) >> KIND_BITS;
        if (index > 0) at++;
        for (let byte = 0; byte < length; byte++) bytes[at++] = cells[from++] ?? 0;
      }
      shapes[span] = at - start << KIND_BITS | (count > 1 || kind === TEXT ? 0 : kind);
      hash = hashed(hash, bytes, start, at);
    }
    hash = Math.imul(hash ^ hash >>> 16, HASH_FINISH);
    return { bytes, shapes, hash: hash ^ hash >>> 16 };
  }
}

/** The hash with a span: words of four bytes, the lowest first, of which the last one may have no byte; then the length. */
function hashed(before: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = before;
  for (let at = start; at <= end; at += 4) {
    let word = 0;
    for (let byte = Math.min(3, end - at - 1); byte >= 0; byte--) word = word << 8 | (bytes[at + byte] ?? 0);
    hash = Math.imul((hash << 5 | hash >>> 27) ^ word, HASH_MIX);
  }
  return hash ^ end - start;
}
