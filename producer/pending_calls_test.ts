import assert from "node:assert/strict";
import { ProducerFullError } from "./errors.ts";
import { PendingCalls } from "./pending_calls.ts";
import type { ProduceReceipt } from "./receipt.ts";
import type { RowCall } from "./row_call.ts";

const RECEIPT: ProduceReceipt = {
  topic: "topic",
  partition: 0,
  offset: 0n,
  schemaVersion: "v2",
  messageId: "",
  copies: [],
};

interface Bench {
  readonly pending: PendingCalls;
  readonly calls: RowCall[];
  /** How often it was told to be full. */
  readonly told: () => number;
  open(bytes?: number): Promise<ProduceReceipt>;
}

function benchOf(limit: { records?: number; bytes?: number } = {}): Bench {
  let told = 0;
  const pending = new PendingCalls({
    limit: { records: limit.records ?? Infinity, bytes: limit.bytes ?? Infinity },
    onFull: () => told++,
  });
  const calls: RowCall[] = [];
  const open = (bytes = 1) => {
    pending.requireRoom();
    return pending.open(bytes, (call) => calls.push(call));
  };
  return { pending, calls, told: () => told, open };
}

/** Lets every promise run that needs no event. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await null;
}

Deno.test("PendingCalls counts each call once, before its caller hears", async () => {
  const { pending, calls, open } = benchOf();
  const [good, bad] = [open(10), open(20)];
  assert.deepEqual([pending.records, pending.bytes], [2, 30]);
  const counts = () => [pending.records, pending.bytes, pending.acked, pending.rejected];
  calls[0]?.resolve(RECEIPT, 0);
  assert.equal(await good.then((receipt) => `${receipt.topic} ${counts()}`), "topic 1,20,1,0");
  calls[1]?.reject(new Error("no"), 0);
  assert.equal(await bad.catch((error) => `${error.message} ${counts()}`), "no 0,0,1,1");
  await assert.rejects(pending.refuse(new Error("at once")), /at once/);
  assert.deepEqual(counts(), [0, 0, 1, 2]);
});

Deno.test("PendingCalls takes no more than its records or its bytes, and one of any size while it has room", () => {
  const records = benchOf({ records: 2 });
  records.open();
  records.open();
  assert.throws(() => records.open(), (error) => error instanceof ProducerFullError && error.pending.records === 2);
  records.calls[0]?.resolve(RECEIPT, 0);
  records.open();
  const bytes = benchOf({ bytes: 100 });
  bytes.open(99);
  bytes.open(1_000_000);
  assert.throws(() => bytes.open(1), /maxPending/);
});

Deno.test("PendingCalls tells once that it is full, and again only after half of it was free", () => {
  const { pending, calls, told, open } = benchOf({ records: 4 });
  const fill = () => {
    while (!pending.full) open();
    for (let again = 0; again < 3; again++) assert.throws(open, ProducerFullError);
  };
  fill();
  calls.shift()?.resolve(RECEIPT, 0);
  fill();
  assert.equal(told(), 1);
  for (let settled = 0; settled < 3; settled++) calls.shift()?.resolve(RECEIPT, 0);
  fill();
  assert.equal(told(), 2);
});

Deno.test("PendingCalls.ready() resolves at once while there is room, and when one settles", async () => {
  const { pending, calls, open } = benchOf({ records: 1 });
  await pending.ready();
  open();
  let ready = false;
  const waiting = pending.ready().then(() => ready = true);
  await turns();
  assert.equal(ready, false);
  calls[0]?.resolve(RECEIPT, 0);
  await waiting;
});

Deno.test("PendingCalls.ready() lets in as many as there is room for, in their order, and forgets none", async () => {
  const { pending, calls, open } = benchOf({ records: 3 });
  const order: number[] = [];
  let refused = 0;
  const worker = async (number: number) => {
    // Each has async functions of its own around the call.
    await (async () => await pending.ready())();
    order.push(number);
    // Some change their mind.
    if (number % 7 === 3) return;
    try {
      open();
    } catch {
      refused += 1;
    }
  };
  const workers = Array.from({ length: 200 }, (_, number) => worker(number));
  const all = Promise.all(workers);
  for (let round = 0; round < 1_000 && order.length < 200; round++) {
    await turns();
    assert.ok(pending.records <= 3);
    calls.shift()?.resolve(RECEIPT, 0);
  }
  await all;
  assert.deepEqual(order, Array.from({ length: 200 }, (_, number) => number));
  assert.equal(refused, 0);
});

Deno.test("PendingCalls.close() rejects callers that wait, and callers that come later", async () => {
  const { pending, open } = benchOf({ records: 1 });
  open();
  const waiting = [pending.ready(), pending.ready()].map((each) => assert.rejects(each, /closed/));
  await turns();
  pending.close(new Error("closed"));
  pending.close(new Error("later"));
  await Promise.all(waiting);
  await assert.rejects(pending.ready(), /closed/);
});

Deno.test("PendingCalls.flush() waits for the calls before it and for no later one, in any order of settling", async () => {
  const { pending, calls, open } = benchOf();
  const done: string[] = [];
  const flush = (name: string) => pending.flush().then(() => done.push(name));
  const flushes = [flush("nothing")];
  open().catch(() => {});
  open();
  flushes.push(flush("two"));
  open();
  flushes.push(flush("three"), flush("three again"));
  open();
  await turns();
  assert.deepEqual(done, ["nothing"]);
  calls[2]?.resolve(RECEIPT, 0);
  calls[1]?.resolve(RECEIPT, 0);
  await turns();
  assert.deepEqual(done, ["nothing"]);
  calls[0]?.reject(new Error("no"), 0);
  await Promise.all(flushes);
  assert.deepEqual(done, ["nothing", "two", "three", "three again"]);
});
