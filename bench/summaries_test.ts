import assert from "node:assert/strict";
import { run } from "./_results.ts";
import { growthSummaries, summaries } from "./summaries.ts";

Deno.test("summaries() gives medians and spread of each contestant, and microseconds of processor time a record", () => {
  const runs = [
    run({ round: 1, seconds: 1 }),
    run({ contestant: "java", seconds: 4, cpuSeconds: 2, latencyMs: null }),
    run({ round: 2, seconds: 2 }),
    run({ round: 3, seconds: 4 }),
  ];
  const [ours, java] = summaries({ runs });
  assert.deepEqual([ours?.contestant, ours?.own, ours?.rate], [
    "kafkajs",
    true,
    { median: 500, min: 250, max: 1000, count: 3 },
  ]);
  assert.equal(ours?.cpuMicros?.median, 500);
  assert.deepEqual([java?.contestant, java?.own, java?.latencyP99Ms], ["java", false, null]);
});

Deno.test("summaries() excludes failed runs from the figures, and counts them", () => {
  const [ours] = summaries({ runs: [run(), run({ rows: 0, seconds: 0, failure: "a record short" })] });
  assert.deepEqual([ours?.rate?.median, ours?.failures], [1000, 1]);
});

Deno.test("growthSummaries() gives one summary for each series, client and point, in the order of the points", () => {
  const at = (series: "rows" | "keys", count: number, seconds: number, contestant = "kafkajs") => ({
    ...run({ seconds, contestant }),
    series,
    at: count,
  });
  const growth = [
    at("keys", 1_000, 4),
    at("keys", 40, 1),
    at("rows", 40, 8),
    at("keys", 40, 1, "platformatic"),
    at("keys", 40, 2),
    at("keys", 40, 4),
  ];
  assert.deepEqual(
    growthSummaries({ growth }).map(({ series, contestant, at, rate }) => [series, contestant, at, rate?.median]),
    [
      ["rows", "kafkajs", 40, 125],
      ["keys", "platformatic", 40, 1000],
      ["keys", "kafkajs", 40, 500],
      ["keys", "kafkajs", 1_000, 250],
    ],
  );
});
