import assert from "node:assert/strict";
import { RecordError } from "../records/errors.ts";
import { trade } from "../tests/support/trades.ts";
import { PushSource, PushSourceClosedError } from "./push_source.ts";
import type { Dataset, RowBatch, RowReader } from "./source.ts";

function pushSource(capacity = 100, after?: Promise<void>): PushSource<string> {
  return new PushSource<string>({
    id: "push",
    kind: "trade",
    exchange: "ASX",
    assetClass: "equities",
    capacity,
    after,
  });
}

function push(source: PushSource<string>, number: number): Promise<string> {
  const record = trade(number);
  return new Promise((resolve, reject) => source.push(record, { call: { resolve, reject } }));
}

function pushed(source: PushSource<string>, count: number): Promise<string>[] {
  return Array.from({ length: count }, (_, at) => push(source, at + 1));
}

async function rowsOf(reader: RowReader, maxRows = 10): Promise<number[]> {
  return (await reader.next(maxRows))?.rows.map(({ row }) => row) ?? [];
}

/** Has the promise settled once everything that needs no time has run? */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.finally(() => done = true).catch(() => {});
  await new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  return done;
}

Deno.test("PushSource gives rows in the order of the calls, numbered from 1, in batches of at most what is asked for", async () => {
  const source = pushSource();
  pushed(source, 5);
  const reader = await source.open();
  const first: RowBatch | null = await reader.next(3);
  assert.deepEqual(first?.rows.map(({ row }) => row), [1, 2, 3]);
  assert.deepEqual([first?.from.row, first?.next.row, first?.kind], [0, 3, "trade"]);
  const [row] = first?.rows ?? [];
  assert.ok(row?.ok);
  assert.equal(row.messageId, row.record.message_id);
  assert.equal(first?.raw(row).length, 0);
  assert.deepEqual(await rowsOf(reader, 3), [4, 5]);
});

Deno.test("PushSource.push() settles with the row's receipt, or with why it was refused", async () => {
  const source = pushSource();
  const calls = pushed(source, 3);
  source.settle(2, "second");
  source.refuse(1, new Error("bad"));
  assert.equal(await calls[1], "second");
  await assert.rejects(calls[0] ?? Promise.resolve(), /bad/);
  assert.equal(await settled(calls[2] ?? Promise.resolve()), false);
  source.settle(2, "again");
  source.settle(3, "third");
  assert.equal(await calls[2], "third");
});

Deno.test("PushSource gives rows of different datasets in batches of their own, in the order of the calls", async () => {
  const source = pushSource();
  const quotes: Dataset = { kind: "quote", exchange: "ASX", assetClass: "equities" };
  for (const [at, dataset] of [undefined, undefined, quotes, undefined, quotes, quotes].entries()) {
    const record = trade(at);
    source.push(record, { dataset });
  }
  source.close();
  const reader = await source.open();
  const batches = [];
  for (let batch = await reader.next(10); batch !== null; batch = await reader.next(10)) batches.push(batch);
  assert.deepEqual(batches.map(({ kind, dataset, rows }) => [kind, dataset, rows.map(({ row }) => row)]), [
    ["trade", undefined, [1, 2]],
    ["quote", quotes, [3]],
    ["trade", undefined, [4]],
    ["quote", quotes, [5, 6]],
  ]);
});

Deno.test("PushSource gives no row before what it is to wait for has ended, however that ends", async () => {
  for (const fails of [false, true]) {
    const before = Promise.withResolvers<void>();
    const source = pushSource(100, before.promise);
    push(source, 1);
    source.close();
    const reader = await source.open();
    const next = rowsOf(reader);
    assert.equal(await settled(next), false);
    if (fails) before.reject(new Error("it failed"));
    else before.resolve();
    assert.deepEqual(await next, [1]);
    assert.equal(await reader.next(10), null);
  }
});

Deno.test("PushSource.fail() ends a reader that waits for what is before it, and tells each row its own cause", async () => {
  const source = pushSource(100, new Promise(() => {}));
  const calls = pushed(source, 2);
  const next = (await source.open()).next(10);
  source.fail(new Error("all"), (row) => new Error(`row ${row}`));
  await assert.rejects(calls[0] ?? Promise.resolve(), /row 1/);
  await assert.rejects(calls[1] ?? Promise.resolve(), /row 2/);
  await assert.rejects(push(source, 3), /all/);
  assert.equal(await next, null);
});

Deno.test("PushSource readers wait for rows, and hear of the end", async () => {
  const source = pushSource();
  const reader = await source.open();
  const next = rowsOf(reader);
  assert.equal(await settled(next), false);
  push(source, 1);
  assert.deepEqual(await next, [1]);
  const end = reader.next(10);
  assert.equal(await settled(end), false);
  source.close();
  assert.equal(await end, null);
});

Deno.test("PushSource.open() gives a second reader the rows from its position on that have not settled", async () => {
  const source = pushSource();
  pushed(source, 6);
  const reader = await source.open();
  const first = await reader.next(2);
  await reader.next(3);
  await reader.close();
  source.settle(4, "early");
  const again = await source.open(first?.next);
  assert.deepEqual(await rowsOf(again), [3, 5, 6]);
});

Deno.test("PushSource reader.close() ends a read that waits, and leaves the rows to others", async () => {
  const source = pushSource();
  const reader = await source.open();
  const next = reader.next(10);
  await reader.close();
  assert.equal(await next, null);
  push(source, 1);
  assert.deepEqual(await rowsOf(await source.open()), [1]);
});

Deno.test("PushSource.close() lets readers read what is there and refuses what comes", async () => {
  const source = pushSource();
  const call = push(source, 1);
  source.close();
  await assert.rejects(push(source, 2), PushSourceClosedError);
  const reader = await source.open();
  assert.deepEqual(await rowsOf(reader), [1]);
  assert.equal(await reader.next(10), null);
  source.settle(1, "late but there");
  assert.equal(await call, "late but there");
});

Deno.test("PushSource.fail() rejects what has not settled and what comes, ends readers and lets waiting callers go", async () => {
  const source = pushSource(2);
  const calls = pushed(source, 2);
  const reader = await source.open();
  await reader.next(10);
  const waiting = reader.next(10);
  const room = source.room();
  const boom = new Error("boom");
  source.fail(boom);
  source.fail(new Error("a later reason"));
  for (const call of [...calls, push(source, 3)]) await assert.rejects(call, (cause) => cause === boom);
  assert.equal(await waiting, null);
  await room;
});

Deno.test("PushSource.room() resolves when a row settles, not while the source is full", async () => {
  const source = pushSource(3);
  await source.room();
  pushed(source, 4);
  assert.equal(source.full, true);
  const room = source.room();
  source.settle(1, "one");
  assert.equal(await settled(room), false, "three are left, and three is full");
  source.settle(3, "three");
  assert.equal(await settled(room), true);
  assert.equal(source.full, false);
});

Deno.test("PushSource.settled() forgets the rows that nothing waits for, and makes room", async () => {
  const source = pushSource(2);
  source.push(trade(1));
  const call = push(source, 2);
  source.push(trade(3));
  const batch = await (await source.open()).next(2);
  assert.ok(batch !== null);
  source.settled(batch.next);
  assert.equal(source.full, true);
  assert.deepEqual(await rowsOf(await source.open()), [2, 3], "row 2 waits for its receipt");
  source.settle(2, "second");
  assert.equal(await call, "second");
  assert.equal(source.full, false);
  source.settled({ ...batch.next, row: 3 });
  assert.equal(source.idle(), true);
});

Deno.test("PushSource.pushRaw() makes a bad row of what cannot be a record, with its bytes", async () => {
  const source = pushSource();
  source.pushRaw("good", () => trade(1));
  source.pushRaw(new TextEncoder().encode("bad"), () => {
    throw new RecordError("not_a_number", { field: "price", value: "bad" });
  });
  assert.throws(() => source.pushRaw("bug", () => assert.fail("a bug")), /a bug/);
  const batch = await (await source.open()).next(10);
  assert.ok(batch !== null);
  const texts = batch.rows.map((row) => new TextDecoder().decode(batch.raw(row)));
  assert.deepEqual([texts, batch.rows.map(({ ok, length }) => [ok, length])], [["good", "bad"], [[true, 4], [
    false,
    3,
  ]]]);
  const [, bad] = batch.rows;
  assert.ok(bad?.ok === false && bad.rule === "not_a_number" && /price/.test(bad.reason));
});

Deno.test("PushSource.push() throws what there is no call to tell", () => {
  const source = pushSource();
  source.close();
  assert.throws(() => source.push(trade(1)), PushSourceClosedError);
  source.fail(new Error("boom"));
  assert.throws(() => source.pushRaw("late", () => trade(2)), /boom/);
});
