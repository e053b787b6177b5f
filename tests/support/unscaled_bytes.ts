/**
 * Converts the unscaled integer of a decimal in UTF-8 into a bigint.
 *
 * @module
 */
import type { DecimalFormat } from "../../records/values/decimal.ts";
import { type ByteRange, parseWide } from "../../records/columns/parse_decimal.ts";
import { bigOfHalves, WideInteger } from "../../records/values/wide_integer.ts";

/** @throws {RecordError} As `parseWide`. */
export function unscaledOfBytes(
  bytes: Uint8Array,
  options: { readonly format: DecimalFormat; readonly field: string; readonly range?: ByteRange },
): bigint {
  const { range = { start: 0, end: bytes.length }, ...rest } = options;
  const into = new WideInteger();
  parseWide(bytes, range, { ...rest, into });
  return bigOfHalves(into.high, into.low);
}
