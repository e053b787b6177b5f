import assert from "node:assert/strict";
import type { TopicPart } from "./delivery.ts";
import { Delivery } from "./delivery.ts";
import type { LaneEntry } from "./lane_entry.ts";
import { PartitionLane } from "./partition_lane.ts";

const part: TopicPart = new Delivery({ rows: 0, states: [], refusals: [] }, () => {}).openPart(0, "t", 0);

function entry(index: number, options: { bytes?: number; epoch?: number } = {}): LaneEntry {
  const { bytes = 10, epoch = 1 } = options;
  const record = { key: null, value: null, timestamp: 0 };
  return { ...record, keyText: "BHP", messageId: String(index), bytes, epoch, index, part };
}

const indexes = (entries: readonly LaneEntry[]) => entries.map(({ index }) => index);

Deno.test("PartitionLane gives sends in order, bounded by records and bytes, at least one record", () => {
  const lane = new PartitionLane(0, 25);
  for (let at = 0; at < 5; at++) lane.push(entry(at, { bytes: at === 4 ? 99 : 10 }));
  assert.deepEqual(indexes(lane.take(10)), [0, 1], "by bytes");
  assert.deepEqual(indexes(lane.take(1)), [2], "by records");
  assert.deepEqual(indexes(lane.take(10)), [3]);
  assert.deepEqual(indexes(lane.take(10)), [4], "a record that is larger than the bound goes alone");
  assert.deepEqual(indexes(lane.take(10)), []);
});

Deno.test("PartitionLane never mixes epochs in one send", () => {
  const lane = new PartitionLane(0, 1000);
  for (let at = 0; at < 4; at++) lane.push(entry(at, { epoch: at < 3 ? 1 : 2 }));
  assert.deepEqual(indexes(lane.take(10)), [0, 1, 2]);
  assert.deepEqual(indexes(lane.take(10)), [3]);
});

Deno.test("PartitionLane.drainAll() gives what is in flight before what is queued", () => {
  const lane = new PartitionLane(0, 1000);
  for (let at = 0; at < 4; at++) lane.push(entry(at));
  lane.take(2);
  assert.equal(lane.idle, false);
  assert.deepEqual(indexes(lane.drainAll()), [0, 1, 2, 3]);
  assert.equal(lane.idle, true);
});

Deno.test("PartitionLane.drainAll() leaves what is being sent", () => {
  const lane = new PartitionLane(0, 1000);
  for (let at = 0; at < 4; at++) lane.push(entry(at));
  lane.take(2);
  lane.sendingSince = 0;
  assert.deepEqual(indexes(lane.drainAll()), [2, 3]);
  assert.deepEqual(indexes(lane.inFlight), [0, 1]);
  assert.equal(lane.idle, false);
});

Deno.test("PartitionLane keeps little that has left it, even if it never runs empty", () => {
  const lane = new PartitionLane(0, 1000);
  for (let round = 0; round < 1000; round++) {
    for (let at = 0; at < 20; at++) lane.push(entry(at));
    lane.take(round === 0 ? 10 : 20);
    assert.ok(lane.held <= 2 * 30 + 20, `${lane.held} entries are held after round ${round}`);
  }
});
