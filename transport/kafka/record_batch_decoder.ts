/**
 * Reads Kafka's record batches, format 2. The decoder of kafkajs does not tell where a batch without records ends
 * (compaction leaves such batches), keeps headers in an object, and ignores the checksum.
 *
 * @module
 */
import { LogError, type RecordHeader, type StoredRecord } from "../log.ts";
import { decompressRecords } from "./batch_compression.ts";
import { crc32c } from "./crc32c.ts";
import { WireReader } from "./wire.ts";

/** The name of a header that was read last, by its length in bytes. */
const KNOWN_NAMES: (string | undefined)[] = Array.from({ length: 32 }, () => undefined);

/** The contents of a fetch. */
export interface DecodedBatches {
  /** Records in offset order, without control records. Their bytes are views of the input. */
  readonly records: StoredRecord[];
  /** One past the last offset of the last whole batch, whether or not it holds records; `null` if there is none. */
  readonly next: bigint | null;
  /** What is left of the input: more batches, or part of one. */
  readonly rest: Uint8Array;
}

/** Base offset and length, before everything else. */
const PREFIX_BYTES = 12;
const CONTROL_BATCH = 0x20;
const LOG_APPEND_TIME = 0x08;
const FORMAT_AT = 16;
const CHECKED_FROM = 21;
/**
 * Decompressed bytes of records after which the decoder stops. Of a whole fetch, which may hold any number of them, V8 would
 * keep the records among what lives long; of a part they are gone before.
 */
const ENOUGH_BYTES = 256 * 1024;

/**
 * Decodes complete batches, until there are bytes enough of their records. Leaves a partial batch at the end, since brokers
 * cut at the byte limit.
 *
 * @throws {LogError} `client` for another format, a wrong checksum, and records that cannot be decompressed or decoded
 */
export function decodeRecordBatches(bytes: Uint8Array): DecodedBatches {
  const records: StoredRecord[] = [];
  let next: bigint | null = null;
  let rest = bytes;
  let decoded = 0;
  while (rest.length > FORMAT_AT && decoded < ENOUGH_BYTES) {
    const length = PREFIX_BYTES + new WireReader(rest.subarray(8)).int32();
    if (length > rest.length) break;
    const batch = decodeBatch(rest.subarray(0, length), records);
    next = batch.next;
    decoded += batch.bytes;
    rest = rest.subarray(length);
  }
  return { records, next, rest };
}

/** Appends the records; returns the offset after them and their size in bytes. */
function decodeBatch(batch: Uint8Array, records: StoredRecord[]): { next: bigint; bytes: number } {
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
  if (count === 0 || (attributes & CONTROL_BATCH) !== 0) return { next, bytes: 0 };
  try {
    const body = decompressRecords(reader.bytes(reader.remaining), attributes);
    const bodyReader = new WireReader(body);
    for (let at = 0; at < count; at++) {
      const record = decodeRecord(bodyReader, baseOffset, baseTimestamp);
      records.push((attributes & LOG_APPEND_TIME) === 0 ? record : { ...record, timestamp: maxTimestamp });
    }
    return { next, bytes: body.length };
  } catch (cause) {
    const reason = cause instanceof LogError ? cause.message : "its records are damaged";
    throw new LogError("client", `The record batch at offset ${baseOffset} cannot be read: ${reason}`, { cause });
  }
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
    const name = headerName(reader, reader.varint());
    headers.push([name, field(reader) ?? new Uint8Array(0)]);
  }
  return { offset, key, value, timestamp, headers };
}

/** Records of a topic have the same few headers, so that hardly one needs a new text. */
function headerName(reader: WireReader, length: number): string {
  const known = KNOWN_NAMES[length];
  if (known !== undefined && reader.takeIf(known)) return known;
  const name = reader.text(length);
  // Characters past ASCII have several bytes.
  if (length < KNOWN_NAMES.length && name.length === length) KNOWN_NAMES[length] = name;
  return name;
}

function field(reader: WireReader): Uint8Array | null {
  const length = reader.varint();
  return length < 0 ? null : reader.bytes(length);
}
