/** The short set of the fault scenarios for every client, on its own servers, because it kills and freezes them. */
import assert from "node:assert/strict";
import { realStack } from "../support/real_stack.ts";
import { FaultStacks } from "./fault_stack.ts";
import { openJudge } from "./open_judge.ts";
import { resultLine } from "./result.ts";
import { SCENARIOS } from "./scenarios.ts";

const SEED = 1;
const MAX_ROWS = 30_000;

if (realStack() !== null) {
  Deno.test("faults: nothing is lost, twice or late in the short set of scenarios, whichever the client", async (t) => {
    const judge = await openJudge();
    await using stacks = new FaultStacks();
    for (const scenario of SCENARIOS.filter(({ set }) => set === "short")) {
      for (const client of ["kafkajs", "platformatic"] as const) {
        await t.step(`${scenario.name}, ${client}: ${scenario.what}`, async () => {
          const row = await scenario.run({ client, version: "v2", stacks, judge, seed: SEED, maxRows: MAX_ROWS });
          assert.deepEqual(row.problems, [], resultLine(row));
        });
      }
    }
  });
}
