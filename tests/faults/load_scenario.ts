/**
 * Scenarios in which the command `load` runs as a process of its own while a fault occurs.
 *
 * @module
 */
import { messageOf } from "../../kernel/message_of.ts";
import type { VersionFlag } from "../../config/version_flag.ts";
import { join } from "node:path";
import { Bench, type BenchNeeds } from "./fault_harness.ts";
import { LoadRun } from "./load_run.ts";
import { type ResultRow, sumAudits, unless } from "./result.ts";
import { randomOf, type Scenario, type ScenarioOptions, type ScenarioSet } from "./scenario.ts";

/** The tools of a fault's script. */
export interface Disturbance {
  readonly bench: Bench;
  readonly load: LoadRun;
  readonly random: () => number;
  /** Resolves when this share of all records is acknowledged, or when the load has ended. */
  whenShare(share: number): Promise<void>;
  /** Adds a note to the result's row. */
  note(text: string): void;
  /** Adds a failure to the scenario. */
  problem(text: string): void;
}

/** Expectations at the end that differ from the usual: every row once, in order, exit code 0. */
export interface Expectation {
  /** @default 0 */
  readonly exit?: number;
  /** Maximum seconds from the end of a fault to the next acknowledgement. @default not checked */
  readonly recoveryS?: number;
  /** @default 700 */
  readonly peakRssMb?: number;
  /** Rows that must be dead letters. @default 0 */
  readonly deadLettered?: number;
}

/** A scenario of `load`. */
export interface LoadScenario extends BenchNeeds {
  readonly name: string;
  readonly what: string;
  readonly covers: readonly string[];
  readonly set: ScenarioSet;
  /** @default v2 */
  readonly versions?: readonly VersionFlag[];
  readonly flags?: readonly string[];
  /** Before the load starts. */
  readonly before?: (bench: Bench) => Promise<void>;
  /** The fault, from the start of the load on. Must end when `load.signal` aborts. */
  readonly fault: (disturbance: Disturbance) => Promise<void>;
  readonly expect?: Expectation;
}

/**
 * Maximum peak memory of a load: a window of 10,000 rows of each of four files, and the runtime itself.
 */
const PEAK_RSS_MB = 700;

/** Makes a scenario from it. */
export function loadScenario(spec: LoadScenario): Scenario {
  const { name, what, covers, set, versions = ["v2"] } = spec;
  return { name, what, covers, set, versions, run: (options) => runLoadScenario(spec, options) };
}

async function runLoadScenario(spec: LoadScenario, options: ScenarioOptions): Promise<ResultRow> {
  await using bench = await Bench.open(spec, options);
  await spec.before?.(bench);
  const { client, version } = options;
  const load = new LoadRun({
    client,
    version,
    configFile: await bench.configFile(),
    dataDir: join(bench.dir, "data"),
    input: bench.input,
    flags: spec.flags ?? [],
  });
  const notes: string[] = [];
  const problems: string[] = [];
  const disturbing = spec.fault({
    bench,
    load,
    random: randomOf(options.seed),
    whenShare: (share) => load.whenStored(Math.max(1, Math.floor(share * bench.records))),
    note: (text) => void notes.push(text),
    problem: (text) => void problems.push(text),
  }).catch((error) => {
    // A load that waits for the end of the fault would wait forever.
    load.kill();
    problems.push(`the fault's script failed: ${messageOf(error)}`);
  });
  const end = await load.ended;
  await disturbing;
  await bench.stack.heal();
  const audited = sumAudits(await bench.audit());
  const judged = await bench.judge();
  const { exit = 0, recoveryS, peakRssMb = PEAK_RSS_MB, deadLettered = 0 } = spec.expect ?? {};
  const perVersion = Object.values(end.report?.versions ?? {});
  const acked = perVersion.reduce((sum, each) => sum + each.acked, 0);
  const letters = perVersion.reduce((sum, each) => sum + each.dead_lettered, 0);
  const missing = audited.missing - letters;
  const recovery = load.recoveryMs === null ? null : Math.round(load.recoveryMs / 100) / 10;
  const { twice, late, found } = audited;
  const row: Omit<ResultRow, "problems"> = {
    scenario: spec.name,
    client,
    version,
    read: end.report?.read ?? 0,
    acked,
    dead_lettered: letters,
    found,
    missing,
    twice,
    late,
    recovery_s: recovery,
    peak_rss_mb: end.peakRssMb,
    seconds: bench.seconds,
    exit: end.code,
    note: notes.join("; "),
    date: new Date().toISOString().slice(0, 10),
  };
  problems.push(
    ...audited.problems,
    ...judged,
    ...unless(missing === 0, `${missing} rows are missing`),
    ...unless(twice === 0, `${twice} records are there twice`),
    ...unless(late === 0, `${late} records are late`),
    ...unless(letters === deadLettered, `${letters} dead letters, ${deadLettered} expected`),
    ...unless(acked === found, `${acked} acknowledged, ${found} found`),
    ...unless(end.code === exit, `exit code ${end.code}, ${exit} expected; stderr: ${end.stderr.join(" | ")}`),
    ...unless(end.peakRssMb <= peakRssMb, `peak of ${end.peakRssMb} MB, ${peakRssMb} MB allowed`),
    ...unless(recoveryS === undefined || recovery !== null, "no acknowledgement after the fault"),
    ...unless(
      recovery === null || recovery <= (recoveryS ?? Infinity),
      `recovery after ${recovery} s, ${recoveryS} s allowed`,
    ),
  );
  return { ...row, problems };
}
