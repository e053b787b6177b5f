/** Chaos with fixed seeds, on three brokers of its own. `deno task test:chaos` runs more. */
import assert from "node:assert/strict";
import { realStack } from "../../real_stack.ts";
import { FaultStacks } from "../fault_stack.ts";
import { openJudge } from "../open_judge.ts";
import { type Plan, planOf } from "./plan.ts";
import { chaosLine, runChaos } from "./run.ts";

const RUNS = 20;

/**
 * Without files that are written anew in place: what happens then is a person's choice after exit code 5, and depends on
 * the moment. The task draws those too.
 */
function plansOfGate(): Plan[] {
  const plans: Plan[] = [];
  for (let seed = 1; plans.length < RUNS; seed++) {
    const plan = planOf(seed, ["kafkajs", "platformatic"]);
    if (!plan.events.some(({ type }) => type === "rewrite" || type === "copytruncate")) plans.push(plan);
  }
  return plans;
}

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
  Deno.test("chaos: nothing is lost, twice or false, whatever happens to brokers, files and the load at once", async (t) => {
    const judge = await openJudge();
    if (judge === null) return;
    await using stacks = new FaultStacks();
    for (const plan of plansOfGate()) {
      await t.step(`seed ${plan.seed}`, async () => {
        const result = await runChaos(plan, { stacks, judge });
        assert.deepEqual(result.problems, [], chaosLine(result));
      });
    }
  });
}
