/**
 * `deno task ok`: the gate. Runs every check, continues after a failure, and ends with one line of counts.
 *
 * @module
 */
import { resolve } from "node:path";
import { systemClock } from "../kernel/clock.ts";
import { duration } from "../cli/shared/progress.ts";
import project from "../deno.json" with { type: "json" };
import { added, countTests, FAILED, NO_TESTS, type TestCount } from "./testing/test_report.ts";

const ROOT = resolve(import.meta.dirname ?? ".", "..");

/** A check. If it runs tests, they are counted. */
interface Step {
  readonly name: string;
  readonly run: () => Promise<TestCount>;
}

/** Checks that pass or fail as a whole. */
export const WHOLE = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint", "--quiet"] },
  { name: "types", args: ["check", "--quiet", "."] },
  { name: "imports", args: ["task", "--quiet", "check:imports"] },
  // Everything that a door exports has a description, and a door exports every type that it uses.
  { name: "public docs", args: ["doc", "--lint", "--quiet", ...Object.values(project.exports)] },
  // Also refuses types that need inference. It asks no registry; a step of its own has checked the types.
  { name: "publishing", args: ["publish", "--dry-run", "--allow-dirty", "--no-check", "--quiet"] },
] as const;

/** The gate, cheapest check first. */
const STEPS: readonly Step[] = [
  ...WHOLE.map(({ name, args }) => ({
    name,
    run: async () => ({ ...NO_TESTS, failed: (await deno(args)).success ? 0 : 1 }),
  })),
  { name: "tests", run: runTests },
  { name: "doc examples", run: runDocExamples },
];

async function deno(args: readonly string[]): Promise<Deno.CommandStatus> {
  return await new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT }).spawn().status;
}

/** Characters of an output's end that are kept for its report. */
const MAX_REPORT = 10_000;

/** The test task reports its result in its last lines. */
async function runTests(): Promise<TestCount> {
  const child = new Deno.Command(Deno.execPath(), {
    // A step of its own has checked the types; each process of the tests would check them again.
    args: ["task", "--quiet", "test", "--trace-leaks", "--no-check"],
    cwd: ROOT,
    stdout: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let tail = "";
  for await (const chunk of child.stdout) {
    Deno.stdout.writeSync(chunk);
    tail = `${tail}${decoder.decode(chunk, { stream: true })}`.slice(-MAX_REPORT);
  }
  const { success } = await child.status;
  return withStatus(lastCount(tail), success);
}

/** The last lines of an output: tests that failed, and the counts; `null` if it has none. */
export function lastCount(output: string): TestCount | null {
  const [, failures = "", passed, failed] = /((?:✘ .*\n)*)(\d+) passed, (\d+) failed\s*$/.exec(output) ?? [];
  if (passed === undefined || failed === undefined) return null;
  return {
    passed: Number(passed),
    failed: Number(failed),
    failures: failures.split("\n").filter((line) => line !== "").map((line) => line.slice(FAILED.length)),
  };
}

/** Runs examples in comments and documents, as programs of their own. */
async function runDocExamples(): Promise<TestCount> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const files = filesWithExamples(ROOT);
    const { success } = await deno(["test", "--doc", "--quiet", "--allow-all", `--junit-path=${report}`, ...files]);
    return withStatus(countTests(await Deno.readTextFile(report)), success);
  } finally {
    await Deno.remove(report);
  }
}

/** Counts every failure, including one that was not counted as a test. */
function withStatus(count: TestCount | null, success: boolean): TestCount {
  const counted = count ?? NO_TESTS;
  return success && count !== null ? counted : { ...counted, failed: Math.max(1, counted.failed) };
}

const SKIPPED = new Set(["node_modules", "coverage"]);

/** Source files and documents with a block of TypeScript in a comment or text; tests have none. */
export function filesWithExamples(folder: string): readonly string[] {
  return Array.from(Deno.readDirSync(folder)).flatMap(({ name, isDirectory }): readonly string[] => {
    const path = resolve(folder, name);
    if (name.startsWith(".") || SKIPPED.has(name)) return [];
    if (isDirectory) return filesWithExamples(path);
    const mayHave = name.endsWith(".md") || (name.endsWith(".ts") && !name.endsWith("_test.ts"));
    return mayHave && /^\s*(\*\s*)?```ts\s*$/m.test(Deno.readTextFileSync(path)) ? [path] : [];
  }).sort();
}

if (import.meta.main) {
  const lines: string[] = [];
  let total = NO_TESTS;
  for (const { name, run } of STEPS) {
    console.error(`\n== ${name}`);
    const startedAt = systemClock.monotonic();
    const count = await run();
    const { passed, failed } = count;
    total = added(total, count);
    const counts = passed > 0 ? `, ${passed} passed${failed > 0 ? `, ${failed} failed` : ""}` : "";
    const seconds = duration((systemClock.monotonic() - startedAt) / 1000);
    lines.push(`${failed === 0 ? "✔" : "✘"} ${name} (${seconds}${counts})`);
  }
  lines.push(...total.failures.map((failure) => `  ${failure}`));
  console.log(`\n${lines.join("\n")}\n${total.passed} passed, ${total.failed} failed`);
  Deno.exit(total.failed === 0 ? 0 : 1);
}
