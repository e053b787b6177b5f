/**
 * Avro's `decimal` as bytes: the unscaled integer in two's complement, big-endian, in as few bytes as hold it.
 *
 * @module
 */
import { Decimal } from "decimal.js";
import { ValueFault, wrongType } from "./value_fault.ts";

/** The attributes of a decimal type: at most `precision` digits, `scale` of them after the point. */
export interface DecimalAttributes {
  readonly precision: number;
  readonly scale: number;
}

/** Digits in one word of `Decimal.d`. */
const WORD_DIGITS = 7;
/** Powers of ten up to the largest that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/**
 * The unscaled integer of a value: as a number if it is a safe integer, which is the common and fast case, else as a
 * bigint.
 *
 * @param value A Decimal, or an integer that is unscaled already.
 * @throws {ValueFault} If the value is of another type, is not finite, or has too many decimals or digits.
 */
export function unscaledOf(value: unknown, attributes: DecimalAttributes): number | bigint {
  if (typeof value === "bigint") {
    const near = Number(value);
    if (Number.isSafeInteger(near) && Math.abs(near) < 10 ** attributes.precision) return near;
    if (digitsOf(value) > attributes.precision) throw tooManyDigits(value, digitsOf(value), attributes);
    return value;
  }
  if (Decimal.isDecimal(value)) return unscaledOfDecimal(value, attributes);
  throw wrongType(value, "a decimal is given as a Decimal or as an unscaled bigint");
}

function unscaledOfDecimal(value: Decimal, attributes: DecimalAttributes): number | bigint {
  const { precision, scale } = attributes;
  // `d` holds the digits in words of 7, the first word's unit being 10^(7 * floor(e / 7)); null for NaN and Infinity.
  const words: readonly number[] | null = value.d;
  if (words === null) throw new ValueFault(value, "is not finite");
  if (value.isZero()) return 0;
  const decimals = value.decimalPlaces();
  if (decimals > scale) throw new ValueFault(value, `has ${decimals} decimals: the schema holds ${scale}`);
  const digits = value.e + 1 + scale;
  if (digits > precision) throw tooManyDigits(value, digits, attributes);
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

function tooManyDigits(value: unknown, digits: number, { precision, scale }: DecimalAttributes): ValueFault {
  return new ValueFault(
    value,
    `has ${digits - scale} integer digits: the schema holds ${precision - scale} of them and ${scale} decimals`,
  );
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
