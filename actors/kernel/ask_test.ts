import assert from "node:assert/strict";
import {
  ActorRestartedError,
  type ActorSlot,
  ActorStoppedError,
  ask,
  AskTimeoutError,
  defineActor,
  type ReplyPort,
} from "./mod.ts";
import { killActor, ManualClock, probe } from "./testing.ts";
import { gate, startTree } from "./_support.ts";

type Question =
  | { readonly type: "double"; readonly n: number; readonly replyTo: ReplyPort<number> }
  | { readonly type: "refuse"; readonly replyTo: ReplyPort<number> }
  | { readonly type: "keep"; readonly replyTo: ReplyPort<number> }
  | { readonly type: "hold"; readonly until: Promise<void> }
  | { readonly type: "finish" };

/** Answers some questions and keeps the ports of others. */
function oracle(kept: ReplyPort<number>[], options: { readonly restart?: "permanent" | "transient" } = {}) {
  return defineActor<Question>({
    id: "oracle",
    capacity: 2,
    ...options,
    start: (context) => ({
      receive: async (question) => {
        switch (question.type) {
          case "double":
            return question.replyTo.reply(question.n * 2);
          case "refuse":
            return question.replyTo.fail(new RangeError("no such number"));
          case "keep":
            return void kept.push(question.replyTo);
          case "hold":
            return await question.until;
          case "finish":
            return context.stop();
        }
      },
    }),
  });
}

Deno.test("K4 ask() gives the typed answer, or what the port was failed with", async () => {
  const slot = oracle([]);
  await using tree = await startTree([slot]);
  const answer: number = await ask(slot.ref, (replyTo: ReplyPort<number>) => ({ type: "double", n: 21, replyTo }), {
    timeoutMs: 100,
  });
  assert.equal(answer, 42);
  await assert.rejects(
    ask<Question, number>(slot.ref, (replyTo) => ({ type: "refuse", replyTo }), { timeoutMs: 100 }),
    RangeError,
  );
  assert.equal(tree.clock.pending, 0, "the time limit outlived its question");
});

Deno.test("K4 ask() rejects after its time limit, and a late answer is a dead letter", async () => {
  const kept: ReplyPort<number>[] = [];
  const slot = oracle(kept);
  await using tree = await startTree([slot]);
  const outcome = assert.rejects(
    ask<Question, number>(slot.ref, (replyTo) => ({ type: "keep", replyTo }), { timeoutMs: 100 }),
    (error) => error instanceof AskTimeoutError && error.path === "root/oracle" && error.timeoutMs === 100,
  );
  await tree.clock.advance(99);
  assert.equal(tree.clock.pending, 1);
  await tree.clock.advance(1);
  await outcome;
  kept[0]?.reply(7);
  kept[0]?.fail("too late as well");
  assert.deepEqual(tree.events.of("dead_letter"), [
    { type: "dead_letter", path: "root/oracle", reason: "late_reply", message: 7 },
    { type: "dead_letter", path: "root/oracle", reason: "late_reply", message: "too late as well" },
  ]);
});

Deno.test("K4 a second answer is a dead letter and changes nothing", async () => {
  const kept: ReplyPort<number>[] = [];
  const slot = oracle(kept);
  await using tree = await startTree([slot]);
  const answer = ask<Question, number>(slot.ref, (replyTo) => ({ type: "keep", replyTo }), { timeoutMs: 100 });
  await tree.clock.runUntilIdle();
  kept[0]?.reply(1);
  kept[0]?.reply(2);
  assert.equal(await answer, 1);
  assert.deepEqual(tree.events.of("dead_letter").map((event) => [event.reason, event.message]), [["late_reply", 2]]);
});

Deno.test("K4 the restart of the asked actor rejects at once, queued questions too, with the cause", async () => {
  const kept: ReplyPort<number>[] = [];
  const slot = oracle(kept);
  await using tree = await startTree([slot]);
  const taken = ask<Question, number>(slot.ref, (replyTo) => ({ type: "keep", replyTo }), { timeoutMs: 60_000 });
  await slot.ref.send({ type: "hold", until: gate().opened });
  const queued = ask<Question, number>(slot.ref, (replyTo) => ({ type: "double", n: 1, replyTo }), {
    timeoutMs: 60_000,
  });
  const isRestart = (error: unknown) =>
    error instanceof ActorRestartedError && error.incarnation === 1 && String(error.cause) === "Error: broken";
  const outcomes = Promise.all([assert.rejects(taken, isRestart), assert.rejects(queued, isRestart)]);
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/oracle", new Error("broken"));
  await outcomes; // no time has passed
  await tree.clock.advance(100);
  const late = tree.events.of("dead_letter").filter((event) => event.reason === "late_reply");
  assert.deepEqual(late.map((event) => event.message), [2], "the next incarnation answers the queued one, too late");
});

Deno.test("K4 the stop of the asked actor rejects at once, and so does a question to one that has ended", async () => {
  const slot = oracle([], { restart: "transient" });
  await using tree = await startTree([slot]);
  const asked = ask<Question, number>(slot.ref, (replyTo) => ({ type: "keep", replyTo }), { timeoutMs: 60_000 });
  const outcome = assert.rejects(
    asked,
    (error) => error instanceof ActorStoppedError && error.reason === "normal" && error.path === "root/oracle",
  );
  await slot.ref.send({ type: "finish" });
  await outcome;
  await assert.rejects(
    ask<Question, number>(slot.ref, (replyTo) => ({ type: "keep", replyTo }), { timeoutMs: 60_000 }),
    ActorStoppedError,
  );
  assert.equal(tree.clock.pending, 0);
});

Deno.test("K4 a question that waits for a restart is answered by the next incarnation", async () => {
  const slot = oracle([]);
  await using tree = await startTree([slot]);
  killActor(tree.system, "root/oracle");
  const asked = ask<Question, number>(slot.ref, (replyTo) => ({ type: "double", n: 2, replyTo }), { timeoutMs: 1_000 });
  await tree.clock.advance(100);
  assert.equal(await asked, 4);
});

Deno.test("K4 the end of the tree rejects a question that waits for a restart", async () => {
  const slot = oracle([]);
  await using tree = await startTree([slot]);
  killActor(tree.system, "root/oracle");
  const asked = ask<Question, number>(slot.ref, (replyTo) => ({ type: "double", n: 2, replyTo }), {
    timeoutMs: 60_000,
  });
  const outcome = assert.rejects(asked, ActorStoppedError);
  await tree.system.stop();
  await outcome;
});

Deno.test("K4 a question given up while it waits for room is taken out of the queue", async () => {
  const kept: ReplyPort<number>[] = [];
  const slot = oracle(kept);
  await using tree = await startTree([slot]);
  const held = gate();
  for (let count = 0; count < 3; count += 1) await slot.ref.send({ type: "hold", until: held.opened });
  const abort = new AbortController();
  const byTime = ask<Question, number>(slot.ref, (replyTo) => ({ type: "keep", replyTo }), { timeoutMs: 50 });
  const bySignal = ask<Question, number>(slot.ref, (replyTo) => ({ type: "keep", replyTo }), {
    timeoutMs: 60_000,
    signal: abort.signal,
  });
  const outcomes = Promise.all([assert.rejects(byTime, AskTimeoutError), assert.rejects(bySignal, /never mind/)]);
  abort.abort(new Error("never mind"));
  await tree.clock.advance(50);
  await outcomes;
  held.open();
  await tree.clock.runUntilIdle();
  assert.deepEqual(kept, []);
  await assert.rejects(
    ask<Question, number>(slot.ref, (replyTo) => ({ type: "keep", replyTo }), { timeoutMs: 50, signal: abort.signal }),
    /never mind/,
  );
});

Deno.test("K4 ask() rejects with what makeMessage throws, and with its own clock's time limit", async () => {
  const slot = oracle([]);
  await using tree = await startTree([slot]);
  await assert.rejects(
    ask<Question, number>(slot.ref, () => {
      throw new TypeError("cannot make it");
    }, { timeoutMs: 1 }),
    TypeError,
  );
  const own = new ManualClock();
  const outcome = assert.rejects(
    ask<Question, number>(slot.ref, (replyTo) => ({ type: "keep", replyTo }), { timeoutMs: 10, clock: own }),
    AskTimeoutError,
  );
  await tree.clock.advance(1_000);
  await own.advance(10);
  await outcome;
});

Deno.test("K5 an actor that waits by replyPort handles messages meanwhile, so two that ask each other do not deadlock", async () => {
  type Peer = { readonly type: "name"; readonly replyTo: ReplyPort<string> } | { readonly type: "meet" };
  type Internal = { readonly type: "met"; readonly name: string };
  const met: string[] = [];
  const peer = (id: string, other: () => ActorSlot<Peer>): ActorSlot<Peer> =>
    defineActor<Peer, Internal>({
      id,
      capacity: 10,
      start: (context) => ({
        receive: async (message) => {
          switch (message.type) {
            case "name":
              return message.replyTo.reply(id);
            case "meet":
              return await other().ref.send({
                type: "name",
                replyTo: context.replyPort(
                  (name) => ({ type: "met", name }),
                  (cause) => ({ type: "met", name: `nobody: ${cause}` }),
                ),
              });
            case "met":
              return void met.push(`${id} met ${message.name}`);
          }
        },
      }),
    });
  const ann: ActorSlot<Peer> = peer("ann", () => bob);
  const bob: ActorSlot<Peer> = peer("bob", () => ann);
  await using tree = await startTree([ann, bob]);
  for (const slot of [ann, bob]) slot.ref.trySend({ type: "meet" });
  await tree.clock.runUntilIdle();
  assert.deepEqual(met.toSorted(), ["ann met bob", "bob met ann"]);
});

Deno.test("K4 an answer to an incarnation that has ended is a dead letter of the one who asked", async () => {
  type Ask = { readonly type: "go" };
  const target = probe<{ readonly replyTo: ReplyPort<number> }>();
  const seen: string[] = [];
  const slot = defineActor<Ask, { readonly type: "answer"; readonly text: string }>({
    id: "asker",
    capacity: 10,
    start: (context) => ({
      receive: async (message) => {
        if (message.type === "answer") return void seen.push(`${context.incarnation} ${message.text}`);
        const replyTo = context.replyPort<number>(
          (n) => ({ type: "answer", text: String(n) }),
          (cause) => ({ type: "answer", text: `failed: ${cause}` }),
        );
        await target.ref.send({ replyTo });
      },
    }),
  });
  await using tree = await startTree([slot]);
  for (let count = 0; count < 3; count += 1) await slot.ref.send({ type: "go" });
  const [first, second, third] = [await target.next(), await target.next(), await target.next()];
  first.replyTo.reply(1);
  first.replyTo.reply(2);
  second.replyTo.fail("no");
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/asker");
  await tree.clock.advance(100);
  third.replyTo.reply(3);
  await tree.clock.runUntilIdle();
  assert.deepEqual(seen, ["1 1", "1 failed: no"]);
  const late = tree.events.of("dead_letter").map((event) => [event.path, event.reason, event.message]);
  assert.deepEqual(late, [["root/asker", "late_reply", 2], ["root/asker", "late_reply", 3]]);
});
