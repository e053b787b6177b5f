import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import type { LogRecord, LogRecordRun, LogRecords, RecordHeader } from "../log.ts";
import { BATCH_HEADER_BYTES, BatchBody } from "./record_batch_body.ts";

type RunRecord = LogRecord & { readonly value: Uint8Array };

/** Records in runs, between other bytes of a buffer. */
function inRuns(runs: readonly (readonly RunRecord[])[]): LogRecords {
  const records = runs.flat();
  return {
    length: records.length,
    runs: runs.map(runOf),
    [Symbol.iterator]: () => records[Symbol.iterator](),
  };
}

function runOf(records: readonly RunRecord[]): LogRecordRun {
  const { key = null, timestamp = 0 } = records[0] ?? {};
  const values = Buffer.concat([Buffer.from("before"), ...records.map(({ value }) => value), Buffer.from("after")]);
  const starts = [6];
  for (const { value } of records) starts.push((starts.at(-1) ?? 0) + value.length);
  return {
    length: records.length,
    key,
    timestamp,
    values,
    start: (at) => starts[at] ?? NaN,
    headers: (at) => records[at]?.headers ?? [],
    origin: (at) => records[at]?.origin ?? null,
    row: (at) => records[at]?.row ?? 0,
  };
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength, size: "max" });
const value = fc.oneof(
  { weight: 20, arbitrary: bytes(300) },
  { weight: 5, arbitrary: bytes(3_000) },
  // Large ones are made of few draws.
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 100_000 }).map((length) => new Uint8Array(length).fill(length)) },
);
const header = fc.tuple(fc.string({ maxLength: 10 }), bytes(80)).map((
  [name, content],
): RecordHeader => [name, content]);
const headers = fc.oneof(
  fc.constant([]),
  fc.array(header, { maxLength: 4 }),
  fc.constant<RecordHeader[]>([["replayed", new Uint8Array(0)]]),
);
const row = fc.oneof(fc.nat(70_000), fc.nat(Number.MAX_SAFE_INTEGER));
const origin = fc.option(fc.uint8Array({ minLength: 8, maxLength: 8 }));
const run = fc.record({
  key: fc.option(bytes(40)),
  timestamp: fc.nat(2 ** 43),
  rest: fc.array(fc.record({ value, headers, origin, row }), { minLength: 1, maxLength: 12 }),
}).map(({ key, timestamp, rest }) => rest.map((each): RunRecord => ({ key, timestamp, ...each })));

Deno.test("BatchBody has the same bytes of records in runs and of the same records one by one", () => {
  fc.assert(fc.property(fc.array(run, { minLength: 1, maxLength: 5 }), (runs) => {
    const [fast, plain] = [new BatchBody(inRuns(runs)), new BatchBody(runs.flat())];
    assert.ok(fast.bytes.subarray(BATCH_HEADER_BYTES).equals(plain.bytes.subarray(BATCH_HEADER_BYTES)));
    assert.deepEqual(
      [fast.count, fast.baseTimestamp, fast.maxTimestamp],
      [plain.count, plain.baseTimestamp, plain.maxTimestamp],
    );
  }));
});

Deno.test("BatchBody refuses a run without a time, as it does a record", () => {
  const record = { key: null, value: new Uint8Array(1), timestamp: 0.5 };
  assert.throws(() => new BatchBody(inRuns([[record]])), /timestamp 0.5 is not a whole number of milliseconds/);
  assert.throws(() => new BatchBody([record]), /timestamp 0.5 is not a whole number of milliseconds/);
});

Deno.test("BatchBody takes memory for a run once, and hardly more than the run needs", () => {
  const origin = new Uint8Array(8);
  const runs = ["BHP", "RIO", "CSL.AX"].map((key) =>
    Array.from({ length: 2_000 }, (_, at): RunRecord => ({
      key: Buffer.from(key),
      value: new Uint8Array(170 + at % 20),
      timestamp: 1_700_000_000_000,
      origin,
      row: 60_000 + at * 4,
    }))
  );
  const { bytes } = new BatchBody(inRuns(runs));
  const room = bytes.buffer.byteLength;
  // What is taken record by record leaves nothing over.
  assert.ok(room > bytes.length, `${room} bytes of memory for ${bytes.length}`);
  assert.ok(room < bytes.length * 1.04, `${room} bytes of memory for ${bytes.length}`);
});
