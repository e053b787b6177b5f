/**
 * `deno task test:faults`: loads into real servers while faults occur, and audits each load row by row.
 *
 * @module
 */
import { Command, CommanderError, Option } from "commander";
import type { VersionFlag } from "../../config/version_flag.ts";
import { PYTHON_MISSING } from "../support/python_environment.ts";
import { missingTools } from "../../cli/stack/toolchain.ts";
import type { KafkaClientName } from "../../transport/open.ts";
import type { FaultStacks } from "./fault_stack.ts";
import { Judge } from "./judge.ts";
import { resultLine, type ResultRow } from "./result.ts";
import { writeResults } from "./report.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { withStacks } from "./with_stacks.ts";

interface Options {
  readonly client?: KafkaClientName;
  readonly schemaVersion?: VersionFlag;
  readonly seed: string;
  readonly write?: true;
  readonly json?: true;
  readonly list?: true;
}

const CLIENTS: readonly KafkaClientName[] = ["kafkajs", "platformatic"];

/** Selects scenarios whose name contains one of the words, or that cover such a number; without words all but the longest. */
export function chosen(words: readonly string[]): readonly Scenario[] {
  if (words.length === 0) return SCENARIOS.filter(({ set }) => set !== "soak");
  const exact = SCENARIOS.filter(({ name, set }) => words.includes(name) || words.includes(set));
  const loose = SCENARIOS.filter(({ name, covers, set }) =>
    set !== "soak" && words.some((word) => name.includes(word) || covers.includes(word.toUpperCase()))
  );
  const named = words.every((word) => SCENARIOS.some(({ name, set }) => name === word || set === word));
  return named ? exact : [...new Set([...exact, ...loose])];
}

async function runAll(
  scenarios: readonly Scenario[],
  options: Options & { readonly judge: Judge; readonly stacks: FaultStacks },
): Promise<ResultRow[]> {
  const { judge, stacks } = options;
  const rows: ResultRow[] = [];
  for (const scenario of scenarios) {
    console.error(`${scenario.name}: ${scenario.what}`);
    for (const client of CLIENTS.filter((each) => options.client === undefined || each === options.client)) {
      for (const version of scenario.versions) {
        if (options.schemaVersion !== undefined && version !== options.schemaVersion) continue;
        const row = await rowOf(scenario, {
          client,
          version,
          stacks,
          seed: Number(options.seed),
          judge,
        });
        rows.push(row);
        console.log(options.json ? JSON.stringify(row) : resultLine(row));
      }
    }
  }
  return rows;
}

/** The scenario's row; a scenario that could not run has failed. */
async function rowOf(scenario: Scenario, options: ScenarioOptions): Promise<ResultRow> {
  try {
    return await scenario.run(options);
  } catch (error) {
    const { client, version } = options;
    const nothing = { read: 0, acked: 0, dead_lettered: 0, found: 0, missing: 0, twice: 0, late: 0, seconds: 0 };
    const unknown = { recovery_s: null, peak_rss_mb: null, exit: null, note: "" };
    const reason = error instanceof SuppressedError ? error.suppressed : error;
    const problems = [`it could not be run: ${reason instanceof Error ? reason.stack : reason}`];
    const date = new Date().toISOString().slice(0, 10);
    return { scenario: scenario.name, client, version, ...nothing, ...unknown, problems, date };
  }
}

async function run(words: readonly string[], options: Options): Promise<number> {
  const scenarios = chosen(words);
  if (options.list) {
    for (const { name, set, covers, what } of scenarios) console.log(`${name} [${set}] ${covers.join(" ")}: ${what}`);
    return 0;
  }
  if (scenarios.length === 0) {
    console.error(`No scenario is called ${words.join(" or ")}: --list names them all`);
    return 2;
  }
  const missing = await missingTools({ needMaven: false });
  if (missing.length > 0) {
    console.error(missing.join("\n"));
    return 1;
  }
  const judge = await Judge.open();
  if (judge === null) {
    console.error(PYTHON_MISSING);
    return 1;
  }
  return await withStacks(async (stacks) => {
    const rows = await runAll(scenarios, { ...options, judge, stacks });
    if (options.write) await writeResults(rows, SCENARIOS);
    const failed = rows.filter(({ problems }) => problems.length > 0).length;
    console.log(`${rows.length - failed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  });
}

async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command("test:faults")
    .description("Loads into real servers while something goes wrong, each audited row by row.")
    .argument("[words...]", "names of scenarios or parts of them, numbers such as F9, or a set: short, long, soak")
    .addOption(new Option("--client <name>", "only this client").choices(CLIENTS))
    .addOption(new Option("--schema-version <version>", "only this version").choices(["v1", "v2", "both"]))
    .addOption(new Option("--seed <number>", "where random moments come from").default("1"))
    .option("--write", "put the results into docs/reliability.md and tests/faults/results.json")
    .option("--json", "print each result as JSON")
    .option("--list", "name the scenarios and run none")
    .exitOverride()
    .action(async (words: string[], options: Options) => void (code = await run(words, options)));
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    // Commander has printed its message already; its exit code 0 means --help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
