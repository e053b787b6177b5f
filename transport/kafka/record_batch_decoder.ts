/**
 * Reads Kafka's record batches, format 2. kafkajs has a decoder of its own, which does not tell where a batch without
 * records ends (compaction leaves such batches), keeps headers in an object, and does not look at the checksum.
 *
 * @module
 */
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { LogError, type RecordHeader, type StoredRecord } from "../log.ts";
import { crc32c } from "./crc32c.ts";
import { WireReader } from "./wire.ts";

/** What a fetch brought. */
export interface DecodedBatches {
  /** Records in offset order, without control records. Their bytes are views of what was given. */
  readonly records: StoredRecord[];
  /** One past the last offset of the last whole batch, whether or not it holds records; `null` if there is none. */
  readonly next: bigint | null;
}

/** Base offset and length, before everything else. */
const PREFIX_BYTES = 12;
const CONTROL_BATCH = 0x20;
const LOG_APPEND_TIME = 0x08;
const FORMAT_AT = 16;
const CHECKED_FROM = 21;

/**
 * Decodes the whole batches; half a batch at the end is left out, as brokers cut where the byte limit falls.
 *
 * @throws {LogError} `client` for another format, an unknown compression or a wrong checksum
 */
export function decodeRecordBatches(bytes: Uint8Array): DecodedBatches {
  const records: StoredRecord[] = [];
  let next: bigint | null = null;
  let rest = bytes;
  while (rest.length > FORMAT_AT) {
    const length = PREFIX_BYTES + new WireReader(rest.subarray(8)).int32();
    if (length > rest.length) break;
    next = decodeBatch(rest.subarray(0, length), records);
    rest = rest.subarray(length);
  }
  return { records, next };
}

function decodeBatch(batch: Uint8Array, records: StoredRecord[]): bigint {
  const format = batch[FORMAT_AT];
  if (format !== 2) throw new LogError("client", `Record batches of format ${format} cannot be read, only format 2`);
  const reader = new WireReader(batch);
  const baseOffset = reader.int64();
  reader.bytes(9); // length, leader epoch, format
  const checksum = reader.uint32();
  if (crc32c(batch.subarray(CHECKED_FROM)) !== checksum) {
    throw new LogError("client", `The record batch at offset ${baseOffset} is damaged: its checksum is wrong`);
  }
  const attributes = reader.int16();
  const next = baseOffset + BigInt(reader.int32()) + 1n;
  const baseTimestamp = Number(reader.int64());
  const maxTimestamp = Number(reader.int64());
  reader.bytes(14); // producer id, epoch, sequence
  const count = reader.int32();
  // Control records mark the ends of transactions; they are no data.
  if ((attributes & CONTROL_BATCH) !== 0) return next;
  const body = new WireReader(decompress(reader.bytes(reader.remaining), attributes & 0x07));
  for (let at = 0; at < count; at++) {
    const record = decodeRecord(body, baseOffset, baseTimestamp);
    records.push((attributes & LOG_APPEND_TIME) === 0 ? record : { ...record, timestamp: maxTimestamp });
  }
  return next;
}

function decodeRecord(reader: WireReader, baseOffset: bigint, baseTimestamp: number): StoredRecord {
  reader.varint(); // length
  reader.int8(); // attributes
  const timestamp = baseTimestamp + Number(reader.varlong());
  const offset = baseOffset + BigInt(reader.varint());
  const key = field(reader);
  const value = field(reader);
  const headers: RecordHeader[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const name = reader.text(reader.varint());
    headers.push([name, field(reader) ?? new Uint8Array(0)]);
  }
  return { offset, key, value, timestamp, headers };
}

function field(reader: WireReader): Uint8Array | null {
  const length = reader.varint();
  return length < 0 ? null : reader.bytes(length);
}

function decompress(bytes: Uint8Array, codec: number): Uint8Array {
  switch (codec) {
    case 0:
      return bytes;
    case 1:
      return gunzipSync(bytes);
    case 4:
      return zstdDecompressSync(bytes);
    default:
      throw new LogError("client", `Records compressed with ${CODECS[codec] ?? `codec ${codec}`} cannot be read`);
  }
}

const CODECS: Readonly<Record<number, string>> = { 2: "snappy", 3: "lz4" };
