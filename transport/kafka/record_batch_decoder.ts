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

/** Which records of a partition are wanted. */
export interface WantedOffsets {
  readonly from: bigint;
  /** One past the last; absent: all. */
  readonly to?: bigint | undefined;
}

/** What was decoded of a fetch. */
export interface DecodedBatches {
  /** One past the last offset of the last whole batch, whether or not it holds records; `null` if there is none. */
  readonly next: bigint | null;
  /** What is left of the input: more batches, or part of one. */
  readonly rest: Uint8Array;
}

/** The wanted records of it, in some form. */
export interface DecodedChunk<T> extends DecodedBatches {
  /** Null if there are none. */
  readonly chunk: T | null;
}

/** A batch that was checked. */
export interface OpenBatch {
  readonly baseOffset: bigint;
  /** One past its last offset. */
  readonly next: bigint;
  /** How many records it has; none of a batch of control records, which are no data. */
  readonly count: number;
  /** Its records, decompressed. */
  readonly body: Uint8Array;
  readonly attributes: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
}

/** Base offset and length, before everything else. */
const PREFIX_BYTES = 12;
const CONTROL_BATCH = 0x20;
const LOG_APPEND_TIME = 0x08;
const FORMAT_AT = 16;
const CHECKED_FROM = 21;
const NO_BYTES = new Uint8Array(0);
/**
 * Decompressed bytes of records after which the decoder stops. Of a whole fetch, which may hold any number of them, V8 would
 * keep the records among what lives long; of a part they are gone before.
 */
const ENOUGH_BYTES = 256 * 1024;

/**
 * Decodes complete batches, until there are bytes enough of their records. Leaves a partial batch at the end, since brokers
 * cut at the byte limit. The records are in offset order; their bytes are views of the input.
 *
 * @throws {LogError} `client` for another format, a wrong checksum, and records that cannot be decompressed or decoded
 */
export function decodeRecordBatches(bytes: Uint8Array): DecodedBatches & { readonly records: StoredRecord[] } {
  const records: StoredRecord[] = [];
  const { next, rest } = eachBatch(bytes, (batch) => addRecords(records, batch));
  return { records, next, rest };
}

/** Decodes batches as {@link decodeRecordBatches}, the wanted records of them. @throws {LogError} `client` */
export function decodeRecords(bytes: Uint8Array, { from, to }: WantedOffsets): DecodedChunk<readonly StoredRecord[]> {
  const { records, next, rest } = decodeRecordBatches(bytes);
  const wanted = records.filter(({ offset }) => offset >= from && (to === undefined || offset < to));
  return { chunk: wanted.length === 0 ? null : wanted, next, rest };
}

/** Opens complete batches, until there are bytes enough of their records. @throws {LogError} */
export function eachBatch(bytes: Uint8Array, take: (batch: OpenBatch) => void): DecodedBatches {
  let next: bigint | null = null;
  let rest = bytes;
  let decoded = 0;
  while (rest.length > FORMAT_AT && decoded < ENOUGH_BYTES) {
    const length = PREFIX_BYTES + new WireReader(rest.subarray(8)).int32();
    if (length > rest.length) break;
    const batch = openBatch(rest.subarray(0, length));
    take(batch);
    next = batch.next;
    decoded += batch.body.length;
    rest = rest.subarray(length);
  }
  return { next, rest };
}

function openBatch(batch: Uint8Array): OpenBatch {
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
  const records = reader.int32();
  // Control records mark the ends of transactions; they are no data.
  const count = (attributes & CONTROL_BATCH) !== 0 ? 0 : Math.max(0, records);
  try {
    const body = count === 0 ? NO_BYTES : decompressRecords(reader.bytes(reader.remaining), attributes);
    return { baseOffset, next, count, body, attributes, baseTimestamp, maxTimestamp };
  } catch (cause) {
    throw damagedBatch(baseOffset, cause);
  }
}

/** The error of a batch whose records cannot be read. */
export function damagedBatch(baseOffset: bigint, cause?: unknown): LogError {
  const reason = cause instanceof LogError ? cause.message : "its records are damaged";
  return new LogError("client", `The record batch at offset ${baseOffset} cannot be read: ${reason}`, { cause });
}

function addRecords(
  records: StoredRecord[],
  { baseOffset, count, body, attributes, baseTimestamp, maxTimestamp }: OpenBatch,
): void {
  const reader = new WireReader(body);
  try {
    for (let at = 0; at < count; at++) {
      const record = decodeRecord(reader, baseOffset, baseTimestamp);
      records.push((attributes & LOG_APPEND_TIME) === 0 ? record : { ...record, timestamp: maxTimestamp });
    }
  } catch (cause) {
    throw damagedBatch(baseOffset, cause);
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
