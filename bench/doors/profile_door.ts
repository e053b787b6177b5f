/**
 * Where the processor time of a record goes at a door: one run under V8's profiler, of the main thread.
 *
 * @module
 */
import { join } from "node:path";
import { jsonOf, runMeasured } from "../measured_process.ts";
import type { DoorContestant } from "./door_contestant.ts";
import { markdownTable } from "./doors_report.ts";
import type { DoorName } from "./doors.ts";
import { callAt, OWN } from "./own_door.ts";
import { microsByStage, parseProfile } from "./profile_stages.ts";
import { type DoorsOptions, inputOf, oneRun } from "./run_doors.ts";

/** Runs a door once, and tells the microseconds of each stage. */
export async function profileDoor(door: DoorName, options: DoorsOptions): Promise<string> {
  let text = "";
  // The same run as any other, counted and compared, but for the profiler.
  const contestant: DoorContestant = {
    ...OWN,
    async run(job) {
      const { command: [program, run = "", ...rest], ...call } = await callAt(job);
      const command = [program, run, "--cpu-prof", `--cpu-prof-dir=${job.dir}`, ...rest] as const;
      const ended = await runMeasured({ ...call, command }, job.measure);
      jsonOf("The profiled run", ended);
      for await (const { name } of Deno.readDir(job.dir)) {
        if (name.endsWith(".cpuprofile")) text = await Deno.readTextFile(join(job.dir, name));
      }
      return { rows: job.input.rows, seconds: ended.cost.wallSeconds, cost: ended.cost };
    },
  };
  const input = await inputOf({ door, contestant }, options);
  const run = await oneRun({ door, contestant }, { input, round: 1, options });
  if (run.failure !== null) return `FAILED: ${run.failure}`;
  const stages = [...microsByStage(parseProfile(text))].map(([stage, micros]) => [stage, micros / run.rows] as const);
  const sum = stages.reduce((sum, [, micros]) => sum + micros, 0);
  return markdownTable(
    [`${door}, ${run.rows} rows, start included`, "µs a record"],
    [...stages.toSorted(([, one], [, other]) => other - one), ["all", sum] as const]
      .map(([stage, micros]) => [stage, micros.toFixed(2)]),
  );
}
