import assert from "node:assert/strict";
import { letterOf } from "../../tests/support/checkpoints.ts";
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
  settled.forgetLetters(stored);
  assert.deepEqual(stored.map(({ row }) => row), [9, 2], "what is being stored does not change");
  assert.deepEqual(settled.letters.map(({ row }) => row), [4]);
});

Deno.test("SettledRows.append() sets the letter of a half row apart once its whole has settled, and no other", () => {
  const settled = new SettledRows();
  settled.addLetters([letterOf(3), letterOf(4)]);
  const stored = settled.letters;
  const whole = new SettledRows(new RowCounts(), new Set([4]));
  whole.addLetters([letterOf(4), letterOf(5)]);
  settled.append(whole);
  assert.deepEqual(settled.letters.map(({ row }) => row), [3, 4, 5]);
  assert.deepEqual(settled.superseded, [stored[1]]);
  settled.forgetLetters(stored);
  assert.deepEqual(settled.letters.map(({ row }) => row), [4, 5], "the whole row's own letter stays");
  assert.deepEqual(settled.superseded, []);
});
