/**
 * Applies mutations one by one, and reports those that no test notices.
 *
 * @module
 */
import { join } from "node:path";
import { fileEndingWith } from "./repository_paths.ts";
import type { Mutation } from "./mutation.ts";
import type { TestOutcome, TestRunner } from "./test_runner.ts";

/** The outside parts of a run. */
export interface RunMutationsOptions {
  /** The path of a repository copy that may be broken; never the repository itself. */
  readonly copy: string;
  /** Every file of the copy, from its root. */
  readonly paths: readonly string[];
  readonly runTests: TestRunner;
  /** Receives one line for each mutation, and the sum at the end. */
  readonly print: (line: string) => void;
}

/** How many mutations the tests noticed, and how many they missed or could not be tried. */
export interface MutationSum {
  readonly passed: number;
  readonly failed: number;
}

const GREEN_LIMIT_MS = 600_000, MIN_LIMIT_MS = 60_000;

/**
 * Applies each mutation alone and expects the tests to fail. A mutation fails if its tests still pass, if they fail
 * without it, if its text does not occur in the file exactly once, or if the broken file does not load.
 */
export async function runMutations(
  mutations: readonly Mutation[],
  { copy, paths, runTests, print }: RunMutationsOptions,
): Promise<MutationSum> {
  const greenBefore = new Map<string, TestOutcome>();
  let [passed, failed] = [0, 0];
  for (const mutation of mutations) {
    const { name, flags = ["--allow-read", "--allow-write", "--allow-env"] } = mutation;
    const file = fileEndingWith(paths, mutation.file);
    const tests = mutation.tests.map((test) => fileEndingWith(paths, test));
    const run = (limitMs: number) => runTests({ folder: copy, tests, flags, limitMs });
    const key = [...tests, ...flags].join(" ");
    const green = greenBefore.get(key) ?? await run(GREEN_LIMIT_MS);
    greenBefore.set(key, green);
    const limitMs = Math.max(MIN_LIMIT_MS, 3 * green.durationMs);
    const problem = green.verdict !== "green"
      ? `${tests.join(", ")} is not green without it`
      : await tryOne(join(copy, file), mutation, () => run(limitMs));
    if (problem === null) passed += 1;
    else failed += 1;
    print(problem === null ? `ok      ${file}: ${name}` : `FAILED  ${file}: ${name}: ${problem}`);
  }
  print(`${passed} passed, ${failed} failed`);
  return { passed, failed };
}

/** The problem with a mutation; null if its tests notice it. Restores the file in any case. */
async function tryOne(path: string, mutation: Mutation, run: () => Promise<TestOutcome>): Promise<string | null> {
  const original = await Deno.readTextFile(path);
  const matches = original.split(mutation.find).length - 1;
  if (matches !== 1) return `its text stands in the file ${matches} times and must stand there once`;
  if (mutation.find === mutation.replace) return "it changes nothing";
  try {
    await Deno.writeTextFile(path, original.replace(mutation.find, () => mutation.replace));
    const { verdict } = await run();
    if (verdict === "red") return null;
    return verdict === "green" ? "the tests stay green" : "the broken file does not load";
  } finally {
    await Deno.writeTextFile(path, original);
  }
}
