import assert from "node:assert/strict";
import { killActor } from "./testing.ts";
import { fragile, startTree, worker } from "./_support.ts";

Deno.test("K7 a start that fails on a restart spends budget and backs off: no busy loop, and the root gives up", async () => {
  const log: string[] = [];
  const slot = fragile("a", log, (incarnation) => incarnation > 1);
  await using tree = await startTree([slot], { budget: { intensity: 4, periodMs: 60_000 } });
  killActor(tree.system, "root/a");
  await tree.clock.advance(99);
  assert.equal(log.length, 2);
  await tree.clock.advance(60_000);
  assert.deepEqual(
    tree.events.of("restart_scheduled").map(({ incarnation, delayMs, budgetLeft, inARow }) => {
      return { incarnation, delayMs, budgetLeft, inARow };
    }),
    [
      { incarnation: 2, delayMs: 100, budgetLeft: 3, inARow: 1 },
      { incarnation: 3, delayMs: 200, budgetLeft: 2, inARow: 2 },
      { incarnation: 4, delayMs: 400, budgetLeft: 1, inARow: 3 },
      { incarnation: 5, delayMs: 800, budgetLeft: 0, inARow: 4 },
    ],
  );
  assert.equal((await tree.system.done).reason, "budget_exhausted");
});

Deno.test("K9 the budget counts per child: what one has spent, another has left", async () => {
  await using tree = await startTree([worker("a", []), worker("b", []), worker("c", [])], {
    budget: { intensity: 2, periodMs: 60_000 },
  });
  for (const path of ["root/a", "root/a", "root/b", "root/b"]) {
    killActor(tree.system, path);
    await tree.clock.advance(1_000);
  }
  assert.deepEqual(tree.events.of("restart_scheduled").map((event) => event.budgetLeft), [1, 0, 1, 0]);
  assert.equal(tree.at("root").state, "running");
});

Deno.test("K9 the cap per supervisor is half the sum of the children's budgets and half a budget more", async () => {
  // Three children with a budget of 2 each: the cap is 4, so the fifth restart of anybody is one too many.
  await using tree = await startTree([worker("a", []), worker("b", []), worker("c", [])], {
    budget: { intensity: 2, periodMs: 60_000 },
  });
  for (const path of ["root/a", "root/b", "root/c", "root/a"]) {
    killActor(tree.system, path);
    await tree.clock.advance(1_000);
  }
  assert.equal(tree.at("root").state, "running");
  killActor(tree.system, "root/b");
  assert.deepEqual(tree.events.of("budget_exhausted").map((event) => event.child), ["root/b"]);
  assert.equal((await tree.system.done).reason, "budget_exhausted");
});

Deno.test("K9 the budget is for a sliding period: what is older counts no more", async () => {
  await using tree = await startTree([worker("a", [])], {
    budget: { intensity: 2, periodMs: 5_000 },
    backoff: { minMs: 0, maxMs: 0, resetAfterMs: 100_000 },
  });
  killActor(tree.system, "root/a");
  await tree.clock.advance(4_000);
  killActor(tree.system, "root/a");
  await tree.clock.advance(1_000);
  killActor(tree.system, "root/a"); // the first is 5,000 ms old and has left the period
  await tree.clock.advance(2_999);
  assert.deepEqual(tree.events.of("restart_scheduled").map((event) => event.budgetLeft), [1, 0, 0]);
  killActor(tree.system, "root/a"); // two in the period before
  assert.equal((await tree.system.done).reason, "budget_exhausted");
});

Deno.test("K9 the backoff starts over after a healthy interval, not after a start that succeeded", async () => {
  await using tree = await startTree([worker("a", [])], {
    budget: { intensity: 50, periodMs: 60_000 },
    backoff: { minMs: 100, maxMs: 800, resetAfterMs: 10_000 },
  });
  const fail = async (afterMs: number) => {
    await tree.clock.advance(afterMs);
    killActor(tree.system, "root/a");
    const last = tree.events.of("restart_scheduled").at(-1);
    await tree.clock.advance(last?.delayMs ?? 0);
    return [last?.inARow, last?.delayMs];
  };
  assert.deepEqual(await fail(0), [1, 100]);
  assert.deepEqual(await fail(5_000), [2, 200]);
  assert.deepEqual(await fail(9_999), [3, 400]);
  assert.deepEqual(await fail(1), [4, 800]);
  assert.deepEqual(await fail(1), [5, 800], "at most maxMs");
  assert.deepEqual(await fail(10_000), [1, 100]);
});

Deno.test("K9 the jitter comes from the injected random", async () => {
  const numbers = [0.5, 0, 0.25];
  await using tree = await startTree([worker("a", [])], { random: () => numbers.shift() ?? 1 });
  for (let count = 0; count < 3; count += 1) {
    killActor(tree.system, "root/a");
    await tree.clock.advance(1_000);
  }
  assert.deepEqual(tree.events.of("restart_scheduled").map((event) => event.delayMs), [50, 0, 100]);
});
