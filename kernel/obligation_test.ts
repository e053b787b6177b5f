import assert from "node:assert/strict";
import { ActorRestartedError, type ActorSlot, ActorStoppedError, defineActor, ReplyPort } from "./mod.ts";
import { killActor, probe } from "./testing.ts";
import { gate, startTree } from "./_support.ts";

/** A port, and what it has been told. */
function portOf() {
  const told: unknown[] = [];
  const port = new ReplyPort<number>({ reply: (value) => told.push(value), fail: (cause) => told.push(cause) });
  return { port, told };
}

Deno.test("K4 ReplyPort is settled once, by an answer or by a failure; later ones change nothing", () => {
  const answered = portOf();
  answered.port.reply(1);
  answered.port.reply(2);
  answered.port.fail(new Error("late"));
  assert.deepEqual([answered.told, answered.port.settled, answered.port.failed], [[1], true, false]);
  const failed = portOf();
  const cause = new Error("died");
  failed.port.fail(cause);
  failed.port.reply(1);
  assert.deepEqual([failed.told, failed.port.settled, failed.port.failed], [[cause], true, true]);
});

Deno.test("Obligation calls back once when it is settled, and at once for later callbacks", () => {
  const { port } = portOf();
  const calls: string[] = [];
  port.onSettled(() => calls.push("first"));
  port.onSettled(() => calls.push("second"));
  assert.equal(calls.length, 0);
  port.reply(1);
  port.fail(new Error("late"));
  port.onSettled(() => calls.push("late"));
  assert.deepEqual(calls, ["first", "second", "late"]);
});

type Question =
  | { readonly type: "double"; readonly n: number; readonly replyTo: ReplyPort<number> }
  | { readonly type: "keep"; readonly replyTo: ReplyPort<number> }
  | { readonly type: "hold"; readonly until: Promise<void> };

/** Answers some questions and keeps the ports of others. */
function oracle(): ActorSlot<Question> {
  return defineActor<Question>({
    id: "oracle",
    capacity: 10,
    obligation: (question) => question.type === "hold" ? undefined : question.replyTo,
    start: () => ({
      receive: async (question) => {
        if (question.type === "double") question.replyTo.reply(question.n * 2);
        if (question.type === "hold") await question.until;
      },
    }),
  });
}

Deno.test("K4 the restart of the asked actor fails what it took at once, with the cause; what is queued is answered next", async () => {
  const slot = oracle();
  await using tree = await startTree([slot]);
  const [taken, queued] = [portOf(), portOf()];
  await slot.ref.send({ type: "keep", replyTo: taken.port });
  await slot.ref.send({ type: "hold", until: gate().opened });
  await slot.ref.send({ type: "double", n: 1, replyTo: queued.port });
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/oracle", new Error("broken"));
  const [failure] = taken.told; // no time has passed
  assert.ok(failure instanceof ActorRestartedError);
  assert.deepEqual([failure.incarnation, String(failure.cause)], [1, "Error: broken"]);
  assert.deepEqual(queued.told, []);
  await tree.clock.advance(100);
  assert.deepEqual(queued.told, [2]);
});

Deno.test("K4 the stop of the asked actor fails every question, and so does a question to one that has ended", async () => {
  const slot = oracle();
  const tree = await startTree([slot]);
  const [waits, late] = [portOf(), portOf()];
  killActor(tree.system, "root/oracle");
  await slot.ref.send({ type: "double", n: 2, replyTo: waits.port });
  await tree.system.stop();
  await slot.ref.send({ type: "double", n: 2, replyTo: late.port });
  for (const { told } of [waits, late]) assert.ok(told[0] instanceof ActorStoppedError);
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
  for (const slot of [ann, bob]) await slot.ref.send({ type: "meet" });
  await tree.clock.runUntilIdle();
  assert.deepEqual(met.toSorted(), ["ann met bob", "bob met ann"]);
});

Deno.test("K4 an answer to an incarnation that has ended is a dead letter of the asking actor", async () => {
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
  second.replyTo.fail("no");
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/asker");
  await tree.clock.advance(100);
  third.replyTo.reply(3);
  await tree.clock.runUntilIdle();
  assert.deepEqual(seen, ["1 1", "1 failed: no"]);
  const late = tree.events.of("dead_letter").map((event) => [event.path, event.reason, event.message]);
  assert.deepEqual(late, [["root/asker", "late_reply", 3]]);
});
