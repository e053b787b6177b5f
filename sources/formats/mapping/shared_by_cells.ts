/**
 * Finds what rows share by the bytes of their cells: most rows have the same symbol, codes and words as rows before them.
 *
 * @module
 */
import { ABSENT, type Cells, isAbsent } from "../cells.ts";

/** Limits the memory for values of a hostile file; what is shared is cheap to make again. */
const MAX_ENTRIES = 4096;

interface Entry<T> extends CellsKey {
  readonly value: T;
  readonly next: Entry<T> | null;
}

/** What rows share their values by. */
export interface CellsKey {
  /** Whether each cell is there of which only that matters, then the length and the kind of each whose bytes decide. */
  readonly shape: Int32Array;
  /** The bytes of these. */
  readonly bytes: Uint8Array;
}

/** Values by the bytes of some cells, and by whether others are there. */
export class SharedByCells<T> {
  readonly #slots: Int32Array;
  readonly #presence: Int32Array;
  #hash = 0;
  /** Of the last rows: where one differs from those around it, these have the same. */
  #last: Entry<T> | null = null;
  #former: Entry<T> | null = null;
  readonly #entries = new Map<number, Entry<T>>();
  #size = 0;

  constructor({ slots, presence }: { readonly slots: readonly number[]; readonly presence: readonly number[] }) {
    this.#slots = Int32Array.from(slots);
    this.#presence = Int32Array.from(presence);
  }

  /** The cells of the row for which a value was found or kept last; null if there was none. */
  get lastKey(): CellsKey | null {
    return this.#last;
  }

  /** What was kept for a row with the same cells; null if nothing was. {@link keep} keeps it for this row. */
  find(cells: Cells): T | null {
    const last = this.#last, former = this.#former;
    if (last !== null && this.#isOf(cells, last)) return last.value;
    if (former !== null && this.#isOf(cells, former)) return this.#found(former);
    this.#hash = this.#hashOf(cells);
    for (let entry = this.#entries.get(this.#hash) ?? null; entry !== null; entry = entry.next) {
      if (this.#isOf(cells, entry)) return this.#found(entry);
    }
    return null;
  }

  /** Keeps a value for the row that was looked for last, whose cells these are, and all like it. */
  keep(cells: Cells, value: T): void {
    if (this.#size++ >= MAX_ENTRIES) {
      this.#entries.clear();
      this.#size = 1;
    }
    const entry = { ...this.#keyOf(cells), value, next: this.#entries.get(this.#hash) ?? null };
    this.#entries.set(this.#hash, entry);
    this.#found(entry);
  }

  #found(entry: Entry<T>): T {
    this.#former = this.#last;
    this.#last = entry;
    return entry.value;
  }

  #keyOf(cells: Cells): CellsKey {
    const slots = this.#slots, presence = this.#presence, { buffer, starts, kinds } = cells;
    const shape = new Int32Array(presence.length + slots.length);
    let part = 0, length = 0;
    for (let index = 0; index < presence.length; index++) shape[part++] = isAbsent(cells, presence[index] ?? 0) ? 0 : 1;
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] ?? 0;
      shape[part++] = shapeOf(kinds[slot] ?? ABSENT, lengthOf(cells, slot));
      length += lengthOf(cells, slot);
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] ?? 0, start = starts[slot] ?? 0, end = start + lengthOf(cells, slot);
      for (let from = start; from < end; from++) bytes[at++] = buffer[from] ?? 0;
    }
    return { shape, bytes };
  }

  /** FNV-1a over the cells whose bytes decide; which others are there is no part of it, and seldom differs. */
  #hashOf(cells: Cells): number {
    const slots = this.#slots, { buffer, starts, kinds } = cells;
    let hash = 0x811c9dc5 | 0;
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] ?? 0, start = starts[slot] ?? 0, end = start + lengthOf(cells, slot);
      hash = Math.imul(hash ^ shapeOf(kinds[slot] ?? ABSENT, end - start), 0x01000193);
      for (let at = start; at < end; at++) hash = Math.imul(hash ^ (buffer[at] ?? 0), 0x01000193);
    }
    return hash;
  }

  #isOf(cells: Cells, { shape, bytes }: CellsKey): boolean {
    const slots = this.#slots, presence = this.#presence, { buffer, starts, ends, kinds } = cells;
    let part = 0, at = 0;
    for (let index = 0; index < presence.length; index++) {
      if (shape[part++] !== (isAbsent(cells, presence[index] ?? 0) ? 0 : 1)) return false;
    }
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] ?? 0, start = starts[slot] ?? 0, kind = kinds[slot] ?? ABSENT;
      const length = kind === ABSENT ? 0 : (ends[slot] ?? 0) - start;
      if (shape[part++] !== shapeOf(kind, length)) return false;
      for (let byte = 0; byte < length; byte++) if (bytes[at + byte] !== buffer[start + byte]) return false;
      at += length;
    }
    return at === bytes.length;
  }
}

function lengthOf({ starts, ends, kinds }: Cells, slot: number): number {
  return (kinds[slot] ?? ABSENT) === ABSENT ? 0 : (ends[slot] ?? 0) - (starts[slot] ?? 0);
}

/** Kinds are below 8. */
function shapeOf(kind: number, length: number): number {
  return length << 3 | kind;
}
