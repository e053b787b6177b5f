import assert from "node:assert/strict";
import { run } from "./_results.ts";
import { peerRatiosText, workloadRatiosText } from "./ratios.ts";

const RUNS = [
  run({ seconds: 2 }),
  run({ contestant: "go", seconds: 1, cpuSeconds: 0.25 }),
  run({ contestant: "java", seconds: 4, cpuSeconds: 2 }),
  run({ workload: "quotes", seconds: 1, cpuSeconds: 0.4 }),
  run({ workload: "one-file", seconds: 4, cpuSeconds: 0.25 }),
];

function cellsOf(text: string, pattern: RegExp): string[] {
  const line = text.split("\n").find((candidate) => pattern.test(candidate));
  return (line ?? assert.fail(`no line like ${pattern} in\n${text}`)).split(/ {2,}/);
}

Deno.test("peerRatiosText() divides our speed by each peer's, and each peer's processor time by ours", () => {
  const text = peerRatiosText({ runs: RUNS });
  assert.deepEqual(cellsOf(text, /^workload/), ["workload", "client", "go: speed", "thrift", "java: speed", "thrift"]);
  assert.deepEqual(cellsOf(text, /^trades v2, 40/), ["trades v2, 40 files", "kafkajs", "0.50", "0.50", "2.00", "4.00"]);
  // No other contestant has done that workload.
  assert.deepEqual(cellsOf(text, /^quotes/).slice(2), ["-", "-", "-", "-"]);
});

Deno.test("workloadRatiosText() compares our workloads with trades of the same client, and peers with nothing", () => {
  const other = run({ contestant: "platformatic", seconds: 8, cpuSeconds: 1 });
  const text = workloadRatiosText({ runs: [...RUNS, other, run({ ...other, workload: "quotes", seconds: 2 })] });
  assert.deepEqual(cellsOf(text, /^client/), ["client", "quotes: speed", "thrift", "one-file: speed", "thrift"]);
  assert.deepEqual(cellsOf(text, /^kafkajs/).slice(1), ["2.00", "1.25", "0.50", "2.00"]);
  assert.deepEqual(cellsOf(text, /^platformatic/).slice(1), ["4.00", "1.00", "-", "-"]);
  assert.doesNotMatch(text, /^go/m);
});

Deno.test("there are no ratios without something to compare with", () => {
  assert.equal(peerRatiosText({ runs: [run()] }), "");
  assert.equal(workloadRatiosText({ runs: [run(), run({ contestant: "go", workload: "quotes" })] }), "");
  assert.equal(workloadRatiosText({ runs: [run({ workload: "quotes" })] }), "");
});
