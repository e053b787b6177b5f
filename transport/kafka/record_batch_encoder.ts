/**
 * Writes Kafka's record batch, format 2. The encoder of kafkajs keeps headers in an object (losing the order of
 * repeated names), sorts timestamps as text, and makes about ten objects a record.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { LogError, type LogRecord, type LogRecords, type RecordHeader } from "../log.ts";
import { type BatchCompression, compressRecords } from "./batch_compression.ts";
import { ORIGIN_BYTES, rowBytes, SOURCE_HEADER, writeRow } from "../source_header.ts";
import { crc32c } from "./crc32c.ts";
import { varintSize, varlongSize, writeVarint, writeVarlong } from "./wire.ts";

/** The identity of a batch, by which the broker stores it once however often it is sent. */
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
/** By how many bytes a later record of the same length may be longer, because of its longer index. */
const INDEX_GROWTH = 2;
/** Room enough for a send of ordinary records. */
const MAX_ROOM = 1024 * 1024;
const NO_HEADERS: readonly RecordHeader[] = [];

/**
 * The records as one batch, which a broker takes as a whole or not at all. Needs at least one record.
 *
 * @throws {LogError} `invalid_request` for a timestamp that is not a whole number of milliseconds
 */
export function encodeRecordBatch(
  records: LogRecords,
  options: BatchIdentity & { compression?: BatchCompression },
): Buffer {
  const body = new BatchBody(records.length);
  for (const record of records) body.add(record);
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

/** The records of a batch, after room for the header. */
class BatchBody {
  count = 0;
  baseTimestamp = 0;
  maxTimestamp = 0;
  readonly #expected: number;
  #buffer: Buffer = Buffer.alloc(0);
  #position = BATCH_HEADER_BYTES;

  /** @param expected how many records will come */
  constructor(expected: number) {
    this.#expected = expected;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#position);
  }

  add(record: LogRecord): void {
    const { timestamp } = record;
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
      throw new LogError("invalid_request", `timestamp ${timestamp} is not a whole number of milliseconds`);
    }
    if (this.count === 0) this.baseTimestamp = timestamp;
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp;
    this.#write(record, timestamp - this.baseTimestamp);
    this.count += 1;
  }

  #write(record: LogRecord, timestampDelta: number): void {
    const { key, value, headers = NO_HEADERS, origin = null, row = 0 } = record;
    const index = this.count;
    const rowLength = origin === null ? 0 : rowBytes(row);
    const headerCount = headers.length + (origin === null ? 0 : 1);
    const size = 1 + varlongSize(timestampDelta) + varintSize(index) + fieldSize(key) + fieldSize(value) +
      varintSize(headerCount) + headersSize(headers) + (origin === null ? 0 : SOURCE_BYTES + rowLength);
    this.#reserve(varintSize(size) + size);
    const buffer = this.#buffer;
    let at = writeVarint(buffer, this.#position, size);
    buffer[at++] = 0; // attributes: none defined
    at = writeVarlong(buffer, at, timestampDelta);
    at = writeVarint(buffer, at, index);
    at = writeField(buffer, at, key);
    at = writeField(buffer, at, value);
    at = writeVarint(buffer, at, headerCount);
    if (headers.length > 0) at = writeHeaders(buffer, at, headers);
    if (origin !== null) at = writeSource(buffer, at, { origin, row, rowLength });
    this.#position = at;
  }

  /**
   * Makes room for this record and as much for each record to come, up to a bound: thousands of small records may
   * follow one large one.
   */
  #reserve(bytes: number): void {
    if (this.#position + bytes <= this.#buffer.length) return;
    const left = Math.max(1, this.#expected - this.count);
    const most = Math.max(bytes, this.#position, MAX_ROOM);
    const larger = Buffer.allocUnsafe(this.#position + Math.min(left * (bytes + INDEX_GROWTH), most));
    this.#buffer.copy(larger, 0, 0, this.#position);
    this.#buffer = larger;
  }
}

function fieldSize(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

function headersSize(headers: readonly RecordHeader[]): number {
  let size = 0;
  for (const [name, content] of headers) size += fieldSize(nameBytes(name)) + fieldSize(content);
  return size;
}

function writeHeaders(buffer: Buffer, start: number, headers: readonly RecordHeader[]): number {
  let at = start;
  for (const [name, content] of headers) {
    at = writeField(buffer, at, nameBytes(name));
    at = writeField(buffer, at, content);
  }
  return at;
}

/** Lengths of name and value, one byte each, the name and the origin. */
const SOURCE_BYTES = 2 + SOURCE_HEADER.length + ORIGIN_BYTES;
/** The name with its length, which is written as twice the number. */
const SOURCE_NAME = Uint8Array.of(SOURCE_HEADER.length << 1, ...Buffer.from(SOURCE_HEADER));

/** Writes the source header straight from its numbers. */
function writeSource(
  buffer: Buffer,
  start: number,
  { origin, row, rowLength }: { origin: Uint8Array; row: number; rowLength: number },
): number {
  let at = start;
  // Byte by byte: for so few a call of `set` takes longer.
  for (let byte = 0; byte < SOURCE_NAME.length; byte++) buffer[at++] = SOURCE_NAME[byte] ?? 0;
  buffer[at++] = (ORIGIN_BYTES + rowLength) << 1;
  for (let byte = 0; byte < ORIGIN_BYTES; byte++) buffer[at++] = origin[byte] ?? 0;
  return writeRow(buffer, at, { row, bytes: rowLength });
}

// A header mostly has the same name as that of the record before.
let lastName = "", lastNameBytes: Uint8Array = new Uint8Array(0);

function nameBytes(name: string): Uint8Array {
  if (name === lastName) return lastNameBytes;
  lastName = name;
  return lastNameBytes = Buffer.from(name);
}

function writeField(buffer: Buffer, start: number, bytes: Uint8Array | null): number {
  if (bytes === null) return writeVarint(buffer, start, -1);
  const position = writeVarint(buffer, start, bytes.length);
  buffer.set(bytes, position);
  return position + bytes.length;
}
