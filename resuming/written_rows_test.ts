import assert from "node:assert/strict";
import { messageId, target } from "../tests/trades.ts";
import { IndexedRows, RowsPastCheckpoint } from "./written_rows.ts";

const [v1, v2] = [target("v1"), target("v2")];

Deno.test("RowsPastCheckpoint finds a row where it was found, as the version that was found", () => {
  const rows = new RowsPastCheckpoint(50);
  const place = { partition: 3, offset: 7n };
  rows.add(v2.topic, { messageId: messageId(1), version: "v2" }, place);
  assert.deepEqual(rows.find(v2, messageId(1)), { before: false, place });
  assert.equal(rows.find(v2, messageId(2)), null);
  assert.equal(rows.find(v1, messageId(1)), null);
  assert.equal(rows.find({ ...v1, topic: v2.topic }, messageId(1)), null, "in the same topic as another version");
  assert.equal(rows.lastRow, 50);
});

Deno.test("RowsPastCheckpoint.size counts rows, of however many topics", () => {
  const rows = new RowsPastCheckpoint(50);
  for (const { topic, version } of [v1, v2]) {
    rows.add(topic, { messageId: messageId(1), version }, { partition: 0, offset: 0n });
  }
  rows.add(v2.topic, { messageId: messageId(2), version: "v2" }, { partition: 0, offset: 1n });
  assert.equal(rows.size, 2);
});

Deno.test("IndexedRows has what the index has, as rows that were there before the load", () => {
  const index = {
    add: () => {},
    flush: () => {},
    has: (topic: string, { version }: { version: string }) => topic === v2.topic && version === "v2",
  };
  const rows = new IndexedRows(index);
  assert.deepEqual(rows.find(v2, messageId(1)), { before: true, place: null });
  assert.equal(rows.find(v1, messageId(1)), null);
  assert.equal(rows.lastRow, Infinity);
});
