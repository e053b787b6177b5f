import assert from "node:assert/strict";
import { type ActorSystem, defineSupervisor, startSystem } from "./mod.ts";
import { killActor, ManualClock, probe, recordEvents } from "./testing.ts";
import { CALM, startTree, worker } from "./_support.ts";

Deno.test("K14 ManualClock fires timers at their own times, in order, and lets each come to rest before the next", async () => {
  const clock = new ManualClock(1_000_000);
  const seen: string[] = [];
  const note = (text: string) => () => void seen.push(`${text} at ${clock.now()}`);
  clock.schedule(20, note("second"));
  clock.schedule(10, () => {
    note("first")();
    Promise.resolve().then(() => clock.schedule(5, note("from the first")));
  });
  clock.schedule(20, note("third, entered later"));
  clock.schedule(15, note("cancelled")).cancel();
  clock.schedule(-5, note("overdue"));
  await clock.advance(19);
  assert.deepEqual(seen, ["overdue at 1000000", "first at 1000010", "from the first at 1000015"]);
  await clock.advance(1);
  assert.deepEqual(seen.slice(3), ["second at 1000020", "third, entered later at 1000020"]);
  assert.deepEqual([clock.monotonic(), clock.pending], [20, 0]);
});

Deno.test("K14 ManualClock.sleep() resolves in time and rejects with the reason of its signal", async () => {
  const clock = new ManualClock();
  const abort = new AbortController();
  let slept = false;
  clock.sleep(10, abort.signal).then(() => slept = true);
  const aborted = assert.rejects(clock.sleep(50, abort.signal), /enough/);
  await clock.advance(10);
  assert.equal(slept, true);
  abort.abort(new Error("enough"));
  await aborted;
  assert.equal(clock.pending, 0);
  await assert.rejects(clock.sleep(1, abort.signal), /enough/);
});

Deno.test("ManualClock.advance() ends when timers follow each other without end", async () => {
  const clock = new ManualClock();
  const again = () => void clock.schedule(0, again);
  again();
  await assert.rejects(clock.advance(1), /timers follow each other without end/);
});

Deno.test("probe() records what it is sent and awaits the next message, up to a limit", async () => {
  const stand = probe<string>("stand-in");
  assert.equal(stand.ref.path, "stand-in");
  await stand.ref.send("one");
  assert.equal(await stand.next(), "one");
  const next = stand.next();
  await stand.ref.send("two");
  await stand.ref.send("three");
  assert.equal(await next, "two");
  assert.equal(await stand.next(), "three");
  assert.deepEqual(stand.received, ["one", "two", "three"]);
  await assert.rejects(stand.next({ limitMs: 1 }), /Nothing came within 1 ms; 3 items came before/);
  const clock = new ManualClock();
  const outcome = assert.rejects(stand.next({ limitMs: 1_000, clock }), /Nothing came within 1000 ms/);
  await clock.advance(1_000);
  await outcome;
  await assert.rejects(stand.ref.send("four", { signal: AbortSignal.abort(new Error("no")) }), /no/);
});

Deno.test("recordEvents() gives events by type and awaits the next", async () => {
  const recorder = recordEvents();
  const next = recorder.next("dead_letter", { path: "b" });
  recorder.observer({ type: "dead_letter", path: "a", reason: "actor_ended", message: 1 });
  recorder.observer({ type: "observer_failed", cause: 1 });
  recorder.observer({ type: "dead_letter", path: "b", reason: "actor_ended", message: 2 });
  assert.equal((await next).message, 2);
  assert.deepEqual(recorder.of("dead_letter").map((event) => event.message), [1, 2]);
  assert.equal(recorder.events.length, 3);
  await assert.rejects(recorder.next("dead_letter", { limitMs: 1 }), /Nothing came/);
});

Deno.test("killActor() kills running and starting actors, and throws where none is", async () => {
  await using tree = await startTree([worker("a", []), defineSupervisor({ id: "group", ...CALM, children: [] })]);
  for (const path of ["root/b", "root/group", "a"]) {
    assert.throws(() => killActor(tree.system, path), /RangeError: Cannot kill|Cannot kill/);
  }
  killActor(tree.system, "root/a");
  assert.throws(() => killActor(tree.system, "root/a"), /no actor runs there/);
  await tree.clock.advance(100);
  killActor(tree.system, "root/a");
  const started = tree.root.startChild({ id: "b", capacity: 1, start: () => new Promise<never>(() => {}) });
  const outcome = assert.rejects(started, /could not start: killed by a test/);
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/b");
  await outcome;
});

Deno.test("killActor() is not on the system, and needs one that startSystem made", async () => {
  const system: ActorSystem = await startSystem(defineSupervisor({ id: "root", ...CALM, children: [] }));
  assert.equal("kill" in system || "killActor" in system, false);
  assert.throws(() => killActor({ ...system }, "root"), RangeError);
  await system.stop();
});
