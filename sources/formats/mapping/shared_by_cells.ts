/**
 * Finds what rows share by the bytes of their cells: most rows have the same symbol, codes and words as rows before them.
 *
 * @module
 */
import { ABSENT, type Cells, NULL } from "../cells.ts";

/** Limits the memory for values of a hostile file; what is shared is cheap to make again. */
const MAX_ENTRIES = 4096;

interface Entry<T> {
  readonly key: Uint8Array;
  readonly value: T;
  readonly next: Entry<T> | null;
}

/** Values by the bytes of some cells, and by whether others are there. */
export class SharedByCells<T> {
  readonly #slots: Int32Array;
  readonly #presence: Int32Array;
  /** The key of the row: of each slot its kind, its length and its bytes. */
  #key: Uint8Array = new Uint8Array(256);
  #length = 0;
  #hash = 0;
  #last: Entry<T> | null = null;
  readonly #entries = new Map<number, Entry<T>>();
  #size = 0;

  constructor({ slots, presence }: { readonly slots: readonly number[]; readonly presence: readonly number[] }) {
    this.#slots = Int32Array.from(slots);
    this.#presence = Int32Array.from(presence);
  }

  /** What was kept for a row with the same cells; null if nothing was. {@link keep} keeps it for this row. */
  find(cells: Cells): T | null {
    const last = this.#last;
    if (last !== null && this.#isOf(cells, last.key)) return last.value;
    this.#put(cells);
    let hash = 0x811c9dc5;
    for (let at = 0; at < this.#length; at++) hash = Math.imul(hash ^ (this.#key[at] ?? 0), 0x01000193);
    this.#hash = hash;
    for (let entry = this.#entries.get(hash) ?? null; entry !== null; entry = entry.next) {
      if (!this.#isKey(entry.key)) continue;
      this.#last = entry;
      return entry.value;
    }
    return null;
  }

  /** Keeps a value for the row that was looked for last, and all like it. */
  keep(value: T): void {
    if (this.#size++ >= MAX_ENTRIES) {
      this.#entries.clear();
      this.#size = 1;
    }
    const entry = { key: this.#key.slice(0, this.#length), value, next: this.#entries.get(this.#hash) ?? null };
    this.#entries.set(this.#hash, entry);
    this.#last = entry;
  }

  #put({ buffer, starts, ends, kinds }: Cells): void {
    const slots = this.#slots, presence = this.#presence;
    let key = this.#key, at = 0;
    for (let index = 0; index < presence.length; index++) {
      const kind = kinds[presence[index] ?? 0] ?? ABSENT;
      if (at === key.length) key = this.#grow(1);
      key[at++] = kind === ABSENT || kind === NULL ? 0 : 1;
    }
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] ?? 0, kind = kinds[slot] ?? ABSENT;
      const start = starts[slot] ?? 0, end = kind === ABSENT ? start : ends[slot] ?? 0, length = end - start;
      if (at + 5 + length > key.length) key = this.#grow(5 + length);
      key[at] = kind;
      key[at + 1] = length;
      key[at + 2] = length >> 8;
      key[at + 3] = length >> 16;
      key[at + 4] = length >> 24;
      at += 5;
      for (let from = start; from < end; from++) key[at++] = buffer[from] ?? 0;
    }
    this.#length = at;
  }

  #grow(bytes: number): Uint8Array {
    const grown = new Uint8Array(this.#key.length * 2 + bytes);
    grown.set(this.#key);
    return this.#key = grown;
  }

  /** Whether a key is that of the cells, without making it. */
  #isOf({ buffer, starts, ends, kinds }: Cells, key: Uint8Array): boolean {
    const slots = this.#slots, presence = this.#presence;
    let at = 0;
    for (let index = 0; index < presence.length; index++) {
      const kind = kinds[presence[index] ?? 0] ?? ABSENT;
      if (key[at++] !== (kind === ABSENT || kind === NULL ? 0 : 1)) return false;
    }
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] ?? 0, kind = kinds[slot] ?? ABSENT;
      const start = starts[slot] ?? 0, length = kind === ABSENT ? 0 : (ends[slot] ?? 0) - start;
      if (key[at] !== kind || key[at + 1] !== (length & 0xff) || key[at + 2] !== (length >> 8 & 0xff)) return false;
      if (key[at + 3] !== (length >> 16 & 0xff) || key[at + 4] !== length >> 24) return false;
      at += 5;
      for (let byte = 0; byte < length; byte++) if (key[at + byte] !== buffer[start + byte]) return false;
      at += length;
    }
    return at === key.length;
  }

  #isKey(key: Uint8Array): boolean {
    const own = this.#key, length = this.#length;
    if (key.length !== length) return false;
    for (let at = length - 1; at >= 0; at--) if (own[at] !== key[at]) return false;
    return true;
  }
}
