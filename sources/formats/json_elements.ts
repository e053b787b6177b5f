/**
 * The cells of the records of a row that has several.
 *
 * @module
 */
import { ABSENT, type Cells } from "./cells.ts";

export class JsonElements {
  /** The slots that an element fills. */
  readonly slots: readonly number[];
  /** The cells of the elements, one element after the other. */
  starts: Int32Array = new Int32Array(64);
  ends: Int32Array = new Int32Array(64);
  kinds: Uint8Array = new Uint8Array(64);
  /** Where each element begins and ends in the source. */
  bounds: Int32Array = new Int32Array(64);
  /** How many cells are kept. */
  count = 0;

  constructor(slots: readonly number[]) {
    this.slots = slots;
  }

  /** Keeps the cells of the element that was read, the one after those so far, and makes them absent. */
  keep({ starts, ends, kinds, elements }: Cells & { readonly elements: number }, from: number, to: number): void {
    const { slots } = this;
    if (elements * 2 === this.bounds.length) this.bounds = twice(this.bounds);
    this.bounds[elements * 2] = from;
    this.bounds[elements * 2 + 1] = to;
    if (this.count + slots.length > this.kinds.length) this.#grow(this.count + slots.length);
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] ?? 0, at = this.count++;
      this.starts[at] = starts[slot] ?? 0;
      this.ends[at] = ends[slot] ?? 0;
      this.kinds[at] = kinds[slot] ?? ABSENT;
      kinds[slot] = ABSENT;
    }
  }

  /** Puts the cells of an element back into their slots. */
  select(element: number, { starts, ends, kinds }: Cells): void {
    const { slots } = this;
    for (let index = 0, at = element * slots.length; index < slots.length; index++, at++) {
      const slot = slots[index] ?? 0;
      starts[slot] = this.starts[at] ?? 0;
      ends[slot] = this.ends[at] ?? 0;
      kinds[slot] = this.kinds[at] ?? ABSENT;
    }
  }

  #grow(size: number): void {
    while (this.kinds.length < size) {
      this.starts = twice(this.starts);
      this.ends = twice(this.ends);
      const kinds = new Uint8Array(this.kinds.length * 2);
      kinds.set(this.kinds);
      this.kinds = kinds;
    }
  }
}

function twice(numbers: Int32Array): Int32Array {
  const grown = new Int32Array(numbers.length * 2);
  grown.set(numbers);
  return grown;
}
