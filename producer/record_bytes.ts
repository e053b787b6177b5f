/**
 * About how much memory a record takes while its call is pending.
 *
 * @module
 */
import type { RecordV2, Unscaled } from "../schemas/record_types.ts";

/** Record, call and promises without their texts: 40,000 pending calls took 1,050 bytes each, of which 150 are text. */
const CALL_BYTES = 900;
/** An entry of a map or an array, without its text. */
const ENTRY_BYTES = 32;

/**
 * A row of columns and its call: 40,000 pending calls took 330 bytes each, those of a batch 150, of which the texts are
 * some 10.
 */
const ROW_BYTES = 320;

/** Of a record in columns, the characters of whose own texts are so many. */
export function rowBytes(textLength: number): number {
  return ROW_BYTES + textLength;
}

/** Of a record that is an object. Texts are counted as one byte a character, which those of market data are. */
export function recordBytes(record: Unscaled<RecordV2>): number {
  let bytes = CALL_BYTES;
  for (const value of Object.values(record)) {
    if (typeof value === "string") bytes += value.length;
    else if (Array.isArray(value)) bytes += bytesOf(value);
    else if (typeof value === "object" && value !== null) bytes += bytesOf(Object.entries(value).flat());
  }
  return bytes;
}

function bytesOf(texts: readonly unknown[]): number {
  let bytes = 0;
  for (const text of texts) bytes += ENTRY_BYTES + (typeof text === "string" ? text.length : 0);
  return bytes;
}
