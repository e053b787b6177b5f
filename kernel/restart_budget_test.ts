import assert from "node:assert/strict";
import fc from "fast-check";
import { ChildBudget } from "./restart_budget.ts";

Deno.test("K9 ChildBudget counts failures that are younger than its period", () => {
  const budget = new ChildBudget({ intensity: 2, periodMs: 1_000 });
  assert.deepEqual([0, 400].map((now) => budget.spend(now)), [true, true]);
  assert.deepEqual([999, 1_000, 1_399, 1_400].map((now) => budget.left(now)), [0, 1, 1, 2]);
});

Deno.test("K9 ChildBudget allows intensity failures, and says of the next how many there were in what time", () => {
  const budget = new ChildBudget({ intensity: 3, periodMs: 1_000 });
  assert.deepEqual([1, 2, 3, 40].map((now) => budget.spend(now)), [true, true, true, false]);
  assert.deepEqual(budget.spent, { failures: 4, withinMs: 39 });
  assert.deepEqual(new ChildBudget({ intensity: 0, periodMs: 1 }).spent, { failures: 0, withinMs: 0 });
});

Deno.test("K9 ChildBudget is whole again once work was done", () => {
  const budget = new ChildBudget({ intensity: 1, periodMs: 1_000 });
  assert.equal(budget.spend(1), true);
  budget.restore();
  assert.equal(budget.left(2), 1);
  assert.deepEqual([2, 3].map((now) => budget.spend(now)), [true, false]);
});

Deno.test("K9 no schedule of failures gets more than intensity restarts into a period without work done", () => {
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 5 }),
    fc.array(fc.nat(300), { maxLength: 100 }),
    (intensity, gaps) => {
      const budget = new ChildBudget({ intensity, periodMs: 1_000 });
      const granted: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        if (budget.spend(now)) granted.push(now);
      }
      for (const [index, time] of granted.entries()) {
        const later = granted[index + intensity];
        assert.ok(later === undefined || later - time >= 1_000);
      }
    },
  ));
});
