/**
 * Writes Kafka's record batch, format 2. kafkajs has an encoder of its own, which keeps headers in an object (losing the
 * order of repeated names), sorts timestamps as text, and makes about ten objects a record.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { LogRecord } from "../log.ts";
import { type BatchCompression, compressRecords } from "./batch_compression.ts";
import { crc32c } from "./crc32c.ts";
import { varintSize, varlongSize, writeVarint, writeVarlong } from "./wire.ts";

/** What the broker knows a batch by, so that it stores it once however often it is sent. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Sequence number of the first record. */
  readonly sequence: number;
}

/** Bytes before the records. */
export const BATCH_HEADER_BYTES = 61;
/** Where the checksum ends, and what it covers begins. */
const CHECKED_FROM = 21;

/** The records as one batch, which a broker takes as a whole or not at all. There must be at least one record. */
export function encodeRecordBatch(
  records: readonly LogRecord[],
  options: BatchIdentity & { compression?: BatchCompression },
): Buffer {
  const baseTimestamp = records[0]?.timestamp ?? 0;
  const sizes = new Int32Array(records.length);
  let total = 0;
  let maxTimestamp = baseTimestamp;
  for (const [index, record] of records.entries()) {
    const size = recordSize(record, index, record.timestamp - baseTimestamp);
    sizes[index] = size;
    total += varintSize(size) + size;
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp;
  }
  let batch = Buffer.allocUnsafe(BATCH_HEADER_BYTES + total);
  let position = BATCH_HEADER_BYTES;
  for (const [index, record] of records.entries()) {
    position = writeVarint(batch, position, sizes[index] ?? 0);
    position = writeRecord(batch, position, { record, index, timestampDelta: record.timestamp - baseTimestamp });
  }
  const stored = compressRecords(batch.subarray(BATCH_HEADER_BYTES), options.compression ?? "none");
  if (stored.attribute !== 0) batch = Buffer.concat([batch.subarray(0, BATCH_HEADER_BYTES), stored.bytes]);
  batch.writeBigInt64BE(0n, 0); // base offset: the broker's to set
  batch.writeInt32BE(batch.length - 12, 8); // length of what follows
  batch.writeInt32BE(-1, 12); // leader epoch: the broker's to set
  batch.writeInt8(2, 16); // format
  batch.writeInt16BE(stored.attribute, 21); // no transaction, time as given
  batch.writeInt32BE(records.length - 1, 23); // last offset, relative
  batch.writeBigInt64BE(BigInt(baseTimestamp), 27);
  batch.writeBigInt64BE(BigInt(maxTimestamp), 35);
  batch.writeBigInt64BE(options.producerId, 43);
  batch.writeInt16BE(options.producerEpoch, 51);
  batch.writeInt32BE(options.sequence, 53);
  batch.writeInt32BE(records.length, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(CHECKED_FROM)), 17);
  return batch;
}

function recordSize({ key, value, headers = [] }: LogRecord, index: number, timestampDelta: number): number {
  let size = 1 + varlongSize(timestampDelta) + varintSize(index) + fieldSize(key) + fieldSize(value) +
    varintSize(headers.length);
  for (const [name, content] of headers) {
    const nameBytes = Buffer.byteLength(name);
    size += varintSize(nameBytes) + nameBytes + fieldSize(content);
  }
  return size;
}

function fieldSize(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

function writeRecord(
  batch: Buffer,
  start: number,
  { record, index, timestampDelta }: { record: LogRecord; index: number; timestampDelta: number },
): number {
  const { key, value, headers = [] } = record;
  batch[start] = 0; // attributes: none defined
  let position = writeVarlong(batch, start + 1, timestampDelta);
  position = writeVarint(batch, position, index);
  position = writeField(batch, position, key);
  position = writeField(batch, position, value);
  position = writeVarint(batch, position, headers.length);
  for (const [name, content] of headers) {
    position = writeVarint(batch, position, Buffer.byteLength(name));
    position += batch.write(name, position, "utf8");
    position = writeField(batch, position, content);
  }
  return position;
}

function writeField(batch: Buffer, start: number, bytes: Uint8Array | null): number {
  if (bytes === null) return writeVarint(batch, start, -1);
  const position = writeVarint(batch, start, bytes.length);
  batch.set(bytes, position);
  return position + bytes.length;
}
