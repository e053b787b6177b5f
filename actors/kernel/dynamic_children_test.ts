import assert from "node:assert/strict";
import { ActorStartError, ActorStoppedError, defineSupervisor, startSystem } from "./mod.ts";
import { killActor, ManualClock } from "./testing.ts";
import { BUSY, CALM, Debt, gate, startTree, worker, workerSpec } from "./_support.ts";

Deno.test("startChild() starts one more child, last in order; the same id gives the same ref, also to callers at once", async () => {
  const log: string[] = [];
  await using tree = await startTree([worker("a", log)]);
  const held = gate();
  const spec = () => workerSpec("b", log, { prepare: () => held.opened });
  const refs = Promise.all([tree.root.startChild(spec()), tree.root.startChild(spec())]);
  await tree.clock.runUntilIdle();
  held.open();
  const [first, second] = await refs;
  assert.equal(first, second);
  assert.equal(await tree.root.startChild(spec()), first);
  assert.equal(first.path, "root/b");
  assert.deepEqual(tree.root.children(), ["a", "b"]);
  await tree.system.stop();
  assert.deepEqual(log.filter((line) => !line.includes("drain")), [
    "a#1 start",
    "b#1 start",
    "b#1 end shutdown",
    "a#1 end shutdown",
  ]);
});

Deno.test("startChild() rejects when the first start fails, forgets the child and spends no budget", async () => {
  const log: string[] = [];
  await using tree = await startTree([worker("a", log)]);
  const failing = () => tree.root.startChild(workerSpec("b", log, { prepare: () => Promise.reject(new Error("no")) }));
  for (let count = 0; count < 10; count += 1) {
    await assert.rejects(failing(), (error) => error instanceof ActorStartError && error.path === "root/b");
  }
  const bothFail = [failing(), failing()].map((outcome) => assert.rejects(outcome, ActorStartError));
  await Promise.all(bothFail);
  assert.deepEqual(tree.root.children(), ["a"]);
  assert.deepEqual(tree.events.of("restart_scheduled"), []);
  const ref = await tree.root.startChild(workerSpec("b", log));
  assert.equal(ref.path, "root/b");
});

Deno.test("a dynamic child that crashes right after its first start is restarted like any other", async () => {
  const log: string[] = [];
  await using tree = await startTree([]);
  await tree.root.startChild(workerSpec("b", log, {
    behave: (context) => ({
      notice: () => {
        if (context.incarnation === 1) throw new Error("at once");
      },
    }),
    prepare: () => tree.system.notify({ type: "flag" }),
  }));
  await tree.clock.advance(100);
  assert.equal(tree.at("root/b").incarnation, 2);
});

Deno.test("stopChild() handles the queue, drains and forgets; the old ref is dead and the id is free again", async () => {
  const log: string[] = [];
  await using tree = await startTree([]);
  const ref = await tree.root.startChild(workerSpec("b", log));
  ref.trySend({ type: "note", text: "queued" });
  const stopped = tree.root.stopChild("b");
  const again = tree.root.startChild(workerSpec("b", log));
  await stopped;
  assert.deepEqual(log.slice(0, 4), ["b#1 start", "b#1 queued", "b#1 drain stop", "b#1 end shutdown"]);
  assert.notEqual(await again, ref);
  assert.deepEqual(tree.root.children(), ["b"]);
  const owes = new Debt();
  await ref.send({ type: "note", text: "to the dead", owes });
  assert.ok(owes.failures[0] instanceof ActorStoppedError);
  await tree.root.stopChild("nobody");
});

Deno.test("stopChild() takes back a restart that waits, and fails what was queued", async () => {
  const log: string[] = [];
  const slot = worker("a", log);
  await using tree = await startTree([slot]);
  const owes = new Debt();
  killActor(tree.system, "root/a");
  slot.ref.trySend({ type: "note", text: "queued", owes });
  await tree.root.stopChild("a");
  await tree.clock.advance(10_000);
  assert.deepEqual(log, ["a#1 start", "a#1 end failed"]);
  assert.ok(owes.failures[0] instanceof ActorStoppedError);
  assert.deepEqual(tree.root.children(), []);
});

Deno.test("siblings that waited for the restart of a stopped child are started without it", async () => {
  const log: string[] = [];
  const failing = worker("b", log, {
    prepare: ({ incarnation }) => incarnation > 1 ? Promise.reject(new Error("never again")) : undefined,
  });
  await using tree = await startTree([worker("a", log), failing, worker("c", log)], { strategy: "rest_for_one" });
  killActor(tree.system, "root/b");
  await tree.clock.advance(100);
  assert.equal(tree.at("root/c").state, "restarting");
  await tree.root.stopChild("b");
  await tree.clock.runUntilIdle();
  assert.deepEqual(tree.incarnations(), { "root": 1, "root/a": 1, "root/c": 2 });
});

Deno.test("dynamic children survive the restart of their supervisor, with their queues", async () => {
  const log: string[] = [];
  const middle = defineSupervisor({
    id: "middle",
    ...CALM,
    budget: { intensity: 0, periodMs: 60_000 },
    children: [worker("fixed", log, { work: BUSY })],
  });
  await using tree = await startTree([middle]);
  const ref = await middle.startChild(workerSpec("dynamic", log));
  await middle.startChild(workerSpec("passing", log, { restart: "temporary" }));
  killActor(tree.system, "root/middle/fixed");
  await tree.clock.runUntilIdle();
  ref.trySend({ type: "note", text: "sent in between" });
  const entered = await middle.startChild(workerSpec("entered", log));
  entered.trySend({ type: "note", text: "waits too" });
  log.length = 0;
  await tree.clock.advance(100);
  assert.deepEqual(log, [
    "fixed#2 start",
    "dynamic#2 start",
    "dynamic#2 sent in between",
    "entered#1 start",
    "entered#1 waits too",
  ]);
  assert.deepEqual(middle.children(), ["fixed", "dynamic", "entered"]);
});

Deno.test("startChild() before the tree starts enters the child, which starts with the others", async () => {
  const log: string[] = [];
  const root = defineSupervisor({ id: "root", ...CALM, children: [worker("a", log)] });
  const ref = await root.startChild(workerSpec("b", log));
  await ref.send({ type: "note", text: "early" });
  const clock = new ManualClock();
  const system = await startSystem(root, { clock });
  await clock.runUntilIdle();
  assert.deepEqual(log, ["a#1 start", "b#1 start", "b#1 early"]);
  await system.stop();
  await assert.rejects(root.startChild(workerSpec("c", log)), ActorStoppedError);
});

Deno.test("startChild() from the start of an actor below the same supervisor does not deadlock", async () => {
  const log: string[] = [];
  const root = defineSupervisor({
    id: "root",
    ...CALM,
    children: [worker("a", log, { prepare: async () => void await root.startChild(workerSpec("b", log)) })],
  });
  const system = await startSystem(root, { clock: new ManualClock() });
  assert.deepEqual(log, ["a#1 start", "b#1 start"]);
  await system.stop();
});

Deno.test("a dynamic child that has ended for good is forgotten, and its id is free", async () => {
  const log: string[] = [];
  await using tree = await startTree([worker("fixed", log, { restart: "transient" })]);
  const ref = await tree.root.startChild(workerSpec("b", log, { restart: "transient" }));
  ref.trySend({ type: "finish" });
  await tree.clock.runUntilIdle();
  assert.deepEqual(tree.root.children(), ["fixed"]);
  const next = await tree.root.startChild(workerSpec("b", log));
  assert.notEqual(next, ref);
  killActor(tree.system, "root/b");
  await tree.clock.advance(100);
  assert.equal(tree.at("root/b").incarnation, 2);
});

Deno.test("startSupervisor() adds a supervisor with children of its own; an id is an actor's or a supervisor's", async () => {
  const log: string[] = [];
  await using tree = await startTree([worker("a", log)]);
  const spec = { id: "group", ...CALM, children: [worker("b", log)] };
  const group = await tree.root.startSupervisor(spec);
  assert.equal(await tree.root.startSupervisor({ ...spec, children: [] }), group);
  await group.startChild(workerSpec("c", log));
  assert.deepEqual([group.path, group.children()], ["root/group", ["b", "c"]]);
  killActor(tree.system, "root/group/c");
  await tree.clock.advance(100);
  assert.equal(tree.at("root/group/c").incarnation, 2);
  await assert.rejects(tree.root.startChild(workerSpec("group", log)), /a supervisor has that id/);
  await assert.rejects(tree.root.startSupervisor({ ...spec, id: "a", children: [] }), /an actor has that id/);
  await tree.root.stopChild("group");
  assert.deepEqual(tree.root.children(), ["a"]);
});
