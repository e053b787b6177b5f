import assert from "node:assert/strict";
import fc from "fast-check";
import { BackoffSeries, requestDelayMs, restartDelayMs, retryDelayMs } from "./backoff.ts";

const POLICY = { minMs: 100, maxMs: 5_000, resetAfterMs: 10_000 };

Deno.test("K9 restartDelayMs() is full jitter: random in [0, min(maxMs, minMs * 2^attempt)]", () => {
  const highest = Array.from(
    { length: 8 },
    (_, attempt) => restartDelayMs(POLICY, { attempt: attempt, random: () => 1 }),
  );
  assert.deepEqual(highest, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  assert.equal(restartDelayMs(POLICY, { attempt: 3, random: () => 0 }), 0);
  assert.equal(restartDelayMs(POLICY, { attempt: 3, random: () => 0.5 }), 400);
  fc.assert(fc.property(
    fc.nat(2_000),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    (attempt, random) => {
      const delay = restartDelayMs(POLICY, { attempt: attempt, random: () => random });
      assert.ok(delay >= 0 && delay <= Math.min(5_000, 100 * 2 ** attempt), `attempt ${attempt}: ${delay}`);
    },
  ));
});

Deno.test("K9 BackoffSeries starts over after a healthy interval only", () => {
  const series = new BackoffSeries(POLICY, () => 1);
  assert.deepEqual([series.next(), series.next()], [100, 200]);
  series.ran(9_999);
  assert.deepEqual([series.next(), series.inARow], [400, 3]);
  series.ran(10_000);
  assert.deepEqual([series.inARow, series.next()], [0, 100]);
});

Deno.test("requestDelayMs() doubles up to the longest wait, however often it fails", () => {
  const delays = [0, 1, 2, 5, 6, 2_000].map((attempt) => requestDelayMs(POLICY, attempt));
  assert.deepEqual(delays, [100, 200, 400, 3_200, 5_000, 5_000]);
});

Deno.test("retryDelayMs() waits between half of that and all of it", () => {
  const delays = [0, 0.5, 1].map((random) => retryDelayMs(POLICY, { attempt: 1, random: () => random }));
  assert.deepEqual(delays, [100, 150, 200]);
});
