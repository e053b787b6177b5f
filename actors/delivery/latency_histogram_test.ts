import assert from "node:assert/strict";
import fc from "fast-check";
import { LatencyHistogram } from "./latency_histogram.ts";

Deno.test("LatencyHistogram.quantile() is within 5 % of the exact quantile", () => {
  fc.assert(fc.property(fc.array(fc.double({ min: 0.02, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
    const histogram = new LatencyHistogram();
    for (const value of values) histogram.record(value);
    const sorted = [...values].sort((a, b) => a - b);
    for (const q of [0.5, 0.99]) {
      const exact = sorted[Math.ceil(q * sorted.length) - 1] ?? 0;
      const measured = histogram.quantile(q);
      assert.ok(measured >= exact * 0.99 && measured <= exact * 1.07, `${q}: ${measured} for ${exact}`);
    }
  }));
});

Deno.test("LatencyHistogram counts a batch by its records and merges", () => {
  const fast = new LatencyHistogram();
  fast.record(1, 990);
  const slow = new LatencyHistogram();
  slow.record(1000, 11);
  fast.merge(slow);
  assert.ok(fast.quantile(0.5) < 1.1);
  assert.ok(fast.quantile(0.99) > 900);
  assert.equal(new LatencyHistogram().quantile(0.99), 0);
});
