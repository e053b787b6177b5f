/**
 * `vendor_data` of rows that have values of their own in it: the shared entries, then those of the row.
 *
 * @module
 */
import { type AvroType, branchesOf } from "../../schemas/avro/schema_model.ts";
import { UnwritableTypeError } from "../../schemas/avro/body_writer.ts";
import { V1_VENDOR_KEYS } from "../version_parts.ts";
import type { OwnLayout } from "./own_layout.ts";
import type { OwnCheck, OwnWriter } from "./row_fields.ts";

const utf8 = new TextEncoder();

/** @throws {UnwritableTypeError} If it is no map that may be absent. */
export function vendorField(type: AvroType, layout: OwnLayout): OwnWriter {
  const names = branchesOf(type)?.map(({ typeName }) => typeName);
  if (names?.join() !== "null,map") {
    throw new UnwritableTypeError(type, `vendor_data of an event is not written as ${type.typeName}`);
  }
  const keys = layout.vendorKeys.map((name) => utf8.encode(name));
  const first = firstText(layout);
  return (output, { texts }, row, { vendorData }) => {
    if (texts === null || vendorData === null) throw new Error("The columns are of another layout");
    const { width, starts, ends, bytes } = texts;
    const from = row * width + first;
    let own = 0;
    for (let index = 0; index < keys.length; index++) if ((starts[from + index] ?? -1) >= 0) own++;
    if (own === 0) return output.raw(vendorData.field);
    output.byte(1 << 1);
    output.long(vendorData.count + own);
    output.raw(vendorData.entries);
    for (let index = 0; index < keys.length; index++) {
      const start = starts[from + index] ?? -1;
      if (start < 0) continue;
      output.octets(keys[index] ?? NO_KEY);
      output.textRange(bytes, start, ends[from + index] ?? 0);
    }
    output.byte(0);
  };
}

const NO_KEY = new Uint8Array(0);
/** What follows the micros in an instant of whole milliseconds, in digits. */
const NO_FRACTION = "000000";
const ZERO = 0x30;

/** Whether v1, which has a place for some values of `vendor_data`, leaves out nothing of the row; null if it cannot. */
export function vendorCheckOfV1(layout: OwnLayout): OwnCheck | null {
  const first = firstText(layout);
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

/** The index of the first text that is a value of `vendor_data`. */
function firstText({ eventId }: OwnLayout): number {
  return eventId === "text" ? 1 : 0;
}
