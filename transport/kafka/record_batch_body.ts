/**
 * The records of a batch of Kafka's format 2, each as it stands in the batch. Records that come in runs are copied from the
 * buffer of their values, without an object for each.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { LogError, type LogRecord, type LogRecordRun, type LogRecords, type RecordHeader } from "../log.ts";
import { ORIGIN_BYTES, rowBytes, SOURCE_HEADER, writeRow } from "../source_header.ts";
import { copyBytes } from "./copy_bytes.ts";
import { varintSize, varlongSize, writeVarint, writeVarlong } from "./wire.ts";

/** Bytes before the records. */
export const BATCH_HEADER_BYTES = 61;
/** By how many bytes a later record may be longer for its longer index, row and lengths. */
const GROWTH = 5;
/** Room enough for a send of ordinary records. */
const MAX_ROOM = 1024 * 1024;
/** The length of what is null. */
const NULL = -1;
const NO_HEADERS: readonly RecordHeader[] = [];
const NO_BYTES = new Uint8Array(0);

/** The name of the source header with its length, which is written as twice the number. */
const SOURCE_NAME_BYTES = 4;
const SOURCE_NAME = Buffer.from([SOURCE_HEADER.length << 1, ...Buffer.from(SOURCE_HEADER)]).readInt32BE(0);
/** With the length of the value, one byte, and the origin. */
const SOURCE_BYTES = SOURCE_NAME_BYTES + 1 + ORIGIN_BYTES;

/** What a record has besides key, time and value. */
interface Rest {
  readonly headers: readonly RecordHeader[];
  readonly origin: Uint8Array | null;
  readonly row: number;
}

/** The records of a batch, after room for the header. */
export class BatchBody {
  count = 0;
  baseTimestamp = 0;
  maxTimestamp = 0;
  readonly #expected: number;
  #buffer: Buffer = Buffer.alloc(0);
  #view = viewOf(this.#buffer);
  #position = BATCH_HEADER_BYTES;
  /** Bytes of the keys and values of the records to come, or a guess. */
  #contentLeft = 0;
  // Of the next records:
  /** -1: no key. */
  #keyLength = NULL;
  #key = this.#view;
  #timestampDelta = 0;
  #keyAndTimeBytes = 0;
  #values = this.#view;
  // Of the last record:
  #origin: Uint8Array | null = null;
  #originView = this.#view;

  /** @throws {LogError} `invalid_request` for a timestamp that is not a whole number of milliseconds */
  constructor(records: LogRecords) {
    this.#expected = records.length;
    const { runs } = records;
    if (runs === undefined) {
      for (const record of records) this.#add(record);
    } else {
      for (const run of runs) this.#contentLeft += contentOf(run);
      for (const run of runs) this.#addRun(run);
    }
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#position);
  }

  #add({ key, value, timestamp, headers = NO_HEADERS, origin = null, row = 0 }: LogRecord): void {
    this.#begin(key, timestamp, value ?? NO_BYTES);
    const length = value?.length ?? NULL;
    // As if those to come were like this one.
    this.#contentLeft = (this.#expected - this.count) * ((key?.length ?? 0) + Math.max(length, 0));
    this.#write(0, length, { headers, origin, row });
  }

  #addRun(run: LogRecordRun): void {
    this.#begin(run.key, run.timestamp, run.values);
    const { length } = run;
    let start = run.start(0);
    for (let at = 0; at < length; at++) {
      const end = run.start(at + 1);
      this.#write(start, end - start, { headers: run.headers(at), origin: run.origin(at), row: run.row(at) });
      start = end;
    }
  }

  /** Takes what the next records have in common. */
  #begin(key: Uint8Array | null, timestamp: number, values: Uint8Array): void {
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
      throw new LogError("invalid_request", `timestamp ${timestamp} is not a whole number of milliseconds`);
    }
    if (this.count === 0) this.baseTimestamp = timestamp;
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp;
    this.#keyLength = key?.length ?? NULL;
    this.#key = viewOf(key ?? NO_BYTES);
    this.#timestampDelta = timestamp - this.baseTimestamp;
    this.#keyAndTimeBytes = varlongSize(this.#timestampDelta) + fieldSize(this.#keyLength);
    this.#values = viewOf(values);
  }

  /** Writes a record whose value has `length` bytes from `start` on. */
  #write(start: number, length: number, { headers, origin, row }: Rest): void {
    const index = this.count;
    const rowLength = origin === null ? 0 : rowBytes(row);
    const headerCount = headers.length + (origin === null ? 0 : 1);
    const size = 1 + this.#keyAndTimeBytes + varintSize(index) + fieldSize(length) + varintSize(headerCount) +
      headersSize(headers) + (origin === null ? 0 : SOURCE_BYTES + rowLength);
    this.#reserve(varintSize(size) + size, Math.max(this.#keyLength, 0) + Math.max(length, 0));
    const buffer = this.#buffer;
    let at = writeVarint(buffer, this.#position, size);
    buffer[at++] = 0; // attributes: none defined
    at = writeVarlong(buffer, at, this.#timestampDelta);
    at = writeVarint(buffer, at, index);
    at = this.#writeField(at, this.#key, 0, this.#keyLength);
    at = this.#writeField(at, this.#values, start, length);
    at = writeVarint(buffer, at, headerCount);
    if (headers.length > 0) at = writeHeaders(buffer, at, headers);
    if (origin !== null) at = this.#writeSource(at, origin, { row, bytes: rowLength });
    this.#position = at;
    this.count = index + 1;
  }

  #writeField(at: number, from: DataView, start: number, length: number): number {
    const bytesAt = writeVarint(this.#buffer, at, length);
    return length > 0 ? copyBytes(from, { start, end: start + length }, this.#view, bytesAt) : bytesAt;
  }

  /** Writes the source header straight from its numbers. */
  #writeSource(start: number, origin: Uint8Array, row: { readonly row: number; readonly bytes: number }): number {
    if (origin !== this.#origin) {
      this.#origin = origin;
      this.#originView = viewOf(origin);
    }
    const view = this.#view, valueAt = start + SOURCE_NAME_BYTES;
    view.setInt32(start, SOURCE_NAME);
    view.setUint8(valueAt, (ORIGIN_BYTES + row.bytes) << 1);
    view.setBigInt64(valueAt + 1, this.#originView.getBigInt64(0));
    return writeRow(this.#buffer, valueAt + 1 + ORIGIN_BYTES, row);
  }

  /**
   * Makes room for a record with so much of key and value, and for all to come, up to a bound: thousands of small records
   * may follow one that has large headers.
   */
  #reserve(bytes: number, content: number): void {
    const left = this.#contentLeft;
    this.#contentLeft = left - content;
    if (this.#position + bytes <= this.#buffer.length) return;
    const wanted = left + (this.#expected - this.count) * (bytes - content + GROWTH);
    const room = Math.max(bytes, Math.min(wanted, Math.max(this.#position, MAX_ROOM)));
    const larger = Buffer.allocUnsafe(this.#position + room);
    this.#buffer.copy(larger, 0, 0, this.#position);
    this.#buffer = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** Bytes of the keys and values. */
function contentOf(run: LogRecordRun): number {
  return run.start(run.length) - run.start(0) + run.length * (run.key?.length ?? 0);
}

/** Bytes of a field with its length. */
function fieldSize(length: number): number {
  return varintSize(length) + Math.max(length, 0);
}

function headersSize(headers: readonly RecordHeader[]): number {
  let size = 0;
  if (headers.length === 0) return size; // without an iterator
  for (const [name, content] of headers) size += fieldSize(nameBytes(name).length) + fieldSize(content.length);
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

// A header mostly has the same name as that of the record before.
let lastName = "", lastNameBytes: Uint8Array = new Uint8Array(0);

function nameBytes(name: string): Uint8Array {
  if (name === lastName) return lastNameBytes;
  lastName = name;
  return lastNameBytes = Buffer.from(name);
}

function writeField(buffer: Buffer, start: number, bytes: Uint8Array): number {
  const position = writeVarint(buffer, start, bytes.length);
  buffer.set(bytes, position);
  return position + bytes.length;
}
