import assert from "node:assert/strict";
import { ActorStartError, ActorStoppedError, defineSupervisor, startSystem } from "./mod.ts";
import { killActor, ManualClock } from "./testing.ts";
import { BUSY, CALM, gate, startTree, worker, workerSpec } from "./_support.ts";

Deno.test("startChild() starts one more child, last in order; the same id gives the same ref, also to callers at once", async () => {
  const log: string[] = [];
  const held = gate();
  const spec = () => workerSpec("b", log, { prepare: () => held.opened });
  const group = defineSupervisor({ id: "group", ...CALM, children: [] });
  await using tree = await startTree([worker("a", log), group]);
  const refs = Promise.all([tree.root.startChild(spec()), tree.root.startChild(spec())]);
  await tree.clock.runUntilIdle();
  held.open();
  const [first, second] = await refs;
  assert.equal(first, second);
  assert.equal(await tree.root.startChild(spec()), first);
  assert.equal(first.path, "root/b");
  await assert.rejects(tree.root.startChild(workerSpec("group", log)), /a supervisor has that id/);
  assert.deepEqual(tree.children(), ["a", "group", "b"]);
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
  assert.deepEqual(tree.children(), ["a"]);
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
  killActor(tree.system, "root/middle/fixed");
  await tree.clock.runUntilIdle();
  void ref.send({ type: "note", text: "sent in between" });
  const entered = await middle.startChild(workerSpec("entered", log));
  void entered.send({ type: "note", text: "waits too" });
  log.length = 0;
  await tree.clock.advance(100);
  assert.deepEqual(log, [
    "fixed#2 start",
    "dynamic#2 start",
    "dynamic#2 sent in between",
    "entered#1 start",
    "entered#1 waits too",
  ]);
  assert.deepEqual(tree.children("root/middle"), ["fixed", "dynamic", "entered"]);
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
  await using tree = await startTree([worker("fixed", log)]);
  const ref = await tree.root.startChild(workerSpec("b", log));
  void ref.send({ type: "finish" });
  await tree.clock.runUntilIdle();
  assert.deepEqual(tree.children(), ["fixed"]);
  const next = await tree.root.startChild(workerSpec("b", log));
  assert.notEqual(next, ref);
  killActor(tree.system, "root/b");
  await tree.clock.advance(100);
  assert.equal(tree.at("root/b").incarnation, 2);
});

Deno.test("startChild() of an id whose child has ended waits until that one has released what it held", async () => {
  const log: string[] = [];
  const held = gate();
  await using tree = await startTree([]);
  const first = workerSpec("b", log, {
    behave: (_context, say) => ({ end: () => held.opened.then(() => say("released")) }),
  });
  const ref = await tree.root.startChild(first);
  await ref.send({ type: "finish" });
  await tree.clock.runUntilIdle();
  const next = tree.root.startChild(workerSpec("b", log));
  await tree.clock.runUntilIdle();
  assert.deepEqual(log, ["b#1 start"]);
  held.open();
  assert.notEqual(await next, ref);
  assert.deepEqual(log, ["b#1 start", "b#1 released", "b#1 start"]);
});
