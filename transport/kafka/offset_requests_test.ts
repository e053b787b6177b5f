import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { listOffsetsAnswer, logEndAnswer } from "./_answers.ts";
import { EARLIEST_TIMESTAMP, listOffsetsRequest, logEndRequest, type PartitionOffset } from "./offset_requests.ts";

const PARTITIONS = [{ partition: 1, leaderEpoch: 7 }, { partition: 4, leaderEpoch: 9 }];
const ANSWERS: readonly PartitionOffset[] = [
  { partition: 1, error: 0, offset: 12n, leaderEpoch: 7 },
  { partition: 4, error: 74, offset: -1n, leaderEpoch: -1 },
];

const bytesOf = (request: { encode(): readonly Buffer[] }) => Buffer.concat([...request.encode()]).toString("hex");

Deno.test("listOffsetsRequest names the leader's epoch beside each partition, and keeps each partition's error", () => {
  const request = listOffsetsRequest("tt", { partitions: PARTITIONS, timestamp: EARLIEST_TIMESTAMP });
  assert.equal(
    bytesOf(request),
    "ffffffff" + "00" + "00000001" + "00027474" + "00000002" +
      "00000001" + "00000007" + "fffffffffffffffe" +
      "00000004" + "00000009" + "fffffffffffffffe",
  );
  assert.deepEqual(request.decode(listOffsetsAnswer("tt", ANSWERS)), ANSWERS);
});

Deno.test("logEndRequest asks a leader of this epoch, and no other one, where this epoch ends", () => {
  const request = logEndRequest("tt", PARTITIONS);
  assert.equal(
    bytesOf(request),
    "ffffffff" + "00000001" + "00027474" + "00000002" +
      "00000001" + "00000007" + "00000007" +
      "00000004" + "00000009" + "00000009",
  );
  assert.deepEqual(request.decode(logEndAnswer("tt", ANSWERS)), ANSWERS);
});
