/**
 * `deno task test:chaos`: loads into three real brokers while it disturbs brokers, files and the load itself in any
 * mixture, drawn from a seed. The independent judge judges each run.
 *
 * @module
 */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { PYTHON_MISSING } from "../../support/python_environment.ts";
import { StackError } from "../../../cli/stack/stack_error.ts";
import { missingTools } from "../../../cli/stack/toolchain.ts";
import type { KafkaClientName } from "../../../transport/open.ts";
import { Judge } from "../judge.ts";
import { planOf } from "./plan.ts";
import { withStacks } from "../with_stacks.ts";
import { chaosLine, runChaos } from "./run.ts";

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly clients: readonly KafkaClientName[];
  readonly minutes: number;
}

const CLIENTS: readonly KafkaClientName[] = ["kafkajs", "platformatic"];

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return value;
}

function clientsIn(text: string): readonly KafkaClientName[] {
  const names = text.split(",");
  const clients = CLIENTS.filter((each) => names.includes(each));
  if (clients.length < names.length) throw new InvalidArgumentError(`Clients are ${CLIENTS.join(" and ")}.`);
  return clients;
}

async function run({ runs, seed, clients, minutes }: Options): Promise<number> {
  const missing = await missingTools({ needMaven: false });
  const judge = await Judge.open();
  if (judge === null || missing.length > 0) {
    console.error([...missing, ...(judge === null ? [PYTHON_MISSING] : [])].join("\n"));
    return 1;
  }
  return await withStacks(async (stacks) => {
    const until = performance.now() + minutes * 60_000;
    let [passed, failed] = [0, 0];
    for (let at = 0; at < runs && performance.now() < until; at++) {
      const result = await runChaos(planOf(seed + at, clients), { stacks, judge });
      if (result.problems.length === 0) passed++;
      else failed++;
      console.log(chaosLine(result));
    }
    console.log(`${passed} passed, ${failed} failed, seeds from ${seed} on`);
    return failed === 0 ? 0 : 1;
  });
}

async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command("test:chaos")
    .description("Loads into three real brokers while everything is disturbed in any mixture, judged independently.")
    .option("--runs <n>", "how many runs, each with the next seed", positive, 1)
    .option("--seed <n>", "the first seed (default: one that is drawn, and printed)", positive)
    .option("--clients <names>", "Kafka clients to draw from", clientsIn, CLIENTS)
    .option("--minutes <n>", "begin no run after this time", positive, Infinity)
    .exitOverride()
    .action(async (options: Omit<Options, "seed"> & { readonly seed?: number }) => {
      const seed = options.seed ?? 1 + Math.floor(Math.random() * 1_000_000);
      console.error(`seed ${seed}`);
      code = await run({ ...options, seed });
    });
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    // Commander has printed its message already; its exit code 0 means --help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof StackError) {
      console.error(error.message);
      return 1;
    }
    throw error;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
