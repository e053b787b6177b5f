import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { type ActorSlot, defineActor, startSystem } from "./mod.ts";
import { killActor, recordEvents } from "./testing.ts";
import { defineSupervisor } from "./supervisor.ts";
import { CALM, Debt, gate, startTree, worker } from "./_support.ts";

Deno.test("K1 an actor handles one message at a time, in the order sent", async () => {
  const log: string[] = [];
  const slot = worker("a", log);
  await using tree = await startTree([slot]);
  const held = gate();
  await slot.ref.send({ type: "hold", until: held.opened, text: "one" });
  for (const text of ["two", "three"]) await slot.ref.send({ type: "note", text });
  await tree.clock.runUntilIdle();
  assert.deepEqual(log, ["a#1 start"]);
  held.open();
  await tree.clock.runUntilIdle();
  assert.deepEqual(log, ["a#1 start", "a#1 one", "a#1 two", "a#1 three"]);
});

Deno.test("K1 a long queue neither grows the stack nor keeps the event loop from turning", async () => {
  let handled = 0;
  const slot = defineActor<number>({ id: "a", capacity: 200_000, start: () => ({ receive: () => void handled++ }) });
  for (let index = 0; index < 200_000; index += 1) void slot.ref.send(index);
  await using tree = await startTree([slot]);
  await setImmediate();
  assert.ok(handled < 200_000, "the event loop did not turn before the queue was empty");
  await tree.clock.runUntilIdle();
  assert.equal(handled, 200_000);
});

Deno.test("K1 two actors that feed each other for ever leave the event loop its turns", async () => {
  let rounds = 0;
  const left: ActorSlot<number> = defineActor<number>({
    id: "left",
    capacity: 1,
    start: () => ({ receive: (n) => right.ref.send(n) }),
  });
  const right: ActorSlot<number> = defineActor<number>({
    id: "right",
    capacity: 1,
    start: () => ({
      receive: (n) => {
        rounds += 1;
        return left.ref.send(n);
      },
    }),
  });
  const system = await startSystem(defineSupervisor({ id: "root", ...CALM, children: [left, right] }));
  await left.ref.send(1);
  while (rounds < 5_000) await setImmediate();
  await system.stop({ deadlineMs: 0 });
});

Deno.test("K6 what throws or rejects ends the incarnation, and the next one takes over", async () => {
  const log: string[] = [];
  const slot = worker("a", log, {
    behave: (_context, say) => ({
      receive: (work) => {
        if (work.type === "crash") throw new Error("thrown, not rejected");
        if (work.type === "note") say(work.text);
        return work.type === "finish" ? Promise.reject(new Error("rejected")) : undefined;
      },
    }),
  });
  await using tree = await startTree([slot]);
  await slot.ref.send({ type: "crash" });
  await tree.clock.advance(100);
  await slot.ref.send({ type: "finish" });
  await tree.clock.advance(200);
  await slot.ref.send({ type: "note", text: "still here" });
  await tree.clock.runUntilIdle();
  assert.deepEqual(log, ["a#1 start", "a#1 end failed", "a#2 start", "a#2 end failed", "a#3 start", "a#3 still here"]);
  const causes = tree.events.of("restart_scheduled").map((event) => String(event.cause));
  assert.deepEqual(causes, ["Error: thrown, not rejected", "Error: rejected"]);
});

Deno.test("K6 a bad record that is a value restarts no actor", async () => {
  type Parsed = { readonly ok: true; readonly value: number } | { readonly ok: false; readonly reason: string };
  const parse = (text: string): Parsed =>
    /^\d+$/.test(text) ? { ok: true, value: Number(text) } : { ok: false, reason: `"${text}" is not a number` };
  const bad: string[] = [];
  let sum = 0;
  const slot = defineActor<string>({
    id: "parser",
    capacity: 10,
    start: () => ({
      receive: (text) => {
        const parsed = parse(text);
        if (parsed.ok) sum += parsed.value;
        else bad.push(parsed.reason);
      },
    }),
  });
  await using tree = await startTree([slot]);
  for (const text of ["1", "x", "2"]) await slot.ref.send(text);
  await tree.clock.runUntilIdle();
  assert.deepEqual({ sum, bad }, { sum: 3, bad: ['"x" is not a number'] });
  assert.equal(tree.at("root/parser").incarnation, 1);
});

Deno.test("K7 the factory runs once per incarnation, so that no state survives a crash", async () => {
  const seen: number[][] = [];
  const slot = defineActor<number>({
    id: "a",
    capacity: 10,
    start: () => {
      const numbers: number[] = [];
      return {
        receive: (n) => {
          if (n < 0) throw new RangeError("negative");
          numbers.push(n);
          seen.push([...numbers]);
        },
      };
    },
  });
  await using tree = await startTree([slot]);
  for (const n of [1, 2, -1, 3]) await slot.ref.send(n);
  await tree.clock.advance(100);
  assert.deepEqual(seen, [[1], [1, 2], [3]]);
});

Deno.test("K13 a receive that still waits when its incarnation is killed has no effect afterwards", async () => {
  const log: string[] = [];
  const held = gate();
  const effects: string[] = [];
  let aborted: boolean | undefined;
  const effect = () => {
    effects.push("a message was made");
    return "internal";
  };
  const slot: ActorSlot<string> = defineActor<string, string>({
    id: "a",
    capacity: 10,
    start: (context) => ({
      receive: async (text) => {
        log.push(`${context.incarnation} begins ${text}`);
        if (context.incarnation > 1) return;
        await held.opened;
        aborted = context.signal.aborted;
        const late = context.replyPort<number>(effect, effect);
        context.tellSelf("internal");
        context.pipeToSelf(Promise.resolve(), effect, effect);
        context.pipeToSelf(Promise.reject(new Error("late")), effect, effect);
        context.schedule(0, "timer").cancel();
        context.schedule(0, "timer");
        late.reply(1);
        context.stop();
        throw new Error("a late failure");
      },
    }),
  });
  await using tree = await startTree([slot]);
  for (const text of ["one", "two"]) await slot.ref.send(text);
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/a");
  await tree.clock.advance(100);
  held.open();
  await tree.clock.runUntilIdle();
  assert.equal(tree.clock.pending, 0);
  await tree.clock.advance(5_000);
  assert.deepEqual(log, ["1 begins one", "2 begins two"]);
  assert.equal(aborted, true);
  assert.deepEqual(effects, []);
  assert.equal(tree.at("root/a").state, "running");
  assert.equal(tree.events.of("actor_ended").length, 1);
});

Deno.test("K13 what an incarnation was waiting for does not reach the next one", async () => {
  const seen: string[] = [];
  const piped = Promise.withResolvers<string>();
  const slot = defineActor<string, string>({
    id: "a",
    capacity: 10,
    start: (context) => {
      if (context.incarnation === 1) {
        context.pipeToSelf(piped.promise, (value) => `piped ${value}`, () => "failed");
        context.schedule(150, "timer");
      }
      return {
        receive: (text) => {
          if (text === "crash") {
            context.tellSelf("left in the lane");
            throw new Error("crash");
          }
          seen.push(`${context.incarnation} ${text}`);
        },
      };
    },
  });
  await using tree = await startTree([slot]);
  await slot.ref.send("crash");
  await tree.clock.advance(100);
  piped.resolve("late");
  await tree.clock.advance(5_000);
  await slot.ref.send("hello");
  await tree.clock.runUntilIdle();
  assert.deepEqual(seen, ["2 hello"]);
});

Deno.test("K14 timers run on the tree's clock, can be cancelled, and die with the incarnation", async () => {
  const seen: string[] = [];
  const slot = defineActor<string, string>({
    id: "a",
    capacity: 10,
    start: (context) => {
      context.schedule(50, "fifty");
      context.schedule(20, "twenty");
      context.schedule(30, "cancelled").cancel();
      context.schedule(1_000, "never");
      return { receive: (text) => void seen.push(`${text} at ${context.clock.monotonic()}`) };
    },
  });
  await using tree = await startTree([slot]);
  await tree.clock.advance(49);
  assert.deepEqual(seen, ["twenty at 20"]);
  await tree.clock.advance(1);
  assert.deepEqual(seen, ["twenty at 20", "fifty at 50"]);
  assert.equal(tree.clock.pending, 1);
  await tree.system.stop();
  assert.equal(tree.clock.pending, 0);
});

Deno.test("K14 a tree runs on the machine's clock when none is given, and leaves nothing behind", async () => {
  const events = recordEvents();
  const slot = defineActor<string, string>({
    id: "a",
    capacity: 1,
    start: (context) => {
      context.schedule(1, "tick");
      return {
        receive: (text) => {
          if (text === "tick") throw new Error("tick");
        },
      };
    },
  });
  const root = defineSupervisor({
    id: "root",
    ...CALM,
    backoff: { minMs: 1, maxMs: 2, resetAfterMs: 1_000 },
    children: [slot],
  });
  const system = await startSystem(root, { observers: [events.observer] });
  await events.next("restart_scheduled");
  await events.next("actor_started");
  await system.stop();
});

Deno.test("ActorContext.pipeToSelf() fails the actor when the mapping throws", async () => {
  const slot = defineActor<string, string>({
    id: "a",
    capacity: 1,
    start: (context) => {
      if (context.incarnation === 1) {
        context.pipeToSelf(Promise.resolve(1), () => {
          throw new Error("mapping");
        }, () => "");
      }
      return { receive() {} };
    },
  });
  await using tree = await startTree([slot]);
  await tree.clock.advance(100);
  assert.equal(String(tree.events.of("restart_scheduled")[0]?.cause), "Error: mapping");
  assert.equal(tree.at("root/a").incarnation, 2);
});

Deno.test("a start that is stopped while it waits is aborted, and what it made after all is released", async () => {
  const held = gate();
  const ended: string[] = [];
  const tree = await startTree([]);
  const started = tree.root.startChild({
    id: "slow",
    capacity: 1,
    shutdownMs: 100,
    start: async (context) => {
      await held.opened;
      ended.push(`aborted ${context.signal.aborted}`);
      return { receive() {}, end: (reason) => void ended.push(reason) };
    },
  });
  const outcome = assert.rejects(started, /could not start/);
  await tree.clock.runUntilIdle();
  const stopped = tree.system.stop();
  await tree.clock.advance(100);
  await outcome;
  await stopped;
  held.open();
  await tree.clock.runUntilIdle();
  assert.deepEqual(ended, ["aborted true", "killed"]);
  assert.equal(tree.clock.pending, 0);
});

Deno.test("K10 an incarnation that does not finish a message is hung: it fails, and the next one takes over", async () => {
  const log: string[] = [];
  const held = gate();
  const slot = worker("a", log, { hungMs: 1_000 });
  await using tree = await startTree([slot]);
  const owes = new Debt();
  const { failures } = owes;
  await slot.ref.send({ type: "hold", until: held.opened, text: "late", owes });
  await slot.ref.send({ type: "note", text: "next" });
  await tree.clock.advance(999);
  assert.deepEqual(log, ["a#1 start"]);
  await tree.clock.advance(10_000);
  assert.deepEqual(log.filter((line) => !line.includes("end")), ["a#1 start", "a#2 start", "a#2 next"]);
  assert.match(String(failures[0]), /ended before the work was settled/);
  assert.match(String(failures[0] instanceof Error && failures[0].cause), /ActorHungError.*for 1000 ms/);
  await tree.clock.advance(10_000);
  assert.equal(log.includes("a#3 start"), false, "an actor that waits for messages does not hang");
  held.open();
});
