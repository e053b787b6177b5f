/**
 * Faults of our own process: killed, and restarted on the same files and data folder.
 *
 * @module
 */
import { join } from "node:path";
import { Bench } from "../fault_harness.ts";
import { pause } from "../fault_stack.ts";
import { LoadRun } from "../load_run.ts";
import { BASELINE_ROWS } from "../recipes.ts";
import { sumAudits, unless } from "../result.ts";
import { randomOf, type Scenario, type ScenarioSet } from "../scenario.ts";

/** Starts `load` again and again, kills each at a random moment, then runs it to its end, and audits. */
function processKilled(
  kills: number,
  { name, set }: { readonly name: string; readonly set: ScenarioSet },
): Scenario {
  return {
    name,
    set,
    what: `load is killed -9 at ${kills} random moments and started again each time, then runs to its end`,
    covers: ["F3"],
    versions: ["v1", "v2", "both"],
    async run(options) {
      const { client, version, seed } = options;
      await using bench = await Bench.open({ rows: BASELINE_ROWS }, options);
      const random = randomOf(seed);
      const command = {
        client,
        version,
        configFile: await bench.configFile(),
        dataDir: join(bench.dir, "data"),
        input: bench.input,
      };
      let killed = 0;
      let peakRssMb = 0;
      const moments = Array.from({ length: kills }, () => random()).sort((a, b) => a - b);
      for (const moment of moments) {
        const load = new LoadRun(command);
        // Counts records over all runs: a run may begin where the one before has ended, or at the start.
        const already = await bench.stored();
        await load.whenStored(Math.max(0, Math.floor(moment * bench.records) - already));
        await pause(random() * 50, load.signal);
        load.kill();
        const { code, peakRssMb: peak } = await load.ended;
        peakRssMb = Math.max(peakRssMb, peak);
        if (code !== 0) killed++;
      }
      const last = await new LoadRun(command).ended;
      const { found, missing, twice, late, problems } = sumAudits(await bench.audit());
      const judged = await bench.judge();
      const report = last.report;
      return {
        scenario: name,
        client,
        version,
        read: report?.read ?? 0,
        acked: Object.values(report?.versions ?? {}).reduce((sum, each) => sum + each.acked, 0),
        dead_lettered: report?.dead_lettered ?? 0,
        found,
        missing,
        twice,
        late,
        recovery_s: null,
        peak_rss_mb: Math.max(peakRssMb, last.peakRssMb),
        seconds: bench.seconds,
        exit: last.code,
        note: `${killed} kills, seed ${seed}; read and acked are the last run's`,
        problems: [
          ...problems,
          ...judged,
          ...unless(missing === 0, `${missing} rows are missing`),
          ...unless(twice === 0, `${twice} records are there twice`),
          ...unless(late === 0, `${late} records are late`),
          ...unless(last.code === 0, `exit code ${last.code}; stderr: ${last.stderr.join(" | ")}`),
          ...unless(killed > 0, "no load was killed before its end"),
        ],
        date: new Date().toISOString().slice(0, 10),
      };
    },
  };
}

export const PROCESS_SCENARIOS: readonly Scenario[] = [
  processKilled(3, { name: "process-killed-3", set: "short" }),
  processKilled(5, { name: "process-killed", set: "long" }),
  processKilled(50, { name: "process-killed-50", set: "soak" }),
  processKilled(100, { name: "process-killed-100", set: "soak" }),
];
