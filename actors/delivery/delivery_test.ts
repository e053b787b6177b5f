import assert from "node:assert/strict";
import { Delivery, OutOfSequenceError, ROW, type RowReceipt, type RowStates, TopicParkedError } from "./delivery.ts";
import { PartitionMarks } from "./partition_marks.ts";

function deliveryOf(rows: number, targets = 1) {
  const receipts: [number, number, RowReceipt][] = [];
  const record: RowStates = {
    rows,
    states: Array.from({ length: targets }, () => new Uint8Array(rows)),
    refusals: [],
    onReceipt: (index, target, receipt) => receipts.push([index, target, receipt]),
  };
  const causes: unknown[] = [];
  return { record, receipts, causes, delivery: new Delivery(record, (cause) => causes.push(cause)) };
}

Deno.test("Delivery completes without a cause when the converter has finished and every row is acknowledged", () => {
  const { delivery, causes, receipts } = deliveryOf(2);
  const part = delivery.openPart(0, "topic", 2);
  part.acknowledge([1], 3, 7n);
  delivery.finish();
  assert.deepEqual([part.settled, causes], [false, []], "a row is open");
  part.acknowledge([0], 3, 8n);
  assert.deepEqual([part.settled, causes], [true, [undefined]]);
  assert.deepEqual(receipts, [
    [1, 0, { topic: "topic", partition: 3, offset: 7n }],
    [0, 0, { topic: "topic", partition: 3, offset: 8n }],
  ]);
});

Deno.test("Delivery waits for the converter although every part that it has opened is settled", () => {
  const { delivery, causes } = deliveryOf(1, 2);
  delivery.openPart(0, "v1", 1).acknowledge([0], 0, 0n);
  assert.deepEqual(causes, []);
  const second = delivery.openPart(1, "v2", 1);
  delivery.finish();
  assert.deepEqual(causes, []);
  second.acknowledge([0], 0, 0n);
  assert.deepEqual(causes, [undefined]);
});

Deno.test("Delivery settles a part without rows at once", () => {
  const { delivery, causes } = deliveryOf(1);
  const part = delivery.openPart(0, "topic", 0);
  part.settleIfEmpty();
  delivery.finish();
  assert.equal(part.settled, true);
  assert.deepEqual(causes, [undefined]);
});

Deno.test("TopicPart.acknowledge() and refuse() count a row once, in either order", () => {
  const { delivery, record, receipts } = deliveryOf(2);
  const part = delivery.openPart(0, "topic", 2);
  part.acknowledge([0], 0, 5n);
  part.acknowledge([0], 0, 6n);
  part.refuse(0, "message_too_large", "late");
  assert.equal(part.settled, false, "row 1 is open still");
  part.refuse(1, "message_too_large", "it has 2 MB");
  part.acknowledge([1], 0, 7n);
  assert.equal(part.settled, true);
  assert.deepEqual([...record.states[0] ?? []], [ROW.acknowledged, ROW.refused]);
  assert.deepEqual(record.refusals, [{ index: 1, target: 0, rule: "message_too_large", reason: "it has 2 MB" }]);
  assert.equal(receipts.length, 1);
});

Deno.test("TopicPart.acknowledge() settles the rows that are pending, each with its own offset", () => {
  const { record, receipts, causes } = deliveryOf(5);
  const marks = new PartitionMarks();
  const delivery = new Delivery({ ...record, marks: [marks] }, (cause) => causes.push(cause));
  const part = delivery.openPart(0, "topic", 4);
  delivery.finish();
  part.refuse(2, "message_too_large", "it has 2 MB");
  part.acknowledge(new Int32Array([1, 2, 4]), 3, 70n);
  assert.deepEqual([...record.states[0] ?? []], [0, ROW.acknowledged, ROW.refused, 0, ROW.acknowledged]);
  assert.deepEqual(receipts.map(([index, , { partition, offset }]) => [index, partition, offset]), [
    [1, 3, 70n],
    [4, 3, 72n],
  ]);
  assert.deepEqual([...marks.entries()], [[3, 73n]]);
  part.acknowledge(new Int32Array([1, 2, 4]), 3, 80n);
  assert.deepEqual([[...marks.entries()], causes], [[[3, 73n]], []], "nothing of that was pending any more");
  part.acknowledge(new Int32Array([0]), 3, 90n);
  assert.deepEqual(causes, [undefined]);
});

Deno.test("Delivery.refuse() settles a row for one target only", () => {
  const { delivery, record } = deliveryOf(1, 2);
  delivery.refuse({ index: 0, target: 0, rule: "lossy", reason: "six decimals" });
  delivery.refuse({ index: 0, target: 0, rule: "lossy", reason: "again" });
  assert.deepEqual([delivery.isPending(0, 0), delivery.isPending(1, 0)], [false, true]);
  assert.equal(record.refusals.length, 1);
});

Deno.test("TopicPart.fail() leaves rows pending and tells the graver of several causes", () => {
  const order = new OutOfSequenceError("order");
  const crash = new Error("producer died");
  const parked = new TopicParkedError("t", new Error("no right to write"));
  for (
    const [causes, gravest] of [
      [[order, crash], crash],
      [[crash, order], crash],
      [[order, parked, crash], parked],
    ] as const
  ) {
    const { delivery, causes: told, record } = deliveryOf(1, causes.length);
    causes.forEach((cause, target) => delivery.openPart(target, "t", 1).fail(cause));
    delivery.finish();
    assert.deepEqual(told, [gravest]);
    assert.ok(record.states.every((states) => states[0] === ROW.pending));
  }
  assert.match(parked.message, /^Topic "t" is parked: no right to write$/);
});

Deno.test("Delivery that failed completes when the parts that were handed over are settled", () => {
  const { delivery, causes, record } = deliveryOf(2, 2);
  const part = delivery.openPart(0, "topic", 2);
  const crash = new Error("converter died");
  delivery.fail(crash);
  assert.deepEqual(causes, [], "the producer has the part still");
  part.acknowledge([0], 0, 0n);
  part.acknowledge([1], 0, 1n);
  assert.deepEqual(causes, [crash]);
  assert.deepEqual([...record.states[0] ?? []], [ROW.acknowledged, ROW.acknowledged]);
});

Deno.test("Delivery completes once, also if a killed converter continues with it", () => {
  const { delivery, causes } = deliveryOf(1, 2);
  delivery.fail(new Error("converter died"));
  assert.equal(causes.length, 1);
  const late = delivery.openPart(1, "v2", 1);
  late.fail(new Error("no mailbox took it"));
  delivery.finish();
  delivery.fail(new Error("again"));
  assert.equal(causes.length, 1);
});
