import assert from "node:assert/strict";
import { encodedRecordsOf, indexesOf as indexes, runsOf } from "../../tests/support/encoded_records.ts";
import { Delivery, type TopicPart } from "../delivery/delivery.ts";
import { PartitionLane } from "./partition_lane.ts";
import type { RecordRun } from "./record_run.ts";

const part: TopicPart = new Delivery({ rows: 0, states: [], refusals: [] }, () => {}).openPart(0, "t", 0);
/** What a run counts for a record of one byte: overhead, the key BHP, the frame and the byte. */
const RECORD = 80 + 3 + 5 + 1;

/** Runs of such records, with `from` and so on as the indexes of their rows. */
function run(from: number, count: number, options: { bytes?: number; epoch?: number } = {}): RecordRun {
  const { bytes = 1, epoch = 1 } = options;
  const given = Array.from({ length: count }, (_, at) => ({
    index: from + at,
    keyText: "BHP",
    messageId: String(from + at),
    body: new Uint8Array(bytes),
  }));
  const [only] = runsOf({ records: encodedRecordsOf(given, 2), timestamp: 0, epoch, part });
  return only ?? assert.fail();
}

Deno.test("PartitionLane gives sends in order, bounded by records and bytes, at least one record", () => {
  const lane = new PartitionLane(0, 2 * RECORD);
  lane.push(run(0, 1));
  lane.push(run(1, 3));
  lane.push(run(4, 1, { bytes: 3 * RECORD }));
  lane.push(run(5, 1));
  assert.deepEqual(indexes(lane.take(10)), [0, 1], "by bytes");
  assert.deepEqual(indexes(lane.take(1)), [2], "by records");
  assert.deepEqual(indexes(lane.take(10)), [3]);
  assert.deepEqual(indexes(lane.take(10)), [4], "a record that is larger than the bound goes alone");
  assert.deepEqual(indexes(lane.take(10)), [5]);
  assert.deepEqual(indexes(lane.take(10)), []);
});

Deno.test("PartitionLane never mixes epochs in one send", () => {
  const lane = new PartitionLane(0, 100 * RECORD);
  for (let at = 0; at < 4; at++) lane.push(run(at, 1, { epoch: at < 3 ? 1 : 2 }));
  assert.deepEqual(indexes(lane.take(10)), [0, 1, 2]);
  assert.deepEqual(indexes(lane.take(10)), [3]);
});

Deno.test("PartitionLane.drainAll() gives what is in flight before what is queued", () => {
  const lane = new PartitionLane(0, 100 * RECORD);
  lane.push(run(0, 3));
  lane.push(run(3, 1));
  lane.take(2);
  assert.equal(lane.idle, false);
  assert.deepEqual(indexes(lane.drainAll()), [0, 1, 2, 3]);
  assert.equal(lane.idle, true);
});

Deno.test("PartitionLane.drainAll() leaves what is being sent", () => {
  const lane = new PartitionLane(0, 100 * RECORD);
  lane.push(run(0, 3));
  lane.push(run(3, 1));
  lane.take(2);
  lane.sendingSince = 0;
  assert.deepEqual(indexes(lane.drainAll()), [2, 3]);
  assert.deepEqual(indexes(lane.inFlight), [0, 1]);
  assert.equal(lane.idle, false);
});

Deno.test("PartitionLane keeps little that has left it, even if it never runs empty", () => {
  const lane = new PartitionLane(0, 100 * RECORD);
  for (let round = 0; round < 1000; round++) {
    for (let at = 0; at < 20; at++) lane.push(run(at, 1));
    lane.take(round === 0 ? 10 : 20);
    assert.ok(lane.held <= 2 * 30 + 20, `${lane.held} runs are held after round ${round}`);
  }
});

Deno.test("PartitionLane.shrink() halves the bytes of later sends, until there is one record that cannot be halved", () => {
  const lane = new PartitionLane(0, 100 * RECORD);
  lane.push(run(0, 6));
  const sends: number[][] = [];
  do {
    lane.drainAll().forEach((each) => lane.push(each));
    sends.push(indexes(lane.take(10)));
  } while (lane.shrink());
  assert.deepEqual(sends, [[0, 1, 2, 3, 4, 5], [0, 1, 2], [0]]);
});
