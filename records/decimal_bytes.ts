/**
 * Decimals straight from the bytes of a row, without a text in between.
 *
 * @module
 */
import { type DecimalFormat, toUnscaled } from "./decimal.ts";

const ZERO = 0x30;
const DOT = 0x2e;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** 10^0 to 10^18, as numbers (exact) and as bigints. */
const POWERS = Array.from({ length: 19 }, (_, exponent) => 10 ** exponent);
const BIG_POWERS = POWERS.map((power) => BigInt(power));

/** Part of a buffer: from `start`, up to but not including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The unscaled integer of a decimal in UTF-8: the same value, or the same error, as `toUnscaled` has for that text.
 *
 * @throws {RecordError} As `toUnscaled`.
 */
export function parseUnscaledBytes(
  buffer: Uint8Array,
  range: ByteRange,
  options: { readonly format: DecimalFormat; readonly field: string },
): bigint {
  const { start, end } = range;
  const { format, field } = options;
  return unscaledOrNull(buffer, start, end, format) ??
    toUnscaled(utf8.decode(buffer.subarray(start, end)), format, field);
}

/**
 * As {@link parseUnscaledBytes} for plain digits with at most one dot, null for anything that needs a closer look.
 * Positional, because it runs several times a row.
 */
export function unscaledOrNull(buffer: Uint8Array, start: number, end: number, format: DecimalFormat): bigint | null {
  const { scale } = format;
  const limit = POWERS[format.integerDigits] ?? 0;
  let integer = 0, at = start;
  for (; at < end; at++) {
    const digit = (buffer[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) break;
    integer = integer * 10 + digit;
    if (integer >= limit) return null;
  }
  let fraction = 0, decimals = 0;
  if (at < end) {
    if (buffer[at] !== DOT || end - start === 1) return null;
    for (at++; at < end; at++) {
      const digit = (buffer[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return null;
      if (decimals < scale) {
        fraction = fraction * 10 + digit;
        decimals++;
      } else if (digit !== 0) {
        return null;
      }
    }
  } else if (start === end) {
    return null;
  }
  fraction *= POWERS[scale - decimals] ?? 1;
  const unscaled = integer * (POWERS[scale] ?? 1) + fraction;
  if (unscaled <= Number.MAX_SAFE_INTEGER) return BigInt(unscaled);
  return BigInt(integer) * (BIG_POWERS[scale] ?? 1n) + BigInt(fraction);
}
