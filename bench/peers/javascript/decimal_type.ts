/**
 * Decimals for avsc, which knows none: the unscaled number in two's complement, exact.
 *
 * @module
 */
import avro from "avsc";
import { Buffer } from "node:buffer";
import type { Decimal } from "decimal.js";

const SCALE = 8;
const LONG_BYTES = 8;

/** Writes decimals of scale 8 that are given as text or as `Decimal`. */
export class DecimalType extends avro.types.LogicalType {
  protected override _toValue(value: string | Decimal): Buffer | undefined {
    const [whole = "", fraction = ""] = (typeof value === "string" ? value : value.toFixed()).split(".");
    // avsc names the field that has no value.
    if (fraction.length > SCALE) return undefined;
    return bytesOf(BigInt(whole + fraction.padEnd(SCALE, "0")));
  }
}

function bytesOf(unscaled: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(LONG_BYTES);
  bytes.writeBigInt64BE(unscaled);
  const sign = unscaled < 0n ? 0xff : 0;
  let from = 0;
  // One bit of the sign must stay.
  while (from < LONG_BYTES - 1 && bytes[from] === sign && ((bytes[from + 1] ?? 0) & 0x80) === (sign & 0x80)) from++;
  return bytes.subarray(from);
}
