/**
 * A pattern all parts of which have a fixed width, as places in the text: it is read without going through its parts.
 *
 * @module
 */
import type { TimeParts } from "./time_parts.ts";

/** A part and where it stands; `digits` is its width. */
export type PlacedPart =
  | { readonly type: "literal"; readonly at: number; readonly byte: number }
  | { readonly type: "number"; readonly at: number; readonly digits: number; readonly part: PlacedNumber }
  | { readonly type: "fraction"; readonly at: number; readonly digits: number };

/** The numbers of a pattern. */
export type PlacedNumber = "year" | "month" | "day" | "hour" | "minute" | "second";

/** A time of day all parts of which have a fixed width: their places, in bytes. */
export interface FixedTime {
  readonly length: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly fraction: number;
  readonly fractionDigits: number;
  readonly literals: readonly { readonly at: number; readonly byte: number }[];
}

/** The pattern has no such part. */
const NONE = -1;
/** What is no number, however the digits beside it are added to it. */
const NO_NUMBER = -1_000_000;

/** Reads all texts of one length. */
export class FixedPattern {
  readonly #length: number;
  readonly #literals: readonly { readonly at: number; readonly byte: number }[];
  readonly #year: number;
  readonly #month: number;
  readonly #day: number;
  readonly #hour: number;
  readonly #minute: number;
  readonly #second: number;
  readonly #fraction: number;
  readonly #fractionDigits: number;
  /** Nanoseconds of the fraction's last digit. */
  readonly #fractionUnit: number;

  constructor(parts: readonly PlacedPart[], length: number) {
    this.#length = length;
    this.#literals = parts.filter((part) => part.type === "literal");
    const placeOf = (name: PlacedNumber) =>
      parts.find((part) => part.type === "number" && part.part === name)?.at ?? NONE;
    this.#year = placeOf("year");
    this.#month = placeOf("month");
    this.#day = placeOf("day");
    this.#hour = placeOf("hour");
    this.#minute = placeOf("minute");
    this.#second = placeOf("second");
    const fraction = parts.find((part) => part.type === "fraction");
    this.#fraction = fraction?.at ?? NONE;
    this.#fractionDigits = fraction?.digits ?? 0;
    this.#fractionUnit = 10 ** (9 - this.#fractionDigits);
  }

  /** Where the parts of a time of day stand; null if it has no seconds. */
  get timeOfDay(): FixedTime | null {
    if (this.#hour < 0 || this.#minute < 0 || this.#second < 0) return null;
    return {
      length: this.#length,
      hour: this.#hour,
      minute: this.#minute,
      second: this.#second,
      fraction: Math.max(0, this.#fraction),
      fractionDigits: this.#fractionDigits,
      literals: this.#literals,
    };
  }

  /** As `TimePattern.read`. */
  read(buffer: Uint8Array, start: number, end: number, into: TimeParts): boolean {
    if (end - start !== this.#length) return false;
    const literals = this.#literals;
    for (let index = 0; index < literals.length; index++) {
      const literal = literals[index];
      if (literal !== undefined && buffer[start + literal.at] !== literal.byte) return false;
    }
    // What is no number makes the sum negative.
    let least = 0;
    if (this.#year >= 0) {
      const at = start + this.#year;
      least |= into.year = numberAt(buffer, at) * 100 + numberAt(buffer, at + 2);
    }
    if (this.#month >= 0) least |= into.month = numberAt(buffer, start + this.#month);
    if (this.#day >= 0) least |= into.day = numberAt(buffer, start + this.#day);
    if (this.#hour >= 0) least |= into.hour = numberAt(buffer, start + this.#hour);
    if (this.#minute >= 0) least |= into.minute = numberAt(buffer, start + this.#minute);
    if (this.#second >= 0) least |= into.second = numberAt(buffer, start + this.#second);
    if (this.#fraction >= 0) {
      const from = start + this.#fraction, to = from + this.#fractionDigits;
      let fraction = 0;
      for (let at = from; at < to; at++) {
        const digit = (buffer[at] ?? 0) - 0x30;
        if (digit < 0 || digit > 9) return false;
        fraction = fraction * 10 + digit;
      }
      // An integer, of which the remainder by 1000 is a quick one.
      into.nanos = fraction * this.#fractionUnit | 0;
    }
    return least >= 0;
  }
}

/** The value of two ASCII digits. */
function numberAt(buffer: Uint8Array, at: number): number {
  const tens = (buffer[at] ?? 0) - 0x30, ones = (buffer[at + 1] ?? 0) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NO_NUMBER;
}
