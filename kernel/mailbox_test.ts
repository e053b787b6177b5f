import assert from "node:assert/strict";
import fc from "fast-check";
import { Mailbox } from "./mailbox.ts";
import { defineActor } from "./mod.ts";
import { ManualClock } from "./testing.ts";
import { startTree } from "./_support.ts";

function mailbox(capacity: number) {
  const refused: string[] = [];
  const box = new Mailbox<string, { readonly name: string }>(capacity, (message) => refused.push(message));
  return { box, refused };
}

Deno.test("K2 Mailbox keeps the lanes apart: a full user lane holds up no system entry", () => {
  const { box } = mailbox(1);
  void box.send("user");
  for (let index = 0; index < 10_000; index += 1) box.post({ name: `system ${index}` });
  void box.send("more");
  assert.deepEqual([box.size, box.waiting], [1, 2]);
  assert.deepEqual(box.takeSystem(), { name: "system 0" });
  assert.equal(box.take()?.message, "user");
  assert.deepEqual(box.takeSystem(), { name: "system 1" });
});

Deno.test("K2 defineActor() demands a capacity, a positive integer", () => {
  for (const capacity of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(
      () => defineActor({ id: "a", capacity, start: () => ({ receive() {} }) }),
      {
        name: "RangeError",
        message: `Cannot define actor "a" as capacity must be a positive integer: it is ${capacity}`,
      },
    );
  }
  // @ts-expect-error no capacity
  assert.throws(() => defineActor({ id: "a", start: () => ({ receive() {} }) }), RangeError);
});

Deno.test("K2 an actor handles what is in its system lane before its user lane", async () => {
  const seen: string[] = [];
  const slot = defineActor<string, string>({
    id: "a",
    capacity: 10,
    start: (context) => ({
      notice: ({ type }) => void seen.push(`notice ${type}`),
      receive: (text) => {
        seen.push(text);
        if (text === "one") context.tellSelf("internal");
      },
    }),
  });
  await using tree = await startTree([slot]);
  for (const text of ["one", "two"]) void slot.ref.send(text);
  tree.system.notify({ type: "flag" });
  await tree.clock.runUntilIdle();
  assert.deepEqual(seen, ["notice flag", "one", "internal", "two"]);
});

Deno.test("K3 send() waits for room, and waiting senders get it in the order in which they came", async () => {
  const { box } = mailbox(2);
  const admitted: string[] = [];
  for (const name of ["a", "b", "c", "d", "e"]) box.send(name).then(() => admitted.push(name));
  const clock = new ManualClock();
  await clock.runUntilIdle();
  assert.deepEqual(admitted, ["a", "b"]);
  assert.equal(box.size, 2);

  assert.equal(box.take()?.message, "a");
  await clock.runUntilIdle();
  assert.deepEqual(admitted, ["a", "b", "c"]);

  assert.deepEqual(box.takeAll(), ["b", "c", "d", "e"]);
  await clock.runUntilIdle();
  assert.deepEqual(admitted, ["a", "b", "c", "d", "e"]);
});

Deno.test("K3 send() does not overtake a sender that waits", async () => {
  const { box } = mailbox(1);
  await box.send("a");
  const waiting = box.send("b");
  assert.equal(box.take()?.message, "a");
  void box.send("c");
  await waiting;
  assert.deepEqual(box.takeAll(), ["b", "c"]);
});

Deno.test("K3 send() is abortable: the message of an aborted sender never arrives, and those behind it move up", async () => {
  const { box } = mailbox(1);
  const abort = new AbortController();
  await box.send("a");
  const second = box.send("b", abort.signal);
  const third = box.send("c");
  abort.abort(new Error("changed my mind"));
  await assert.rejects(second, /changed my mind/);
  assert.deepEqual(box.takeAll(), ["a", "c"]);
  await third;
  await assert.rejects(box.send("d", abort.signal), /changed my mind/);
  assert.deepEqual(box.takeAll(), []);
});

Deno.test("K3 send() ignores a signal that is aborted after the message was queued", async () => {
  const { box } = mailbox(1);
  const abort = new AbortController();
  await box.send("a");
  const second = box.send("b", abort.signal);
  box.take();
  abort.abort();
  await second;
  assert.deepEqual(box.takeAll(), ["b"]);
});

Deno.test("K3 Mailbox hands what comes after close() to its owner, and still gives what was queued", async () => {
  const { box, refused } = mailbox(5);
  await box.send("a");
  box.close();
  await box.send("b");
  await box.send("c");
  assert.deepEqual(refused, ["b", "c"]);
  assert.deepEqual(box.takeAll(), ["a"]);
});

Deno.test("K1 Mailbox gives each sender's messages in order, for any capacity and interleaving", async () => {
  await fc.assert(fc.asyncProperty(
    fc.integer({ min: 1, max: 5 }),
    fc.array(fc.constantFrom("send", "take"), { maxLength: 300 }),
    async (capacity, steps) => {
      const { box } = mailbox(capacity);
      const taken: string[] = [];
      let sent = 0;
      for (const step of steps) {
        if (step === "send") void box.send(String(sent++)).catch(() => {});
        else taken.push(...[box.take()].flatMap((queued) => queued === undefined ? [] : [queued.message]));
        assert.ok(box.size <= capacity);
      }
      taken.push(...box.takeAll());
      assert.deepEqual(taken, Array.from({ length: sent }, (_, index) => String(index)));
      await Promise.resolve();
    },
  ));
});
