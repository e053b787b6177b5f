import assert from "node:assert/strict";
import { defineSupervisor, type RestartStrategy } from "./mod.ts";
import { killActor } from "./testing.ts";
import { BUSY, CALM, Debt, fragile, gate, startTree, worker } from "./_support.ts";

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
    children: [worker("last", log, { work: BUSY }), temporary("with")],
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
