/**
 * Exact decimals. A value goes in as `Decimal`, text, bigint or number, and becomes an unscaled integer (Avro's term: the
 * value is `unscaled * 10^-scale`) or is refused. Nothing is ever rounded.
 *
 * Text is digits with at most one dot, and an exponent if the value stays exact: `45.67`, `.5`, `1e3`. Trailing and
 * leading zeros change nothing. Spaces, grouping, other notations and signs are refused, except a minus if the format
 * is signed. A number stands for its shortest text, so `0.1 + 0.2` has seventeen decimals and is refused. Avro knows
 * one zero: the number `-0` and the Decimal `-0` are 0; the text `"-0"` has a sign and is 0 only in a signed format.
 *
 * @module
 */
import { Decimal } from "decimal.js";
import type { Decimal as DecimalValue } from "../../schemas/record_types.ts";
import { RecordError, type RecordRule } from "../errors.ts";
import { type DecimalFormat, wideOfPlain, wideOfText } from "./plain_decimal.ts";
import { bigOfHalves, WideInteger } from "./wide_integer.ts";

/** The forms of a decimal field's value. */
export type DecimalInput = DecimalValue | string | bigint | number;

export type { DecimalFormat };

/** `decimal(18,6)`, of v1. */
export const DECIMAL_V1: DecimalFormat = { integerDigits: 12, scale: 6 };

/** `decimal(18,8)`, of v2. */
export const DECIMAL_V2: DecimalFormat = { integerDigits: 10, scale: 8 };

/** All digits of a value, in both formats. */
const PRECISION = 18;

const NUMBER_HINT = "Write digits with at most one dot, for example 1234.5.";
/** What a comma is only a mapping can say. */
const COMMA_HINT =
  'Write digits with at most one dot. In a mapping "mark": "," says that decimals are behind a comma, ' +
  '"grouping": "," that it stands between thousands.';
const SIGN_HINT = "Only prices of futures and options can be negative.";

const ZERO = 48;

const POWERS = Array.from({ length: PRECISION + 1 }, (_, exponent) => 10n ** BigInt(exponent));
/** As numbers, which are exact up to 10^22. */
const NUMBER_POWERS = POWERS.map(Number);

/**
 * The unscaled integer of a value, at the scale of the format.
 *
 * @throws {RecordError} `missing`, `wrong_type`, `empty`, `spaces`, `grouping`, `not_a_number`, `not_finite`, `negative`,
 * `too_many_integer_digits` or `too_many_decimals`.
 */
export function toUnscaled(value: DecimalInput, format: DecimalFormat, field: string): bigint {
  switch (typeof value) {
    case "string":
      return unscaledOfText(value, format) ?? unscaledOfSigned(value, format, { field, value });
    case "bigint":
      return unscaledOfBigInt(value, format, field);
    case "number":
      return unscaledOfNumber(value, format, field);
    default:
      if (Decimal.isDecimal(value)) return unscaledOfDecimal(value, format, field);
      throw new RecordError(value === undefined || value === null ? "missing" : "wrong_type", {
        field,
        value,
        hint: "Give a Decimal, text, a bigint or a finite number.",
        rowHint: NUMBER_HINT,
      });
  }
}

/**
 * The unscaled integer of a value, at the scale of the format, without a bigint where that needs none.
 *
 * @throws {RecordError} As {@link toUnscaled}.
 */
export function toWide(
  value: unknown,
  { format, field, into }: { readonly format: DecimalFormat; readonly field: string; readonly into: WideInteger },
): void {
  if (wideOfPlain(value, format, into)) return;
  // toUnscaled checks the type itself.
  into.setBig(toUnscaled(value as DecimalInput, format, field));
}

/** The `Decimal` of an unscaled integer. Exact under any precision setting of decimal.js. */
export function fromUnscaled(unscaled: bigint, scale: number): Decimal {
  return new Decimal(unscaledToText(unscaled, scale));
}

/** Shortest plain text of an unscaled integer: no exponent, no trailing zeros, e.g. `45.67`. */
export function unscaledToText(unscaled: bigint, scale: number): string {
  if (unscaled < 0n) return `-${unscaledToText(-unscaled, scale)}`;
  const digits = unscaled.toString().padStart(scale + 1, "0");
  const dot = digits.length - scale;
  let end = digits.length;
  while (end > dot && digits.charCodeAt(end - 1) === ZERO) end -= 1;
  return end === dot ? digits.slice(0, dot) : `${digits.slice(0, dot)}.${digits.slice(dot, end)}`;
}

/** Plain digits with at most one dot; null for text that needs the slow check. */
function unscaledOfText(text: string, format: DecimalFormat): bigint | null {
  return wideOfText(text, format, scratch) ? bigOfHalves(scratch.high, scratch.low) : null;
}

const scratch = new WideInteger();

interface Origin {
  readonly field: string;
  /** The caller's value, for the error. */
  readonly value: unknown;
}

/** Reads text with a minus sign, if the format allows one. */
function unscaledOfSigned(text: string, format: DecimalFormat, origin: Origin): bigint {
  const isNegative = format.signed === true && /^-[0-9.]/.test(text);
  const unscaled = slowUnscaledOfText(isNegative ? text.slice(1) : text, format, origin);
  return isNegative ? -unscaled : unscaled;
}

/** Reads exponents, and finds the exact reason why a text is refused. */
function slowUnscaledOfText(text: string, format: DecimalFormat, origin: Origin): bigint {
  const match = /^([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/.exec(text);
  const [, integer = "", fraction = "", exponent = "0"] = match ?? [];
  if (match === null || (integer === "" && fraction === "")) throw refusalOfText(text, origin);
  const digits = integer + fraction;
  let start = 0;
  let end = digits.length;
  // Without a pattern, since a pattern for zeros at the end takes quadratic time on a hostile text.
  while (start < end && digits.charCodeAt(start) === ZERO) start += 1;
  while (start < end && digits.charCodeAt(end - 1) === ZERO) end -= 1;
  if (start === end) return 0n;
  const significant = digits.slice(start, end);
  // The value is `significant * 10^power`. Number() of a huge exponent is inexact or infinite, but refused in any case.
  const power = Number(exponent) - fraction.length + (digits.length - end);
  if (significant.length + power > format.integerDigits) {
    throw tooLong("too_many_integer_digits", format, origin);
  }
  if (-power > format.scale) throw tooLong("too_many_decimals", format, origin);
  return BigInt(significant) * 10n ** BigInt(power + format.scale);
}

function refusalOfText(text: string, origin: Origin): RecordError {
  const rule = ruleOfText(text);
  const hint = rule === "negative" ? SIGN_HINT : /^\+[0-9.]/.test(text) ? "Leave the plus sign out." : NUMBER_HINT;
  const rowHint = rule === "grouping" && text.includes(",") ? COMMA_HINT : undefined;
  return new RecordError(rule, { ...origin, hint, rowHint });
}

function ruleOfText(text: string): RecordRule {
  if (text === "") return "empty";
  if (/\s/.test(text)) return "spaces";
  if (/^[+-]?(?:nan|inf(?:inity)?)$/i.test(text)) return "not_finite";
  if (/^-[0-9.]/.test(text)) return "negative";
  if (/^\+?[0-9][0-9,_'’.]*$/.test(text) && /[,_'’]/.test(text)) return "grouping";
  return "not_a_number";
}

function tooLong(
  rule: "too_many_integer_digits" | "too_many_decimals",
  format: DecimalFormat,
  origin: Origin,
): RecordError {
  const hint = `At most ${format.integerDigits} integer digits and ${format.scale} decimals can be kept.`;
  return new RecordError(rule, { ...origin, hint });
}

function unscaledOfBigInt(value: bigint, format: DecimalFormat, field: string): bigint {
  if (value < 0n && !format.signed) throw new RecordError("negative", { field, value, hint: SIGN_HINT });
  const limit = POWERS[format.integerDigits] ?? 0n;
  if (value >= limit || -value >= limit) {
    throw tooLong("too_many_integer_digits", format, { field, value });
  }
  return value * (POWERS[format.scale] ?? 1n);
}

function unscaledOfNumber(value: number, format: DecimalFormat, field: string): bigint {
  if (!Number.isFinite(value)) throw new RecordError("not_finite", { field, value });
  if (value < 0 && !format.signed) throw new RecordError("negative", { field, value, hint: SIGN_HINT });
  if (Number.isInteger(value) && Math.abs(value) < (NUMBER_POWERS[format.integerDigits] ?? 0)) {
    return BigInt(value) * (POWERS[format.scale] ?? 1n);
  }
  const text = String(value);
  return unscaledOfText(text, format) ?? unscaledOfSigned(text, format, { field, value });
}

function unscaledOfDecimal(value: Decimal, format: DecimalFormat, field: string): bigint {
  if (!value.isFinite()) throw new RecordError("not_finite", { field, value });
  if (value.isZero()) return 0n;
  if (value.isNegative() && !format.signed) throw new RecordError("negative", { field, value, hint: SIGN_HINT });
  // Always with an exponent: plain text of a Decimal such as 1e9000 would have nine thousand digits.
  return unscaledOfSigned(value.toExponential(), format, { field, value });
}
