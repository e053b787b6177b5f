import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { scratchBytes } from "../../wasm/scratch.ts";
import type { LogRecord, LogRecordRun, LogRecords, LogRunSource, RecordHeader } from "../log.ts";
import { plainBatch } from "./_plain_batch.ts";
import { RecordBatch } from "./record_batch_encoder.ts";

const IDENTITY = { producerId: 4_711n, producerEpoch: 3, sequence: 2_000_000_000 };
const MIB = 1024 * 1024;

/** Records of a run, without those that they have in common. */
interface GivenRun extends Pick<LogRecordRun, "key" | "timestamp" | "source"> {
  readonly rest: readonly { readonly value: Uint8Array; readonly headers: readonly RecordHeader[] }[];
  readonly hasHeaders: boolean;
}

function recordsOf({ key, timestamp, source, rest, hasHeaders }: GivenRun): LogRecord[] {
  return rest.map(({ value, headers }, at) => ({
    key,
    value,
    timestamp,
    headers: hasHeaders ? headers : [],
    origin: source?.origin ?? null,
    row: source === null ? 0 : source.firstRow + (source.indexes[at] ?? 0),
  }));
}

/** Between other bytes of a buffer. */
function runOf({ key, timestamp, source, rest, hasHeaders }: GivenRun): LogRecordRun {
  const before = Buffer.from("before");
  let end = before.length;
  const ends = Int32Array.from(rest, ({ value }) => end += value.length);
  return {
    length: rest.length,
    key,
    timestamp,
    values: Buffer.concat([before, ...rest.map(({ value }) => value), Buffer.from("after")]),
    start: before.length,
    ends,
    headers: hasHeaders ? (at) => rest[at]?.headers ?? [] : null,
    source,
  };
}

function inRuns(given: readonly GivenRun[]): LogRecords {
  const records = given.flatMap(recordsOf);
  return { length: records.length, runs: given.map(runOf), [Symbol.iterator]: () => records[Symbol.iterator]() };
}

function encoded(records: LogRecords): Buffer {
  const batch = new RecordBatch(records, IDENTITY);
  const bytes = Buffer.concat(batch.pieces());
  assert.ok(bytes.length <= batch.maxBytes, `${bytes.length} bytes are more than ${batch.maxBytes}`);
  return bytes;
}

/** Says where bytes differ, without printing all of them. */
function assertSameBytes(found: Buffer, expected: Buffer): void {
  if (found.equals(expected)) return;
  const at = expected.findIndex((byte, index) => byte !== found[index]);
  assert.fail(`of ${found.length} and ${expected.length} bytes, those at ${at} differ`);
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength, size: "max" });
/** At the borders of the lengths of variable-length integers, and between them. */
const size = fc.oneof(fc.constantFrom(0, 1, 62, 63, 64, 65, 8_190, 8_191, 8_192, 8_193), fc.nat(300));
const filled = size.map((length) => Uint8Array.from({ length }, (_, at) => at * 31 + length));
const name = fc.oneof(
  fc.constantFrom("src", "", "message_id", "größe €", "n".repeat(70)),
  fc.string({ unit: "grapheme" }),
);
const headers = fc.array(fc.tuple(name, filled).map(([name, content]): RecordHeader => [name, content]), {
  maxLength: 4,
});
const timestamp = fc.oneof(
  fc.constantFrom(0, 1_700_000_000_000, 1_700_000_000_064, 2 ** 31 - 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER),
  fc.nat(2 ** 43),
);
const firstRow = fc.oneof(
  fc.constantFrom(0, 1, 250, 65_530, 2 ** 24 - 3, 2 ** 31 - 3, 2 ** 32 - 3, 2 ** 40 - 3, 2 ** 48 - 3),
  fc.nat(Number.MAX_SAFE_INTEGER - 2 ** 31),
);
const source = fc.record({
  origin: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  firstRow,
  indexes: fc.array(fc.nat(2 ** 31 - 1), { minLength: 12, maxLength: 12 }).map((rows) => Int32Array.from(rows)),
});
const run: fc.Arbitrary<GivenRun> = fc.record({
  key: fc.option(fc.oneof(bytes(40), filled)),
  timestamp,
  source: fc.option<LogRunSource>(source),
  rest: fc.array(fc.record({ value: filled, headers }), { minLength: 1, maxLength: 12 }),
  hasHeaders: fc.boolean(),
});

Deno.test("RecordBatch writes records in runs as Kafka describes them, time after time", () => {
  fc.assert(fc.property(fc.array(run, { minLength: 1, maxLength: 5 }), (runs) => {
    const batch = new RecordBatch(inRuns(runs), IDENTITY);
    const expected = plainBatch(runs.flatMap(recordsOf), IDENTITY);
    assertSameBytes(Buffer.concat(batch.pieces()), expected);
    assertSameBytes(Buffer.concat(batch.pieces()), expected);
    assert.ok(expected.length <= batch.maxBytes);
  }));
});

Deno.test("RecordBatch writes records one by one as Kafka describes them, with values of null", () => {
  const [bytes, origin] = [fc.option(filled), fc.option(fc.uint8Array({ minLength: 8, maxLength: 8 }))];
  const record = fc.record({ key: bytes, value: bytes, timestamp, headers, origin, row: firstRow });
  fc.assert(fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), (records) => {
    assertSameBytes(encoded(records), plainBatch(records, IDENTITY));
  }));
});

Deno.test("RecordBatch writes this batch", () => {
  const origin = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const [key, value] = [Buffer.from("BHP"), Buffer.from("a value")];
  const batch = encoded([
    { key, value, timestamp: 1_700_000_000_000, origin, row: 258 },
    { key: null, value: null, timestamp: 1_699_999_999_999, headers: [["h", Uint8Array.of(9)]] },
  ]);
  assert.equal(
    batch.toString("hex"),
    "00000000000000000000005cffffffff02eb1608240000000000010000018bcfe568000000018bcfe568000000000000001267000377359400000000023e000000064248500e612076616c7565020673726314010203040506070801021400010201010202680209",
  );
});

/** `count` records of one run. */
function manyRecords(count: number, valueBytes: number): GivenRun {
  return {
    key: Buffer.from("BHP"),
    timestamp: 1_700_000_000_000,
    source: {
      origin: new Uint8Array(8).fill(3),
      firstRow: 250,
      indexes: Int32Array.from({ length: count }, (_, at) => at),
    },
    rest: Array.from({ length: count }, (_, at) => ({
      value: new Uint8Array(Math.ceil(valueBytes) + at % 7).fill(at),
      headers: [["of", Uint8Array.of(at)]],
    })),
    hasHeaders: false,
  };
}

Deno.test("RecordBatch writes thousands of records, and batches that are larger than a chunk, in pieces", () => {
  const cases: readonly (readonly [GivenRun[], number])[] = [
    [[manyRecords(20_000, 0)], 2],
    [[manyRecords(100, 10), manyRecords(9_000, 170), manyRecords(1, 1.2 * MIB), manyRecords(3_000, 300)], 6],
    [[{ ...manyRecords(1, 1.5 * MIB), hasHeaders: true }, { ...manyRecords(10, MIB / 8), hasHeaders: true }], 3],
  ];
  for (const [runs, pieces] of cases) {
    const batch = new RecordBatch(inRuns(runs), IDENTITY);
    assert.equal(batch.pieces().length, pieces);
    assertSameBytes(Buffer.concat(batch.pieces()), plainBatch(runs.flatMap(recordsOf), IDENTITY));
  }
});

Deno.test("RecordBatch leaves the memory of WebAssembly as it is, however large a batch", () => {
  const write = (runs: readonly GivenRun[]) => Buffer.concat(new RecordBatch(inRuns(runs), IDENTITY).pieces()).length;
  write([manyRecords(7_000, 170)]);
  const before = scratchBytes().length;
  assert.ok(write([{ ...manyRecords(20_000, 1_700), hasHeaders: true }]) > 32 * MIB);
  assert.equal(scratchBytes().length, before);
});

Deno.test("RecordBatch refuses records without a time, in runs or one by one", () => {
  const record = { key: null, value: new Uint8Array(1), headers: [] };
  for (const timestamp of [0.5, -1, NaN, Infinity]) {
    const message = new RegExp(`timestamp ${timestamp} is not a whole number of milliseconds`);
    const given = { key: null, timestamp, source: null, rest: [record], hasHeaders: false };
    for (const records of [inRuns([given]), [{ ...record, timestamp }]]) {
      assert.throws(() => new RecordBatch(records, IDENTITY), message);
    }
  }
});
