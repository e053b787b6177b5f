import assert from "node:assert/strict";
import fc from "fast-check";
import { eventEncoderOf } from "../records/columns/event_encoder.ts";
import { parseFrame } from "../schemas/avro/wire.ts";
import { codecFor } from "../schemas/codec.ts";
import { type Dataset, type RowBatch, rowCount, type RowReader } from "../sources/source.ts";
import { destinationOf } from "../tests/support/program_records.ts";
import { trade } from "../tests/support/trades.ts";
import { withDecimals } from "../records/values/unscaled.ts";
import { IncomingRecords } from "./incoming_records.ts";
import type { ProduceReceipt } from "./receipt.ts";
import { RecordSource } from "./record_source.ts";

const TRADES: Dataset = { kind: "trade", exchange: "ASX", assetClass: "equities" };
const CRYPTO: Dataset = { kind: "trade", exchange: "BINANCE", assetClass: "crypto" };

/** Records with callers that note what they were told, as `number: answer`. */
class Callers {
  readonly told: string[] = [];
  readonly source: RecordSource;
  readonly #incoming = new Map<Dataset, IncomingRecords>();
  #count = 0;

  constructor(options: { readonly capacity?: number; readonly after?: Promise<void> } = {}) {
    this.source = new RecordSource({ id: "push", dataset: TRADES, capacity: 100, ...options });
  }

  /** @param odd a message id that columns do not hold */
  push({ dataset = TRADES, odd = false }: { readonly dataset?: Dataset; readonly odd?: boolean } = {}): void {
    const number = ++this.#count;
    const { exchange, assetClass } = dataset;
    const record = { ...withDecimals("trade", "v2", trade(number)), exchange, asset_class: assetClass };
    const incoming = this.#incoming.get(dataset) ?? new IncomingRecords(dataset, destinationOf(dataset));
    this.#incoming.set(dataset, incoming);
    const call = {
      resolve: ({ topic }: ProduceReceipt, slot: number) => this.told.push(`${number}: ${topic} ${slot}`),
      reject: (cause: unknown, slot: number) => this.told.push(`${number}: ${cause} ${slot}`),
    };
    incoming.read(odd ? { ...record, message_id: `odd ${number}` } : record, (read) => {
      this.source.push(read, call, number * 10);
    });
  }

  pushAll(count: number): void {
    for (let pushed = 0; pushed < count; pushed++) this.push();
  }
}

function receipt(topic: string): ProduceReceipt {
  return { topic, partition: 0, offset: 0n, schemaVersion: "v2", messageId: "", copies: [] };
}

async function rowsOf(reader: RowReader, maxRows = 10): Promise<number[]> {
  return (await reader.next(maxRows))?.rows.map(({ row }) => row) ?? [];
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.finally(() => done = true).catch(() => {});
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  return done;
}

/** What the columns of a batch write of a row; null if they do not have it. */
function body(batch: RowBatch, index: number): Uint8Array | null {
  const events = batch.events ?? assert.fail("no columns");
  const bodies = eventEncoderOf("trade", "v2", events.layout).rowsOf(events);
  if (!bodies.takes(index)) return null;
  return parseFrame(bodies.encode(Int32Array.of(index), 1).values).body;
}

Deno.test("RecordSource gives every record once and in order, by its columns and as an object alike, in parts of any size", async () => {
  const step = fc.oneof(
    fc.record({ push: fc.nat(30), odd: fc.boolean() }),
    fc.record({ read: fc.integer({ min: 1, max: 20 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const callers = new Callers();
      const { source } = callers;
      const reader = await source.open();
      const batches: { batch: RowBatch; size: number }[] = [];
      let pushed = 0, read = 0;
      for (const each of [...steps, { read: 10_000 }]) {
        if ("push" in each) {
          for (let count = 0; count < each.push; count++) callers.push({ odd: each.odd && count % 3 === 1 });
          pushed += each.push;
          continue;
        }
        for (let left = each.read; left > 0 && read < pushed;) {
          const batch = await reader.next(left) ?? assert.fail("it has more");
          assert.ok(batch.rows.length <= left);
          assert.equal(batch.from.row, read);
          batches.push({ batch, size: batch.rows.length });
          for (const [index, row] of batch.rows.entries()) {
            assert.ok(row.ok && row.row === read + 1 && RecordSource.rowOf(batch, index) === row.row);
            read++;
            assert.equal("timestamp" in row.record && row.record.timestamp, trade(read).timestamp);
            assert.equal(row.messageId, row.record.message_id);
            const written = body(batch, index);
            if (written === null) assert.match(row.messageId, /^odd/);
            else assert.deepEqual(codecFor("trade", "v2").decodeUnscaled(written), row.record);
          }
          left -= batch.rows.length;
        }
      }
      assert.equal(read, pushed);
      for (const { batch, size } of batches) assert.equal(rowCount(batch), size);
      assert.equal(source.idle(), pushed === 0);
    }),
    { numRuns: 60 },
  );
});

Deno.test("RecordSource tells each caller once, by its slot: its receipt, or why it was refused", () => {
  const callers = new Callers();
  callers.pushAll(3);
  const { source } = callers;
  source.settle(2, receipt("second"));
  source.refuse(1, "bad");
  source.settle(2, receipt("again"));
  source.settle(3, receipt("third"));
  source.settle(4, receipt("none"));
  assert.deepEqual(callers.told, ["2: second 20", "1: bad 10", "3: third 30"]);
  assert.equal(source.idle(), true);
});

Deno.test("RecordSource gives records of different datasets in batches of their own, in the order of the calls", async () => {
  const callers = new Callers();
  for (const dataset of [TRADES, TRADES, CRYPTO, TRADES, CRYPTO, CRYPTO]) callers.push({ dataset });
  callers.source.close();
  const reader = await callers.source.open();
  const batches = [];
  for (let batch = await reader.next(10); batch !== null; batch = await reader.next(10)) batches.push(batch);
  assert.deepEqual(batches.map(({ dataset, rows }) => [dataset, rows.map(({ row }) => row)]), [
    [TRADES, [1, 2]],
    [CRYPTO, [3]],
    [TRADES, [4]],
    [CRYPTO, [5, 6]],
  ]);
});

Deno.test("RecordSource gives nothing before what it is to wait for has ended, however that ends", async () => {
  for (const fails of [false, true]) {
    const before = Promise.withResolvers<void>();
    const callers = new Callers({ after: before.promise });
    callers.push();
    callers.source.close();
    const reader = await callers.source.open();
    const next = rowsOf(reader);
    assert.equal(await isSettled(next), false);
    if (fails) before.reject(new Error("it failed"));
    else before.resolve();
    assert.deepEqual(await next, [1]);
    assert.equal(await reader.next(10), null);
  }
});

Deno.test("RecordSource.open() gives a second reader the records from its position on that have not settled", async () => {
  const callers = new Callers();
  callers.pushAll(6);
  const reader = await callers.source.open();
  const first = await reader.next(2);
  await reader.next(3);
  await reader.close();
  callers.source.settle(4, receipt("early"));
  const again = await callers.source.open(first?.next);
  assert.deepEqual([...await rowsOf(again), ...await rowsOf(again)], [3, 5, 6]);
});

Deno.test("RecordSource.fail() tells each record its own cause, refuses what comes, and lets those that wait go", async () => {
  const callers = new Callers({ capacity: 2 });
  callers.pushAll(2);
  const { source } = callers;
  const reader = await source.open();
  await reader.next(10);
  const waiting = reader.next(10), room = source.room();
  assert.equal(await isSettled(room), false);
  source.fail("all", (row) => `row ${row}`);
  callers.push();
  assert.deepEqual(callers.told, ["1: row 1 10", "2: row 2 20", "3: all 30"]);
  assert.equal(await waiting, null);
  await room;
  assert.equal(source.takesRows, false);
});

Deno.test("RecordSource.room() waits for as many records to settle as are too many", async () => {
  const callers = new Callers({ capacity: 2 });
  callers.pushAll(3);
  const { source } = callers;
  await source.open().then((reader) => reader.next(10));
  const room = source.room();
  source.settle(1, receipt(""));
  assert.equal(await isSettled(room), false);
  source.settle(3, receipt(""));
  await room;
});

Deno.test("A record whose getter hands over another one is not mixed up with it", () => {
  const seen: string[] = [];
  const incoming = new IncomingRecords(TRADES, destinationOf(TRADES));
  const record = (number: number) => withDecimals("trade", "v2", trade(number));
  const nested = {
    ...record(1),
    get vendor_data() {
      incoming.read(record(2), ({ messageId }) => seen.push(messageId));
      return null;
    },
  };
  incoming.read(nested, ({ messageId }) => seen.push(messageId));
  assert.deepEqual(seen.at(-1), record(1).message_id);
  assert.deepEqual(seen.at(0), record(2).message_id);
});
