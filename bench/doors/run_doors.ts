/**
 * Runs contestants at doors, round by round. A run counts only if its topic has exactly the trades of the input: in number, in
 * content and in order.
 *
 * @module
 */
import { join } from "node:path";
import { messageOf } from "../../kernel/message_of.ts";
import type { InputOptions } from "../input.ts";
import { runOf } from "../jobs.ts";
import { ROOT } from "../load_task.ts";
import { loadAverage } from "../machine.ts";
import type { MeasureOptions } from "../measured_process.ts";
import type { DoorRun } from "../results.ts";
import type { BenchServers } from "../servers.ts";
import { rotated } from "../statistics.ts";
import { PARTITIONS, workloadOf } from "../workloads.ts";
import type { DoorContestant } from "./door_contestant.ts";
import { type DoorInput, ensureDoor } from "./door_files.ts";
import { type DoorName, type DoorRows, DOORS } from "./doors.ts";

/** A contestant at a door. */
export interface Entry {
  readonly door: DoorName;
  readonly contestant: DoorContestant;
}

/** How often, with how many trades, and where. */
export interface DoorsOptions extends Omit<InputOptions, "rows"> {
  readonly rows: DoorRows;
  readonly rounds: number;
  readonly servers: BenchServers;
  readonly measure: MeasureOptions;
  /** Called after each run. */
  readonly onRun: (run: DoorRun) => void;
}

let jobs = 0;

/**
 * Runs before the first round, which do not count. A new broker compiles itself as it goes: the first two million records cost it
 * 5.5 µs each, the next ones 3.1, 2.5 and 2.1. The contestant that runs first would pay for all.
 */
const WARM_UP_RUNS = 3;

/** Runs all entries in each round; each round begins with the next entry. */
export async function runDoors(entries: readonly Entry[], options: DoorsOptions): Promise<DoorRun[]> {
  const inputs = new Map<Entry, DoorInput>();
  for (const entry of entries) inputs.set(entry, await inputOf(entry, options));
  await warmUp(inputs, options);
  const runs: DoorRun[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const entry of rotated(entries, round - 1)) {
      const input = inputs.get(entry);
      if (input === undefined) continue;
      const run = await oneRun(entry, { input, round, options });
      options.onRun(run);
      runs.push(run);
    }
  }
  return runs;
}

/** Runs the first entry. */
async function warmUp(inputs: ReadonlyMap<Entry, DoorInput>, options: DoorsOptions): Promise<void> {
  const [first] = inputs;
  if (first === undefined) return;
  const [entry, input] = first;
  options.say(
    `Warming up the broker: ${WARM_UP_RUNS} runs of ${entry.contestant.name} at ${entry.door} do not count …`,
  );
  for (let run = 0; run < WARM_UP_RUNS; run++) await oneRun(entry, { input, round: 0, options });
}

/** The trades of an entry. */
export function inputOf(
  { door, contestant }: Entry,
  { cache, seed, say, rows }: Pick<DoorsOptions, "cache" | "seed" | "say" | "rows">,
): Promise<DoorInput> {
  const { format, rows: size } = DOORS[door];
  return ensureDoor(format, { cache, seed, say, rows: Math.min(rows[size], contestant.mostRows ?? Infinity) });
}

/** One run in a topic of its own; any failure becomes part of it, unless the bench must stop. */
export async function oneRun(
  { door, contestant }: Entry,
  { input, round, options: { servers, measure } }: {
    readonly input: DoorInput;
    readonly round: number;
    readonly options: Pick<DoorsOptions, "servers" | "measure">;
  },
): Promise<DoorRun> {
  const before = loadAverage();
  const dir = await Deno.makeTempDir({ prefix: "tickflume-bench-" });
  const topic = `bench-${Deno.pid}-door-${++jobs}.trades`;
  const about = { round, door, contestant: contestant.name, own: contestant.own };
  try {
    await servers.createTopic(topic, PARTITIONS);
    const schema = {
      file: join(ROOT, "schemas", "v2", "trade.avsc"),
      id: await servers.schemaId(workloadOf("trades")),
    };
    const result = await contestant.run({ door, input, servers: servers.addresses, topic, schema, dir, measure });
    const stored = await servers.tradesIn(topic, { schemaId: schema.id, whole: input.whole });
    await servers.takeCount(topic);
    const failure = stored.trades !== input.rows || result.rows !== input.rows
      ? `${result.rows} of ${input.rows} rows are told, ${stored.trades} records are stored`
      : stored.digest !== input.digest
      ? `the topic holds other trades, or in another order (${stored.digest.slice(0, 12)}, not ${
        input.digest.slice(0, 12)
      })`
      : null;
    return runOf({ ...about, digest: stored.digest }, { result, before, failure });
  } catch (error) {
    measure.signal.throwIfAborted();
    return runOf({ ...about, digest: null }, { result: null, before, failure: messageOf(error) });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
