/**
 * What rows share that are alike, as WebAssembly reads it: the bytes of their shared cells, and the beginning and end of the
 * form whose hash is their id. Entries are found by a hash.
 *
 * @module
 */
import { putScratch } from "../../../wasm/scratch.ts";
import { TEXT } from "../cells.ts";
import { WORD } from "./alike_job.ts";
import type { EventPlan } from "./event_plan.ts";
import type { CellsKey } from "./shared_by_cells.ts";

/** Bounds the memory, and the bytes that each call copies; other rows are parsed one by one. */
const MAX_ENTRIES = 1024;
const ENTRY_WORDS = 8, WORD_BYTES = 4;
/** Heads of entries for each of them, at least. */
const HEADS_PER_ENTRY = 2, FIRST_HEADS = 64;
const KIND_BITS = 3, KINDS = 7;
const COMMA = 0x2c, FNV_START = 0x811c9dc5, FNV_PRIME = 0x01000193;

/** The form of rows of an entry but for what is their own. */
export interface FormParts {
  readonly prefix: Uint8Array;
  readonly end: Uint8Array;
}

/** The entries. */
export class AlikeTable {
  readonly #slots: Uint32Array;
  readonly #presence: Uint32Array;
  #bytes = new Uint8Array(1024);
  #used = 0;
  #entries = new Uint32Array(16 * ENTRY_WORDS);
  #hashes: number[] = [];
  #heads = new Uint32Array(FIRST_HEADS);
  /** All of it, one after the other; null since an entry was added. */
  #block: Uint8Array | null = null;

  constructor({ slots, presence }: EventPlan["sharing"]) {
    this.#slots = Uint32Array.from(slots);
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
    // The kind of a text is that of a cell without a length here, so that the length alone tells these apart.
    const shapes = Uint32Array.from(shape.subarray(presence), (part) => (part & KINDS) === TEXT ? part - TEXT : part);
    const entry = [
      this.#append(new Uint8Array(shapes.buffer)),
      this.#append(bytes),
      this.#append(Uint8Array.from(shape.subarray(0, presence))),
      this.#append(prefix),
      prefix.length,
      this.#append(end),
      end.length,
    ];
    if ((number + 1) * ENTRY_WORDS > this.#entries.length) this.#entries = doubled(this.#entries);
    this.#entries.set([0, ...entry], number * ENTRY_WORDS);
    this.#hashes.push(hashOf(bytes, shapes));
    if (this.#hashes.length * HEADS_PER_ENTRY > this.#heads.length) this.#spread();
    else this.#link(number);
    this.#block = null;
    return true;
  }

  /** Copies the table, and says where it is. */
  put(words: Uint32Array): void {
    const parts = [
      this.#slots,
      this.#presence,
      this.#heads,
      this.#entries.subarray(0, this.#hashes.length * ENTRY_WORDS),
      this.#bytes.subarray(0, this.#used),
    ];
    let place = putScratch(this.#block ??= joined(parts));
    const placeOf = ({ byteLength }: Uint8Array | Uint32Array) => (place += byteLength) - byteLength;
    const [slots = 0, presence = 0, heads = 0, entries = 0, table = 0] = parts.map(placeOf);
    words[WORD.shared_slots] = slots;
    words[WORD.shared_count] = this.#slots.length;
    words[WORD.presence_slots] = presence;
    words[WORD.presence_count] = this.#presence.length;
    words[WORD.heads] = heads;
    words[WORD.heads_mask] = this.#heads.length - 1;
    words[WORD.entries] = entries;
    words[WORD.table] = table;
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

/** FNV-1a over the cells, with a comma after each; its upper half goes into the lower one, which selects the head. */
function hashOf(bytes: Uint8Array, shapes: Uint32Array): number {
  let hash = FNV_START | 0, at = 0;
  for (const shape of shapes) {
    for (const end = at + (shape >> KIND_BITS); at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
    hash = Math.imul(hash ^ COMMA, FNV_PRIME);
  }
  return hash ^ hash >>> 15;
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
