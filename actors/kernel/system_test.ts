import assert from "node:assert/strict";
import { ActorStartError, ActorStoppedError, defineActor, defineSupervisor, startSystem } from "./mod.ts";
import { killActor, ManualClock, recordEvents } from "./testing.ts";
import { CALM, Debt, gate, startTree, worker } from "./_support.ts";

Deno.test("K7 the first start fails fast with the cause, and takes the started siblings down in reverse", async () => {
  const log: string[] = [];
  const clock = new ManualClock();
  const cause = new RangeError("no such broker");
  const failing = worker("failing", log, {
    prepare: () => {
      throw cause;
    },
  });
  const inner = defineSupervisor({ id: "inner", ...CALM, children: [worker("b", log), failing, worker("c", log)] });
  const root = defineSupervisor({ id: "root", ...CALM, children: [worker("a", log), inner, worker("d", log)] });
  const owes = new Debt();
  await failing.ref.send({ type: "note", text: "early", owes });
  await assert.rejects(startSystem(root, { clock }), (error) => {
    return error instanceof ActorStartError && error.path === "root/inner/failing" && error.cause === cause;
  });
  assert.deepEqual(log.filter((line) => !line.includes("drain")), [
    "a#1 start",
    "b#1 start",
    "b#1 end shutdown",
    "a#1 end shutdown",
  ]);
  assert.ok(owes.failures[0] instanceof ActorStoppedError, "what was sent before is not lost without a word");
  assert.equal(clock.pending, 0);
});

Deno.test("K7 startSystem() refuses a root that was made by hand, and one that has been started", async () => {
  const byHand = { id: "root", path: "root", children: () => [], stopChild: () => Promise.resolve() };
  await assert.rejects(
    startSystem({
      ...byHand,
      startChild: () => Promise.reject(new Error()),
      startSupervisor: () => Promise.reject(new Error()),
    }),
    /Cannot start "root" as it was not made by defineSupervisor/,
  );
  await using tree = await startTree([worker("a", [])]);
  await assert.rejects(startSystem(tree.root), /Cannot use "root" twice/);
});

Deno.test("K7 startSystem() given up by its signal stops what has started and rejects with the reason", async () => {
  const log: string[] = [];
  const clock = new ManualClock();
  const abort = new AbortController();
  const waits = worker("waits", log, { prepare: (context) => context.clock.sleep(60_000, context.signal) });
  const root = defineSupervisor({ id: "root", ...CALM, children: [worker("a", log), waits, worker("b", log)] });
  const outcome = assert.rejects(startSystem(root, { clock, signal: abort.signal }), /enough/);
  await clock.advance(10);
  abort.abort(new Error("enough"));
  await outcome;
  assert.deepEqual(log, ["a#1 start", "a#1 drain stop", "a#1 end shutdown"]);
  assert.equal(clock.pending, 0);
  const other = defineSupervisor({ id: "root", ...CALM, children: [worker("a", log)] });
  await assert.rejects(startSystem(other, { clock, signal: abort.signal }), /enough/);
});

Deno.test("K11 stop() goes in reverse start order, through all levels; each actor handles its queue and drains first", async () => {
  const log: string[] = [];
  const [sink, source] = [worker("sink", log), worker("source", log)];
  const sinks = defineSupervisor({ id: "sinks", ...CALM, children: [sink, worker("second", log)] });
  const tree = await startTree([sinks, source]);
  for (const text of ["one", "two"]) {
    source.ref.trySend({ type: "note", text });
    sink.ref.trySend({ type: "note", text });
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
  for (const text of ["one", "two"]) source.ref.trySend(text);
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
  slow.ref.trySend({ type: "hold", until: gate().opened, text: "", owes: inHand });
  slow.ref.trySend({ type: "note", text: "queued", owes: queued });
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

Deno.test("K11 a drain that fails ends the incarnation as failed, and the stop goes on", async () => {
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
  const tree = await startTree([slot, worker("b", log)], { strategy: "one_for_all" });
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

Deno.test("K11 a group restart under way gives way to the stop", async () => {
  const log: string[] = [];
  const slow = worker("slow", log, { behave: (context) => ({ drain: () => context.clock.sleep(200) }) });
  const tree = await startTree([worker("a", log), slow], { strategy: "one_for_all" });
  killActor(tree.system, "root/a");
  await tree.clock.advance(150); // the group restart is stopping `slow`
  const stop = tree.system.stop();
  await tree.clock.advance(150);
  await stop;
  assert.deepEqual(log.slice(2), ["a#1 end failed", "slow#1 end shutdown"]);
});

Deno.test("K15 an observer that throws or rejects is reported to the others, and harms nobody", async () => {
  const events = recordEvents();
  const unhandled: unknown[] = [];
  const onUnhandled = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onUnhandled);
  const log: string[] = [];
  {
    await using tree = await startTree([worker("a", log)], {
      events,
      observers: [
        () => {
          throw new Error("always throws");
        },
        (event) => event.type === "actor_started" ? Promise.reject(new Error("rejects")) : undefined,
      ],
    });
    killActor(tree.system, "root/a");
    await tree.clock.advance(100);
    assert.equal(tree.at("root/a").incarnation, 2);
  }
  globalThis.removeEventListener("unhandledrejection", onUnhandled);
  assert.deepEqual(unhandled, []);
  const reported = new Set(events.of("observer_failed").map((event) => String(event.cause)));
  assert.deepEqual(reported, new Set(["Error: always throws", "Error: rejects"]));
});

function unreachable(): never {
  throw new Error("a message was made after the end");
}

Deno.test("K15 no promise of the kernel goes unhandled, whatever fails", async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onUnhandled);
  {
    const slot = worker("a", [], {
      prepare: ({ incarnation }) => incarnation === 2 ? Promise.reject(new Error("start")) : undefined,
      behave: (context) => ({
        receive: () => Promise.reject(new Error("receive")),
        notice: () => context.incarnation === 3 ? Promise.reject(new Error("notice")) : undefined,
        drain: () => Promise.reject(new Error("drain")),
        end: () => {
          context.pipeToSelf(Promise.reject(new Error("piped")), unreachable, unreachable);
          return Promise.reject(new Error("end"));
        },
      }),
    });
    await using tree = await startTree([slot, worker("b", [])], { strategy: "one_for_all" });
    slot.ref.trySend({ type: "note", text: "" });
    await tree.clock.advance(1_000);
    tree.system.notify({ type: "flag" });
    await tree.clock.advance(1_000);
    assert.equal(tree.at("root/a").incarnation, 4);
    killActor(tree.system, "root/b");
    await tree.clock.advance(1_000);
    await assert.rejects(
      tree.root.startChild({
        id: "dynamic",
        capacity: 1,
        start: () => Promise.reject(new Error("dynamic start")),
      }),
      ActorStartError,
    );
  }
  await new ManualClock().runUntilIdle();
  globalThis.removeEventListener("unhandledrejection", onUnhandled);
  assert.deepEqual(unhandled, []);
});

Deno.test("ActorSystem.snapshot() shows the tree as it stands", async () => {
  const slot = worker("a", []);
  await using tree = await startTree([slot, defineSupervisor({ id: "empty", ...CALM, children: [] })]);
  slot.ref.trySend({ type: "hold", until: gate().opened, text: "" });
  await tree.clock.runUntilIdle();
  slot.ref.trySend({ type: "note", text: "queued" });
  const node = { state: "running", incarnation: 1, restarts: 0, queued: 0, children: [] };
  assert.deepEqual(tree.system.snapshot(), {
    ...node,
    id: "root",
    path: "root",
    kind: "supervisor",
    children: [
      { ...node, id: "a", path: "root/a", kind: "actor", queued: 1 },
      { ...node, id: "empty", path: "root/empty", kind: "supervisor" },
    ],
  });
  killActor(tree.system, "root/a");
  assert.equal(tree.at("root/a").state, "restarting");
});
