/**
 * Reads the common form of ISO 8601 from bytes: `2014-03-10T10:00:00`, with a fraction of up to nine digits or without,
 * and with `Z`, `+11:00` or neither.
 *
 * @module
 */
import { dayNumber, isCivilDate, MICROS_PER_DAY } from "../../../records/values/civil_date.ts";
import type { LocalCalendar } from "../../../records/values/local_time.ts";
import { isSame } from "./known_bytes.ts";
import { twoDigits } from "./time_pattern.ts";

const DASH = 0x2d, PLUS = 0x2b, COLON = 0x3a, DOT = 0x2e, COMMA = 0x2c, SPACE = 0x20, UPPER_T = 0x54, UPPER_Z = 0x5a;
const DATE_LENGTH = 10, TIME_END = 19, NANO_DIGITS = 9;

/** Holds the last result, so that none is allocated. */
export class IsoScanner {
  /** Nanoseconds past the micros. */
  nanos = 0;
  readonly #calendar: LocalCalendar;
  // Consecutive rows mostly have the same date, so this keeps its bytes and their meaning.
  // At first it has bytes that no text has.
  readonly #dateBytes = new Uint8Array(DATE_LENGTH).fill(0xff);
  #year = 0;
  #month = 0;
  #day = 0;
  #nominal = 0;

  /** @param calendar of texts without an offset */
  constructor(calendar: LocalCalendar) {
    this.#calendar = calendar;
  }

  /** Micros since the epoch, floored; NaN for any other form, and for what is no instant. */
  scan(buffer: Uint8Array, start: number, end: number): number {
    if (end - start < TIME_END) return NaN;
    const mark = buffer[start + 10];
    if (mark !== UPPER_T && mark !== SPACE) return NaN;
    if (!isSame(this.#dateBytes, buffer, start) && !this.#parseDate(buffer, start)) return NaN;
    if (buffer[start + 13] !== COLON || buffer[start + 16] !== COLON) return NaN;
    const hour = twoDigits(buffer, start + 11), minute = twoDigits(buffer, start + 14);
    const second = twoDigits(buffer, start + 17);
    if (!(hour < 24 && minute < 60 && second < 60)) return NaN;
    let at = start + TIME_END, fraction = 0;
    if (at < end && (buffer[at] === DOT || buffer[at] === COMMA)) {
      let digits = 0;
      for (at++; at < end; at++) {
        const digit = (buffer[at] ?? 0) - 0x30;
        if (digit < 0 || digit > 9) break;
        fraction = fraction * 10 + digit;
        if (++digits > NANO_DIGITS) return NaN;
      }
      if (digits === 0) return NaN;
      for (; digits < NANO_DIGITS; digits++) fraction *= 10;
    }
    const past = Math.floor(fraction / 1000);
    this.nanos = fraction - past * 1000;
    const microsOfDay = ((hour * 60 + minute) * 60 + second) * 1_000_000 + past;
    if (at === end) {
      const local = this.#calendar.resolve(this.#year, this.#month, this.#day, microsOfDay);
      return typeof local === "number" && Number.isSafeInteger(local) ? local : NaN;
    }
    const micros = this.#nominal + microsOfDay - offsetMicros(buffer, at, end);
    return Number.isSafeInteger(micros) ? micros : NaN;
  }

  #parseDate(buffer: Uint8Array, start: number): boolean {
    const year = twoDigits(buffer, start) * 100 + twoDigits(buffer, start + 2);
    const month = twoDigits(buffer, start + 5), day = twoDigits(buffer, start + 8);
    if (buffer[start + 4] !== DASH || buffer[start + 7] !== DASH || !isCivilDate(year, month, day)) return false;
    this.#year = year;
    this.#month = month;
    this.#day = day;
    this.#nominal = dayNumber(year, month, day) * MICROS_PER_DAY;
    for (let index = 0; index < DATE_LENGTH; index++) this.#dateBytes[index] = buffer[start + index] ?? 0;
    return true;
  }
}

/** Micros of `Z` or `+11:00`; NaN for any other form. */
function offsetMicros(buffer: Uint8Array, at: number, end: number): number {
  const sign = buffer[at];
  if (at + 1 === end) return sign === UPPER_Z ? 0 : NaN;
  if (at + 6 !== end || (sign !== PLUS && sign !== DASH) || buffer[at + 3] !== COLON) return NaN;
  const hours = twoDigits(buffer, at + 1), minutes = twoDigits(buffer, at + 4);
  if (!(hours < 24 && minutes < 60)) return NaN;
  const micros = (hours * 60 + minutes) * 60_000_000;
  return sign === DASH ? -micros : micros;
}
