/**
 * One run: restarts a load whenever it ends, while the plan disturbs brokers, files and the load itself. Then everything
 * is healed, the same command runs until it has nothing to do, and the judge reads the topics.
 *
 * @module
 */
import { join } from "node:path";
import { Bench } from "../fault_harness.ts";
import { type FaultStacks, pause } from "../fault_stack.ts";
import { type Judge, judgeProblems, type JudgeVerdict } from "../judge.ts";
import { LoadRun } from "../load_run.ts";
import { FileHistory } from "./file_history.ts";
import { type ChaosEvent, type Plan, planText, POOL_ROWS, SYMBOLS } from "./plan.ts";

/** The result of a run. */
export interface ChaosResult {
  readonly plan: Plan;
  readonly verdict: JudgeVerdict | null;
  readonly codes: readonly number[];
  readonly seconds: number;
  readonly problems: readonly string[];
  /** Kept if something was wrong: files, data folder, settings, output of the loads. */
  readonly folder: string | null;
}

/** Maximum number of loads that may end, once all is healed, with work left to do. */
const MAX_RUNS_AFTER = 8;
const BETWEEN_LOADS_MS = 200;
/** A load that never ends is a result too. */
const LOAD_DEADLINE_MS = 180_000;

/** The surroundings of a run. */
export interface ChaosOptions {
  readonly stacks: FaultStacks;
  readonly judge: Judge;
}

/** Runs a plan; a plan that could not run has failed. */
export async function runChaos(plan: Plan, options: ChaosOptions): Promise<ChaosResult> {
  try {
    return await runPlan(plan, options);
  } catch (error) {
    const problems = [`it could not be run: ${error instanceof Error ? error.stack : String(error)}`];
    return { plan, verdict: null, codes: [], seconds: 0, problems, folder: null };
  }
}

async function runPlan(plan: Plan, { stacks, judge }: ChaosOptions): Promise<ChaosResult> {
  const { client, version, partitions, minInsync, firstLeader, settings, seed } = plan;
  await using bench = await Bench.open(
    {
      brokers: 3,
      rows: POOL_ROWS * SYMBOLS,
      symbols: SYMBOLS,
      settings,
      layout: { partitions, minInsync, firstLeader },
    },
    { client, version, stacks, judge, seed },
  );
  const run = new Run(plan, bench);
  const { problems } = run;
  let verdict: JudgeVerdict | null = null;
  try {
    await run.play();
    verdict = await bench.verdict(await run.files.judged());
    if (verdict !== null) problems.push(...judgeProblems(verdict));
  } catch (error) {
    problems.push(`the run failed: ${error instanceof Error ? error.stack : String(error)}`);
  }
  if (problems.length > 0) await run.keep(verdict);
  const folder = problems.length > 0 ? bench.dir : null;
  return { plan, verdict, codes: run.codes, seconds: bench.seconds, problems, folder };
}

class Run {
  readonly files: FileHistory;
  readonly codes: number[] = [];
  readonly problems: string[] = [];
  readonly #plan: Plan;
  readonly #bench: Bench;
  readonly #said: string[] = [];
  #load: LoadRun | null = null;
  #refused = false;

  constructor(plan: Plan, bench: Bench) {
    this.#plan = plan;
    this.#bench = bench;
    const [file] = bench.input.files;
    if (file === undefined) throw new Error("there are no lines");
    const lines = Deno.readTextFileSync(file.path).split("\n").slice(0, -1).map((line) => `${line}\n`);
    this.files = new FileHistory(join(bench.dir, "chaos"), lines);
  }

  async play(): Promise<void> {
    await this.files.create(this.#plan.files);
    const eventful = new AbortController();
    const loads = this.#keepLoading(eventful.signal);
    try {
      await this.#happen();
    } finally {
      eventful.abort();
      await loads;
    }
    await this.files.settle();
    for (let run = 0; run < MAX_RUNS_AFTER; run++) {
      const { code, read } = await this.#loadOnce([]);
      if (code === 0 && read === 0) return;
      if (code === 4 && read === 0 && this.files.replaced) return;
    }
    this.problems.push(`it is never done: exit codes ${this.codes.join(" ")}: ${this.#said.slice(-5).join(" | ")}`);
  }

  /** Keeps what a person needs to find the reason. */
  async keep(verdict: JudgeVerdict | null): Promise<void> {
    this.#bench.keepFolder();
    const { dir } = this.#bench;
    await Deno.writeTextFile(join(dir, "plan.json"), JSON.stringify(this.#plan, null, 2));
    await Deno.writeTextFile(join(dir, "verdict.json"), JSON.stringify(verdict, null, 2));
    await Deno.writeTextFile(join(dir, "loads.txt"), this.#said.join("\n"));
  }

  /** Restarts the load whenever it ends, until no more events come; the last load runs to its end. */
  async #keepLoading(eventful: AbortSignal): Promise<void> {
    while (!eventful.aborted) {
      await this.#loadOnce(this.#plan.flags);
      await pause(BETWEEN_LOADS_MS, eventful);
    }
  }

  async #loadOnce(flags: readonly string[]): Promise<{ code: number; read: number }> {
    const bench = this.#bench;
    const { client, version } = this.#plan;
    const paths = this.files.paths.map((path) => ({ path }));
    const load = new LoadRun({
      client,
      version,
      configFile: await bench.configFile(),
      dataDir: join(bench.dir, "data"),
      input: { ...bench.input, files: paths },
      // A refused load says so, and names the flag that helps without writing everything again.
      flags: this.#refused ? [...flags, "--only-missing"] : flags,
    }, { deadlineMs: LOAD_DEADLINE_MS });
    this.#load = load;
    const { code, report, stderr } = await load.ended;
    this.#load = null;
    this.codes.push(code);
    this.#said.push(`== exit code ${code}, read ${report?.read}`, ...stderr);
    // Refused until a load that reads the topics has run to its end.
    if (code === 5) this.#refused = true;
    else if (code === 0 || code === 4) this.#refused = false;
    if ((code === 5 || code === 4) && !this.files.replaced) {
      this.problems.push(`exit code ${code}, and no file was replaced: ${stderr.join(" | ")}`);
    }
    if (code === 2 || code === 3) this.problems.push(`exit code ${code}: ${stderr.join(" | ")}`);
    return { code, read: report?.read ?? 0 };
  }

  /** Starts each event at its time; long ones overlap. Ends when all brokers run again. */
  async #happen(): Promise<void> {
    const startedAt = performance.now();
    const never = new AbortController().signal;
    const lasting: Promise<void>[] = [];
    for (const event of this.#plan.events) {
      await pause(Math.max(0, event.atMs - (performance.now() - startedAt)), never);
      const lasts = this.#begin(event);
      // Until the await below, a failure must not end the process.
      lasts.catch(() => undefined);
      if (event.type === "freeze" || event.type === "broker-killed" || event.type === "torn") lasting.push(lasts);
      else await lasts;
    }
    await Promise.all(lasting);
    await this.#bench.stack.heal();
  }

  async #begin(event: ChaosEvent): Promise<void> {
    const { stack } = this.#bench;
    const never = new AbortController().signal;
    switch (event.type) {
      case "freeze":
        await Promise.all(event.brokers.map((id) => stack.freeze(id)));
        await pause(event.ms, never);
        return void await Promise.all(event.brokers.map((id) => stack.thaw(id)));
      case "broker-killed":
        await stack.kill(event.broker);
        await pause(event.ms, never);
        return await stack.restart(event.broker);
      case "load-killed":
        return this.#load?.kill();
      case "load-stopped":
        return this.#load?.kill("SIGTERM");
      case "append":
        return await this.files.append(event.file, event.rows);
      case "torn":
        await this.files.appendTorn(event.file, event.rows);
        await pause(event.ms, never);
        return await this.files.settle();
      case "rotate":
        return await this.files.rotate(event.file, event.rows);
      case "rewrite":
        return await this.files.rewrite(event.file, event.rows);
      case "copytruncate":
        return await this.files.copyTruncate(event.file, event.rows);
    }
  }
}

/** The run as one line, with its problems below. */
export function chaosLine({ plan, verdict, codes, seconds, problems, folder }: ChaosResult): string {
  const counts = verdict === null
    ? "no verdict"
    : `found ${verdict.found} of ${verdict.expected}, missing ${verdict.missing}, twice ${verdict.twice}, ` +
      `false ${verdict.false}, late ${verdict.late}, unattributed ${verdict.unattributed}`;
  const head = `${problems.length === 0 ? "ok  " : "FAIL"} seed ${plan.seed}: ${counts}, exit ${
    codes.join(" ")
  }, ${seconds} s`;
  const repeat = `deno task test:chaos --seed ${plan.seed} --clients ${plan.client}`;
  const wrong = problems.length === 0
    ? []
    : [...problems, ...(folder === null ? [] : [`kept in ${folder}`]), `again: ${repeat}`];
  return [`${head}; ${planText(plan)}`, ...wrong].join("\n     ");
}
