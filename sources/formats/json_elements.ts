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
  /** How many cells are kept. */
  count = 0;

  constructor(slots: readonly number[]) {
    this.slots = slots;
  }

  /** Keeps the cells of the element that was read, and makes them absent. */
  keep({ starts, ends, kinds }: Cells): void {
    const { slots } = this;
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
    const starts = new Int32Array(size * 2), ends = new Int32Array(size * 2), kinds = new Uint8Array(size * 2);
    starts.set(this.starts);
    ends.set(this.ends);
    kinds.set(this.kinds);
    this.starts = starts;
    this.ends = ends;
    this.kinds = kinds;
  }
}
