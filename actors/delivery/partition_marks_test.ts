import assert from "node:assert/strict";
import { PartitionMarks } from "./partition_marks.ts";

function marksOf(...records: readonly (readonly [partition: number, offset: bigint])[]): PartitionMarks {
  const marks = new PartitionMarks();
  for (const [partition, offset] of records) marks.raise(partition, offset);
  return marks;
}

const sorted = (marks: PartitionMarks) => [...marks.entries()].sort(([one], [other]) => one - other);

Deno.test("PartitionMarks.entries() gives one past the highest offset of each partition, in any order of arrival", () => {
  assert.deepEqual(sorted(marksOf([2, 5n], [0, 0n], [2, 4n], [0, 3n], [0, 2n], [2, 6n])), [[0, 4n], [2, 7n]]);
  assert.deepEqual(sorted(marksOf([1, 9n], [0, 1n], [1, 3n])), [[0, 2n], [1, 10n]], "a lower one later lowers nothing");
  assert.deepEqual(sorted(new PartitionMarks()), []);
});

Deno.test("PartitionMarks.merge() takes the higher mark of each partition", () => {
  const marks = marksOf([0, 4n], [1, 7n]);
  marks.merge(marksOf([1, 3n], [0, 8n], [3, 0n]));
  assert.deepEqual(sorted(marks), [[0, 9n], [1, 8n], [3, 1n]]);
});

Deno.test("PartitionMarks.raised() moves a checkpoint's offsets on, never back, and knows partitions that were added", () => {
  const before = [10n, 3n];
  assert.deepEqual(marksOf([0, 4n], [1, 7n], [3, 1n]).raised(before), [10n, 8n, 0n, 2n]);
  assert.deepEqual(before, [10n, 3n]);
  assert.deepEqual(new PartitionMarks().raised(before), before);
});
