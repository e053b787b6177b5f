import assert from "node:assert/strict";
import { ActorFailedError, ActorRestartedError, ActorStoppedError, defineActor } from "./mod.ts";
import { killActor, recordEvents } from "./testing.ts";
import { Debt, gate, startTree, worker } from "./_support.ts";

Deno.test("K8 queued messages survive a restart in order, and the message in hand is not replayed", async () => {
  const log: string[] = [];
  const slot = worker("a", log);
  await using tree = await startTree([slot]);
  for (const text of ["one", "two"]) void slot.ref.send({ type: "note", text });
  void slot.ref.send({ type: "crash" });
  for (const text of ["three", "four"]) void slot.ref.send({ type: "note", text });
  await tree.clock.runUntilIdle();
  void slot.ref.send({ type: "note", text: "five, sent during the backoff" });
  await tree.clock.advance(100);
  assert.deepEqual(log, [
    "a#1 start",
    "a#1 one",
    "a#1 two",
    "a#1 end failed",
    "a#2 start",
    "a#2 three",
    "a#2 four",
    "a#2 five, sent during the backoff",
  ]);
});

Deno.test("K8 senders that wait for room wait on through a restart, in order", async () => {
  const log: string[] = [];
  const slot = worker("a", log, { capacity: 1 });
  await using tree = await startTree([slot]);
  await slot.ref.send({ type: "hold", until: gate().opened, text: "for ever" });
  await tree.clock.runUntilIdle();
  const sent = ["one", "two", "three"].map((text) => slot.ref.send({ type: "note", text }));
  killActor(tree.system, "root/a");
  await tree.clock.advance(100);
  await Promise.all(sent);
  assert.deepEqual(log.slice(1), ["a#1 end failed", "a#2 start", "a#2 one", "a#2 two", "a#2 three"]);
});

Deno.test("K8 what an incarnation took and did not settle is failed with ActorRestartedError, in the order taken", async () => {
  const slot = worker("a", []);
  await using tree = await startTree([slot]);
  const order: string[] = [];
  const debts = new Map(["settled", "pipelined", "in hand", "queued"].map((name) => [name, new Debt()]));
  for (const [name, debt] of debts) debt.onSettled(() => order.push(name));
  const owes = (name: string) => ({ owes: debts.get(name) ?? new Debt() });
  void slot.ref.send({ type: "note", text: "", ...owes("settled") });
  void slot.ref.send({ type: "note", text: "", ...owes("pipelined") }); // receive returns long before it is settled
  void slot.ref.send({ type: "hold", until: gate().opened, text: "", ...owes("in hand") });
  void slot.ref.send({ type: "note", text: "", ...owes("queued") });
  await tree.clock.runUntilIdle();
  debts.get("settled")?.settle();
  const cause = new Error("broken");
  killActor(tree.system, "root/a", cause);
  assert.deepEqual(order, ["settled", "pipelined", "in hand"]);
  assert.deepEqual(debts.get("settled")?.failures, []);
  assert.deepEqual(debts.get("settled")?.lateFailures, [], "what is settled is not kept");
  for (const name of ["pipelined", "in hand"]) {
    const [failure] = debts.get(name)?.failures ?? [];
    assert.ok(failure instanceof ActorRestartedError, name);
    assert.deepEqual([failure.path, failure.incarnation, failure.cause], ["root/a", 1, cause]);
  }
  await tree.clock.advance(100);
  assert.equal(debts.get("queued")?.settled, false, "the next incarnation has it now");
  assert.deepEqual(tree.events.of("dead_letter"), [], "what has an obligation goes back to its sender");
});

Deno.test("K8 a message in hand without an obligation becomes a dead letter", async () => {
  const slot = worker("a", []);
  await using tree = await startTree([slot]);
  void slot.ref.send({ type: "note", text: "handled" });
  void slot.ref.send({ type: "crash" });
  void slot.ref.send({ type: "note", text: "queued" });
  await tree.clock.advance(100);
  assert.deepEqual(tree.events.of("dead_letter"), [
    { type: "dead_letter", path: "root/a", reason: "in_hand", message: { type: "crash" } },
  ]);
});

Deno.test("K8 a message whose obligation was settled while it was queued is handled, and owes nothing", async () => {
  const log: string[] = [];
  const slot = worker("a", log);
  await using tree = await startTree([slot]);
  const owes = new Debt();
  void slot.ref.send({ type: "note", text: "settled before", owes });
  owes.settle();
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/a");
  assert.deepEqual(log, ["a#1 start", "a#1 settled before", "a#1 end failed"]);
  assert.deepEqual([owes.failures, owes.lateFailures], [[], []]);
});

Deno.test("K8 a spec whose obligation() throws fails the incarnation, and reports every message that it loses", async () => {
  const slot = worker("a", [], {
    obligation: () => {
      throw new Error("no idea what it owes");
    },
  });
  await using tree = await startTree([slot]);
  void slot.ref.send({ type: "note", text: "in hand" });
  await tree.clock.advance(100);
  assert.equal(tree.at("root/a").incarnation, 2);
  await tree.system.stop();
  await slot.ref.send({ type: "note", text: "too late" });
  const letters = tree.events.of("dead_letter").map((
    { reason, message },
  ) => [reason, Reflect.get(Object(message), "text")]);
  assert.deepEqual(letters, [["in_hand", "in hand"], ["actor_ended", "too late"]]);
  assert.equal(tree.events.of("observer_failed").length, 1);
});

Deno.test("K8 budget spent: the leftovers' obligations are failed and they become dead letters, waiting senders included", async () => {
  const slot = worker("a", [], { capacity: 1 });
  await using tree = await startTree([slot], { budget: { intensity: 0, periodMs: 1_000 } });
  await slot.ref.send({ type: "hold", until: gate().opened, text: "" });
  await tree.clock.runUntilIdle();
  const debts = [new Debt(), new Debt()];
  const sent = debts.map((owes, index) => slot.ref.send({ type: "note", text: String(index), owes }));
  const cause = new Error("one too many");
  killActor(tree.system, "root/a", cause);
  await Promise.all(sent);
  const end = await tree.system.done;
  assert.ok(end.cause instanceof ActorFailedError);
  assert.deepEqual([end.reason, end.cause.cause], ["budget_exhausted", cause]);
  for (const debt of debts) {
    const [failure] = debt.failures;
    assert.ok(failure instanceof ActorStoppedError);
    assert.deepEqual([failure.reason, failure.cause], ["budget_exhausted", end.cause]);
  }
  const letters = tree.events.of("dead_letter").filter((event) => event.reason === "budget_exhausted");
  assert.deepEqual(letters.map((event) => event.message), [
    { type: "note", text: "0", owes: debts[0] },
    { type: "note", text: "1", owes: debts[1] },
  ]);
});

Deno.test("K8 an actor that ends by itself reports everything that it leaves behind", async () => {
  const slot = worker("a", []);
  await using tree = await startTree([slot]);
  const [taken, queued, late] = [new Debt(), new Debt(), new Debt()];
  void slot.ref.send({ type: "note", text: "taken", owes: taken });
  void slot.ref.send({ type: "finish" });
  void slot.ref.send({ type: "note", text: "queued", owes: queued });
  await tree.clock.runUntilIdle();
  await slot.ref.send({ type: "note", text: "late", owes: late });
  for (const debt of [taken, queued, late]) assert.ok(debt.failures[0] instanceof ActorStoppedError);
  assert.deepEqual(
    tree.events.of("dead_letter").map(({ reason, message }) => [reason, Reflect.get(Object(message), "text")]),
    [["actor_ended", "queued"], ["actor_ended", "late"]],
  );
  assert.equal(tree.at("root/a").state, "ended");
});

Deno.test("K3 send() to an actor that has ended resolves; the message is a dead letter and its obligation is failed", async () => {
  const slot = worker("a", []);
  const events = recordEvents();
  const tree = await startTree([slot], { events });
  await tree[Symbol.asyncDispose]();
  const owes = new Debt();
  await slot.ref.send({ type: "note", text: "hello", owes });
  assert.ok(owes.failures[0] instanceof ActorStoppedError);
  assert.deepEqual(events.of("dead_letter").map((event) => event.reason), ["actor_ended"]);
});

Deno.test("K3 what is sent before the tree starts waits in the mailbox", async () => {
  const log: string[] = [];
  const slot = worker("a", log);
  assert.equal(slot.ref.path, "a");
  await slot.ref.send({ type: "note", text: "early" });
  await using tree = await startTree([slot]);
  await tree.clock.runUntilIdle();
  assert.equal(slot.ref.path, "root/a");
  assert.deepEqual(log, ["a#1 start", "a#1 early"]);
});

Deno.test("K15 an obligation or an end hook that throws is reported and stops nothing", async () => {
  const broken = new Debt();
  broken.fail = () => {
    throw new Error("fail() must not throw");
  };
  const log: string[] = [];
  const slot = worker("a", log, {
    behave: () => ({
      end: () => {
        throw new Error("end() threw");
      },
    }),
  });
  await using tree = await startTree([slot]);
  const after = new Debt();
  for (const owes of [broken, after]) void slot.ref.send({ type: "note", text: "x", owes });
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/a");
  await tree.clock.advance(100);
  assert.ok(after.failures[0] instanceof ActorRestartedError);
  assert.equal(tree.at("root/a").incarnation, 2);
  const reported = tree.events.of("observer_failed").map((event) => String(event.cause));
  assert.deepEqual(reported.toSorted(), ["Error: end() threw", "Error: fail() must not throw"]);
});

Deno.test("the next incarnation starts after the end hook of the last one, but waits no longer than shutdownMs", async () => {
  const log: string[] = [];
  const held = gate();
  const slot = worker("a", log, {
    shutdownMs: 300,
    behave: (context, say) => ({
      end: async () => {
        if (context.incarnation === 1) await held.opened;
        say("end");
        if (context.incarnation === 2) await gate().opened;
      },
    }),
  });
  await using tree = await startTree([slot]);
  killActor(tree.system, "root/a");
  await tree.clock.advance(200);
  assert.deepEqual(log, ["a#1 start"]);
  held.open();
  await tree.clock.runUntilIdle();
  assert.deepEqual(log, ["a#1 start", "a#1 end", "a#2 start"]);
  killActor(tree.system, "root/a");
  await tree.clock.advance(299);
  assert.equal(log.length, 4);
  await tree.clock.advance(1);
  assert.deepEqual(log.slice(3), ["a#2 end", "a#3 start"]);
});

Deno.test("K18 a source that counts acknowledgements at the end of the pipe gets every batch back over crashes", async () => {
  // source -> converter -> sink. The acknowledgement is settled by the sink alone. The converter owes a hop of its own,
  // which it settles when the sink's mailbox has the batch: its crash then does not return what the sink still holds.
  interface Batch {
    readonly id: number;
    readonly acknowledgement: Debt;
  }
  const written: number[] = [];
  const sink = defineActor<Batch>({
    id: "sink",
    capacity: 2,
    obligation: (batch) => batch.acknowledgement,
    start: (context) => ({
      receive: (batch) => {
        if (batch.id === 3 && context.incarnation === 1) throw new Error("sink broke");
        written.push(batch.id);
        batch.acknowledgement.settle();
      },
    }),
  });
  const converter = defineActor<Batch & { readonly hop: Debt }>({
    id: "converter",
    capacity: 2,
    obligation: (batch) => batch.hop,
    start: (context) => ({
      receive: async ({ hop, ...batch }) => {
        if (batch.id === 5 && context.incarnation === 1) throw new Error("converter broke");
        await sink.ref.send(batch);
        hop.settle();
      },
    }),
  });
  const returned: number[] = [];
  const source = defineActor<never, { readonly id: number; readonly again: boolean }>({
    id: "source",
    capacity: 1,
    start: (context) => {
      for (let id = 0; id < 8; id += 1) context.tellSelf({ id, again: false });
      return {
        receive: async ({ id, again }) => {
          if (again) returned.push(id);
          const [acknowledgement, hop] = [new Debt(), new Debt()];
          hop.onSettled(() => hop.failures.forEach((cause) => acknowledgement.fail(cause)));
          acknowledgement.onSettled(() => {
            if (acknowledgement.failures.length > 0) context.tellSelf({ id, again: true });
          });
          await converter.ref.send({ id, acknowledgement, hop });
        },
      };
    },
  });
  await using tree = await startTree([sink, converter, source]);
  await tree.clock.advance(1_000);
  assert.deepEqual(written.toSorted(), [0, 1, 2, 3, 4, 5, 6, 7], "each batch acknowledged exactly once");
  assert.deepEqual(returned.toSorted(), [3, 5], "only what was in hand came back");
});
