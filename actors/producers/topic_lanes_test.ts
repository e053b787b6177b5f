import assert from "node:assert/strict";
import { frame } from "../../schemas/avro/wire.ts";
import { partitionFor } from "../../transport/partitioner.ts";
import { encodedRecordsOf, indexesOf as indexes, runsOf } from "../../tests/support/encoded_records.ts";
import { Delivery, type RowReceipt } from "../delivery/delivery.ts";
import { TopicLedger } from "./topic_ledger.ts";
import type { RecordRun } from "./record_run.ts";
import { contentOf } from "./sent_record.ts";
import { TopicLanes } from "./topic_lanes.ts";

const receipts: (readonly [number, RowReceipt])[] = [];
const record = {
  rows: 10,
  states: [new Uint8Array(10)],
  refusals: [],
  onReceipt: (index: number, _: number, receipt: RowReceipt) => receipts.push([index, receipt]),
};
const part = new Delivery(record, () => {}).openPart(0, "t", 10);

function run(rows: readonly number[], keyText = "BHP"): RecordRun {
  const given = rows.map((index) => ({ index, keyText, messageId: `id ${index}`, body: new Uint8Array([1]) }));
  const [only] = runsOf({ records: encodedRecordsOf(given, 7), timestamp: 0, epoch: 1, part });
  return only ?? assert.fail();
}

function lanesOf(partitions: number, ledger = new TopicLedger()) {
  const lanes = new TopicLanes(ledger, { maxSendBytes: 1000, partitioner: "murmur2" });
  if (partitions > 0) lanes.lay(partitions);
  return lanes;
}

Deno.test("TopicLanes places a record where Java's partitioner would, and again after the lanes are laid anew", () => {
  const lanes = lanesOf(3);
  const keys = ["BHP", "RIO", "CBA", "NAB", "MWR"];
  for (const partitions of [3, 7]) {
    keys.forEach((key, at) => lanes.place(run([at], key)));
    for (const lane of lanes) {
      const expected = keys.flatMap((key, at) =>
        partitionFor(new TextEncoder().encode(key), partitions, "murmur2") === lane.partition ? [at] : []
      );
      assert.deepEqual(indexes(lane.take(100)), expected);
    }
    lanes.takeAll();
    lanes.lay(7);
  }
});

Deno.test("TopicLanes keeps records until it has lanes, behind those that it took back", () => {
  const lanes = lanesOf(0);
  assert.equal(lanes.idle, true);
  lanes.place(run([1]));
  lanes.place(run([2]));
  assert.deepEqual([lanes.idle, lanes.count], [false, 0]);
  const waiting = lanes.takeAll();
  lanes.lay(1);
  waiting.forEach((each) => lanes.place(each));
  const [lane] = lanes;
  assert.deepEqual(indexes(lane?.take(1) ?? []), [1]);
  assert.deepEqual(indexes(lanes.takeAll()), [1, 2], "in flight first");
  assert.equal(lanes.idle, true);
});

Deno.test("TopicLanes takes back more runs than a call may have arguments", () => {
  const lanes = lanesOf(0);
  const one = run([1]);
  for (let count = 0; count < 200_000; count++) lanes.place(one);
  assert.equal(lanes.takeAll().length, 200_000);
});

Deno.test("TopicLanes acknowledges what is in the log instead of queueing it, also under another schema id", () => {
  const ledger = new TopicLedger();
  const lanes = lanesOf(1, ledger);
  const found = (messageId: string, body: number, offset: bigint) => {
    const content = contentOf(frame(8, new Uint8Array([body])));
    return { messageId, source: null, content, partition: 0, schemaId: 8, offset };
  };
  const records = [found("id 3", 1, 99n), found("id 4", 2, 100n), found("id 5", 1, 101n)];
  ledger.sendStarted(0, () => records);
  ledger.found(0, records, 102n);
  lanes.place(run([1, 3, 2, 4, 0, 5]));
  lanes.place(run([6]));
  assert.deepEqual(receipts, [
    [3, { topic: "t", partition: 0, offset: 99n }],
    [5, { topic: "t", partition: 0, offset: 101n }],
  ]);
  assert.deepEqual(indexes(lanes.takeAll()), [1, 2, 4, 0, 6]);
});

Deno.test("TopicLanes.stalled() names the sends that wait too long, and for how long", () => {
  const lanes = lanesOf(3);
  const [first, second] = lanes;
  assert.ok(first && second);
  assert.deepEqual([lanes.stalled(1000, 10), lanes.sendingSince], [null, null]);
  first.sendingSince = 5;
  second.sendingSince = 95;
  assert.deepEqual([lanes.sending, lanes.sendingSince], [true, 5]);
  assert.equal(lanes.stalled(14, 10), null);
  assert.deepEqual(lanes.stalled(100, 10), { partitions: [0], waitedMs: 95 });
  assert.deepEqual(lanes.stalled(105, 10), { partitions: [0, 1], waitedMs: 100 });
});
