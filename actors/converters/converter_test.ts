import assert from "node:assert/strict";
import { uuidToBytes } from "../../records/ids/uuid_text.ts";
import { codecFor } from "../../schemas/codec.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import type { BadRow, GoodRow, RowBatch } from "../../sources/source.ts";
import { encodedBy, target, trades } from "../../tests/support/trades.ts";
import { startAlone } from "../../tests/support/actors.ts";
import { converterActor } from "./converter.ts";
import { encodeRows, keyOf } from "../encoding/encode_rows.ts";
import { refuseBadRows } from "../delivery/pending_batch.ts";
import { Delivery, ROW, type RowStates } from "../delivery/delivery.ts";
import { ManualClock, probe } from "../../kernel/testing.ts";
import type { ActorRef } from "../../kernel/types.ts";
import type { ProducerMessage, RowsAdmitted, Target } from "../messages.ts";

function admitted(batch: RowBatch, targets: readonly Target[]) {
  const record: RowStates = {
    rows: batch.rows.length,
    states: targets.map(() => new Uint8Array(batch.rows.length)),
    refusals: [],
  };
  refuseBadRows({ batch, record });
  const causes: unknown[] = [];
  const delivery = new Delivery(record, (cause) => causes.push(cause));
  const place = { stream: { source: "file" }, run: 3, index: 4 };
  const message: RowsAdmitted = { type: "rows_admitted", place, epoch: 9, targets, batch, from: null, delivery };
  return { message, record, causes };
}

const bad: BadRow = { ok: false, row: 1, line: 1, offset: 0, length: 3, rule: "not_a_number", reason: "no number" };

function batchOf(rows: readonly (GoodRow | BadRow)[]): RowBatch {
  return { ...trades(rows.length, 0), rows };
}

Deno.test("encodeRows() writes v2 as Avro bodies behind the schema id, keyed by symbol", () => {
  const { message } = admitted(trades(3, 0, (row) => row === 2 ? "RIO" : "BHP"), [target("v2")]);
  const records = [...encodeRows(message, 0, target("v2"))];
  assert.deepEqual(records.map(({ index, keyText }) => [index, keyText]), [[0, "BHP"], [1, "RIO"], [2, "BHP"]]);
  for (const { index, value, messageId, headers } of records) {
    const { schemaId, body } = parseFrame(value);
    const row = message.batch.rows[index];
    assert.ok(row?.ok);
    assert.equal(schemaId, 2);
    assert.deepEqual(codecFor("trade", "v2").decodeUnscaled(body), row.record);
    assert.deepEqual([messageId, headers], [row.messageId, []]);
  }
});

Deno.test("encodeRows() writes v1 with the message id as a header", () => {
  const { message } = admitted(trades(1, 0), [target("v1")]);
  const [record] = encodeRows(message, 0, target("v1"));
  assert.ok(record);
  const { schemaId, body } = parseFrame(record.value);
  assert.equal(schemaId, 1);
  assert.equal(codecFor("trade", "v1").decode(body).symbol, "BHP");
  assert.deepEqual(record.headers, [["message_id", uuidToBytes(record.messageId)]]);
});

Deno.test("encodeRows() refuses what cannot be written as a version, with the rule, and leaves out what its source has refused", () => {
  const [first, second] = trades(2, 0).rows;
  assert.ok(first?.ok && second?.ok && "price" in first.record);
  const precise: GoodRow = { ...first, record: { ...first.record, price: 1n } }; // eight decimals: v1 has six
  const symbol = Symbol("no text") as unknown; // what no parser gives
  const odd = { ...second, record: { ...second.record, symbol } } as GoodRow;
  const { message, record } = admitted(batchOf([precise, bad, odd]), [target("v1"), target("v2")]);
  assert.deepEqual([...encodeRows(message, 0, target("v1"))], []);
  assert.deepEqual([...encodeRows(message, 1, target("v2")).indexes], [0]);
  assert.deepEqual(record.refusals.map(({ index, target: at, rule }) => [at, index, rule]), [
    [0, 1, "not_a_number"],
    [1, 1, "not_a_number"],
    [0, 0, "lossy"],
    [0, 2, "not_encodable"],
    [1, 2, "not_encodable"],
  ]);
});

Deno.test("encodeRows() leaves out rows that have settled in an earlier attempt", () => {
  const { message, record } = admitted(trades(3, 0), [target("v2")]);
  record.states[0]?.fill(ROW.acknowledged, 1, 2);
  assert.deepEqual([...encodeRows(message, 0, target("v2")).indexes], [0, 2]);
});

Deno.test("keyOf() is the symbol, but the company of reference data", () => {
  const [row] = trades(1, 0).rows;
  assert.ok(row?.ok);
  assert.equal(keyOf("trade", row.record), "BHP");
  const company = { ...row.record, company_id: "7078" };
  assert.equal(keyOf("reference_data", company), "7078");
});

Deno.test("the converter hands each target's records to its producer, then has done its part", async () => {
  const clock = new ManualClock();
  await using actor = await startAlone(converterActor(), clock);
  const [v1, v2] = [probe<ProducerMessage>(), probe<ProducerMessage>()];
  const { message, causes, record } = admitted(trades(2, 0), [target("v1", v1.ref), target("v2", v2.ref)]);
  await actor.ref.send(message);
  await actor.idle();
  const sent = [...encodedBy(v1), ...encodedBy(v2)];
  assert.deepEqual(sent.map(({ place, epoch, timestamp }) => [place, epoch, timestamp]), [
    [message.place, 9, clock.now()],
    [message.place, 9, clock.now()],
  ]);
  assert.deepEqual([message.delivery.settled, causes], [true, []]);
  for (const { part, records } of sent) part.acknowledge(records.indexes, 0, 0n);
  assert.deepEqual(causes, [undefined]);
  assert.ok(record.states.every((states) => states.every((state) => state === ROW.acknowledged)));
});

Deno.test("the converter passes an empty batch on, so that the stream has no gap", async () => {
  await using actor = await startAlone(converterActor());
  const producer = probe<ProducerMessage>();
  const { message } = admitted(batchOf([bad]), [target("v2", producer.ref)]);
  await actor.ref.send(message);
  await actor.idle();
  assert.deepEqual(encodedBy(producer).map(({ records }) => records.length), [0]);
});

Deno.test("the converter fails on what is no bad row, and the batch goes back", async () => {
  await using actor = await startAlone(converterActor());
  const [row] = trades(1, 0).rows;
  assert.ok(row?.ok);
  const poison: GoodRow = {
    ...row,
    get record(): GoodRow["record"] {
      throw new TypeError("a bug");
    },
  };
  const { message, causes, record } = admitted(batchOf([poison]), [target("v2")]);
  await actor.ref.send(message);
  await actor.idle();
  assert.equal((causes[0] as Error).name, "ActorRestartedError");
  assert.deepEqual([...record.states[0] ?? []], [ROW.pending]);
  await actor.clock.advance(10);
  assert.equal(actor.alive, true);
});

Deno.test("the converter with verify fails on a record that is not its row's", async () => {
  const producer = probe<ProducerMessage>();
  for (const verify of [true, false]) {
    await using actor = await startAlone(converterActor({ verify }));
    const [row] = trades(1, 0).rows;
    assert.ok(row?.ok);
    // Encoded with one price, compared with another.
    let reads = 0;
    const record = {
      ...row.record,
      get price() {
        return BigInt(++reads);
      },
    };
    const { message, causes } = admitted(batchOf([{ ...row, record }]), [target("v2", producer.ref)]);
    await actor.ref.send(message);
    await actor.idle();
    const [cause] = causes;
    assert.equal(cause instanceof Error && String(cause.cause).includes("EncodingMismatchError"), verify);
  }
});

Deno.test("the converter that dies while a producer has no room gives the batch back, once", async () => {
  await using actor = await startAlone(converterActor());
  const full: ActorRef<ProducerMessage> = {
    path: "full",
    send: (_message, { signal } = {}) =>
      new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
  };
  const { message, causes } = admitted(trades(1, 0), [target("v1", full), target("v2", full)]);
  await actor.ref.send(message);
  await actor.idle();
  assert.deepEqual(causes, []);
  await actor.kill();
  assert.equal(causes.length, 1);
});
