/**
 * A column of 64-bit integers, each of which may be absent.
 *
 * @module
 */
import { bigOfHalves, numberOfHalves, type WideInteger } from "../values/wide_integer.ts";

export class LongColumn {
  high: Int32Array;
  low: Int32Array;
  /** 1 for a row that has one. */
  present: Uint8Array;

  constructor(capacity: number) {
    this.high = new Int32Array(capacity);
    this.low = new Int32Array(capacity);
    this.present = new Uint8Array(capacity);
  }

  /** Gives a row within the capacity its value. */
  set(row: number, value: WideInteger | null): void {
    if (value === null) return;
    this.high[row] = value.high;
    this.low[row] = value.low;
    this.present[row] = 1;
  }

  /** As records have it: a number where that is exact, null where it is absent. */
  valueOf(row: number): number | bigint | null {
    if (this.present[row] !== 1) return null;
    const high = this.high[row] ?? 0, low = this.low[row] ?? 0;
    const near = numberOfHalves(high, low);
    return Number.isSafeInteger(near) ? near : bigOfHalves(high, low);
  }

  /** The rows from one up to another, over the same memory. */
  part(from: number, to: number): LongColumn {
    const part = new LongColumn(0);
    part.high = this.high.subarray(from, to);
    part.low = this.low.subarray(from, to);
    part.present = this.present.subarray(from, to);
    return part;
  }

  grow(capacity: number): void {
    const { high, low, present } = this;
    this.high = new Int32Array(capacity);
    this.high.set(high);
    this.low = new Int32Array(capacity);
    this.low.set(low);
    this.present = new Uint8Array(capacity);
    this.present.set(present);
  }
}
