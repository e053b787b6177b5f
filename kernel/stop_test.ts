import assert from "node:assert/strict";
import { ActorStoppedError, defineActor, defineSupervisor } from "./mod.ts";
import { killActor } from "./testing.ts";
import { BUSY, CALM, Debt, gate, startTree, worker } from "./_support.ts";

Deno.test("K11 stop() goes in reverse start order, through all levels; each actor handles its queue and drains first", async () => {
  const log: string[] = [];
  const [sink, source] = [worker("sink", log), worker("source", log)];
  const sinks = defineSupervisor({ id: "sinks", ...CALM, children: [sink, worker("second", log)] });
  const tree = await startTree([sinks, source]);
  for (const text of ["one", "two"]) {
    void source.ref.send({ type: "note", text });
    void sink.ref.send({ type: "note", text });
  }
  log.length = 0;
  await tree.system.stop();
  assert.deepEqual(log.filter((line) => !line.startsWith("sink#1 one") && !line.startsWith("sink#1 two")), [
    "source#1 one",
    "source#1 two",
    "source#1 drain stop",
    "source#1 end shutdown",
    "second#1 drain stop",
    "second#1 end shutdown",
    "sink#1 drain stop",
    "sink#1 end shutdown",
  ]);
  assert.ok(log.indexOf("sink#1 two") < log.indexOf("sink#1 drain stop"));
  assert.deepEqual(await tree.system.done, { reason: "shutdown" });
  assert.deepEqual(tree.events.of("dead_letter"), []);
  assert.equal(tree.clock.pending, 0);
});

Deno.test("K11 internal messages still arrive while an actor drains, and siblings started earlier still work", async () => {
  const seen: string[] = [];
  type Line = { readonly text: string; readonly done: () => void };
  const sink = defineActor<Line>({
    id: "sink",
    capacity: 10,
    start: (context) => ({
      receive: async ({ text, done }) => {
        await context.clock.sleep(50);
        seen.push(`written ${text}`);
        done();
      },
    }),
  });
  const source = defineActor<string, { readonly acknowledged: string }>({
    id: "source",
    capacity: 10,
    start: (context) => {
      let open = 0;
      const drained = Promise.withResolvers<void>();
      return {
        receive: async (message) => {
          if (typeof message !== "string") {
            seen.push(`acknowledged ${message.acknowledged}`);
            open -= 1;
            if (open === 0) drained.resolve();
            return;
          }
          open += 1;
          const { promise, resolve } = Promise.withResolvers<void>();
          await sink.ref.send({ text: message, done: resolve });
          context.pipeToSelf(promise, () => ({ acknowledged: message }), () => ({ acknowledged: "" }));
        },
        drain: () => {
          seen.push("drain");
          return drained.promise;
        },
        end: () => void seen.push("end"),
      };
    },
  });
  const tree = await startTree([sink, source]);
  for (const text of ["one", "two"]) void source.ref.send(text);
  const stopped = tree.system.stop();
  await tree.clock.advance(100);
  await stopped;
  assert.deepEqual(seen, ["drain", "written one", "acknowledged one", "written two", "acknowledged two", "end"]);
});

Deno.test("K11 what is sent to an actor that drains is refused with a dead letter, not lost without a word", async () => {
  const held = gate();
  const slot = worker("a", [], { behave: () => ({ drain: () => held.opened }) });
  const tree = await startTree([slot]);
  const stopped = tree.system.stop();
  await tree.clock.runUntilIdle();
  const owes = new Debt();
  await slot.ref.send({ type: "note", text: "late", owes });
  assert.ok(owes.failures[0] instanceof ActorStoppedError);
  assert.deepEqual(tree.events.of("dead_letter").map((event) => event.reason), ["actor_ended"]);
  held.open();
  await stopped;
});

Deno.test("K11 an actor that does not stop within shutdownMs is killed, and what it left is failed", async () => {
  const log: string[] = [];
  const [a, slow] = [worker("a", log), worker("slow", log, { shutdownMs: 300 })];
  const tree = await startTree([a, slow]);
  const [inHand, queued] = [new Debt(), new Debt()];
  void slow.ref.send({ type: "hold", until: gate().opened, text: "", owes: inHand });
  void slow.ref.send({ type: "note", text: "queued", owes: queued });
  await tree.clock.runUntilIdle();
  let stopped = false;
  const stop = tree.system.stop().then(() => stopped = true);
  await tree.clock.advance(299);
  assert.deepEqual([stopped, log.length], [false, 2]);
  await tree.clock.advance(1);
  await stop;
  assert.deepEqual(log.slice(2), ["slow#1 end killed", "a#1 drain stop", "a#1 end shutdown"]);
  assert.match(String(inHand.failures[0]), /ActorRestartedError/);
  assert.match(String(queued.failures[0]), /ActorStoppedError: .* \(killed\)/);
  assert.deepEqual(tree.events.of("dead_letter").map((event) => event.reason), ["killed"]);
  const [ended] = tree.events.of("actor_ended");
  assert.match(String(ended?.cause), /ShutdownTimeoutError: Actor "root\/slow" did not stop within 300 ms/);
  assert.equal(tree.clock.pending, 0);
});

Deno.test("K11 shutdownMs bounds the drain too, and 0 kills at once", async () => {
  const log: string[] = [];
  const drains = worker("drains", log, { shutdownMs: 200, behave: () => ({ drain: () => gate().opened }) });
  const brutal = worker("brutal", log, { shutdownMs: 0 });
  const tree = await startTree([drains, brutal]);
  const stop = tree.system.stop();
  await tree.clock.advance(200);
  await stop;
  assert.deepEqual(log.slice(2), ["brutal#1 end killed", "drains#1 end killed"]);
});

Deno.test("K11 a drain that fails ends the incarnation as failed, and the stop continues", async () => {
  const log: string[] = [];
  const failing = worker("failing", log, { behave: () => ({ drain: () => Promise.reject(new Error("drain broke")) }) });
  const tree = await startTree([worker("a", log), failing]);
  await tree.system.stop();
  assert.deepEqual(log.slice(2), ["failing#1 end failed", "a#1 drain stop", "a#1 end shutdown"]);
  assert.deepEqual(tree.events.of("restart_scheduled"), []);
});

Deno.test("K11 one overall deadline kills what is left, hooks that hang included", async () => {
  const log: string[] = [];
  const hanging = (id: string) =>
    worker(id, log, { shutdownMs: 100_000, behave: () => ({ drain: () => gate().opened, end: () => gate().opened }) });
  const tree = await startTree([hanging("a"), hanging("b"), hanging("c")]);
  let stopped = false;
  const stop = tree.system.stop({ deadlineMs: 1_000 }).then(() => stopped = true);
  await tree.clock.advance(999);
  assert.equal(stopped, false);
  await tree.clock.advance(1);
  await stop;
  assert.deepEqual(await tree.system.done, { reason: "killed" });
  assert.deepEqual(tree.events.of("actor_ended").map(({ path, reason }) => [path, reason]), [
    ["root/c", "killed"],
    ["root/b", "killed"],
    ["root/a", "killed"],
  ]);
  assert.equal(tree.clock.pending, 0);
});

Deno.test("K11 stop() is idempotent: callers share the end, the earliest deadline holds, a later stop does nothing", async () => {
  const log: string[] = [];
  const tree = await startTree([
    worker("a", log, { shutdownMs: 100_000, behave: () => ({ drain: () => gate().opened }) }),
  ]);
  const first = tree.system.stop({ deadlineMs: 50_000 });
  const second = tree.system.stop();
  assert.equal(first, second);
  const impatient = tree.system.stop({ deadlineMs: 10 });
  await tree.clock.advance(10);
  await Promise.all([first, second, impatient]);
  assert.deepEqual(log, ["a#1 start", "a#1 end killed"]);
  await tree.system.stop();
  assert.equal(tree.events.of("actor_ended").length, 1);
  assert.equal(tree.clock.pending, 0);
});

Deno.test("K11 stop() works at once while a child waits for its restart, and nothing starts afterwards", async () => {
  const log: string[] = [];
  const slot = worker("a", log);
  const tree = await startTree([slot, worker("b", log)]);
  killActor(tree.system, "root/a");
  const owes = new Debt();
  await slot.ref.send({ type: "note", text: "queued", owes });
  await tree.system.stop(); // no time passes
  assert.deepEqual(log.slice(2), ["a#1 end failed", "b#1 drain stop", "b#1 end shutdown"]);
  assert.ok(owes.failures[0] instanceof ActorStoppedError);
  assert.equal(tree.clock.pending, 0);
  await tree.clock.advance(10_000);
  assert.equal(tree.at("root/a").state, "ended");
});

Deno.test("K11 stop() in time prevents a restart that waits for the last incarnation to release what it held", async () => {
  const log: string[] = [];
  const held = gate();
  const slot = worker("a", log, {
    behave: (_context, say) => ({ end: () => held.opened.then(() => say("released")) }),
  });
  const tree = await startTree([slot]);
  killActor(tree.system, "root/a");
  await tree.clock.advance(200); // the backoff is over, the end hook is not
  assert.equal(tree.at("root/a").state, "starting");
  const stop = tree.system.stop();
  held.open();
  await stop;
  await tree.clock.advance(10_000);
  assert.deepEqual(log, ["a#1 start", "a#1 released"]);
});

Deno.test("K11 a child that fails while its supervisor stops is not started again", async () => {
  const log: string[] = [];
  const held = gate();
  const sink = worker("sink", log);
  const source = worker("source", log, { behave: () => ({ drain: () => held.opened }) });
  const tree = await startTree([sink, source]);
  const stop = tree.system.stop();
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/sink");
  held.open();
  await stop;
  assert.deepEqual(log.slice(2), ["sink#1 end failed", "source#1 end shutdown"]);
  assert.deepEqual(tree.events.of("restart_scheduled"), []);
});

Deno.test("K11 an actor that keeps itself busy with internal messages still comes to its drain", async () => {
  const seen: string[] = [];
  const slot = defineActor<string, string>({
    id: "busy",
    capacity: 1,
    start: (context) => {
      let draining = false;
      context.tellSelf("again");
      return {
        receive: (message) => {
          if (!draining) context.tellSelf(message);
        },
        drain: () => {
          draining = true;
          seen.push("drain");
        },
        end: (reason) => void seen.push(reason),
      };
    },
  });
  const tree = await startTree([slot]);
  await tree.system.stop();
  assert.deepEqual(seen, ["drain", "shutdown"]);
});

Deno.test("K11 the restart of a supervisor under way gives way to the stop", async () => {
  const log: string[] = [];
  const slow = worker("slow", log, { behave: (context) => ({ drain: () => context.clock.sleep(200) }) });
  const budget = { intensity: 0, periodMs: 60_000 };
  const children = [worker("a", log, { work: BUSY }), slow];
  const tree = await startTree([defineSupervisor({ id: "group", ...CALM, budget, children })]);
  killActor(tree.system, "root/group/a");
  await tree.clock.advance(150); // the supervisor has given up and is stopping `slow`
  const stop = tree.system.stop();
  await tree.clock.advance(150);
  await stop;
  assert.deepEqual(log.slice(2), ["a#1 end failed", "slow#1 end shutdown"]);
  assert.deepEqual(tree.events.of("restart_scheduled"), []);
});
