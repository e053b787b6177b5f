/**
 * What rows share that are alike, as WebAssembly reads it: the bytes of their shared cells, and the beginning and end of the
 * form whose hash is their id. Entries are found by a hash.
 *
 * @module
 */
import { putScratch } from "../../../wasm/scratch.ts";
import { WORD } from "./alike_job.ts";
import { AlikeSpans } from "./alike_spans.ts";
import type { EventPlan } from "./event_plan.ts";
import type { CellsKey } from "./shared_by_cells.ts";

/** Bounds the memory, and the bytes that each call copies; other rows are parsed one by one. */
const MAX_ENTRIES = 1024;
const ENTRY_WORDS = 8, WORD_BYTES = 4;
/** Heads of entries for each of them, at least. */
const HEADS_PER_ENTRY = 2, FIRST_HEADS = 64;

/** The form of rows of an entry but for what is their own. */
export interface FormParts {
  readonly prefix: Uint8Array;
  readonly end: Uint8Array;
}

/** The entries. */
export class AlikeTable {
  readonly #spans: AlikeSpans;
  readonly #presence: Uint32Array;
  #bytes = new Uint8Array(1024);
  #used = 0;
  #entries = new Uint32Array(16 * ENTRY_WORDS);
  #hashes: number[] = [];
  #heads = new Uint32Array(FIRST_HEADS);

  /** @param delimiter null for rows that are not delimited text */
  constructor({ slots, presence }: EventPlan["sharing"], delimiter: string | null) {
    this.#spans = new AlikeSpans(slots, delimiter);
    this.#presence = Uint32Array.from(presence);
  }

  clear(): void {
    this.#used = 0;
    this.#hashes = [];
    this.#heads.fill(0);
  }

  /** Adds an entry, which gets the next number. False if there are too many. */
  add({ shape, bytes }: CellsKey, { prefix, end }: FormParts): boolean {
    const number = this.#hashes.length;
    if (number === MAX_ENTRIES) return false;
    const { length: presence } = this.#presence;
    const { bytes: spans, shapes, hash } = this.#spans.of(bytes, shape.subarray(presence));
    if ((number + 1) * ENTRY_WORDS > this.#entries.length) this.#entries = doubled(this.#entries);
    const entries = this.#entries;
    let word = number * ENTRY_WORDS;
    entries[word++] = 0;
    entries[word++] = this.#append(new Uint8Array(shapes.buffer));
    entries[word++] = this.#append(spans);
    entries[word++] = this.#append(Uint8Array.from(shape.subarray(0, presence)));
    entries[word++] = this.#append(prefix);
    entries[word++] = prefix.length;
    entries[word++] = this.#append(end);
    entries[word++] = end.length;
    this.#hashes.push(hash);
    if (this.#hashes.length * HEADS_PER_ENTRY > this.#heads.length) this.#spread();
    else this.#link(number);
    return true;
  }

  /** Copies the table, and says where it is. */
  put(words: Uint32Array): void {
    words[WORD.spans] = putScratch(this.#spans.slots);
    words[WORD.span_count] = this.#spans.count;
    words[WORD.presence_slots] = putScratch(this.#presence);
    words[WORD.presence_count] = this.#presence.length;
    words[WORD.heads] = putScratch(this.#heads);
    words[WORD.heads_mask] = this.#heads.length - 1;
    words[WORD.entries] = putScratch(this.#entries, this.#hashes.length * ENTRY_WORDS);
    words[WORD.table] = putScratch(this.#bytes, this.#used);
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

function doubled<T extends Uint8Array | Uint32Array>(array: T): T {
  const grown = array instanceof Uint8Array ? new Uint8Array(array.length * 2) : new Uint32Array(array.length * 2);
  grown.set(array);
  return grown as T;
}
