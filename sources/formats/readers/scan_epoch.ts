/**
 * Reads plain counts since the epoch from bytes.
 *
 * @module
 */
import type { TimeUnit } from "../../../records/values/epoch_number.ts";

const DOT = 0x2e;
/** As many digits are a small integer, with which a processor is quicker than with others; twice as many are the most. */
const HALF_DIGITS = 8;

/** How many nanoseconds a unit has: as a power of ten, and the micros of whole units. */
const UNITS: Readonly<Record<TimeUnit, { readonly places: number; readonly micros: number }>> = {
  s: { places: 9, micros: 1_000_000 },
  ms: { places: 6, micros: 1000 },
  us: { places: 3, micros: 1 },
  ns: { places: 0, micros: 0 },
};

/** Holds the last result, so that none is allocated. */
export class EpochScanner {
  /** Nanoseconds past the micros. */
  nanos = 0;

  /** Micros since the epoch, floored; NaN for anything but digits, a fraction, and an instant that is a safe integer. */
  scan(buffer: Uint8Array, start: number, end: number, unit: TimeUnit): number {
    const { places, micros: microsPerUnit } = UNITS[unit];
    if (places === 0) return this.#scanNanos(buffer, start, end);
    let at = start, high = 0, low = 0, lowUnit = 1;
    for (; at < end; at++) {
      const digit = (buffer[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      if (at - start < HALF_DIGITS) high = high * 10 + digit;
      else if (at - start < 2 * HALF_DIGITS) {
        low = low * 10 + digit;
        lowUnit *= 10;
      } else return NaN;
    }
    if (at === start) return NaN;
    const whole = high * lowUnit + low;
    let fraction = 0;
    if (at < end) {
      if (buffer[at] !== DOT) return NaN;
      let digits = 0;
      for (at++; at < end; at++) {
        const digit = (buffer[at] ?? 0) - 0x30;
        if (digit < 0 || digit > 9) return NaN;
        if (digits < places) {
          fraction = fraction * 10 + digit;
          digits++;
        } else if (digit !== 0) {
          return NaN;
        }
      }
      for (; digits < places; digits++) fraction *= 10;
    }
    const past = Math.floor(fraction / 1000);
    this.nanos = fraction - past * 1000;
    const micros = whole * microsPerUnit + past;
    return micros <= Number.MAX_SAFE_INTEGER ? micros : NaN;
  }

  #scanNanos(buffer: Uint8Array, start: number, end: number): number {
    const length = end - start, last = end - 3;
    if (length === 0 || length > 19) return NaN;
    let micros = 0, nanos = 0;
    for (let at = start; at < end; at++) {
      const digit = (buffer[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return NaN;
      if (at < last) micros = micros * 10 + digit;
      else nanos = nanos * 10 + digit;
    }
    this.nanos = nanos;
    return micros <= Number.MAX_SAFE_INTEGER ? micros : NaN;
  }
}

/** How many digits the number has before its fraction. */
export function integerDigits(buffer: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && buffer[at] !== DOT) at++;
  return at - start;
}
