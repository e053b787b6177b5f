import assert from "node:assert/strict";
import fc from "fast-check";
import { ChildBudget, RestartWindow, supervisorCap } from "./restart_budget.ts";

Deno.test("K9 RestartWindow counts what is younger than its period", () => {
  const window = new RestartWindow(1_000);
  for (const time of [0, 400, 999]) window.add(time);
  assert.deepEqual([999, 1_000, 1_399, 1_400, 1_998, 1_999].map((now) => window.count(now)), [3, 2, 2, 1, 1, 0]);
});

Deno.test("K9 ChildBudget is the child's own, capped by what its siblings have spent", () => {
  const shared = new RestartWindow(1_000);
  const [a, b] = [0, 1].map(() => new ChildBudget({ intensity: 3, periodMs: 1_000 }, shared));
  assert.ok(a !== undefined && b !== undefined);
  assert.equal(supervisorCap({ intensity: 3, periodMs: 1_000 }, 2), 5);
  assert.deepEqual([1, 2, 3, 4].map((now) => a.spend(now, 2)), [true, true, true, false]);
  assert.deepEqual([a.left(5, 2), b.left(5, 2)], [0, 2]);
  assert.deepEqual([5, 6, 7].map((now) => b.spend(now, 2)), [true, true, false]);
  assert.deepEqual([a.left(1_003, 2), b.left(1_003, 2)], [3, 1]);
});

Deno.test("K9 supervisorCap() leaves an only child its whole budget, and many children about half of theirs", () => {
  const budget = { intensity: 5, periodMs: 1_000 };
  assert.deepEqual([0, 1, 2, 3, 10].map((children) => supervisorCap(budget, children)), [3, 5, 8, 10, 28]);
});

Deno.test("K9 no schedule of failures gets more than intensity restarts into a period", () => {
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 5 }),
    fc.array(fc.nat(300), { maxLength: 100 }),
    (intensity, gaps) => {
      const budget = new ChildBudget({ intensity, periodMs: 1_000 }, new RestartWindow(1_000));
      const granted: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        if (budget.spend(now, 1)) granted.push(now);
      }
      for (const [index, time] of granted.entries()) {
        const later = granted[index + intensity];
        assert.ok(later === undefined || later - time >= 1_000);
      }
    },
  ));
});
