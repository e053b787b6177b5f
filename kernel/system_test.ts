import assert from "node:assert/strict";
import { ActorStartError, ActorStoppedError, defineSupervisor, startSystem } from "./mod.ts";
import { killActor, ManualClock, recordEvents } from "./testing.ts";
import { CALM, Debt, gate, startTree, worker, workerSpec } from "./_support.ts";

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
  const byHand = { id: "root", path: "root", startChild: () => Promise.reject(new Error()) };
  await assert.rejects(
    startSystem(byHand),
    /Cannot start "root" as it was not made by defineSupervisor/,
  );
  await using tree = await startTree([worker("a", [])]);
  await assert.rejects(startSystem(tree.root), /Cannot use "root" twice/);
});

Deno.test("K15 an observer that throws or rejects is reported to the others, and disturbs neither them nor the actors", async () => {
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

Deno.test("K15 no promise of the kernel goes unhandled, no matter what fails", async () => {
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
    await using tree = await startTree([slot, worker("b", [])]);
    void slot.ref.send({ type: "note", text: "" });
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
  void slot.ref.send({ type: "hold", until: gate().opened, text: "" });
  await tree.clock.runUntilIdle();
  void slot.ref.send({ type: "note", text: "queued" });
  const node = { state: "running", incarnation: 1, restarts: 0, inARow: 0, queued: 0, children: [] };
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

Deno.test("K7 a start that waits ends at once when it is no longer wanted, and what has started is stopped", async () => {
  const log: string[] = [];
  const tree = await startTree([worker("a", log)]);
  const waits = workerSpec("waits", log, { prepare: (context) => context.clock.sleep(60_000, context.signal) });
  const outcome = assert.rejects(tree.root.startChild(waits), ActorStartError);
  await tree.clock.advance(10);
  await tree.system.stop();
  await outcome;
  assert.deepEqual(log, ["a#1 start", "a#1 drain stop", "a#1 end shutdown"]);
  assert.equal(tree.clock.pending, 0);
});
