/**
 * Decimals in the forms that programs mostly give, from 0 on, as unscaled integers: each is checked while it is read, and
 * what is not plain is left to a closer look, which knows why it is refused.
 *
 * @module
 */
import { Decimal } from "decimal.js";
import type { WideInteger } from "./wide_integer.ts";

/** How many digits a decimal field holds on either side of the dot. */
export interface DecimalFormat {
  readonly integerDigits: number;
  /** Decimals; the scale of the Avro type. */
  readonly scale: number;
  /** Whether the value may be negative. @default false */
  readonly signed?: true;
}

const ZERO = 48;
const NINE = 57;
const DOT = 46;

/** Powers of ten: exact up to 10^22. */
const POWERS = Array.from({ length: 19 }, (_, exponent) => 10 ** exponent);

/** False for what needs a closer look. */
export function wideOfPlain(value: unknown, format: DecimalFormat, into: WideInteger): boolean {
  switch (typeof value) {
    case "string":
      return wideOfText(value, format, into);
    case "number":
      return wideOfNumber(value, format, into);
    case "object":
      return value instanceof Decimal && wideOfDecimal(value, format, into);
    default:
      return false;
  }
}

/**
 * Plain digits with at most one dot as an unscaled integer; false for text that needs a closer look. Runs once or more
 * for each record of a program.
 */
export function wideOfText(text: string, format: DecimalFormat, into: WideInteger): boolean {
  const { length } = text;
  const { scale } = format;
  let integer = 0;
  let position = 0;
  let code = -1;
  const integerLimit = POWERS[format.integerDigits] ?? 0;
  for (; position < length; position += 1) {
    code = text.charCodeAt(position);
    if (code < ZERO || code > NINE) break;
    integer = integer * 10 + (code - ZERO);
    if (integer >= integerLimit) return false;
  }
  const integerLength = position;
  let fraction = 0;
  let decimals = 0;
  if (position < length) {
    if (code !== DOT) return false;
    for (position += 1; position < length; position += 1) {
      code = text.charCodeAt(position);
      if (code < ZERO || code > NINE) return false;
      if (decimals === scale) {
        if (code !== ZERO) return false;
        continue;
      }
      fraction = fraction * 10 + (code - ZERO);
      decimals += 1;
    }
    if (integerLength === 0 && length === 1) return false;
  } else if (length === 0) {
    return false;
  }
  into.set(integer, POWERS[scale] ?? 1, fraction * (POWERS[scale - decimals] ?? 1));
  return true;
}

/** The largest integer of which no two doubles have the same first fifteen digits. */
const FIFTEEN_DIGITS = 1e15;

/** From 0 on, with at most fifteen digits: the only decimal of so few digits that is this number is its shortest text. */
function wideOfNumber(value: number, { integerDigits, scale }: DecimalFormat, into: WideInteger): boolean {
  const power = POWERS[scale] ?? 1;
  if (!(value >= 0 && value < (POWERS[integerDigits] ?? 0))) return false;
  if (Number.isInteger(value)) {
    into.set(value, power, 0);
    return true;
  }
  const unscaled = Math.round(value * power);
  if (unscaled >= FIFTEEN_DIGITS || unscaled / power !== value) return false;
  into.set(unscaled, 1, 0);
  return true;
}

/** A Decimal is a sign and digits to the base 10^7, the first of which has the weight that its exponent tells. */
const WORD_DIGITS = 7;
const WORD = 10 ** WORD_DIGITS;
/** That of v2. */
const DECIMAL_SCALE = 8;

/** From 0 on, at a scale of 8. */
function wideOfDecimal({ s: sign, e: exponent, d: words }: Decimal, format: DecimalFormat, into: WideInteger): boolean {
  if (words === null || sign < 0 || format.scale !== DECIMAL_SCALE) return false;
  // The weight of the first word, as an exponent of 10^7; the last one that counts has the weight -2.
  const first = Math.floor(exponent / WORD_DIGITS);
  if (first > 1 || first < -2 || words.length > first + 3) return false;
  // An index below 0 would be right too, but takes the time of all the rest.
  const integer = (first === 1 ? (words[0] ?? 0) * WORD : 0) + (first < 0 ? 0 : words[first] ?? 0);
  const seven = first < -1 ? 0 : words[first + 1] ?? 0;
  const decimals = (words[first + 2] ?? 0) / (WORD / 10);
  if (integer >= (POWERS[format.integerDigits] ?? 0) || !Number.isInteger(decimals)) return false;
  into.set(integer, POWERS[DECIMAL_SCALE] ?? 1, seven * 10 + decimals);
  return true;
}
