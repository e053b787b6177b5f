import assert from "node:assert/strict";
import { RowConflictError } from "../../actors/delivery/already_written.ts";
import { messageId, target, trade } from "../../tests/support/trades.ts";
import { type FoundRow, RowsPastCheckpoint } from "./rows_past_checkpoint.ts";

const [v1, v2] = [target("v1"), target("v2")];

const found = (row: number, changes: Partial<FoundRow> = {}): FoundRow => ({
  row,
  messageId: messageId(row),
  version: "v2",
  partition: 3,
  offset: BigInt(row),
  key: null,
  ...changes,
});
const sought = (row: number, id: number | null = row, key = "BHP") => ({
  row,
  messageId: id === null ? null : messageId(id),
  key,
  record: () => id === null ? null : trade(1),
});

Deno.test("RowsPastCheckpoint finds a row by its number, where it was found, as the version that was found", () => {
  const rows = new RowsPastCheckpoint(50, { kind: "trade", place: 0 });
  rows.add(v2.topic, found(1));
  assert.partialDeepStrictEqual(rows.take(v2, sought(1)), { before: false, place: { partition: 3, offset: 1n } });
  assert.equal(rows.take(v2, sought(2)), null);
  assert.equal(rows.take(v2, sought(2, 1)), null, "another row of the same id");
  assert.equal(rows.take(v1, sought(1)), null);
  assert.equal(rows.take({ ...v1, topic: v2.topic }, sought(1)), null, "in the same topic as another version");
  assert.equal(rows.lastRow, 50);
});

Deno.test("RowsPastCheckpoint refuses a row that is another message than the one that was found", () => {
  const rows = new RowsPastCheckpoint(50, { kind: "trade", place: 0 });
  rows.add(v2.topic, found(1));
  for (const id of [2, null]) assert.throws(() => rows.take(v2, sought(1, id)), RowConflictError);
  assert.throws(() => rows.add(v2.topic, found(1, { messageId: messageId(2) })), RowConflictError);
});

Deno.test("RowsPastCheckpoint keeps the first place of a row that is there twice", () => {
  const rows = new RowsPastCheckpoint(50, { kind: "trade", place: 0 });
  for (const offset of [7n, 5n, 9n]) rows.add(v2.topic, found(1, { offset }));
  assert.equal(rows.take(v2, sought(1))?.place?.offset, 5n);
});

Deno.test("RowsPastCheckpoint.size counts rows, of however many topics", () => {
  const rows = new RowsPastCheckpoint(50, { kind: "trade", place: 0 });
  for (const { topic, version } of [v1, v2]) rows.add(topic, found(1, { version }));
  rows.add(v2.topic, found(2));
  assert.equal(rows.size, 2);
});

Deno.test("RowsPastCheckpoint takes a row for written whose key has a later one in a topic that keeps only that", () => {
  const rows = new RowsPastCheckpoint(50, { kind: "trade", place: 0 });
  rows.add(v2.topic, found(7, { key: "BHP" }));
  rows.add(v2.topic, found(5, { key: "RIO" }));
  rows.add(v2.topic, found(6, { key: null }));
  assert.deepEqual(rows.take(v2, sought(4)), { before: false, place: null });
  assert.equal(rows.take(v2, sought(8)), null);
  assert.equal(rows.take(v2, sought(6, 6, "RIO"))?.place?.offset, 6n);
  assert.equal(rows.take(v2, sought(4, 4, "FMG")), null);
  assert.equal(rows.take(v2, sought(4, null, "BHP")), null, "a row that is no record");
});
