import assert from "node:assert/strict";
import { killActor } from "./testing.ts";
import { ActorFailedError } from "./mod.ts";
import type { ActorFailure } from "./types.ts";
import { BUSY, Debt, fragile, startTree, worker, workerSpec } from "./_support.ts";

Deno.test("K7 a start that fails on a restart spends budget and backs off: no busy loop, and the root gives up", async () => {
  const log: string[] = [];
  const slot = fragile("a", log, (incarnation) => incarnation > 1, { work: BUSY });
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

Deno.test("K9 the budget is each child's own: what one has spent, its siblings have left", async () => {
  const busy = ["a", "b", "c"].map((id) => worker(id, [], { work: BUSY }));
  await using tree = await startTree(busy, { budget: { intensity: 2, periodMs: 60_000 } });
  for (const path of ["root/a", "root/b", "root/c", "root/a", "root/b", "root/c"]) {
    killActor(tree.system, path);
    await tree.clock.advance(1_000);
  }
  assert.deepEqual(tree.events.of("restart_scheduled").map((event) => event.budgetLeft), [1, 1, 1, 0, 0, 0]);
  assert.equal(tree.at("root").state, "running");
});

Deno.test("K9 an actor that holds nothing up is never given up, however often it dies; its backoff grows to its bound", async () => {
  await using tree = await startTree([worker("idle", []), worker("beside", [], { work: BUSY })], {
    budget: { intensity: 2, periodMs: 600_000 },
  });
  for (let kill = 0; kill < 1_000; kill++) {
    killActor(tree.system, "root/idle");
    await tree.clock.advance(800);
  }
  assert.deepEqual(tree.incarnations(), { root: 1, "root/idle": 1_001, "root/beside": 1 });
  const [first, , , fourth, ...later] = tree.events.of("restart_scheduled").map(({ delayMs }) => delayMs);
  assert.deepEqual([first, fourth, new Set(later)], [100, 800, new Set([800])]);
  assert.deepEqual(tree.events.of("budget_exhausted"), []);
  assert.deepEqual([tree.at("root/idle").inARow, tree.at("root/beside").inARow], [1_000, 0]);
});

Deno.test("K9 a start that fails while nothing waits backs off for ever, and is given up once something does", async () => {
  const slot = fragile("a", [], (incarnation) => incarnation > 1);
  await using tree = await startTree([slot], { budget: { intensity: 3, periodMs: 60_000 } });
  killActor(tree.system, "root/a");
  await tree.clock.advance(80_000);
  assert.equal(tree.at("root").state, "running");
  assert.ok(tree.at("root/a").incarnation > 90, "about one each 800 ms");
  const owes = new Debt();
  void slot.ref.send({ type: "note", text: "waits", owes });
  await tree.clock.advance(5 * 800);
  assert.equal((await tree.system.done).reason, "budget_exhausted");
  assert.match(String(owes.failures[0]), /ActorStoppedError: .*budget_exhausted/);
});

Deno.test("K9 an actor that does some work between its failures is never given up", async () => {
  const log: string[] = [];
  const slot = worker("a", log);
  await using tree = await startTree([slot], { budget: { intensity: 1, periodMs: 600_000 } });
  for (let round = 0; round < 100; round++) {
    void slot.ref.send({ type: "note", text: `round ${round}` });
    void slot.ref.send({ type: "crash" });
    await tree.clock.advance(800);
  }
  assert.equal(tree.at("root/a").incarnation, 101);
  void slot.ref.send({ type: "crash" });
  void slot.ref.send({ type: "crash" });
  await tree.clock.advance(800);
  assert.equal((await tree.system.done).reason, "budget_exhausted");
});

Deno.test("K9 a message that was answered by a failure is no work done", async () => {
  const slot = worker("a", [], {
    behave: () => ({
      receive: (work) => {
        if (work.type === "crash") throw new Error("crash");
        if ("owes" in work) work.owes?.fail(new Error("not now"));
      },
    }),
  });
  await using tree = await startTree([slot], { budget: { intensity: 3, periodMs: 600_000 } });
  for (let round = 0; round < 4; round++) {
    void slot.ref.send({ type: "note", text: "", owes: new Debt() });
    void slot.ref.send({ type: "crash", owes: new Debt() });
    await tree.clock.advance(800);
  }
  assert.equal((await tree.system.done).reason, "budget_exhausted");
});

Deno.test("K9 a child that is not significant ends alone: what it held up is told, its siblings run on", async () => {
  const failures: ActorFailure[] = [];
  const slot = worker("a", [], { significant: false, onFailed: (failure) => failures.push(failure) });
  await using tree = await startTree([slot, worker("b", [])], { budget: { intensity: 2, periodMs: 60_000 } });
  const [queued, late] = [new Debt(), new Debt()];
  for (let round = 0; round < 3; round++) void slot.ref.send({ type: "crash", cause: new Error(`crash ${round}`) });
  void slot.ref.send({ type: "note", text: "queued", owes: queued });
  await tree.clock.advance(5_000);
  void slot.ref.send({ type: "note", text: "late", owes: late });
  assert.deepEqual([tree.at("root/a").state, tree.at("root/b").incarnation], ["ended", 1]);
  const [failure] = failures;
  assert.match(
    String(failure),
    /ActorFailedError: Actor "root\/a" failed 3 times in 0\.3 s with work waiting and none done: crash 2/,
  );
  assert.deepEqual([failure?.path, failure?.failures, failure?.withinMs], ["root/a", 3, 300]);
  assert.deepEqual([queued.failures, late.failures], [[failure], [failure]]);
  assert.deepEqual(tree.events.of("budget_exhausted"), [
    { type: "budget_exhausted", path: "root", child: "root/a", significant: false, cause: failure },
  ]);
  assert.deepEqual(tree.events.of("restart_scheduled").map(({ waiting }) => waiting), [4, 3]);
});

Deno.test("K9 a dynamic child that has ended alone can be started anew, with a budget of its own", async () => {
  const log: string[] = [];
  await using tree = await startTree([], { budget: { intensity: 0, periodMs: 60_000 } });
  const spec = () => workerSpec("a", log, { significant: false });
  const first = await tree.root.startChild(spec());
  void first.send({ type: "crash" });
  await tree.clock.runUntilIdle();
  assert.deepEqual(tree.children(), []);
  const second = await tree.root.startChild(spec());
  void second.send({ type: "note", text: "again" });
  const owes = new Debt();
  void first.send({ type: "note", text: "to the dead one", owes });
  await tree.clock.runUntilIdle();
  assert.deepEqual(log, ["a#1 start", "a#1 end failed", "a#1 start", "a#1 again"]);
  assert.ok(owes.failures[0] instanceof ActorFailedError);
});

Deno.test("K15 an onFailed that throws is reported, and goes no further", async () => {
  const slot = worker("a", [], {
    significant: false,
    onFailed: () => {
      throw new Error("a bug of who listens");
    },
  });
  await using tree = await startTree([slot], { budget: { intensity: 0, periodMs: 60_000 } });
  void slot.ref.send({ type: "crash" });
  await tree.clock.runUntilIdle();
  assert.equal(tree.events.of("observer_failed").length, 1);
  assert.equal(tree.at("root/a").state, "ended");
});

Deno.test("K9 the budget is for a sliding period: what is older counts no more", async () => {
  await using tree = await startTree([worker("a", [], { work: BUSY })], {
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
