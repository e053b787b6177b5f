/**
 * Scenarios that start, kill and restart `load` while servers and files change, and judge the topics at the end.
 *
 * @module
 */
import { join } from "node:path";
import type { VersionFlag } from "../../config/version_flag.ts";
import { Bench, type BenchNeeds } from "./fault_harness.ts";
import { type JudgedFile, judgeProblems } from "./judge.ts";
import { type LoadEnd, LoadRun } from "./load_run.ts";
import { type ResultRow, sumAudits, unless } from "./result.ts";
import { randomOf, type Scenario, type ScenarioOptions, type ScenarioSet } from "./scenario.ts";

/** A load that a script starts. */
export interface StartOptions {
  /** @default the input's files */
  readonly paths?: readonly string[];
  readonly flags?: readonly string[];
  /** Options for the program, not from the input. @default asx-ticks */
  readonly format?: "asx-ticks" | "csv";
}

/** Options of {@link Scene.finish}. */
export interface FinishOptions extends StartOptions {
  /** Flags for a load that was refused (exit code 5), as its message names them. @default a refusal is a failure */
  readonly refused?: readonly string[];
  /** Whether rows may be dead letters (exit code 4). @default false */
  readonly mayHaveLetters?: boolean;
}

/** A scenario with a script. */
export interface ScriptedScenario extends BenchNeeds {
  readonly name: string;
  readonly what: string;
  readonly covers: readonly string[];
  readonly set: ScenarioSet;
  /** @default v2 */
  readonly versions?: readonly VersionFlag[];
  /** False if the product's audit cannot know the former texts of the files. @default true */
  readonly audited?: boolean;
  readonly script: (scene: Scene) => Promise<void>;
}

/** Maximum number of runs for the final load: each of them may end for its own reason. */
const MAX_RUNS = 8;

/** Makes a scenario from it. */
export function scriptedScenario(spec: ScriptedScenario): Scenario {
  const { name, what, covers, set, versions = ["v2"] } = spec;
  return { name, what, covers, set, versions, run: (options) => runScripted(spec, options) };
}

/** The tools of a script. */
export class Scene {
  readonly bench: Bench;
  readonly random: () => number;
  /** The files that the topics must match at the end. */
  files: readonly JudgedFile[];
  readonly notes: string[] = [];
  readonly problems: string[] = [];
  readonly #config: string;
  #last: LoadEnd | null = null;
  /** The sum of all loads that printed a report. */
  readonly told = { read: 0, acked: 0, dead_lettered: 0 };
  #peakRssMb = 0;

  constructor(bench: Bench, config: string) {
    this.bench = bench;
    this.#config = config;
    this.random = randomOf(bench.options.seed);
    this.files = bench.input.judged();
  }

  /** The end of the latest load. */
  get last(): LoadEnd | null {
    return this.#last;
  }

  get peakRssMb(): number {
    return this.#peakRssMb;
  }

  note(text: string): void {
    this.notes.push(text);
  }

  problem(text: string): void {
    this.problems.push(text);
  }

  start({ paths, flags = [], format }: StartOptions = {}): LoadRun {
    const { bench } = this;
    const { client, version } = bench.options;
    const { input } = bench;
    const load = new LoadRun({
      client,
      version,
      configFile: this.#config,
      dataDir: join(bench.dir, "data"),
      input: paths === undefined ? input : { ...input, files: paths.map((path) => ({ path })) },
      flags,
      ...(format === undefined ? {} : { format }),
    });
    load.ended.then((end) => {
      this.#last = end;
      this.told.read += end.report?.read ?? 0;
      this.told.dead_lettered += end.report?.dead_lettered ?? 0;
      for (const { acked } of Object.values(end.report?.versions ?? {})) this.told.acked += acked;
      this.#peakRssMb = Math.max(this.#peakRssMb, end.peakRssMb);
    });
    return load;
  }

  /** Runs the same command until it has nothing to do. */
  async finish({ refused, mayHaveLetters = false, ...options }: FinishOptions = {}): Promise<void> {
    const codes: number[] = [];
    let flags = options.flags ?? [];
    while (codes.length < MAX_RUNS) {
      const { code, report, stderr } = await this.start({ ...options, flags }).ended;
      codes.push(code);
      flags = options.flags ?? [];
      if (code === 5 && refused !== undefined) flags = [...flags, ...refused];
      else if (code === 0 || (code === 4 && mayHaveLetters)) {
        if ((report?.read ?? 0) === 0) return this.note(`exit codes ${codes.join(" ")}`);
      } else if (code !== 1) {
        this.problem(`exit code ${code} of run ${codes.length}; stderr: ${stderr.join(" | ")}`);
        return;
      }
    }
    this.problem(`it is never done: exit codes ${codes.join(" ")}; stderr: ${this.#last?.stderr.join(" | ")}`);
  }
}

async function runScripted(spec: ScriptedScenario, options: ScenarioOptions): Promise<ResultRow> {
  await using bench = await Bench.open(spec, options);
  const scene = new Scene(bench, await bench.configFile());
  try {
    await spec.script(scene);
  } catch (error) {
    scene.problem(`the script failed: ${error instanceof Error ? error.stack : String(error)}`);
  }
  await bench.stack.heal();
  const audited = spec.audited === false ? null : sumAudits(await bench.audit());
  const verdict = await bench.verdict(scene.files);
  const { found, missing, twice, late } = audited ?? verdict ?? { found: 0, missing: 0, twice: 0, late: 0 };
  return {
    scenario: spec.name,
    client: options.client,
    version: options.version,
    ...scene.told,
    found,
    missing,
    twice,
    late,
    recovery_s: null,
    peak_rss_mb: scene.peakRssMb,
    seconds: bench.seconds,
    exit: scene.last?.code ?? null,
    note: scene.notes.join("; "),
    problems: [
      ...scene.problems,
      ...(audited?.problems ?? []),
      ...(verdict === null ? [] : judgeProblems(verdict)),
      ...unless(audited !== null || verdict !== null, "there is no Python for the judge"),
      ...unless(missing === 0, `${missing} rows are missing`),
      ...unless(twice === 0, `${twice} records are there twice`),
      ...unless(late === 0, `${late} records are late`),
    ],
    date: new Date().toISOString().slice(0, 10),
  };
}
