/**
 * The goals: ratios of rates that are measured in one bench, each with a floor below which it is not good enough.
 *
 * @module
 */
import type { DoorRun } from "../results.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import { type DoorName, DOORS } from "./doors.ts";

/** A contestant at a door. */
export interface GoalSide {
  readonly door: DoorName;
  readonly contestant: string;
}

/** A ratio that is to be reached. */
export interface Goal {
  readonly title: string;
  readonly ours: GoalSide;
  readonly to: GoalSide;
  readonly floor: number;
  readonly goal: number;
}

/** No process of this product may take more than this. */
export const MOST_MEMORY_BYTES = 400_000_000;

const ours = (door: DoorName): GoalSide => ({ door, contestant: "tickflume" });
const ticks = ours("asx-ticks");
const kafkajs: GoalSide = { door: "produce-trades", contestant: "kafkajs" };

/** The table of the goals. */
export const GOALS: readonly Goal[] = [
  { title: "csv with a header, of asx-ticks", ours: ours("csv"), to: ticks, floor: 0.5, goal: 0.8 },
  { title: "binance-trades, of asx-ticks", ours: ours("binance-trades"), to: ticks, floor: 0.4, goal: 0.7 },
  { title: "massive-trades, of asx-ticks", ours: ours("massive-trades"), to: ticks, floor: 0.4, goal: 0.7 },
  { title: "ndjson, of asx-ticks", ours: ours("ndjson"), to: ticks, floor: 0.3, goal: 0.5 },
  {
    title: "produceTrades by 5,000, of kafkajs + registry encode",
    ours: ours("produce-trades"),
    to: kafkajs,
    floor: 2.5,
    goal: 4,
  },
  {
    title: "produceTrade, 5,000 under way, of the same",
    ours: ours("produce-trade"),
    to: kafkajs,
    floor: 1.2,
    goal: 2,
  },
  { title: "csv, of Rust", ours: ours("csv"), to: { door: "csv", contestant: "rust" }, floor: 0.5, goal: 0.8 },
  {
    title: "ndjson, of Rust",
    ours: ours("ndjson"),
    to: { door: "ndjson", contestant: "rust" },
    floor: 0.35,
    goal: 0.6,
  },
  { title: "asx-ticks, of Rust's csv", ours: ticks, to: { door: "csv", contestant: "rust" }, floor: 0.9, goal: 1 },
  {
    title: "two shards, of Rust's csv",
    ours: ours("shards"),
    to: { door: "large-csv", contestant: "rust" },
    floor: 0.9,
    goal: 1.1,
  },
  {
    title: "two shards, of tuned Go",
    ours: ours("shards"),
    to: { door: "large-ticks", contestant: "go-tuned" },
    floor: 0.9,
    goal: 1.1,
  },
];

/** Beside the goals, a row of its own: from the start of a process on. */
export const START: readonly GoalSide[] = ["tickflume", "rust", "go-tuned", "platformatic"].map((contestant) => ({
  door: "start",
  contestant,
}));

/** Every contestant at every door that a goal names, once. */
export function sidesOf(goals: readonly Goal[]): GoalSide[] {
  const sides = [...goals.flatMap(({ ours, to }) => [ours, to]), ...START];
  return [...new Map(sides.map((side) => [`${side.door} ${side.contestant}`, side])).values()];
}

/** Figures of a contestant's runs at a door. */
export interface DoorFigures {
  /** Records a second, by the door's clock. */
  readonly rate: Spread | null;
  readonly cpuMicros: Spread | null;
  readonly peakMemoryBytes: Spread | null;
  readonly rows: number;
  readonly failures: number;
}

/** The figures of the runs that count. */
export function figuresOf(all: readonly DoorRun[], { door, contestant }: GoalSide): DoorFigures {
  const runs = all.filter((run) => run.door === door && run.contestant === contestant);
  const good = runs.filter(({ failure }) => failure === null);
  const spread = (value: (run: DoorRun) => number | null) =>
    spreadOf(good.map(value).filter((number) => number !== null));
  const { clock } = DOORS[door];
  return {
    rate: spread(({ rows, seconds, wallSeconds }) => rows / (clock === "own" ? seconds : wallSeconds)),
    cpuMicros: spread(({ rows, cpuSeconds }) => cpuSeconds === null ? null : cpuSeconds / rows * 1e6),
    peakMemoryBytes: spread(({ peakMemoryBytes }) => peakMemoryBytes),
    rows: good[0]?.rows ?? 0,
    failures: runs.length - good.length,
  };
}

/** What became of a goal. */
export interface GoalOutcome {
  readonly goal: Goal;
  readonly ours: DoorFigures;
  readonly to: DoorFigures;
  /** Of the medians; `null` if one of them was not measured. */
  readonly ratio: number | null;
  readonly verdict: "goal" | "floor" | "below" | "not measured";
}

/** The outcome of each goal. */
export function outcomesOf(runs: readonly DoorRun[], goals: readonly Goal[] = GOALS): GoalOutcome[] {
  return goals.map((goal) => {
    const [ours, to] = [figuresOf(runs, goal.ours), figuresOf(runs, goal.to)];
    const ratio = ours.rate === null || to.rate === null ? null : ours.rate.median / to.rate.median;
    return { goal, ours, to, ratio, verdict: verdictOf(ratio, goal) };
  });
}

function verdictOf(ratio: number | null, { floor, goal }: Goal): GoalOutcome["verdict"] {
  if (ratio === null) return "not measured";
  return ratio >= goal ? "goal" : ratio >= floor ? "floor" : "below";
}
