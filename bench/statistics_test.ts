import assert from "node:assert/strict";
import { medianOf, rotated, spreadOf } from "./statistics.ts";

Deno.test("medianOf() is the middle value, and the mean of the two in the middle of an even number", () => {
  assert.equal(medianOf([9, 1, 5]), 5);
  assert.equal(medianOf([10, 1, 2, 4]), 3);
  assert.equal(medianOf([7]), 7);
  assert.throws(() => medianOf([]), RangeError);
});

Deno.test("medianOf() sorts by value and leaves the list as it was", () => {
  const values = [100, 9, 20];
  assert.equal(medianOf(values), 20);
  assert.deepEqual(values, [100, 9, 20]);
});

Deno.test("spreadOf() gives median, smallest, largest and count, and null without values", () => {
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3, count: 3 });
  assert.equal(spreadOf([]), null);
});

Deno.test("rotated() begins one later with each round, and wraps around", () => {
  assert.deepEqual([0, 1, 2, 3].map((by) => rotated(["a", "b", "c"], by).join("")), ["abc", "bca", "cab", "abc"]);
  assert.deepEqual(rotated([], 5), []);
});
