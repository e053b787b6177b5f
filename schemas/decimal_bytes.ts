/**
 * Avro's `decimal` as bytes: the unscaled integer in two's complement, big-endian, in as few bytes as hold it.
 *
 * @module
 */
import { Decimal } from "decimal.js";
import { described } from "./described.ts";

/** The attributes of a decimal type: at most `precision` digits, `scale` of them after the point. */
export interface DecimalAttributes {
  readonly precision: number;
  readonly scale: number;
}

/** A value that a decimal type cannot hold exactly. The message completes a sentence that starts with the value. */
export class DecimalProblem extends Error {
  override readonly name = "DecimalProblem";
}

/** Digits in one word of `Decimal.d`. */
const WORD_DIGITS = 7;
/** Powers of ten up to the largest that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
const TWO_32 = 0x1_0000_0000;

/**
 * The unscaled integer of a value: a safe integer as a number, which is the common and fast case, else as a bigint.
 *
 * @param value A Decimal, or an integer that is unscaled already.
 * @throws {DecimalProblem} If the value is of another type, is not finite, or has too many decimals or digits.
 */
export function unscaledOf(value: unknown, attributes: DecimalAttributes): number | bigint {
  if (typeof value === "bigint") {
    const near = Number(value);
    if (Number.isSafeInteger(near) && Math.abs(near) < 10 ** attributes.precision) return near;
    if (digitsOf(value) > attributes.precision) throw tooManyDigits(digitsOf(value), attributes);
    return value;
  }
  if (Decimal.isDecimal(value)) return unscaledOfDecimal(value, attributes);
  throw new DecimalProblem(`is ${described(value)}: a decimal is given as a Decimal or as an unscaled bigint`);
}

function unscaledOfDecimal(value: Decimal, attributes: DecimalAttributes): number | bigint {
  const { precision, scale } = attributes;
  // `d` holds the digits in words of 7, the first word's unit being 10^(7 * floor(e / 7)); null for NaN and Infinity.
  const words: readonly number[] | null = value.d;
  if (words === null) throw new DecimalProblem("is not finite");
  if (value.isZero()) return 0;
  const decimals = value.decimalPlaces();
  if (decimals > scale) throw new DecimalProblem(`has ${decimals} decimals: the schema holds ${scale}`);
  const digits = value.e + 1 + scale;
  if (digits > precision) throw tooManyDigits(digits, attributes);
  let exponent = WORD_DIGITS * Math.floor(value.e / WORD_DIGITS) + scale;
  if (digits > 15) {
    let sum = 0n;
    for (const word of words) {
      // A word that reaches below the last decimal ends in zeros there, since `decimals` is at most `scale`.
      sum += exponent >= 0 ? BigInt(word) * 10n ** BigInt(exponent) : BigInt(word) / 10n ** BigInt(-exponent);
      exponent -= WORD_DIGITS;
    }
    return value.s < 0 ? -sum : sum;
  }
  let sum = 0;
  for (const word of words) {
    sum += exponent >= 0 ? word * power(exponent) : word / power(-exponent);
    exponent -= WORD_DIGITS;
  }
  return value.s < 0 ? -sum : sum;
}

function power(exponent: number): number {
  return POWERS[exponent] ?? 10 ** exponent;
}

function digitsOf(value: bigint): number {
  return (value < 0n ? -value : value).toString().length;
}

function tooManyDigits(digits: number, { precision, scale }: DecimalAttributes): DecimalProblem {
  return new DecimalProblem(
    `has ${digits - scale} integer digits: the schema holds ${precision - scale} of them and ${scale} decimals`,
  );
}

/**
 * Writes an unscaled integer at a position and returns its length, 1 to 8. Bytes past the end of the target are dropped,
 * as a typed array does: the caller compares lengths.
 *
 * @param unscaled Within the range of a 64-bit integer; a number must be a safe integer.
 */
export function writeUnscaled(unscaled: number | bigint, target: Uint8Array, position: number): number {
  let high: number;
  let low: number;
  if (typeof unscaled === "number") {
    high = Math.floor(unscaled / TWO_32);
    low = unscaled | 0;
  } else {
    high = Number(unscaled >> 32n);
    low = Number(BigInt.asIntN(32, unscaled));
  }
  const length = high === low >> 31 ? signedLength(low) : 4 + signedLength(high);
  let at = position + length - 1;
  for (let word = low; at >= position && at >= position + length - 4; at--, word >>= 8) target[at] = word;
  for (let word = high; at >= position; at--, word >>= 8) target[at] = word;
  return length;
}

function signedLength(word: number): number {
  if (word << 24 >> 24 === word) return 1;
  if (word << 16 >> 16 === word) return 2;
  return word << 8 >> 8 === word ? 3 : 4;
}

/** The unscaled integer in bytes of any length above 0. */
export function readUnscaled(bytes: Uint8Array): bigint {
  if (bytes.length <= 6) {
    let value = (bytes[0] ?? 0) << 24 >> 24;
    for (let at = 1; at < bytes.length; at++) value = value * 256 + (bytes[at] ?? 0);
    return BigInt(value);
  }
  let value = 0n;
  for (const byte of bytes) value = value << 8n | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

/** An unscaled integer as a decimal number's text, with all the decimals of its scale: (4567, 2) is `45.67`. */
export function unscaledText(unscaled: bigint, scale: number): string {
  if (scale === 0) return unscaled.toString();
  const sign = unscaled < 0n ? "-" : "";
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
