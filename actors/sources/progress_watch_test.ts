import assert from "node:assert/strict";
import { ManualClock } from "../../kernel/testing.ts";
import { target, trades } from "../../tests/support/trades.ts";
import { DeliveryWindow } from "../delivery/delivery_window.ts";
import { ProgressWatch } from "./progress_watch.ts";

Deno.test("ProgressWatch tells of rows that do not settle, for as long as none of them does, and of no others", async () => {
  const clock = new ManualClock();
  const window = new DeliveryWindow({ source: "s", windowRows: 100, maxAttempts: 3, clock, start: null });
  const told: number[][] = [];
  const watch: ProgressWatch = new ProgressWatch({
    window,
    stallMs: 1_000,
    schedule: (delayMs) =>
      clock.schedule(delayMs, () => {
        watch.timeUp();
        watch.look();
      }),
    stalled: (rows, waitedMs) => told.push([rows, waitedMs]),
  });
  watch.look();
  assert.equal(clock.pending, 0, "nothing is under way");
  window.admit(trades(3, 0), { epoch: 1, targets: [target("v2")], readAt: 0 });
  window.admit(trades(2, 3), { epoch: 1, targets: [target("v2")], readAt: 0 });
  watch.look();
  await clock.advance(1_999);
  assert.deepEqual(told, []);
  await clock.advance(2_000);
  assert.deepEqual(told, [[5, 1_000], [5, 2_000]]);
  const settle = () => {
    const delivery = window.takeNext()?.delivery;
    const part = delivery?.openPart(0, "t", delivery.record.rows);
    for (let row = 0; row < (delivery?.record.rows ?? 0); row++) part?.acknowledge([row], 0, BigInt(row));
    delivery?.finish();
  };
  settle();
  await clock.advance(1_000);
  assert.equal(told.length, 2, "something has settled");
  await clock.advance(1_000);
  assert.deepEqual(told[2], [2, 1_000]);
  settle();
  await clock.advance(10_000);
  assert.equal(told.length, 3);
  assert.equal(clock.pending, 0);
});
