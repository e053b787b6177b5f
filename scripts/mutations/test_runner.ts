/**
 * Runs the tests of a mutation, and tells how they ended.
 *
 * @module
 */
import { systemClock } from "../../kernel/clock.ts";

/** The outcome of a test run for a mutation. `broken`: no test ran, because the file cannot be parsed. */
export interface TestOutcome {
  readonly verdict: "green" | "red" | "broken";
  readonly durationMs: number;
}

/** Which tests to run, where, and with which permissions. */
export interface TestRun {
  readonly folder: string;
  readonly tests: readonly string[];
  readonly flags: readonly string[];
  /** A mutation may make a test wait forever; after this time the test counts as failed. */
  readonly limitMs: number;
}

export type TestRunner = (run: TestRun) => Promise<TestOutcome>;

/** Runs `deno test` without type checks, because a mutation need not be well typed. */
export async function denoTest({ folder, tests, flags, limitMs }: TestRun): Promise<TestOutcome> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["test", "--quiet", "--no-check", "--no-prompt", "--fail-fast", ...flags, ...tests],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const begin = systemClock.monotonic();
  const child = command.spawn();
  const limit = systemClock.schedule(limitMs, () => child.kill("SIGKILL"));
  const { success, stdout, stderr } = await child.output();
  limit.cancel();
  const durationMs = systemClock.monotonic() - begin;
  if (success) return { verdict: "green", durationMs };
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { verdict: /could not be parsed|Unable to load|Module not found/.test(output) ? "broken" : "red", durationMs };
}
