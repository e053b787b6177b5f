import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import libraryDecodeBatch from "kafkajs/src/protocol/recordBatch/v0/decoder.js";
import LibraryDecoder from "kafkajs/src/protocol/decoder.js";
import { LogError, type LogRecord, type RecordHeader } from "../log.ts";
import { encodeRecordBatch } from "./_encoded_batch.ts";
import { type BatchCompression, MAX_DECOMPRESSED_BYTES } from "./batch_compression.ts";
import { sourceValue } from "../source_header.ts";
import { crc32c } from "./crc32c.ts";
import { decodeRecordBatches } from "./record_batch_decoder.ts";
import { BATCH_HEADER_BYTES } from "./record_batch_body.ts";

const IDENTITY = { producerId: 4_711n, producerEpoch: 3, sequence: 2_000_000_000 };

const bytes = fc.uint8Array({ maxLength: 200 });
const header = fc.tuple(fc.string({ maxLength: 10 }), bytes).map(([name, value]): RecordHeader => [name, value]);
const record: fc.Arbitrary<LogRecord> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  timestamp: fc.nat(2 ** 43),
  headers: fc.array(header, { maxLength: 4 }),
});
const records = fc.array(record, { minLength: 1, maxLength: 20 });
const compression = fc.constantFrom<BatchCompression>("none", "gzip", "lz4", "zstd");

/** Writes the checksum again after a test has changed the batch. */
function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

function at(batch: Buffer, baseOffset: bigint): Buffer {
  batch.writeBigInt64BE(baseOffset, 0);
  return batch;
}

function text(value: string): LogRecord {
  return { key: null, value: new TextEncoder().encode(value), timestamp: 1_000 };
}

Deno.test("decodeRecordBatches gives back what encodeRecordBatch was given, compressed or not", () => {
  fc.assert(fc.property(records, compression, (given, compression) => {
    const batch = at(encodeRecordBatch(given, { ...IDENTITY, compression }), 100n);
    const found = decodeRecordBatches(batch);
    assert.equal(found.next, 100n + BigInt(given.length));
    assert.deepEqual(found.records, given.map((each, index) => ({ ...each, offset: 100n + BigInt(index) })));
  }));
});

Deno.test("encodeRecordBatch writes where a record comes from as its last header, for any row", () => {
  const origin = fc.uint8Array({ minLength: 8, maxLength: 8 });
  const row = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
  fc.assert(fc.property(records, origin, row, (given, origin, row) => {
    const batch = at(encodeRecordBatch(given.map((each) => ({ ...each, origin, row })), IDENTITY), 0n);
    const found = decodeRecordBatches(batch).records;
    assert.deepEqual(
      found.map(({ headers }) => headers),
      given.map(({ headers = [] }) => [...headers, ["src", sourceValue(origin, row)]]),
    );
    assert.deepEqual(found.map(({ value }) => value), given.map(({ value }) => value));
  }));
});

Deno.test("kafkajs reads what encodeRecordBatch writes, with the producer's identity", async () => {
  await fc.assert(fc.asyncProperty(records, async (given) => {
    const batch = encodeRecordBatch(given, IDENTITY);
    const found = await libraryDecodeBatch(new LibraryDecoder(batch));
    assert.equal(found.producerId, "4711");
    assert.equal(found.producerEpoch, 3);
    assert.equal(found.firstSequence, 2_000_000_000);
    assert.equal(found.lastOffsetDelta, given.length - 1);
    assert.equal(found.maxTimestamp, String(Math.max(...given.map(({ timestamp }) => timestamp))));
    for (const [index, { key, value, timestamp }] of given.entries()) {
      const read = found.records[index];
      assert.equal(read.timestamp, String(timestamp));
      assert.deepEqual(read.key === null ? null : new Uint8Array(read.key), key);
      assert.deepEqual(read.value === null ? null : new Uint8Array(read.value), value);
    }
  }));
});

Deno.test("decodeRecordBatches reads several batches and leaves half a batch at the end out", () => {
  const first = at(encodeRecordBatch([text("a"), text("b")], IDENTITY), 5n);
  const second = at(encodeRecordBatch([text("c")], IDENTITY), 9n);
  const both = Buffer.concat([first, second]);
  assert.deepEqual(decodeRecordBatches(both).records.map(({ offset }) => offset), [5n, 6n, 9n]);
  for (let cut = first.length; cut < both.length; cut++) {
    const { records, next, rest } = decodeRecordBatches(both.subarray(0, cut));
    assert.equal(records.length, 2, `cut at ${cut}`);
    assert.equal(next, 7n);
    assert.deepEqual(rest, both.subarray(first.length, cut));
  }
  for (const cut of [0, 1, 11, 16, 17, first.length - 1]) {
    const rest = first.subarray(0, cut);
    assert.deepEqual(decodeRecordBatches(rest), { records: [], next: null, rest }, `cut at ${cut}`);
  }
});

Deno.test("decodeRecordBatches goes past a batch that compaction has emptied, and past control records", () => {
  const emptied = Buffer.from(encodeRecordBatch([text("gone")], IDENTITY).subarray(0, BATCH_HEADER_BYTES));
  emptied.writeInt32BE(emptied.length - 12, 8);
  emptied.writeInt32BE(7, 23); // last offset, relative
  emptied.writeInt32BE(0, 57); // records
  for (const codec of [0, 1, 3, 4]) {
    emptied.writeInt16BE(codec, 21);
    assert.deepEqual(decodeRecordBatches(at(sealed(emptied), 10n)), { records: [], next: 18n, rest: Buffer.alloc(0) });
  }
  const control = encodeRecordBatch([text("commit marker")], IDENTITY);
  control.writeInt16BE(0x30, 21);
  assert.deepEqual(decodeRecordBatches(at(sealed(control), 18n)), { records: [], next: 19n, rest: Buffer.alloc(0) });
});

Deno.test("decodeRecordBatches takes the broker's time where the topic is set to it", () => {
  const batch = encodeRecordBatch([text("a"), text("b")], IDENTITY);
  batch.writeInt16BE(0x08, 21);
  batch.writeBigInt64BE(5_000n, 35);
  assert.deepEqual(decodeRecordBatches(sealed(batch)).records.map(({ timestamp }) => timestamp), [5_000, 5_000]);
});

/** A batch with other records, compressed or not. */
function withRecords(batch: Buffer, stored: Uint8Array, attributes: number): Buffer {
  const changed = Buffer.concat([batch.subarray(0, BATCH_HEADER_BYTES), stored]);
  changed.writeInt32BE(changed.length - 12, 8);
  changed.writeInt16BE(attributes, 21);
  return sealed(changed);
}

function unreadable(reason: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof LogError && error.code === "client" && reason.test(error.message);
}

Deno.test("decodeRecordBatches says of which batch the records are damaged, however they are compressed", () => {
  const batch = at(encodeRecordBatch([text("a"), text("b")], IDENTITY), 7n);
  const garbage = new Uint8Array(20).fill(0xff);
  for (const [codec, name] of [[1, "gzip"], [2, "snappy"], [3, "lz4"], [4, "zstd"]] as const) {
    const damaged = withRecords(batch, garbage, codec);
    assert.throws(() => decodeRecordBatches(damaged), unreadable(new RegExp(`at offset 7 .*: its ${name} is damaged`)));
  }
  assert.throws(() => decodeRecordBatches(withRecords(batch, garbage, 5)), unreadable(/compression 5 is not known/));
  const cut = batch.subarray(BATCH_HEADER_BYTES, -1);
  assert.throws(() => decodeRecordBatches(withRecords(batch, cut, 0)), unreadable(/its records are damaged/));
  // Without its last bytes, zstd decompresses to what comes before.
  const half = zstdCompressSync(batch.subarray(BATCH_HEADER_BYTES)).subarray(0, -5);
  assert.throws(() => decodeRecordBatches(withRecords(batch, half, 4)), unreadable(/at offset 7 cannot be read/));
});

Deno.test("decodeRecordBatches refuses a small batch that decompresses to very much", () => {
  const batch = encodeRecordBatch([text("a")], IDENTITY);
  const bomb = zstdCompressSync(Buffer.alloc(MAX_DECOMPRESSED_BYTES + 1));
  assert.ok(bomb.length < 10_000);
  assert.throws(() => decodeRecordBatches(withRecords(batch, bomb, 4)), unreadable(/zstd decompresses to more than/));
});

Deno.test("decodeRecordBatches decodes a large batch, or small ones, at a time, and leaves the rest", () => {
  const record = { ...text(""), value: new Uint8Array(100_000) },
    large = { ...record, value: new Uint8Array(10_000_000) };
  const batches = [large, record, record, record, record].map((record, offset) =>
    at(encodeRecordBatch([record], { ...IDENTITY, compression: "zstd" }), BigInt(offset))
  );
  const offsets: bigint[][] = [];
  for (let rest: Uint8Array = Buffer.concat(batches); rest.length > 0;) {
    const found = decodeRecordBatches(rest);
    rest = found.rest;
    offsets.push(found.records.map(({ offset }) => offset));
  }
  assert.deepEqual(offsets, [[0n], [1n, 2n, 3n], [4n]]);
});

Deno.test("decodeRecordBatches refuses a batch whose bytes were changed, and another format", () => {
  const batch = encodeRecordBatch([text("a")], IDENTITY);
  const last = batch.length - 2;
  batch[last] = (batch[last] ?? 0) ^ 1;
  assert.throws(() => decodeRecordBatches(batch), unreadable(/damaged/));
  batch[16] = 1;
  assert.throws(() => decodeRecordBatches(batch), unreadable(/format 1/));
});
