/**
 * Decimals as texts, digit by digit: with the dot moved, and without the noise of floating point.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";

/** More digits than a decimal field or an instant has, with leading zeros; the exponents of floating point are larger. */
const MAX_DIGITS = 400;

interface Digits {
  readonly sign: string;
  /** All digits, and how many of them are before the dot; both may be 0. */
  readonly digits: string;
  readonly point: number;
}

/** The text of a number times a power of ten, without an exponent: `1e-05` is `0.00001`. Unchanged if it is no number. */
export function plainText(text: string, power = 0): string {
  const number = digitsOfText(text, power);
  if (number === null) return text;
  const { sign, digits, point } = number;
  return `${sign}${digits.slice(0, point) || "0"}${point < digits.length ? `.${digits.slice(point)}` : ""}`;
}

/** The text of a number times a whole one, exactly and without an exponent. Null if it is no number, or too long for one. */
export function productText(text: string, times: bigint): string | null {
  const number = digitsOfText(text, 0);
  if (number === null) return null;
  const { sign, digits, point } = number, decimals = digits.length - point;
  const product = String(BigInt(digits || "0") * times).padStart(decimals + 1, "0"), cut = product.length - decimals;
  return `${sign}${product.slice(0, cut)}${decimals === 0 ? "" : `.${product.slice(cut)}`}`;
}

/** A number without its noise. */
export interface Rounded {
  /** Whether what is past the decimals is nothing but noise. */
  readonly isNoise: boolean;
  /** Whether the rounded number is another one. */
  readonly changed: boolean;
  readonly text: string;
}

/**
 * Rounds a number whose digits past so many decimals are noise: they begin with three zeros or three nines. Null if it is no
 * number, or too long for one.
 */
export function roundNoise(text: string, decimals: number): Rounded | null {
  const number = digitsOfText(text, 0);
  if (number === null) return null;
  const { sign, digits, point } = number;
  const kept = digits.slice(0, point + decimals), past = digits.slice(point + decimals);
  const changed = /[1-9]/.test(past);
  const up = past.startsWith("999");
  const scaled = String(BigInt(kept.padEnd(point + decimals, "0") || "0") + (up ? 1n : 0n)).padStart(decimals + 1, "0");
  const cut = scaled.length - decimals;
  const rounded = `${sign}${scaled.slice(0, cut)}${decimals === 0 ? "" : `.${scaled.slice(cut)}`}`;
  return { isNoise: !changed || up || past.startsWith("000"), changed, text: rounded };
}

function digitsOfText(text: string, power: number): Digits | null {
  if (text.length > MAX_DIGITS) return null;
  const match = /^(-?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,4}))?$/.exec(text);
  const [, sign = "", integer = "", fraction = "", exponent = "0"] = match ?? [];
  if (match === null || integer + fraction === "") return null;
  const point = integer.length + Number(exponent) + power;
  if (Math.abs(point) > MAX_DIGITS) return null;
  const digits = (integer + fraction).padEnd(point, "0");
  return point < 0 ? { sign, digits: "0".repeat(-point) + digits, point: 0 } : { sign, digits, point };
}

/** A number whose decimals are behind a comma with a dot there. @throws {RecordError} `grouping` */
export function pointedText(text: string, field: string): string {
  if (!text.includes(".") && text.indexOf(",") === text.lastIndexOf(",")) return text.replace(",", ".");
  throw new RecordError("grouping", { field, value: text, hint: AFTER_COMMA });
}

const AFTER_COMMA =
  "The decimals of this format are behind a comma: write digits with at most one comma. In its mapping " +
  '"grouping": "." takes dots between thousands.';

/** The result; of an error, the value is the text that stands in the file. */
export function ofWritten(text: string, parse: () => bigint): bigint {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    throw new RecordError(error.rule, { field: error.field, value: text, hint: error.rowHint });
  }
}
