import assert from "node:assert/strict";
import { results, run } from "./_results.ts";
import { reportText, runLine, summaries } from "./report.ts";

const RUNS = [
  run({ round: 1, seconds: 1 }),
  run({ round: 2, seconds: 2 }),
  run({ round: 3, seconds: 4 }),
  run({ contestant: "java", seconds: 4, cpuSeconds: 2, latencyMs: null }),
];

function lineOf(text: string, pattern: RegExp): string {
  return text.split("\n").find((line) => pattern.test(line)) ?? assert.fail(`no line like ${pattern} in\n${text}`);
}

Deno.test("summaries() gives medians and spread of each contestant, and microseconds of processor time a record", () => {
  const [ours, java] = summaries({ runs: RUNS });
  assert.deepEqual([ours?.contestant, ours?.own, ours?.rate], [
    "kafkajs",
    true,
    { median: 500, min: 250, max: 1000, count: 3 },
  ]);
  assert.equal(ours?.cpuMicros?.median, 500);
  assert.deepEqual([java?.contestant, java?.own, java?.latencyP99Ms], ["java", false, null]);
});

Deno.test("summaries() leaves failed runs out of the figures, and counts them", () => {
  const [ours] = summaries({ runs: [run(), run({ rows: 0, seconds: 0, failure: "a record short" })] });
  assert.deepEqual([ours?.rate?.median, ours?.failures], [1000, 1]);
});

Deno.test("reportText() shows speed as ours to the peer's, and thrift as the peer's processor time to ours", () => {
  const ratios = lineOf(reportText(results({ runs: RUNS })), /^trades v2, 40 files +kafkajs/);
  assert.match(ratios, /kafkajs +2\.00 +4\.00$/);
});

Deno.test("reportText() tells the load average, failed runs, and the latency at half of the rate", () => {
  const text = reportText(results({ runs: [...RUNS, run({ failure: "a record short" })] }));
  assert.match(text, /load average 0\.5 to 1/);
  assert.match(text, /FAILED: round 1, trades, kafkajs: a record short/);
  assert.match(lineOf(text, /^trades +kafkajs +500/), /500 +1,000 +5 +20$/);
});

Deno.test("reportText() of results without runs and stages is the head alone", () => {
  const text = reportText(results({ runs: [], stages: [], sends: [], pacedRuns: [] }));
  assert.equal(text.trimEnd().split("\n").length, 4);
});

Deno.test("runLine() tells how a run went, or why it does not count", () => {
  assert.match(runLine(run()), /^round 1, trades, kafkajs: 1,000 records\/s, 1\.0 s, CPU 0\.5 s/);
  assert.match(runLine(run({ failure: "a record short" })), /FAILED: a record short/);
});
