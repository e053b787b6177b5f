import assert from "node:assert/strict";
import { results, run } from "./_results.ts";
import { compareText } from "./compare.ts";

function cellsOf(text: string, pattern: RegExp): string[] {
  const line = text.split("\n").find((candidate) => pattern.test(candidate));
  return (line ?? assert.fail(`no line like ${pattern} in\n${text}`)).split(/ {2,}/);
}

Deno.test("compareText() shows both medians and the ratio of the second to the first", () => {
  const second = results({ runs: [run({ seconds: 0.5, cpuSeconds: 0.25 }), run({ contestant: "go" })] });
  const text = compareText(results(), second);
  assert.deepEqual(cellsOf(text, /^trades +kafkajs/).slice(2), [
    ...["1,000", "2,000", "2.00"],
    ...["500.00", "250.00", "0.50"],
    ...["100", "100", "1.00"],
  ]);
  // A contestant in only one of them has no ratio.
  assert.deepEqual(cellsOf(text, /^trades +go/).slice(2, 5), ["-", "1,000", "-"]);
});

Deno.test("compareText() compares growth point by point, even with a file that has none", () => {
  const [point] = results().growth;
  assert.ok(point);
  const text = compareText(results(), results({ growth: [{ ...point, seconds: 0.5 }] }));
  assert.deepEqual(cellsOf(text, /^1 keys +kafkajs/).slice(2, 5), ["1,000", "2,000", "2.00"]);
  assert.deepEqual(cellsOf(text, /^1000 keys +kafkajs/).slice(2, 5), ["1,000", "-", "-"]);
  assert.doesNotMatch(compareText(results({ growth: [] }), results({ growth: [] })), /grows/);
});

Deno.test("compareText() compares the stages", () => {
  const [stage] = results().stages;
  assert.ok(stage);
  const text = compareText(results(), results({ stages: [{ ...stage, seconds: 0.25, cpuSeconds: 0.25 }] }));
  assert.deepEqual(cellsOf(text, /convert \+ encode/).slice(2), ["2,000", "4,000", "2.00", "250.00", "250.00", "1.00"]);
});

Deno.test("compareText() warns if figures are not comparable", () => {
  assert.doesNotMatch(compareText(results(), results()), /Not the same/);
  const { machine, parameters } = results();
  const other = results({
    machine: { ...machine, cores: 64 },
    parameters: { ...parameters, rows: 400, peers: { java: "another one", go: "new" } },
    runs: [run({ loadAverage: [9, 9] })],
  });
  const text = compareText(results(), other);
  for (
    const what of [
      /cores: 2 and 64/,
      /rows: 1000 and 400/,
      /java: ProducerPerformance; and another one/,
      /load average: 1 and 9/,
    ]
  ) assert.match(text, what);
});
