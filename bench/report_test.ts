import assert from "node:assert/strict";
import { results, run } from "./_results.ts";
import { reportText, runLine } from "./report.ts";

const RUNS = [
  run({ round: 1, seconds: 1 }),
  run({ round: 2, seconds: 2 }),
  run({ round: 3, seconds: 4 }),
  run({ contestant: "java", seconds: 4, cpuSeconds: 2, latencyMs: null }),
];

function lineOf(text: string, pattern: RegExp): string {
  return text.split("\n").find((line) => pattern.test(line)) ?? assert.fail(`no line like ${pattern} in\n${text}`);
}

Deno.test("reportText() has the ratios to peers and between workloads", () => {
  const text = reportText(results({ runs: [...RUNS, run({ workload: "quotes", seconds: 4 })] }));
  assert.match(lineOf(text, /^trades v2, 40 files +kafkajs/), /kafkajs +2\.00 +4\.00$/);
  assert.match(text, /Between workloads[^]*^client +quotes: speed +thrift\nkafkajs +0\.50 +1\.00$/m);
});

Deno.test("reportText() shows growth with the ratio of each point to the first of its series and client", () => {
  const text = reportText(results());
  assert.match(lineOf(text, /^keys +kafkajs +1 /), /1,000 +500\.00 +1\.00 +100 +20$/);
  assert.match(lineOf(text, /^keys +kafkajs +1,000 /), /1,000 +1500\.00 +3\.00 +100 +20$/);
});

Deno.test("reportText() shows the way of an appended line with the range of the rounds, and which of them failed", () => {
  const { workload: _, ...figures } = run();
  const of = (round: number, p99: number) => ({
    ...figures,
    round,
    rowsPerSecond: 1_000,
    appendedMs: { p50: 2.5, p99, p999: 120.5, max: 130.25 },
  });
  const failed = { ...of(4, 0), appendedMs: null, failure: "a record short" };
  const text = reportText(results({ follow: [of(1, 4), of(2, 8), of(3, 6), failed] }));
  assert.match(lineOf(text, /^kafkajs +1,000 +2\.5/), /2\.5 \(2\.5-2\.5\) +6\.0 \(4\.0-8\.0\) +121 \(121-121\)/);
  assert.match(text, /FAILED: round 4, follow at 1,000 rows\/s, kafkajs: a record short/);
});

Deno.test("reportText() shows the load average, failed runs, and the latency at half of the rate", () => {
  const text = reportText(results({ runs: [...RUNS, run({ failure: "a record short" })] }));
  assert.match(text, /load average 0\.5 to 1/);
  assert.match(text, /FAILED: round 1, trades, kafkajs: a record short/);
  assert.match(lineOf(text, /^trades +kafkajs +500/), /500 +1,000 +5 +20$/);
});

Deno.test("reportText() without runs and stages is only the head", () => {
  const text = reportText(results({ runs: [], stages: [], sends: [], pacedRuns: [], growth: [] }));
  assert.equal(text.trimEnd().split("\n").length, 4);
});

Deno.test("runLine() tells the result of a run, or why it does not count", () => {
  assert.match(runLine(run()), /^round 1, trades, kafkajs: 1,000 records\/s, 1\.0 s, CPU 0\.5 s/);
  assert.match(runLine({ ...run(), series: "keys", at: 40 }), /^round 1, 40 keys, kafkajs: /);
  assert.match(runLine(run({ failure: "a record short" })), /FAILED: a record short/);
});
