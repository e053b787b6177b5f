import assert from "node:assert/strict";
import type { DoorRun } from "../results.ts";
import { doorsText } from "./doors_report.ts";
import { DOOR_NAMES } from "./doors.ts";
import { GOALS, outcomesOf, sidesOf } from "./goals.ts";

function doorRun(changes: Partial<DoorRun>): DoorRun {
  return {
    round: 1,
    door: "csv",
    contestant: "tickflume",
    own: true,
    rows: 1000,
    seconds: 1,
    wallSeconds: 1.5,
    cpuSeconds: 0.5,
    peakMemoryBytes: 100_000_000,
    loadAverage: [0.5, 1],
    startupSeconds: null,
    latencyMs: null,
    digest: "0",
    failure: null,
    ...changes,
  };
}

/** Runs of the goal "csv, of Rust" with these rates. */
function csvRuns(ours: readonly number[], theirs: readonly number[]): DoorRun[] {
  return [
    ...ours.map((rows, at) => doorRun({ round: at + 1, rows })),
    ...theirs.map((rows, at) => doorRun({ round: at + 1, rows, contestant: "rust", own: false })),
  ];
}

const csvOfRust = GOALS.filter(({ title }) => title === "csv, of Rust");

Deno.test("outcomesOf() compares medians with floor and goal", () => {
  const verdict = (ours: readonly number[]) => outcomesOf(csvRuns(ours, [1_000, 900, 1_100]), csvOfRust)[0]?.verdict;
  assert.equal(verdict([100, 800, 5_000]), "goal");
  assert.equal(verdict([500, 500, 799]), "floor");
  assert.equal(verdict([499]), "below");
  assert.equal(verdict([]), "not measured");
});

Deno.test("outcomesOf() takes no run that failed", () => {
  const runs = [
    ...csvRuns([400], [1_000]),
    doorRun({ round: 2, rows: 9_000, failure: "the topic holds other trades" }),
  ];
  assert.equal(outcomesOf(runs, csvOfRust)[0]?.ratio, 0.4);
});

Deno.test("the rate at the door `start` is that of the whole process", () => {
  const doors = [doorRun({ door: "start", rows: 300, seconds: 1, wallSeconds: 1.5 })];
  assert.match(
    doorsText({ doors, leftOut: [] }),
    /\| csv, first rows and start of the process \| tickflume \| 300 \| 200 \|/,
  );
});

Deno.test("the goals have every side once, at doors that exist, and a floor below the goal", () => {
  const sides = sidesOf(GOALS);
  assert.equal(new Set(sides.map(({ door, contestant }) => `${door} ${contestant}`)).size, sides.length);
  for (const { door } of sides) assert.ok(DOOR_NAMES.includes(door));
  for (const { floor, goal } of GOALS) assert.ok(floor < goal);
});

Deno.test("doorsText() is Markdown, and says what was left out, what failed, and whether memory is within its bound", () => {
  const doors = [...csvRuns([600], [1_000]), doorRun({ peakMemoryBytes: 401_000_000, failure: "too few" })];
  const text = doorsText({ doors, leftOut: ["shards: load has no --shard yet"] });
  assert.match(text, /^\| csv, of Rust \| 600 \| 600 \| 1,000 \| 0\.60 \| 0\.5 \| 0\.8 \| floor met \|$/m);
  assert.match(text, /^\| csv with a header \| tickflume \| 600 \| 600 \| .* \| 1 \|$/m);
  assert.match(text, /401 MB in the worst run, below 400 MB: \*\*not met\*\*/);
  assert.match(text, /^Left out: shards: load has no --shard yet$/m);
});
