import assert from "node:assert/strict";
import { ManualClock } from "./kernel/testing.ts";
import { RowPace } from "./row_pace.ts";

Deno.test("RowPace without a limit never waits", async () => {
  const clock = new ManualClock();
  const pace = new RowPace(clock, undefined);
  pace.count(1_000_000);
  assert.deepEqual([pace.waitMs(), pace.mostRows], [0, Infinity]);
  await clock.advance(1);
  assert.equal(pace.waitMs(), 0);
});

Deno.test("RowPace waits until the rows that were counted have had their time", async () => {
  const clock = new ManualClock();
  const pace = new RowPace(clock, 100);
  await clock.advance(5_000);
  assert.equal(pace.waitMs(), 0, "time before the first row counts for nothing");
  pace.count(50);
  assert.equal(pace.waitMs(), 500);
  await clock.advance(200);
  assert.equal(pace.waitMs(), 300);
  pace.count(10);
  assert.equal(pace.waitMs(), 400);
  await clock.advance(401);
  assert.equal(pace.waitMs(), 0);
});

Deno.test("RowPace allows what may be read in a second at a time, and at least one row", () => {
  const clock = new ManualClock();
  assert.deepEqual([100, 2.5, 0.25].map((rate) => new RowPace(clock, rate).mostRows), [100, 2, 1]);
  const slow = new RowPace(clock, 0.25);
  slow.count(1);
  assert.equal(slow.waitMs(), 4_000);
});
