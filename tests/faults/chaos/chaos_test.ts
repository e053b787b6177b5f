/** Chaos with fixed seeds, on its own three brokers. `deno task test:chaos` runs more. */
import assert from "node:assert/strict";
import { realStack } from "../../support/real_stack.ts";
import { FaultStacks } from "../fault_stack.ts";
import { openJudge } from "../open_judge.ts";
import { planOf } from "./plan.ts";
import { chaosLine, runChaos } from "./run.ts";

const RUNS = 20;

Deno.test("planOf() draws the same run from the same seed, and another one from another", () => {
  const clients = ["kafkajs", "platformatic"] as const;
  assert.deepEqual(planOf(7, clients), planOf(7, clients));
  assert.notDeepEqual({ ...planOf(7, clients), seed: 8 }, planOf(8, clients));
  const plans = Array.from({ length: 200 }, (_, at) => planOf(at + 1, clients));
  for (const type of ["freeze", "broker-killed", "load-killed", "load-stopped", "append", "torn", "rotate"] as const) {
    assert.ok(plans.some(({ events }) => events.some((event) => event.type === type)), type);
  }
  for (const type of ["rewrite", "copytruncate"] as const) {
    assert.ok(plans.some(({ events }) => events.some((event) => event.type === type)), type);
  }
});

if (realStack() !== null) {
  Deno.test("chaos: nothing is lost, twice or false while brokers, files and the load are disturbed at once", async (t) => {
    const judge = await openJudge();
    if (judge === null) return;
    await using stacks = new FaultStacks();
    for (let seed = 1; seed <= RUNS; seed++) {
      await t.step(`seed ${seed}`, async () => {
        const result = await runChaos(planOf(seed, ["kafkajs", "platformatic"]), { stacks, judge });
        assert.deepEqual(result.problems, [], chaosLine(result));
      });
    }
  });
}
