/**
 * Writes Kafka's record batch, format 2. The encoder of kafkajs keeps headers in an object (losing the order of
 * repeated names), sorts timestamps as text, and makes about ten objects a record.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { LogRecords } from "../log.ts";
import { type BatchCompression, compressRecords } from "./batch_compression.ts";
import { crc32c } from "./crc32c.ts";
import { BATCH_HEADER_BYTES, BatchBody } from "./record_batch_body.ts";

/** The identity of a batch, by which the broker stores it once however often it is sent. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Sequence number of the first record. */
  readonly sequence: number;
}

/** Where the checksum ends, and what it covers begins. */
const CHECKED_FROM = 21;

/**
 * The records as one batch, which a broker takes as a whole or not at all. Needs at least one record.
 *
 * @throws {LogError} `invalid_request` for a timestamp that is not a whole number of milliseconds
 */
export function encodeRecordBatch(
  records: LogRecords,
  options: BatchIdentity & { compression?: BatchCompression },
): Buffer {
  const body = new BatchBody(records);
  let batch = body.bytes;
  const stored = compressRecords(batch.subarray(BATCH_HEADER_BYTES), options.compression ?? "none");
  if (stored.attribute !== 0) batch = Buffer.concat([batch.subarray(0, BATCH_HEADER_BYTES), stored.bytes]);
  batch.writeBigInt64BE(0n, 0); // base offset: the broker's to set
  batch.writeInt32BE(batch.length - 12, 8); // length of what follows
  batch.writeInt32BE(-1, 12); // leader epoch: the broker's to set
  batch.writeInt8(2, 16); // format
  batch.writeInt16BE(stored.attribute, 21); // no transaction, time as given
  batch.writeInt32BE(body.count - 1, 23); // last offset, relative
  batch.writeBigInt64BE(BigInt(body.baseTimestamp), 27);
  batch.writeBigInt64BE(BigInt(body.maxTimestamp), 35);
  batch.writeBigInt64BE(options.producerId, 43);
  batch.writeInt16BE(options.producerEpoch, 51);
  batch.writeInt32BE(options.sequence, 53);
  batch.writeInt32BE(body.count, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(CHECKED_FROM)), 17);
  return batch;
}
