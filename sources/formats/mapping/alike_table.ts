/**
 * What rows share that are alike, as WebAssembly reads it: the bytes of their shared cells, and the beginning and end of the
 * form whose hash is their id. Entries are found by a hash.
 *
 * @module
 */
import { putScratch } from "../../../wasm/scratch.ts";
import { WORD } from "./alike_job.ts";
import type { EventPlan } from "./event_plan.ts";
import type { CellsKey } from "./shared_by_cells.ts";

/** Bounds the memory, and the bytes that each call copies; other rows are parsed one by one. */
const MAX_ENTRIES = 1024;
const ENTRY_WORDS = 8, WORD_BYTES = 4;
/** Heads of entries for each of them, at least. */
const HEADS_PER_ENTRY = 2, FIRST_HEADS = 64;
const KIND_BITS = 3;
const HASH_MIX = 0x9e3779b1, HASH_FINISH = 0x85ebca6b;

/** The form of rows of an entry but for what is their own. */
export interface FormParts {
  readonly prefix: Uint8Array;
  readonly end: Uint8Array;
}

/** Cells that stand side by side, and are compared as one. */
interface Span {
  readonly first: number;
  readonly last: number;
}

/** The entries. */
export class AlikeTable {
  readonly #spans: readonly Span[];
  readonly #spanWords: Uint32Array;
  readonly #delimiter: number;
  readonly #presence: Uint32Array;
  #bytes = new Uint8Array(1024);
  #used = 0;
  #entries = new Uint32Array(16 * ENTRY_WORDS);
  #hashes: number[] = [];
  #heads = new Uint32Array(FIRST_HEADS);
  /** All of it, one after the other; null since an entry was added. */
  #block: Uint8Array | null = null;

  constructor({ slots, presence }: EventPlan["sharing"], delimiter: string) {
    this.#spans = spansOf(slots);
    this.#spanWords = Uint32Array.from(this.#spans.flatMap(({ first, last }) => [first, last]));
    this.#delimiter = delimiter.charCodeAt(0);
    this.#presence = Uint32Array.from(presence);
  }

  clear(): void {
    this.#used = 0;
    this.#hashes = [];
    this.#heads.fill(0);
    this.#block = null;
  }

  /** Adds an entry, which gets the next number. False if there are too many. */
  add({ shape, bytes }: CellsKey, { prefix, end }: FormParts): boolean {
    const number = this.#hashes.length;
    if (number === MAX_ENTRIES) return false;
    const { length: presence } = this.#presence;
    const spans = this.#spansIn(bytes, shape.subarray(presence));
    const entry = [
      this.#append(new Uint8Array(Uint32Array.from(spans, ({ length }) => length).buffer)),
      this.#append(joined(spans)),
      this.#append(Uint8Array.from(shape.subarray(0, presence))),
      this.#append(prefix),
      prefix.length,
      this.#append(end),
      end.length,
    ];
    if ((number + 1) * ENTRY_WORDS > this.#entries.length) this.#entries = doubled(this.#entries);
    this.#entries.set([0, ...entry], number * ENTRY_WORDS);
    this.#hashes.push(hashOf(spans));
    if (this.#hashes.length * HEADS_PER_ENTRY > this.#heads.length) this.#spread();
    else this.#link(number);
    this.#block = null;
    return true;
  }

  /** Copies the table, and says where it is. */
  put(words: Uint32Array): void {
    const parts = [
      this.#spanWords,
      this.#presence,
      this.#heads,
      this.#entries.subarray(0, this.#hashes.length * ENTRY_WORDS),
      this.#bytes.subarray(0, this.#used),
    ];
    let place = putScratch(this.#block ??= joined(parts));
    const placeOf = ({ byteLength }: Uint8Array | Uint32Array) => (place += byteLength) - byteLength;
    const [spans = 0, presence = 0, heads = 0, entries = 0, table = 0] = parts.map(placeOf);
    words[WORD.spans] = spans;
    words[WORD.span_count] = this.#spans.length;
    words[WORD.presence_slots] = presence;
    words[WORD.presence_count] = this.#presence.length;
    words[WORD.heads] = heads;
    words[WORD.heads_mask] = this.#heads.length - 1;
    words[WORD.entries] = entries;
    words[WORD.table] = table;
  }

  /** The bytes of each span of cells, which stand one after the other, as they stand in a row. */
  #spansIn(bytes: Uint8Array, shapes: Int32Array): readonly Uint8Array[] {
    let cell = 0, from = 0;
    return this.#spans.map(({ first, last }) => {
      const count = last - first + 1,
        lengths = Array.from(shapes.subarray(cell, cell + count), (part) => part >> KIND_BITS);
      const span = new Uint8Array(lengths.reduce((sum, length) => sum + length, count - 1)).fill(this.#delimiter);
      let at = 0;
      for (const length of lengths) {
        span.set(bytes.subarray(from, from + length), at);
        from += length;
        at += length + 1;
      }
      cell += count;
      return span;
    });
  }

  /** Where the bytes begin: places are multiples of four. */
  #append(bytes: Uint8Array): number {
    const place = Math.ceil(this.#used / WORD_BYTES) * WORD_BYTES, used = place + bytes.length;
    while (used > this.#bytes.length) this.#bytes = doubled(this.#bytes);
    this.#bytes.set(bytes, place);
    this.#used = used;
    return place;
  }

  #spread(): void {
    this.#heads = new Uint32Array(this.#heads.length * 2);
    for (let number = 0; number < this.#hashes.length; number++) this.#link(number);
  }

  #link(number: number): void {
    const head = (this.#hashes[number] ?? 0) & this.#heads.length - 1;
    this.#entries[number * ENTRY_WORDS] = this.#heads[head] ?? 0;
    this.#heads[head] = number + 1;
  }
}

/** Puts neighbours together. */
function spansOf(slots: readonly number[]): readonly Span[] {
  const spans: { first: number; last: number }[] = [];
  for (const slot of slots) {
    const before = spans.at(-1);
    if (before?.last === slot - 1) before.last = slot;
    else spans.push({ first: slot, last: slot });
  }
  return spans;
}

/** As in wasm/src/alike_entries.rs. */
function hashOf(spans: readonly Uint8Array[]): number {
  let hash = 0;
  for (const span of spans) {
    // Its last word may have no byte.
    const words = new Uint32Array((span.length >> 2) + 1);
    new Uint8Array(words.buffer).set(span);
    for (const word of words) hash = Math.imul((hash << 5 | hash >>> 27) ^ word, HASH_MIX);
    hash ^= span.length;
  }
  hash = Math.imul(hash ^ hash >>> 16, HASH_FINISH);
  return hash ^ hash >>> 16;
}

function joined(parts: readonly (Uint8Array | Uint32Array)[]): Uint8Array {
  const block = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    block.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return block;
}

function doubled<T extends Uint8Array | Uint32Array>(array: T): T {
  const grown = array instanceof Uint8Array ? new Uint8Array(array.length * 2) : new Uint32Array(array.length * 2);
  grown.set(array);
  return grown as T;
}
