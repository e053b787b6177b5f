/**
 * Counts ids by their 16 bytes: a hash table in typed arrays that empties in constant time and allocates nothing for an
 * id.
 *
 * @module
 */

const WORDS = 4;
const FIRST_CAPACITY = 64;

/** How often each id was counted, in the order of their first count. */
export class IdCounts {
  readonly #limit: number;
  #words = new Uint32Array(FIRST_CAPACITY * WORDS);
  #counts = new Float64Array(FIRST_CAPACITY);
  #size = 0;
  /**
   * Twice as many slots as ids, so that searches are short. A slot holds an index + 1 if its stamp is the current one.
   */
  #slots = new Uint32Array(FIRST_CAPACITY * 2);
  #stamps = new Uint32Array(FIRST_CAPACITY * 2);
  #stamp = 1;

  /** @param limit maximum of different ids */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#size = 0;
    this.#stamp += 1;
    if (this.#stamp > 0xffff_ffff) {
      this.#stamps.fill(0);
      this.#stamp = 1;
    }
  }

  /** Counts an id; returns how often it was counted before, or -1 if it is new and the limit is reached. */
  count(id: Uint32Array): number {
    const slot = this.#slotOf(id);
    if (this.#stamps[slot] === this.#stamp) {
      const index = (this.#slots[slot] ?? 0) - 1;
      const before = this.#counts[index] ?? 0;
      this.#counts[index] = before + 1;
      return before;
    }
    return this.add(id, 1) ? 0 : -1;
  }

  /** Adds a new id with a count; false if the limit is reached. */
  add(id: Uint32Array, count: number): boolean {
    if (this.#size >= this.#limit) return false;
    if (this.#size === this.#counts.length) this.#grow();
    const index = this.#size++;
    for (let word = 0; word < WORDS; word++) this.#words[index * WORDS + word] = id[word] ?? 0;
    this.#counts[index] = count;
    this.#enter(index, this.#slotOf(id));
    return true;
  }

  /** The words of an id by its place among them, and how often it was counted. */
  at(index: number): readonly [words: Uint32Array, count: number] {
    return [this.#words.subarray(index * WORDS, index * WORDS + WORDS), this.#counts[index] ?? 0];
  }

  /** Every id as its 16 bytes, and its count. */
  *entries(): Iterable<readonly [id: Uint8Array, count: number]> {
    const bytes = new Uint8Array(this.#words.buffer);
    for (let index = 0; index < this.#size; index++) {
      yield [bytes.subarray(index * 16, index * 16 + 16), this.#counts[index] ?? 0];
    }
  }

  /** The slot of an id, or the free slot for it. */
  #slotOf(id: Uint32Array): number {
    const a = id[0], b = id[1], c = id[2], d = id[3];
    const words = this.#words, slots = this.#slots, stamps = this.#stamps;
    const mask = slots.length - 1;
    let slot = (a ?? 0) & mask;
    while (stamps[slot] === this.#stamp) {
      const at = ((slots[slot] ?? 0) - 1) * WORDS;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) break;
      slot = slot + 1 & mask;
    }
    return slot;
  }

  #enter(index: number, slot: number): void {
    this.#slots[slot] = index + 1;
    this.#stamps[slot] = this.#stamp;
  }

  #grow(): void {
    const capacity = this.#counts.length * 2;
    const words = new Uint32Array(capacity * WORDS), counts = new Float64Array(capacity);
    words.set(this.#words);
    counts.set(this.#counts);
    this.#words = words;
    this.#counts = counts;
    this.#slots = new Uint32Array(capacity * 2);
    this.#stamps = new Uint32Array(capacity * 2);
    this.#stamp = 1;
    for (let index = 0; index < this.#size; index++) {
      this.#enter(index, this.#slotOf(words.subarray(index * WORDS, index * WORDS + WORDS)));
    }
  }
}
