/**
 * The runs at the doors for people: Markdown tables, ready for docs/performance.md.
 *
 * @module
 */
import { grouped } from "../../cli/shared/progress.ts";
import { fixed, mebibytes, rateText } from "../report_cells.ts";
import type { BenchResults, DoorRun } from "../results.ts";
import { DOOR_NAMES, DOORS } from "./doors.ts";
import { figuresOf, type GoalOutcome, MOST_MEMORY_BYTES, outcomesOf } from "./goals.ts";

/** The goals and the doors. */
export function doorsText({ doors, leftOut }: Pick<BenchResults, "doors" | "leftOut">): string {
  if (doors.length === 0 && leftOut.length === 0) return "";
  return [goalsTable(doors), doorsTable(doors), memoryText(doors), ...leftOut.map((what) => `Left out: ${what}`)]
    .filter((text) => text !== "").join("\n\n") + "\n";
}

const VERDICTS: Readonly<Record<GoalOutcome["verdict"], string>> = {
  "goal": "met",
  "floor": "floor met",
  "below": "**not met**",
  "not measured": "not measured",
};

function goalsTable(runs: readonly DoorRun[]): string {
  const outcomes = outcomesOf(runs);
  if (outcomes.every(({ ratio }) => ratio === null)) return "";
  return markdownTable(
    ["Goal", "rows", "ours, records/s", "theirs", "ratio", "floor", "goal", ""],
    outcomes.map(({ goal, ours, to, ratio, verdict }) => [
      goal.title,
      grouped(ours.rows),
      rateText(ours.rate),
      rateText(to.rate),
      ratio?.toFixed(2) ?? "-",
      String(goal.floor),
      String(goal.goal),
      VERDICTS[verdict],
    ]),
  );
}

function doorsTable(runs: readonly DoorRun[]): string {
  const rows = DOOR_NAMES.flatMap((door) => {
    const contestants = [...new Set(runs.filter((run) => run.door === door).map(({ contestant }) => contestant))];
    return contestants.sort().map((contestant) => ({
      ...{ door, contestant },
      ...figuresOf(runs, { door, contestant }),
    }))
      .sort((one, other) => (other.rate?.median ?? 0) - (one.rate?.median ?? 0));
  });
  return markdownTable(
    ["Door", "who", "rows", "records/s", "CPU µs", "peak MiB", "failed runs"],
    rows.map(({ door, contestant, rows, rate, cpuMicros, peakMemoryBytes, failures }) => [
      DOORS[door].title,
      contestant,
      grouped(rows),
      rateText(rate),
      fixed(cpuMicros, 2),
      mebibytes(peakMemoryBytes),
      failures === 0 ? "" : String(failures),
    ]),
  );
}

function memoryText(runs: readonly DoorRun[]): string {
  const own = runs.filter((run) => run.own).map(({ peakMemoryBytes }) => peakMemoryBytes ?? 0);
  if (own.length === 0) return "";
  const peak = Math.max(...own);
  const verdict = peak === 0 ? "not measured" : peak < MOST_MEMORY_BYTES ? "met" : "**not met**";
  return `Peak memory of a process of ours: ${Math.round(peak / 1e6)} MB in the worst run, below ` +
    `${MOST_MEMORY_BYTES / 1e6} MB: ${verdict}.`;
}

/** A table of Markdown. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line)].join("\n");
}
