import assert from "node:assert/strict";
import { ConfigError } from "../../config/config_error.ts";
import { stackDir, type StackState, writeState } from "../stack/state.ts";
import { runningStack } from "./running_stack.ts";
import { TestProgram } from "../../tests/support/cli.ts";

const STATE: StackState = {
  format: 1,
  name: "default",
  clusterId: "id",
  secure: false,
  keep: false,
  brokers: [{ id: 1, plain: 20_001, controller: 20_002 }, { id: 2, plain: 20_003, controller: 20_004 }],
  registryPort: 20_005,
  processes: [],
};

/** Asks for the stack of a cache folder that has one; its open ports are these. */
async function ask(name: string, { open, noted = "default" }: { open: readonly number[]; noted?: string }) {
  const cache = await Deno.makeTempDir();
  try {
    await writeState(stackDir(cache, noted), { ...STATE, name: noted });
    const cli = { environment: { TICKFLUME_CACHE: cache } };
    return await runningStack(name, { cli, isOpen: (port) => Promise.resolve(open.includes(port)) });
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

Deno.test("runningStack() gives all brokers and the registry of a stack, also while one broker is down", async () => {
  const { brokers, registry } = await ask("default", { open: [20_003, 20_005] });
  assert.deepEqual([brokers, registry], [
    ["127.0.0.1:20001", "127.0.0.1:20003"],
    "http://127.0.0.1:20005/apis/ccompat/v7",
  ]);
  assert.equal((await ask("mine", { open: [20_001, 20_005], noted: "mine" })).brokers.length, 2);
});

Deno.test("runningStack() names the command that starts a stack which does not run", async () => {
  const cases = [
    [() => ask("mine", { open: [20_001, 20_003, 20_005] }), /"mine".*is down\..* stack up --name mine\./],
    [() => ask("default", { open: [20_005] }), /its brokers do not run\..* stack up\.$/],
    [() => ask("default", { open: [20_001] }), /its registry does not run\..* stack up\.$/],
  ] as const;
  for (const [asking, message] of cases) {
    const error: unknown = await asking().catch((cause) => cause);
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, message);
  }
});

Deno.test("--stack without a running stack is exit code 3, and goes with no other address", async () => {
  const cache = await Deno.makeTempDir();
  try {
    const program = new TestProgram({ environment: { TICKFLUME_CACHE: cache } });
    const { exitCode, stderr } = await program.run("tail", "a.topic", "--stack");
    assert.equal(exitCode, 3);
    assert.match(stderr, /task stack up\./);
    assert.equal((await program.run("tail", "a.topic", "--stack", "--brokers", "a:1")).exitCode, 2);
    const swallowed = await program.run("tail", "--stack", "market.equities.trades.asx");
    assert.equal(swallowed.exitCode, 2);
    assert.match(swallowed.stderr, /put --stack at the end of the line/);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
