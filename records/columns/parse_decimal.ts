/**
 * Parses decimals straight from the bytes of a row, without a text in between.
 *
 * @module
 */
import { type DecimalFormat, toUnscaled } from "../values/decimal.ts";
import type { WideInteger } from "../values/wide_integer.ts";

const ZERO = 0x30;
const DOT = 0x2e;
const MINUS = 0x2d;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** 10^0 to 10^18, as numbers, all exact. */
const POWERS = Array.from({ length: 19 }, (_, exponent) => 10 ** exponent);

/** Part of a buffer: from `start`, up to but not including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The unscaled integer of a decimal in UTF-8: the same value or error that `toUnscaled` gives for that text.
 *
 * @throws {RecordError} As `toUnscaled`.
 */
export function parseWide(
  buffer: Uint8Array,
  { start, end }: ByteRange,
  { format, field, into }: { readonly format: DecimalFormat; readonly field: string; readonly into: WideInteger },
): void {
  if (parsePlain(buffer, start, end, { format, scale: format.scale }, into)) return;
  into.setBig(toUnscaled(utf8.decode(buffer.subarray(start, end)), format, field));
}

/** The format of {@link parsePlain}: the allowed digits, and the scale of the result. */
export interface PlainDecimal {
  readonly format: DecimalFormat;
  /** At least that of the format. */
  readonly scale: number;
  /** The byte before the decimals. @default the dot */
  readonly mark?: number;
}

/** Whether a minus sign stands there, with something after it. */
export function isMinus(buffer: Uint8Array, start: number, end: number): boolean {
  return end - start > 1 && buffer[start] === MINUS;
}

/**
 * Plain digits with at most one dot as an unscaled integer; false for anything that needs a closer look. Positional, because
 * it runs several times a row.
 */
export function parsePlain(
  buffer: Uint8Array,
  start: number,
  end: number,
  { format, scale: resultScale, mark = DOT }: PlainDecimal,
  into: WideInteger,
): boolean {
  const { scale } = format;
  const limit = POWERS[format.integerDigits] ?? 0;
  let integer = 0, at = start;
  for (; at < end; at++) {
    const digit = (buffer[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) break;
    integer = integer * 10 + digit;
    if (integer >= limit) return false;
  }
  let fraction = 0, decimals = 0;
  if (at < end) {
    if (buffer[at] !== mark || end - start === 1) return false;
    for (at++; at < end; at++) {
      const digit = (buffer[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return false;
      if (decimals < scale) {
        fraction = fraction * 10 + digit;
        decimals++;
      } else if (digit !== 0) {
        return false;
      }
    }
  } else if (start === end) {
    return false;
  }
  into.set(integer, POWERS[resultScale] ?? 1, fraction * (POWERS[resultScale - decimals] ?? 1));
  return true;
}
