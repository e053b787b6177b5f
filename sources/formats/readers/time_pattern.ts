/**
 * Dates and times of day in patterns of a few letters, such as `dd.MM.yyyy HH:mm:ss.SSS`, read from bytes.
 *
 * @module
 */
import { FixedPattern, type FixedTime, type PlacedNumber, type PlacedPart } from "./fixed_pattern.ts";
import { ReaderOptionsError } from "./reader_options_error.ts";
import type { TimeParts } from "./time_parts.ts";
import { offsetMinutes } from "./utc_offset.ts";

/** The letters of numbers with a fixed number of digits. */
const NUMBERS: Readonly<Record<string, PlacedNumber>> = {
  yyyy: "year",
  MM: "month",
  dd: "day",
  HH: "hour",
  mm: "minute",
  ss: "second",
};

type Token =
  | { readonly type: "number"; readonly part: PlacedNumber; readonly digits: number }
  /** So many digits of the second's fraction. */
  | { readonly type: "fraction"; readonly digits: number }
  /** A mark and 1 to 9 digits of the second's fraction, further zeros, or none of it all. */
  | { readonly type: "optional_fraction"; readonly mark: number }
  | { readonly type: "offset" }
  | { readonly type: "literal"; readonly byte: number };

const NANO_DIGITS = 9;
const TOKEN = /yyyy|MM|dd|HH|mm|ss|S+|\[[.,]S\]|Z|'([\x20-\x26\x28-\x7e]*)'|([^A-Za-z'\[\]\x7f-\uffff])/y;

/**
 * A pattern: `yyyy MM dd HH mm ss` with all their digits, `S` once for each digit of the second's fraction, `[.S]` or
 * `[,S]` for a fraction that may be absent, `Z` for an offset from UTC, letters in quotes as they are, other marks as they
 * are.
 */
export class TimePattern {
  /** As it was given. */
  readonly text: string;
  /** Whether it says the date, the time, the offset. */
  readonly hasDate: boolean;
  readonly hasTime: boolean;
  readonly hasOffset: boolean;
  readonly #tokens: readonly Token[];
  /** Null if a part has no fixed width. */
  readonly #fixed: FixedPattern | null;

  /** @throws {ReaderOptionsError} If a letter has no meaning, a part comes twice, or some parts of a date are not there. */
  constructor(pattern: string) {
    const tokens = tokensOf(pattern);
    this.#tokens = tokens;
    this.#fixed = fixedOf(tokens);
    this.text = pattern;
    const parts = tokens.flatMap((token) => token.type === "literal" ? [] : [nameOf(token)]);
    const twice = parts.find((part, index) => parts.indexOf(part) < index);
    if (twice !== undefined) throw new ReaderOptionsError(`The pattern ${pattern} has the ${twice} twice.`);
    const lacks = (names: readonly string[]) => names.filter((name) => !parts.includes(name));
    const noDate = lacks(["year", "month", "day"]), noTime = lacks(["hour", "minute"]);
    this.hasDate = noDate.length === 0;
    this.hasTime = noTime.length === 0;
    this.hasOffset = parts.includes("offset");
    const isHalf = (noDate.length > 0 && noDate.length < 3) || noTime.length === 1 ||
      (!this.hasTime && (parts.includes("second") || parts.includes("fraction"))) ||
      (parts.includes("fraction") && !parts.includes("second")) || (!this.hasDate && !this.hasTime);
    if (isHalf) {
      throw new ReaderOptionsError(`The pattern ${pattern} is neither a whole date, a whole time of day, nor both.`);
    }
  }

  /** Where the parts of a time of day stand; null if the pattern is another one, or parts of it have no fixed width. */
  get timeOfDay(): FixedTime | null {
    return this.hasDate || this.#fixed === null ? null : this.#fixed.timeOfDay;
  }

  /** Reads the bytes from `start` up to `end`, all of them. False if they have another form. */
  read(buffer: Uint8Array, start: number, end: number, into: TimeParts): boolean {
    if (this.#fixed !== null) return this.#fixed.read(buffer, start, end, into);
    let at = start;
    const tokens = this.#tokens;
    for (let index = 0; index < tokens.length; index++) {
      const token = tokens[index];
      switch (token?.type) {
        case "literal":
          if (at >= end || buffer[at] !== token.byte) return false;
          at++;
          break;
        case "number": {
          const { digits } = token;
          if (at + digits > end) return false;
          const value = digits === 2 ? twoDigits(buffer, at) : twoDigits(buffer, at) * 100 + twoDigits(buffer, at + 2);
          if (!(value >= 0)) return false;
          // Not by a computed name: that costs more than all else here.
          switch (token.part) {
            case "year":
              into.year = value;
              break;
            case "month":
              into.month = value;
              break;
            case "day":
              into.day = value;
              break;
            case "hour":
              into.hour = value;
              break;
            case "minute":
              into.minute = value;
              break;
            default:
              into.second = value;
          }
          at += digits;
          break;
        }
        case "fraction": {
          if (at + token.digits > end) return false;
          const nanos = nanosOf(buffer, at, token.digits);
          if (nanos < 0) return false;
          into.nanos = nanos;
          at += token.digits;
          break;
        }
        case "optional_fraction": {
          into.nanos = 0;
          if (at >= end || buffer[at] !== token.mark) break;
          let digits = 0;
          while (at + 1 + digits < end && isDigit(buffer[at + 1 + digits] ?? 0)) digits++;
          const nanos = digits === 0 ? -1 : nanosOf(buffer, at + 1, digits);
          if (nanos < 0) return false;
          into.nanos = nanos;
          at += 1 + digits;
          break;
        }
        case "offset": {
          let length = 0;
          while (at + length < end && OFFSET_BYTES.includes(buffer[at + length] ?? 0)) length++;
          const minutes = offsetMinutes(buffer, at, at + length);
          if (Number.isNaN(minutes)) return false;
          into.offsetMinutes = minutes;
          at += length;
          break;
        }
      }
    }
    return at === end;
  }
}

const known = new Map<string, TimePattern>();
const MAX_KNOWN = 64;

/** The pattern, made once for all files of its format. @throws {ReaderOptionsError} */
export function timePattern(pattern: string): TimePattern {
  const before = known.get(pattern);
  if (before !== undefined) return before;
  if (known.size >= MAX_KNOWN) known.clear();
  const made = new TimePattern(pattern);
  known.set(pattern, made);
  return made;
}

const OFFSET_BYTES = new TextEncoder().encode("+-:0123456789Z");

function nameOf(token: Exclude<Token, { readonly type: "literal" }>): string {
  if (token.type === "number") return token.part;
  return token.type === "offset" ? "offset" : "fraction";
}

function fixedOf(tokens: readonly Token[]): FixedPattern | null {
  const parts: PlacedPart[] = [];
  let at = 0;
  for (const token of tokens) {
    if (token.type === "offset" || token.type === "optional_fraction") return null;
    parts.push({ ...token, at });
    at += token.type === "literal" ? 1 : token.digits;
  }
  return new FixedPattern(parts, at);
}

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < pattern.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(pattern);
    if (match === null) {
      throw new ReaderOptionsError(
        `The pattern ${pattern} has ${
          JSON.stringify(pattern[from])
        }, which has no meaning there: it takes yyyy, MM, dd, ` +
          "HH, mm, ss, S for each digit of a fraction, [.S] for a fraction that may be absent, Z, and letters in quotes.",
      );
    }
    const [text, quoted] = match;
    const number = NUMBERS[text];
    if (number !== undefined) {
      tokens.push({ type: "number", part: number, digits: text.length });
    } else if (/^S+$/.test(text)) {
      if (text.length > NANO_DIGITS) throw new ReaderOptionsError(`The pattern ${pattern} is finer than a nanosecond.`);
      tokens.push({ type: "fraction", digits: text.length });
    } else if (text.startsWith("[")) {
      tokens.push({ type: "optional_fraction", mark: text.charCodeAt(1) });
    } else if (text === "Z") {
      tokens.push({ type: "offset" });
    } else {
      const literal = quoted ?? text;
      for (const character of literal) tokens.push({ type: "literal", byte: character.charCodeAt(0) });
    }
  }
  return tokens;
}

/** Nanoseconds of a fraction's digits; negative if one is none, or if a part of a nanosecond is left. */
function nanosOf(buffer: Uint8Array, at: number, digits: number): number {
  let nanos = 0;
  for (let index = 0; index < digits; index++) {
    const digit = (buffer[at + index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    if (index < NANO_DIGITS) nanos = nanos * 10 + digit;
    else if (digit !== 0) return -1;
  }
  for (let index = digits; index < NANO_DIGITS; index++) nanos *= 10;
  return nanos;
}

/** The value of two ASCII digits; NaN for other bytes. */
export function twoDigits(buffer: Uint8Array, at: number): number {
  const tens = (buffer[at] ?? 0) - 0x30, ones = (buffer[at + 1] ?? 0) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
