/**
 * `deno task test`: runs all tests, with its own real Kafka and registry if Java and Maven are installed.
 *
 * Arguments go to `deno test`. If `TICKFLUME_BROKERS` and `TICKFLUME_REGISTRY` are set, the tests use those servers
 * instead; with `TICKFLUME_REQUIRE_STACK=1` missing servers are a failure.
 *
 * @module
 */
import { join } from "node:path";
import { endAbandonedStacks } from "../cli/stack/abandoned_stacks.ts";
import { cacheDir } from "../cli/stack/cache_dir.ts";
import { jarsCached } from "../cli/stack/downloads.ts";
import type { StackAddresses } from "../cli/stack/addresses.ts";
import { type StackHandle, stackRemove, stackUp } from "../cli/stack/local_stack.ts";
import { StackError } from "../cli/stack/stack_error.ts";
import { missingTools } from "../cli/stack/toolchain.ts";
import { exitCodeOfSignal } from "../cli/shared/exit_codes.ts";
import { added, countTests, FAILED, NO_TESTS, type TestCount } from "./testing/test_report.ts";

const say = (line: string) => console.error(line);

/** The permissions of tests: all except ffi. Tests of the commands check the narrower permissions of each. */
const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-run",
  "--allow-env",
  // All of `--allow-sys`: the command line has no name of its own for the mask of file modes.
  "--allow-sys",
];

/** Without these flags `deno test` looks for no leaks: a test must end what it began, timers and files included. */
const LEAK_CHECKS = ["--sanitize-ops", "--sanitize-resources"];

/** Starts servers for this run; says why if it cannot. */
async function startServers(handle: StackHandle): Promise<StackAddresses | null> {
  const missing = await missingTools({ needMaven: !await jarsCached(handle.cache) });
  if (missing.length > 0) {
    say(`Tests with real servers are left out.\n${missing.join("\n")}`);
    return null;
  }
  await endAbandonedStacks(handle, "test");
  const { addresses } = await stackUp(handle, { secure: true, shortLived: true });
  return addresses;
}

function serverEnvironment(addresses: StackAddresses | null): Record<string, string> {
  if (addresses === null) return {};
  return {
    TICKFLUME_BROKERS: addresses.brokers.join(","),
    TICKFLUME_REGISTRY: addresses.registry,
    TICKFLUME_SECURE_LISTENERS: JSON.stringify(addresses.secure),
  };
}

/**
 * Run beside all others, which saves minutes: tests with servers mostly wait for them, and those of resuming, whose time is
 * that of a clock that is moved by hand, take a core for ten minutes.
 */
const BESIDE = ["tests/faults/chaos", "tests/faults", "tests/real", "tests/resume"];

/** Runs all tests; prints the output of the tests beside the others last. */
async function runAll(flags: readonly string[], env: Record<string, string>): Promise<TestCount> {
  const folder = await Deno.makeTempDir({ prefix: "tickflume-tests-" });
  const outputOf = (group: number) => join(folder, `${group}.txt`);
  try {
    const counts = await Promise.all([
      runTests([...BESIDE.map(ignored), ...flags], env),
      ...BESIDE.map((group, at) => runTests([group, ...BESIDE.slice(0, at).map(ignored), ...flags], env, outputOf(at))),
    ]);
    for (const group of BESIDE.keys()) console.log(await Deno.readTextFile(outputOf(group)));
    return counts.reduce(added);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function ignored(group: string): string {
  return `--ignore=${group}`;
}

/**
 * Runs `deno test`; a run that ends before its report counts as one failure.
 *
 * @param output file for the output; absent: the terminal
 */
async function runTests(args: readonly string[], env: Record<string, string>, output?: string): Promise<TestCount> {
  const report = await Deno.makeTempFile({ prefix: "tickflume-tests-", suffix: ".xml" });
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["test", ...PERMISSIONS, ...LEAK_CHECKS, `--junit-path=${report}`, ...args],
      env,
      stdout: output === undefined ? "inherit" : "piped",
    }).spawn();
    const written = output === undefined
      ? null
      : child.stdout.pipeTo((await Deno.open(output, { write: true, create: true })).writable);
    const stop = () => {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended: the signal of the terminal reaches it too.
      }
    };
    for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, stop);
    const { success } = await child.status;
    await written;
    for (const signal of STOP_SIGNALS) Deno.removeSignalListener(signal, stop);
    const count = countTests(await Deno.readTextFile(report)) ?? NO_TESTS;
    return success || count.failed > 0 ? count : { ...count, failed: 1 };
  } finally {
    await Deno.remove(report);
  }
}

/** Prefixes of the names of stacks that tests of faults start. */
const FAULT_STACKS = ["faults1", "faults3"];

const STOP_SIGNALS: readonly Deno.Signal[] = ["SIGINT", "SIGTERM"];

async function main(args: readonly string[]): Promise<number> {
  const given = Deno.env.get("TICKFLUME_BROKERS") !== undefined && Deno.env.get("TICKFLUME_REGISTRY") !== undefined;
  const required = Deno.env.get("TICKFLUME_REQUIRE_STACK") === "1";
  const handle: StackHandle = { cache: cacheDir(), name: `test-${Deno.pid}`, say };
  // From here on a signal must not end this process before the servers are down.
  let stopped: Deno.Signal | null = null;
  const listeners = STOP_SIGNALS.map((signal) => ({ signal, note: () => void (stopped ??= signal) }));
  for (const { signal, note } of listeners) Deno.addSignalListener(signal, note);
  let count = NO_TESTS;
  let unmet = false;
  try {
    const addresses = given ? null : await startServers(handle);
    unmet = !given && addresses === null && required;
    const env = serverEnvironment(addresses);
    const isAll = args.every((arg) => arg.startsWith("-"));
    if (stopped === null) count = isAll ? await runAll(args, env) : await runTests(args, env);
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    say(error.message);
    count = { ...count, failed: count.failed + 1 };
  } finally {
    if (!given) await stackRemove(handle);
    // Tests that were stopped leave their stacks behind.
    if (!given) { for (const prefix of FAULT_STACKS) await endAbandonedStacks(handle, prefix); }
    for (const { signal, note } of listeners) Deno.removeSignalListener(signal, note);
  }
  if (unmet) say("TICKFLUME_REQUIRE_STACK=1 is set, so that tests without real servers are a failure.");
  if (unmet) count = { ...count, failed: count.failed + 1 };
  for (const failure of count.failures) console.log(`${FAILED}${failure}`);
  console.log(`${count.passed} passed, ${count.failed} failed`);
  if (stopped !== null) return exitCodeOfSignal(stopped);
  return count.failed > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
