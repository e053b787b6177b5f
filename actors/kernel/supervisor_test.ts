import assert from "node:assert/strict";
import { defineActor, defineSupervisor, type RestartStrategy, type SupervisorSpec } from "./mod.ts";
import { killActor } from "./testing.ts";
import { CALM, Debt, gate, startTree, type Tree, worker } from "./_support.ts";

/** Four workers a, b, c, d; kills b, lets time pass, and says who started and who ended, in order. */
async function crashOfB(strategy: RestartStrategy): Promise<string[]> {
  const log: string[] = [];
  await using tree = await startTree(["a", "b", "c", "d"].map((id) => worker(id, log)), { strategy });
  killActor(tree.system, "root/b");
  log.length = 0;
  await tree.clock.advance(99);
  assert.deepEqual(log, [], "siblings run on during the backoff");
  await tree.clock.advance(1);
  return [...log];
}

Deno.test("K9 one_for_one restarts the failed child alone", async () => {
  assert.deepEqual(await crashOfB("one_for_one"), ["b#2 start"]);
});

Deno.test("K9 rest_for_one restarts the failed child and those started after it, stopped in reverse, started in order", async () => {
  assert.deepEqual(await crashOfB("rest_for_one"), [
    "d#1 drain restart",
    "d#1 end shutdown",
    "c#1 drain restart",
    "c#1 end shutdown",
    "b#2 start",
    "c#2 start",
    "d#2 start",
  ]);
});

Deno.test("K9 one_for_all restarts every child, stopped in reverse, started in order", async () => {
  assert.deepEqual(await crashOfB("one_for_all"), [
    "d#1 drain restart",
    "d#1 end shutdown",
    "c#1 drain restart",
    "c#1 end shutdown",
    "a#1 drain restart",
    "a#1 end shutdown",
    "a#2 start",
    "b#2 start",
    "c#2 start",
    "d#2 start",
  ]);
});

Deno.test("K9 a sibling restarted by the group keeps its queue; its undone work is failed, and shutdownMs bounds its stop", async () => {
  const log: string[] = [];
  const [sink, source] = [worker("sink", log), worker("source", log, { shutdownMs: 500 })];
  await using tree = await startTree([sink, source], { strategy: "rest_for_one" });
  const [undone, queued] = [new Debt(), new Debt()];
  source.ref.trySend({ type: "hold", until: gate().opened, text: "never", owes: undone });
  source.ref.trySend({ type: "note", text: "queued", owes: queued });
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/sink");
  await tree.clock.advance(100 + 499);
  assert.deepEqual([undone.settled, queued.settled], [false, false]);
  await tree.clock.advance(1);
  assert.equal(
    String(undone.failures[0]),
    'ActorRestartedError: Incarnation 1 of actor "root/source" ended before the work was settled',
  );
  assert.equal(queued.settled, false);
  assert.deepEqual(log.slice(2), [
    "sink#1 end failed",
    "source#1 end killed",
    "sink#2 start",
    "source#2 start",
    "source#2 queued",
  ]);
});

Deno.test("K9 temporary: never restarted, not after a failure, not through a sibling, not with its supervisor", async () => {
  const log: string[] = [];
  const temporary = (id: string) => worker(id, log, { restart: "temporary" });
  const group = defineSupervisor({
    id: "group",
    ...CALM,
    strategy: "one_for_all",
    budget: { intensity: 1, periodMs: 60_000 },
    children: [temporary("crashing"), worker("permanent", log), temporary("bystander")],
  });
  const other = defineSupervisor({
    id: "other",
    ...CALM,
    budget: { intensity: 0, periodMs: 60_000 },
    children: [worker("last", log), temporary("with")],
  });
  await using tree = await startTree([group, other]);
  killActor(tree.system, "root/group/crashing");
  await tree.clock.advance(10_000);
  assert.deepEqual(tree.events.of("restart_scheduled"), []);
  assert.equal(tree.at("root/group/crashing").state, "ended");
  killActor(tree.system, "root/group/permanent");
  await tree.clock.advance(10_000);
  killActor(tree.system, "root/other/last");
  await tree.clock.advance(10_000);
  assert.deepEqual(tree.incarnations(), {
    "root": 1,
    "root/group": 1,
    "root/group/crashing": 1,
    "root/group/permanent": 2,
    "root/group/bystander": 1,
    "root/other": 2,
    "root/other/last": 2,
    "root/other/with": 1,
  });
  assert.ok(log.includes("bystander#1 drain stop"), "its stop is for good");
});

Deno.test("K9 transient: restarted after a failure, not after a normal end; permanent: after both", async () => {
  const log: string[] = [];
  const transient = worker("transient", log, { restart: "transient" });
  const permanent = worker("permanent", log);
  await using tree = await startTree([transient, permanent]);
  for (const slot of [transient, permanent]) slot.ref.trySend({ type: "crash" });
  await tree.clock.advance(100);
  for (const slot of [transient, permanent]) slot.ref.trySend({ type: "finish" });
  await tree.clock.advance(10_000);
  assert.deepEqual(tree.incarnations(), { "root": 1, "root/transient": 2, "root/permanent": 3 });
  assert.equal(tree.at("root/transient").state, "ended");
  assert.ok(log.includes("permanent#2 end normal"));
});

Deno.test("K9 a transient child that has finished stays so when its siblings restart; one that runs restarts with them", async () => {
  const finished = worker("finished", [], { restart: "transient" });
  const running = worker("running", [], { restart: "transient" });
  await using tree = await startTree([finished, running, worker("failing", [])], { strategy: "one_for_all" });
  finished.ref.trySend({ type: "finish" });
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/failing");
  await tree.clock.advance(100);
  assert.deepEqual(tree.incarnations(), { "root": 1, "root/finished": 1, "root/running": 2, "root/failing": 2 });
});

Deno.test("K9 one_for_one children wait out their backoffs apart from each other", async () => {
  const log: string[] = [];
  await using tree = await startTree([worker("a", log), worker("b", log)]);
  killActor(tree.system, "root/a");
  await tree.clock.advance(60);
  killActor(tree.system, "root/b");
  await tree.clock.advance(40);
  assert.deepEqual(tree.incarnations(), { "root": 1, "root/a": 2, "root/b": 1 });
  await tree.clock.advance(60);
  assert.deepEqual(tree.incarnations(), { "root": 1, "root/a": 2, "root/b": 2 });
});

Deno.test("K9 with rest_for_one a failed child waits for an earlier one that failed too, and restarts once", async () => {
  const log: string[] = [];
  await using tree = await startTree(["a", "b", "c"].map((id) => worker(id, log)), { strategy: "rest_for_one" });
  killActor(tree.system, "root/c");
  await tree.clock.advance(50);
  killActor(tree.system, "root/a");
  await tree.clock.advance(50);
  assert.deepEqual(tree.incarnations(), { "root": 1, "root/a": 1, "root/b": 1, "root/c": 1 });
  await tree.clock.advance(50);
  assert.deepEqual(tree.incarnations(), { "root": 1, "root/a": 2, "root/b": 2, "root/c": 2 });
  await tree.clock.advance(10_000);
  assert.deepEqual(log.filter((line) => line.endsWith("#2 start")), ["a#2 start", "b#2 start", "c#2 start"]);
});

Deno.test("K9 with one_for_all two failures at the same time are one group restart", async () => {
  await using tree = await startTree(["a", "b", "c"].map((id) => worker(id, [])), { strategy: "one_for_all" });
  killActor(tree.system, "root/c");
  killActor(tree.system, "root/a");
  await tree.clock.advance(10_000);
  assert.deepEqual(tree.incarnations(), { "root": 1, "root/a": 2, "root/b": 2, "root/c": 2 });
});

/** A worker whose starts fail as long as `broken` says so. */
function fragile(id: string, log: string[], broken: (incarnation: number) => boolean) {
  return worker(id, log, {
    prepare: (context) => {
      if (broken(context.incarnation)) {
        log.push(`${id}#${context.incarnation} fails to start`);
        throw new Error("cannot start");
      }
    },
  });
}

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

Deno.test("K9 a group restart in which a child fails to start goes on with the rest of the group after its backoff", async () => {
  const log: string[] = [];
  await using tree = await startTree([
    worker("a", log),
    fragile("b", log, (incarnation) => incarnation === 2),
    worker("c", log),
  ], { strategy: "rest_for_one" });
  killActor(tree.system, "root/a");
  await tree.clock.advance(100);
  log.splice(0, log.indexOf("a#2 start"));
  assert.deepEqual(log, ["a#2 start", "b#2 fails to start"]);
  assert.equal(tree.at("root/c").state, "restarting");
  await tree.clock.advance(100);
  assert.deepEqual(log.slice(2), ["b#3 start", "c#2 start"]);
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

Deno.test("K10 a restart is one event with path, incarnation, cause, delay and budget left", async () => {
  await using tree = await startTree([worker("a", [])]);
  const cause = new Error("broken");
  killActor(tree.system, "root/a", cause);
  await tree.clock.advance(100);
  assert.deepEqual(tree.events.events.slice(1), [
    { type: "actor_ended", path: "root/a", incarnation: 1, reason: "failed", cause },
    {
      type: "restart_scheduled",
      path: "root/a",
      incarnation: 2,
      cause,
      delayMs: 100,
      budgetLeft: 4,
      inARow: 1,
    },
    { type: "actor_started", path: "root/a", incarnation: 2 },
  ]);
  assert.deepEqual([tree.at("root/a").incarnation, tree.at("root/a").restarts], [2, 1]);
});

/** root -> middle -> (a, b), so that `middle` can give up and be restarted. */
async function nested(
  log: string[],
  options: Partial<SupervisorSpec> = {},
): Promise<Tree & { readonly middlePath: string }> {
  const middle = defineSupervisor({
    id: "middle",
    ...CALM,
    budget: { intensity: 1, periodMs: 60_000 },
    ...options,
    children: [worker("a", log), worker("b", log)],
  });
  const tree = await startTree([middle, worker("beside", log)]);
  return { ...tree, middlePath: "root/middle" };
}

Deno.test("K10 a supervisor that gives up ends its children in reverse and is restarted by the one above", async () => {
  const log: string[] = [];
  await using tree = await nested(log);
  killActor(tree.system, "root/middle/a");
  await tree.clock.advance(100);
  log.length = 0;
  const cause = new Error("again");
  killActor(tree.system, "root/middle/a", cause);
  await tree.clock.advance(99);
  assert.deepEqual(log, ["a#2 end failed", "b#1 drain restart", "b#1 end shutdown"]);
  assert.deepEqual(tree.events.of("budget_exhausted"), [
    { type: "budget_exhausted", path: "root/middle", child: "root/middle/a", cause },
  ]);
  const last = tree.events.of("restart_scheduled").at(-1);
  assert.deepEqual([last?.path, last?.incarnation, last?.cause], ["root/middle", 2, cause]);
  await tree.clock.advance(1);
  assert.deepEqual(log.slice(3), ["a#3 start", "b#2 start"]);
  assert.deepEqual(tree.at("root/middle").state, "running");
  killActor(tree.system, "root/middle/a");
  await tree.clock.advance(100);
  assert.equal(tree.at("root/middle").incarnation, 2, "the budget is fresh in the new incarnation");
  assert.equal(tree.at("root/beside").incarnation, 1);
});

Deno.test("K8 the queues below a restarted supervisor survive, but for the child whose budget was spent", async () => {
  const log: string[] = [];
  const [a, b] = [worker("a", log), worker("b", log)];
  const middle = defineSupervisor({
    id: "middle",
    ...CALM,
    budget: { intensity: 0, periodMs: 60_000 },
    children: [a, b],
  });
  await using tree = await startTree([middle]);
  const held = gate();
  b.ref.trySend({ type: "hold", until: held.opened, text: "held" });
  b.ref.trySend({ type: "note", text: "kept" });
  await tree.clock.runUntilIdle();
  a.ref.trySend({ type: "crash" });
  a.ref.trySend({ type: "note", text: "left over" });
  await tree.clock.runUntilIdle();
  a.ref.trySend({ type: "note", text: "sent later" });
  held.open();
  await tree.clock.advance(100);
  assert.deepEqual(log.slice(2), [
    "a#1 end failed",
    "b#1 held",
    "b#1 drain restart",
    "b#1 end shutdown",
    "a#2 start",
    "a#2 sent later",
    "b#2 start",
    "b#2 kept",
  ]);
});

Deno.test("K10 the root giving up resolves done with the cause, and everything queued is failed", async () => {
  const log: string[] = [];
  const [a, b] = [worker("a", log), worker("b", log)];
  await using tree = await startTree([a, b], { budget: { intensity: 0, periodMs: 1_000 } });
  const owes = new Debt();
  b.ref.trySend({ type: "hold", until: gate().opened, text: "" });
  b.ref.trySend({ type: "note", text: "queued", owes });
  await tree.clock.runUntilIdle();
  const cause = new Error("the end");
  killActor(tree.system, "root/a", cause);
  await tree.clock.advance(5_000);
  assert.deepEqual(await tree.system.done, { reason: "budget_exhausted", cause });
  assert.equal(owes.failures.length, 1);
  assert.deepEqual([tree.at("root").state, tree.at("root/a").state, tree.at("root/b").state], [
    "ended",
    "ended",
    "ended",
  ]);
});

Deno.test("K10 a nested supervisor that cannot start again spends the budget above, until the root gives up", async () => {
  const log: string[] = [];
  const middle = defineSupervisor({
    id: "middle",
    ...CALM,
    budget: { intensity: 0, periodMs: 60_000 },
    children: [worker("early", log), fragile("late", log, (incarnation) => incarnation > 1)],
  });
  await using tree = await startTree([middle], { budget: { intensity: 2, periodMs: 60_000 } });
  killActor(tree.system, "root/middle/early");
  await tree.clock.advance(60_000);
  assert.deepEqual(tree.events.of("restart_scheduled").map(({ path, delayMs }) => [path, delayMs]), [
    ["root/middle", 100],
    ["root/middle", 200],
  ]);
  const { reason, cause } = await tree.system.done;
  assert.equal(reason, "budget_exhausted");
  assert.match(String(cause), /ActorStartError: Actor "root\/middle\/late" could not start: cannot start/);
});

Deno.test("defineSupervisor() refuses what cannot be supervised", () => {
  const child = () => worker("a", []);
  const refused: [Partial<SupervisorSpec>, RegExp][] = [
    [{ id: "" }, /TypeError: Cannot define "" as an id must have at least one character and no slash/],
    [{ id: "a/b" }, /TypeError: Cannot define "a\/b"/],
    [{ children: [child(), child()] }, /TypeError: .* two children have the id "a"/],
    [{ children: [{ id: "made by hand" }] }, /TypeError: Cannot supervise "made by hand"/],
    [
      { budget: { intensity: -1, periodMs: 1 } },
      /RangeError: .* budget.intensity must be an integer of 0 or more: it is -1/,
    ],
    [{ budget: { intensity: 1.5, periodMs: 1 } }, /RangeError: .* budget.intensity/],
    [{ budget: { intensity: 1, periodMs: 0 } }, /RangeError: .* budget.periodMs must be positive/],
    [{ backoff: { minMs: -1, maxMs: 1, resetAfterMs: 1 } }, /RangeError: .* backoff.minMs/],
    [{ backoff: { minMs: 2, maxMs: 1, resetAfterMs: 1 } }, /RangeError: .* backoff.maxMs must be minMs or more/],
    [{ backoff: { minMs: 1, maxMs: 1, resetAfterMs: NaN } }, /RangeError: .* backoff.resetAfterMs/],
  ];
  for (const [options, message] of refused) {
    assert.throws(() => defineSupervisor({ id: "s", ...CALM, children: [], ...options }), (error) => {
      return message.test(String(error));
    }, String(message));
  }
  const shared = child();
  defineSupervisor({ id: "first", ...CALM, children: [shared] });
  assert.throws(() => defineSupervisor({ id: "second", ...CALM, children: [shared] }), /has one place in one tree/);
  assert.throws(() => defineActor({ id: "a/b", capacity: 1, start: () => ({ receive() {} }) }), TypeError);
  for (const shutdownMs of [-1, NaN, Infinity]) {
    assert.throws(() => worker("a", [], { shutdownMs }), /RangeError: .* shutdownMs must be from 0 to 2147483647/);
  }
});
