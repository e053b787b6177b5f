import assert from "node:assert/strict";
import { eventText } from "./event_text.ts";
import type { RuntimeEvent } from "./events.ts";

function awaited(...records: readonly number[]): RuntimeEvent {
  const partitions = records.map((each, partition) => ({ partition, records: each }));
  return { type: "replication_awaited", stage: "sending", topic: "t", partitions, waitedMs: 3_200 };
}

Deno.test("eventText() of a wait for followers says where, how many records and what is waited for", () => {
  const wait = "on the leader and not yet on enough of its followers; waiting until they are, for 3.2 s so far";
  assert.deepEqual(eventText(awaited(15)), {
    level: "warning",
    area: "sending",
    message: `topic t, partition 0: 15 records are ${wait}`,
  });
  assert.equal(eventText(awaited(1)).message, `topic t, partition 0: 1 record is ${wait}`);
  assert.equal(eventText(awaited(15, 4)).message, `topic t, 2 partitions: 19 records are ${wait}`);
});
