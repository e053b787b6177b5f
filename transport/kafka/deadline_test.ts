import assert from "node:assert/strict";
import { ManualClock } from "../../kernel/manual_clock.ts";
import { LogError } from "../log.ts";
import { Deadline } from "./deadline.ts";

const never = new Promise<never>(() => {});
const timedOut = (error: unknown) => error instanceof LogError && error.code === "timed_out";

Deno.test("Deadline.within gives the work's result and leaves no timer behind", async () => {
  const clock = new ManualClock();
  const deadline = new Deadline(clock, 1_000);
  assert.equal(await deadline.within(Promise.resolve(7), "Work"), 7);
  await assert.rejects(deadline.within(Promise.reject(new Error("broken")), "Work"), /broken/);
  assert.equal(clock.pending, 0);
});

Deno.test("Deadline.within rejects with timed_out when the deadline or the own limit has passed", async () => {
  const clock = new ManualClock();
  const deadline = new Deadline(clock, 1_000);
  const limited = assert.rejects(deadline.within(never, "Work", 100), timedOut);
  await clock.advance(100);
  await limited;
  assert.equal(deadline.left, 900);
  const late = assert.rejects(deadline.within(never, "Work"), timedOut);
  await clock.advance(900);
  await late;
  assert.equal(deadline.passed, true);
});

Deno.test("Deadline.backOff waits longer with each try, up to a second, and not past the deadline", async () => {
  const clock = new ManualClock();
  const deadline = new Deadline(clock, 4_000);
  for (
    const [tries, expected] of [[0, 50], [1, 100], [4, 800], [5, 1_000], [100, 1_000], [100, 1_000], [0, 50]] as const
  ) {
    const waited = deadline.backOff(tries);
    const before = clock.monotonic();
    await clock.advance(expected - 1);
    assert.equal(clock.pending, 1, `${tries}`);
    await clock.advance(1);
    await waited;
    assert.equal(clock.monotonic() - before, expected);
  }
});
