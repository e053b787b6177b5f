/** Tables of batches, against the tables of the records that are decoded one by one. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { LogError, type LogRecord, type RecordHeader } from "../log.ts";
import { tableOf } from "../read_tables.ts";
import { ABSENT, type RecordTable, STORED } from "../record_table.ts";
import { encodeRecordBatch } from "./_encoded_batch.ts";
import type { BatchCompression } from "./batch_compression.ts";
import { crc32c } from "./crc32c.ts";
import { BATCH_HEADER_BYTES } from "./record_batch_body.ts";
import { decodeRecords } from "./record_batch_decoder.ts";
import { decodeRecordTable } from "./record_table_decoder.ts";

const IDENTITY = { producerId: 1n, producerEpoch: 0, sequence: 0 };

const bytes = fc.uint8Array({ maxLength: 40 });
const source = fc.tuple(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.uint8Array({ maxLength: 8 }))
  .map(([origin, row]) => Uint8Array.from([...origin, ...row]));
/** Those that a table has, of their form and of others, and those that are nearly named so. */
const header: fc.Arbitrary<RecordHeader> = fc.oneof(
  fc.tuple(fc.constantFrom("src", "srd", "message_id", "message_ie", "replayed", "é"), bytes),
  fc.tuple(fc.constant("src"), source),
  fc.tuple(fc.constant("message_id"), fc.uint8Array({ minLength: 16, maxLength: 16 })),
);
const records = fc.array(
  fc.record<LogRecord>({
    key: fc.option(bytes),
    value: fc.option(bytes),
    timestamp: fc.nat(2 ** 43),
    headers: fc.array(header, { maxLength: 5 }),
  }),
  { minLength: 1, maxLength: 20 },
);
const batches = fc.array(fc.tuple(records, fc.constantFrom<BatchCompression>("none", "gzip", "lz4", "zstd")), {
  minLength: 1,
  maxLength: 4,
});

/** Each record as text, so that bytes may stand anywhere. */
function shown(table: RecordTable | null): string[] {
  if (table === null) return [];
  const { bytes, words, offsets, base } = table;
  const part = (from = ABSENT, end = ABSENT) =>
    from === ABSENT ? "-" : Buffer.from(bytes.subarray(from, end)).toString("hex");
  return Array.from({ length: table.size }, (_, index) => {
    const at = index * STORED.words,
      word = (name: Exclude<keyof typeof STORED, "words">) => words[at + STORED[name]] ?? 0;
    return [
      base + BigInt(offsets[index] ?? NaN),
      part(word("valueFrom"), word("valueEnd")),
      part(word("keyFrom"), word("keyEnd")),
      part(word("sourceFrom"), word("sourceEnd")),
      part(word("idFrom"), word("idFrom") === ABSENT ? ABSENT : word("idFrom") + 16),
      word("flags"),
    ].join(" ");
  });
}

/** Batches of which each begins some offsets after the one before. */
function inARow(given: readonly (readonly [readonly LogRecord[], BatchCompression])[], first: bigint): Buffer {
  let offset = first;
  return Buffer.concat(given.map(([records, compression]) => {
    const batch = encodeRecordBatch(records, { ...IDENTITY, compression });
    batch.writeBigInt64BE(offset, 0);
    offset += BigInt(records.length + 3);
    return batch;
  }));
}

Deno.test("decodeRecordTable() finds in batches what is found in their records", () => {
  fc.assert(
    fc.property(batches, fc.nat(40), fc.option(fc.nat(40)), fc.nat(10), (given, skipped, wanted, cut) => {
      const first = 2n ** 40n, all = inARow(given, first), from = first + BigInt(skipped);
      const range = { from, to: wanted === null ? undefined : from + BigInt(wanted) };
      const bytes = all.subarray(0, all.length - cut);
      const table = decodeRecordTable(bytes, range), records = decodeRecords(bytes, range);
      assert.deepEqual(shown(table.chunk), shown(records.chunk === null ? null : tableOf(records.chunk)));
      assert.equal(table.chunk === null, records.chunk === null);
      assert.equal(table.next, records.next);
      assert.deepEqual(table.rest, records.rest);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("decodeRecordTable() refuses the batches whose records cannot be decoded", () => {
  fc.assert(
    fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (given, place, change, isCut) => {
      const batch = encodeRecordBatch(given, IDENTITY);
      const at = BATCH_HEADER_BYTES + place % (batch.length - BATCH_HEADER_BYTES);
      const damaged = isCut ? Buffer.from(batch.subarray(0, at)) : Buffer.from(batch);
      if (!isCut) damaged[at] = (damaged[at] ?? 0) ^ change;
      damaged.writeInt32BE(damaged.length - 12, 8);
      damaged.writeUInt32BE(crc32c(damaged.subarray(21)), 17);
      const [table, records] = [decodeRecordTable, decodeRecords].map((decode) => {
        try {
          const { chunk } = decode(damaged, { from: -(2n ** 62n) });
          return shown(chunk === null ? null : "size" in chunk ? chunk : tableOf(chunk));
        } catch (error) {
          if (!(error instanceof LogError)) throw error;
          return error.message;
        }
      });
      assert.deepEqual(table, records);
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("decodeRecordTable() refuses a batch that claims to have more records than bytes", () => {
  const batch = encodeRecordBatch([{ key: null, value: null, timestamp: 1 }], IDENTITY);
  batch.writeInt32BE(2 ** 31 - 1, BATCH_HEADER_BYTES - 4);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  for (const decode of [decodeRecordTable, decodeRecords]) {
    assert.throws(() => decode(batch, { from: 0n }), { code: "client", message: /offset 0 cannot be read/ });
  }
});
