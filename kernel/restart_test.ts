import assert from "node:assert/strict";
import { defineSupervisor } from "./mod.ts";
import { killActor } from "./testing.ts";
import { BUSY, CALM, Debt, gate, startTree, worker } from "./_support.ts";

Deno.test("K9 a failed child restarts alone; its siblings run on", async () => {
  const log: string[] = [];
  await using tree = await startTree(["a", "b", "c", "d"].map((id) => worker(id, log)));
  killActor(tree.system, "root/b");
  log.length = 0;
  await tree.clock.advance(99);
  assert.deepEqual(log, []);
  await tree.clock.advance(1);
  assert.deepEqual(log, ["b#2 start"]);
});

Deno.test("K9 a child restarted with its supervisor keeps its queue; its undone work is failed, and shutdownMs bounds its stop", async () => {
  const log: string[] = [];
  const [sink, source] = [worker("sink", log, { work: BUSY }), worker("source", log, { shutdownMs: 500 })];
  const budget = { intensity: 0, periodMs: 60_000 };
  await using tree = await startTree([defineSupervisor({ id: "group", ...CALM, budget, children: [sink, source] })]);
  const [undone, queued] = [new Debt(), new Debt()];
  void source.ref.send({ type: "hold", until: gate().opened, text: "never", owes: undone });
  void source.ref.send({ type: "note", text: "queued", owes: queued });
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/group/sink");
  await tree.clock.advance(499);
  assert.deepEqual([undone.settled, queued.settled], [false, false]);
  await tree.clock.advance(1);
  assert.equal(
    String(undone.failures[0]),
    'ActorRestartedError: Incarnation 1 of actor "root/group/source" ended before the work was settled',
  );
  assert.equal(queued.settled, false);
  await tree.clock.advance(100);
  assert.deepEqual(log.slice(2), [
    "sink#1 end failed",
    "source#1 end killed",
    "sink#2 start",
    "source#2 start",
    "source#2 queued",
  ]);
});

Deno.test("K9 an actor is restarted after a failure, and not after it has ended by itself, nor with its supervisor", async () => {
  const log: string[] = [];
  const [a, failing] = [worker("a", log), worker("failing", log, { work: BUSY })];
  const budget = { intensity: 0, periodMs: 60_000 };
  await using tree = await startTree([
    worker("b", log),
    defineSupervisor({ id: "group", ...CALM, budget, children: [a, failing] }),
  ]);
  killActor(tree.system, "root/b");
  await tree.clock.advance(100);
  void a.ref.send({ type: "finish" });
  await tree.clock.advance(10_000);
  killActor(tree.system, "root/group/failing");
  await tree.clock.advance(10_000);
  assert.deepEqual(tree.incarnations(), {
    "root": 1,
    "root/b": 2,
    "root/group": 2,
    "root/group/a": 1,
    "root/group/failing": 2,
  });
  assert.equal(tree.at("root/group/a").state, "ended");
  assert.ok(log.includes("a#1 end normal"));
});

Deno.test("K9 children wait out their backoffs apart from each other", async () => {
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
