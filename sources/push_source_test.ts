import assert from "node:assert/strict";
import { trade } from "../tests/trades.ts";
import { PushSource, PushSourceClosedError } from "./push_source.ts";
import type { RowBatch, RowReader } from "./source.ts";

function pushSource(capacity = 100): PushSource<string> {
  return new PushSource<string>({ id: "push", kind: "trade", exchange: "ASX", assetClass: "equities", capacity });
}

function push(source: PushSource<string>, number: number): Promise<string> {
  const record = trade(number);
  return source.push({ record, messageId: record.message_id });
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
