/**
 * Writes Kafka's record batch, format 2. kafkajs has an encoder of its own, which keeps headers in an object (losing the
 * order of repeated names), sorts timestamps as text, and makes about ten objects a record.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { LogError, type LogRecord, type LogRecords } from "../log.ts";
import { crc32c } from "./crc32c.ts";
import { varintSize, varlongSize, writeVarint, writeVarlong } from "./wire.ts";

/** What the broker knows a batch by, so that it stores it once however often it is sent. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Sequence number of the first record. */
  readonly sequence: number;
}

/** Compressions that batches are written with. */
export type BatchCompression = "none" | "gzip";

/** Bytes before the records. */
export const BATCH_HEADER_BYTES = 61;
/** Where the checksum ends, and what it covers begins. */
const CHECKED_FROM = 21;
const GZIP_ATTRIBUTE = 1;
/** What the numbers of later records may take more than those of the first: a longer index. */
const LENGTH_GROWTH = 2;

/**
 * The records as one batch, which a broker takes as a whole or not at all. There must be at least one record.
 *
 * @throws {LogError} `invalid_request` for a timestamp that is not a whole number of milliseconds
 */
export function encodeRecordBatch(
  records: LogRecords,
  options: BatchIdentity & { compression?: BatchCompression },
): Buffer {
  let batch: Buffer = Buffer.allocUnsafe(0);
  let position = BATCH_HEADER_BYTES;
  let index = 0;
  let baseTimestamp = 0;
  let maxTimestamp = 0;
  for (const record of records) {
    const timestamp = requireTimestamp(record);
    if (index === 0) baseTimestamp = timestamp;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    const size = recordSize(record, index, timestamp - baseTimestamp);
    const end = position + varintSize(size) + size;
    if (end > batch.length) batch = grown(batch, { used: position, needed: end, left: records.length - index });
    position = writeVarint(batch, position, size);
    position = writeRecord(batch, position, { record, index, timestampDelta: timestamp - baseTimestamp });
    index += 1;
  }
  batch = batch.subarray(0, position);
  const gzip = options.compression === "gzip";
  if (gzip) {
    batch = Buffer.concat([batch.subarray(0, BATCH_HEADER_BYTES), gzipSync(batch.subarray(BATCH_HEADER_BYTES))]);
  }
  batch.writeBigInt64BE(0n, 0); // base offset: the broker's to set
  batch.writeInt32BE(batch.length - 12, 8); // length of what follows
  batch.writeInt32BE(-1, 12); // leader epoch: the broker's to set
  batch.writeInt8(2, 16); // format
  batch.writeInt16BE(gzip ? GZIP_ATTRIBUTE : 0, 21); // no transaction, time as given
  batch.writeInt32BE(index - 1, 23); // last offset, relative
  batch.writeBigInt64BE(BigInt(baseTimestamp), 27);
  batch.writeBigInt64BE(BigInt(maxTimestamp), 35);
  batch.writeBigInt64BE(options.producerId, 43);
  batch.writeInt16BE(options.producerEpoch, 51);
  batch.writeInt32BE(options.sequence, 53);
  batch.writeInt32BE(index, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(CHECKED_FROM)), 17);
  return batch;
}

function requireTimestamp({ timestamp }: LogRecord): number {
  if (Number.isSafeInteger(timestamp) && timestamp >= 0) return timestamp;
  throw new LogError("invalid_request", `timestamp ${timestamp} is not a whole number of milliseconds`);
}

/** With room for what is needed now, and about as much for each of the records that are left. */
function grown(
  batch: Buffer,
  { used, needed, left }: { readonly used: number; readonly needed: number; readonly left: number },
): Buffer {
  const larger = Buffer.allocUnsafe(needed + (left - 1) * (needed - used + LENGTH_GROWTH));
  batch.copy(larger, 0, 0, used);
  return larger;
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
