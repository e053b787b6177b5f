/**
 * Whether v1 can hold rows that have values of their own in `vendor_data`.
 *
 * @module
 */
import { V1_VENDOR_KEYS } from "../version_parts.ts";
import { firstVendorText, type OwnLayout } from "./own_layout.ts";
import type { OwnCheck } from "./row_operations.ts";

/** What follows the micros in an instant of whole milliseconds, in digits. */
const NO_FRACTION = "000000";
const ZERO = 0x30;

/** Whether v1, which has a place for some values of `vendor_data`, leaves out nothing of the row; null if it cannot. */
export function vendorCheckOfV1(layout: OwnLayout): OwnCheck | null {
  const first = firstVendorText(layout);
  const kept = layout.vendorKeys.flatMap((name, index) => V1_VENDOR_KEYS.includes(name) ? [first + index] : []);
  if (kept.length === 0) return null;
  const fine = first + layout.vendorKeys.indexOf("timestamp_ns");
  return ({ texts }, row) => {
    if (texts === null) return true;
    for (const index of kept) {
      const at = row * texts.width + index;
      const start = texts.starts[at] ?? -1;
      if (start < 0) continue;
      if (index !== fine || !endsWithZeros(texts.bytes, start, texts.ends[at] ?? 0)) return false;
    }
    return true;
  };
}

function endsWithZeros(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < NO_FRACTION.length) return false;
  for (let at = end - NO_FRACTION.length; at < end; at++) if (bytes[at] !== ZERO) return false;
  return true;
}
