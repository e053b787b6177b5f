import assert from "node:assert/strict";
import { GROWTH_SERIES, growthPoints } from "./growth_points.ts";
import { FILES } from "./workloads.ts";

function pointsOf(options: Parameters<typeof growthPoints>[0]) {
  const points = growthPoints(options);
  return Object.fromEntries(
    GROWTH_SERIES.map((name) => [name, points.filter(({ series }) => series === name).map(({ at }) => at)]),
  );
}

Deno.test("growthPoints() lets one quantity grow at a time", () => {
  assert.deepEqual(pointsOf({ rows: 1_000_000, quick: false }), {
    rows: [250_000, 500_000, 1_000_000, 2_000_000],
    keys: [1, 40, 1_000, 10_000],
    topics: [1, 2, 6],
    partitions: [1, 8, 30, 100, 300],
  });
  for (const { series, at, rows } of growthPoints({ rows: 1_000_000, quick: false })) {
    assert.equal(rows, series === "rows" ? at : 1_000_000);
  }
});

Deno.test("growthPoints() of a quick bench are the ends of each series", () => {
  assert.deepEqual(pointsOf({ rows: 20_000, quick: true }), {
    rows: [5_000, 40_000],
    keys: [1, 10_000],
    topics: [1, 6],
    partitions: [1, 300],
  });
});

Deno.test("growthPoints() gives each file the same number of rows, and no more keys than rows", () => {
  const { rows, keys } = pointsOf({ rows: 10 * FILES, quick: false });
  assert.deepEqual([rows, keys], [[3 * FILES, 5 * FILES, 10 * FILES, 20 * FILES], [1, 40]]);
});
