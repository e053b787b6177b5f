import assert from "node:assert/strict";
import { retryDelayMs } from "./retry_delay.ts";

const policy = { minMs: 100, maxMs: 5_000 };

Deno.test("retryDelayMs() doubles up to the longest wait, however often it fails", () => {
  const longest = [0, 1, 2, 5, 6, 2_000].map((attempt) => retryDelayMs(policy, { attempt, random: () => 1 }));
  assert.deepEqual(longest, [100, 200, 400, 3_200, 5_000, 5_000]);
});

Deno.test("retryDelayMs() waits between half of that and all of it", () => {
  const delays = [0, 0.5, 1].map((random) => retryDelayMs(policy, { attempt: 1, random: () => random }));
  assert.deepEqual(delays, [100, 150, 200]);
});
