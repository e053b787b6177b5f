import assert from "node:assert/strict";
import { ActorFailedError, defineActor, defineSupervisor, type SupervisorSpec } from "./mod.ts";
import { killActor } from "./testing.ts";
import { BUSY, CALM, Debt, fragile, gate, startTree, type Tree, worker } from "./_support.ts";

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
      budgetLeft: 5,
      waiting: 0,
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
    children: [worker("a", log, { work: BUSY }), worker("b", log)],
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
  const [failure] = tree.events.of("budget_exhausted").map(({ cause }) => cause);
  assert.deepEqual([failure?.failures, failure?.cause], [2, cause]);
  assert.deepEqual(tree.events.of("budget_exhausted"), [
    { type: "budget_exhausted", path: "root/middle", child: "root/middle/a", significant: true, cause: failure },
  ]);
  const last = tree.events.of("restart_scheduled").at(-1);
  assert.deepEqual([last?.path, last?.incarnation, last?.cause], ["root/middle", 2, failure]);
  await tree.clock.advance(1);
  assert.deepEqual(log.slice(3), ["a#3 start", "b#2 start"]);
  assert.deepEqual(tree.at("root/middle").state, "running");
  killActor(tree.system, "root/middle/a");
  await tree.clock.advance(100);
  assert.equal(tree.at("root/middle/a").incarnation, 4, "the budget is fresh in the new incarnation");
  assert.equal(tree.at("root/middle").incarnation, 2);
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
  void b.ref.send({ type: "hold", until: held.opened, text: "held" });
  void b.ref.send({ type: "note", text: "kept" });
  await tree.clock.runUntilIdle();
  void a.ref.send({ type: "crash" });
  void a.ref.send({ type: "note", text: "left over" });
  await tree.clock.runUntilIdle();
  void a.ref.send({ type: "note", text: "sent later" });
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

Deno.test("K10 the root giving up resolves done with the failed child, and everything queued is failed", async () => {
  const log: string[] = [];
  const [a, b] = [worker("a", log, { work: BUSY }), worker("b", log)];
  await using tree = await startTree([a, b], { budget: { intensity: 0, periodMs: 1_000 } });
  const owes = new Debt();
  void b.ref.send({ type: "hold", until: gate().opened, text: "" });
  void b.ref.send({ type: "note", text: "queued", owes });
  await tree.clock.runUntilIdle();
  const cause = new Error("the end");
  killActor(tree.system, "root/a", cause);
  await tree.clock.advance(5_000);
  const end = await tree.system.done;
  assert.ok(end.reason === "budget_exhausted" && end.cause instanceof ActorFailedError);
  assert.deepEqual([end.cause.path, end.cause.failures, end.cause.cause], ["root/a", 1, cause]);
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
    children: [worker("early", log, { work: BUSY }), fragile("late", log, (incarnation) => incarnation > 1)],
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
  assert.match(
    String(cause),
    /"root\/middle" failed 3 times .*Actor "root\/middle\/late" could not start: cannot start/,
  );
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
