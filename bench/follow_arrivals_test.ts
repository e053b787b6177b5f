import assert from "node:assert/strict";
import { Arrivals } from "./follow_arrivals.ts";

const SOON = () => AbortSignal.timeout(10_000);

Deno.test("Arrivals has the quantiles of the rows after the warm-up, whatever their order", async () => {
  const arrivals = new Arrivals(1_010);
  for (let row = 1; row <= 1_010; row++) arrivals.appended(row, row);
  for (let row = 1_010; row >= 1; row--) arrivals.arrived(row, row + (row <= 10 ? 5_000 : row - 10));
  await arrivals.complete(SOON());
  assert.deepEqual(arrivals.latencyMs(10), { p50: 501, p99: 991, p999: 1_000, max: 1_000 });
});

Deno.test("Arrivals is not complete without a row, or with one that comes twice", async () => {
  const missing = new Arrivals(2), twice = new Arrivals(2);
  missing.arrived(1, 1);
  await assert.rejects(missing.complete(AbortSignal.timeout(1)), /1 of 2 rows did not come/);
  for (const row of [1, 1, 2]) twice.arrived(row, 1);
  await assert.rejects(twice.complete(SOON()), /Row 1 came twice/);
});
