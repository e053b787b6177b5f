import assert from "node:assert/strict";
import { ROW } from "./delivery.ts";
import { RowCounts, rowState } from "./row_counts.ts";

const { acknowledged, refused, skipped } = ROW;
const BOTH = [
  { version: "v1", states: Uint8Array.of(acknowledged, refused, skipped, skipped, refused) },
  { version: "v2", states: Uint8Array.of(acknowledged, acknowledged, acknowledged, skipped, skipped) },
];

Deno.test("rowState() is refused if any target refused the row, skipped if all had it, else acknowledged", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((index) => rowState(BOTH, index)),
    [acknowledged, refused, acknowledged, skipped, refused],
  );
});

Deno.test("RowCounts.ofBatch() counts each row once, and each version by itself", () => {
  const counts = RowCounts.ofBatch(5, BOTH);
  assert.deepEqual(counts.stored(), {
    read: 5,
    acked: 2,
    dead_lettered: 2,
    duplicates_skipped: 1,
    versions: {
      v1: { acked: 1, dead_lettered: 2, duplicates_skipped: 2 },
      v2: { acked: 3, dead_lettered: 0, duplicates_skipped: 2 },
    },
  });
});

Deno.test("RowCounts.of() continues from a checkpoint, which later rows do not change", () => {
  const before = RowCounts.ofBatch(5, BOTH).stored();
  const counts = RowCounts.of(before);
  counts.add(RowCounts.ofBatch(2, [{ version: "v2", states: Uint8Array.of(acknowledged, refused) }]));
  assert.equal(counts.settled, 7);
  assert.deepEqual([counts.acked, counts.dead_lettered, counts.duplicates_skipped], [3, 3, 1]);
  assert.deepEqual(counts.stored().versions["v2"], { acked: 4, dead_lettered: 1, duplicates_skipped: 2 });
  assert.deepEqual(before, RowCounts.ofBatch(5, BOTH).stored());
});
