import assert from "node:assert/strict";
import { letterOf } from "../tests/checkpoints.ts";
import { ROW } from "./delivery.ts";
import { RowCounts } from "./row_counts.ts";
import { SettledRows } from "./settled_rows.ts";

const acked = (rows: number) =>
  RowCounts.ofBatch(rows, [{ version: "v2", states: new Uint8Array(rows).fill(ROW.acknowledged) }]);

Deno.test("SettledRows.append() adds numbers, offsets and letters of rows that stand after", () => {
  const [one, other] = [new SettledRows(acked(3)), new SettledRows(acked(2))];
  one.marksOf("a").raise(0, 4n);
  other.marksOf("a").raise(0, 6n);
  other.marksOf("b").raise(1, 0n);
  one.addLetters([letterOf(1)]);
  other.addLetters([letterOf(5)]);
  one.append(other);
  assert.equal(one.counts.acked, 5);
  assert.deepEqual([...one.marksOf("a").entries()], [[0, 7n]]);
  assert.deepEqual([...one.marksOf("b").entries()], [[1, 1n]]);
  assert.deepEqual(one.letters.map(({ row }) => row), [1, 5]);
});

Deno.test("SettledRows.forgetLetters() keeps those that came while the others were being stored", () => {
  const settled = new SettledRows();
  settled.addLetters([letterOf(9), letterOf(2)]);
  const stored = settled.letters;
  settled.addLetters([letterOf(4)]);
  settled.forgetLetters(stored.length);
  assert.deepEqual(stored.map(({ row }) => row), [9, 2], "what is being stored does not change");
  assert.deepEqual(settled.letters.map(({ row }) => row), [4]);
});
