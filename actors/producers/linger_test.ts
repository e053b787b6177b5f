import assert from "node:assert/strict";
import { Linger } from "./linger.ts";
import { PartitionLane } from "./partition_lane.ts";

Deno.test("Linger has one timer, for the lane that has waited longest, also if one comes a little early", () => {
  const timers: { readonly delayMs: number; live: boolean }[] = [];
  const schedule = (delayMs: number) => {
    const timer = { delayMs, live: true, cancel: () => void (timer.live = false) };
    timers.push(timer);
    return timer;
  };
  const linger = new Linger({ lingerMs: 5, maxSendRecords: 10, schedule });
  const [a, b] = [new PartitionLane(0, 1_000), new PartitionLane(1, 1_000)];
  assert.equal(linger.holds(a, 2), false, "nothing waits");
  a.waitingSince = 1;
  assert.equal(linger.holds(a, 2), true);
  const [first] = timers;
  assert.equal(first?.delayMs, 4);
  if (first !== undefined) first.live = false; // it came at 5.4, and its message waits in the mailbox
  b.waitingSince = 0.5; // a send to it was unsettled until now
  assert.equal(linger.holds(b, 5.41), true);
  linger.over();
  assert.equal(linger.holds(a, 5.42), true);
  assert.equal(linger.holds(b, 5.42), true);
  assert.deepEqual(timers.filter(({ live }) => live).map(({ delayMs }) => delayMs), [1]);
  linger.over();
  assert.equal(linger.holds(b, 5.5), false, "it has waited long enough");
});
