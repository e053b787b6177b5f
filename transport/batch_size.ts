/**
 * Upper bounds for the size of records on the wire. Kafka limits the bytes of a whole batch (`max.message.bytes`), not
 * those of a record.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { LogRecord, LogRecords } from "./log.ts";
import { ORIGIN_BYTES, SOURCE_HEADER } from "./source_header.ts";

/** Kafka's own default of `max.message.bytes`. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;

/** Header of a record batch (format 2). */
const BATCH_BYTES = 61;
/** Length, attributes, deltas and the lengths of key, value and headers, each at its longest. */
const RECORD_BYTES = 35;
/** Lengths of a header's key and value at their longest. */
const HEADER_BYTES = 10;
/** The header that tells the source, at its longest. */
const SOURCE_BYTES = HEADER_BYTES + SOURCE_HEADER.length + ORIGIN_BYTES + 7;

/** An upper bound of the bytes that a record takes in an uncompressed batch. */
export function recordBytes({ key, value, headers, origin }: LogRecord): number {
  let bytes = RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0) + (origin ? SOURCE_BYTES : 0);
  for (const [name, content] of headers ?? []) bytes += HEADER_BYTES + Buffer.byteLength(name) + content.length;
  return bytes;
}

/** An upper bound of the bytes of an uncompressed batch of records. */
export function batchBytes(records: LogRecords): number {
  let bytes = BATCH_BYTES;
  for (const record of records) bytes += recordBytes(record);
  return bytes;
}
