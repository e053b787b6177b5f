import assert from "node:assert/strict";
import { inArrivalOrder } from "./arrival_order.ts";

/** A stream that the test feeds; `taken` counts the items that the consumer has taken and finished. */
function fed() {
  const queue: (string | Error | null)[] = [];
  let wake = () => {};
  const stream = {
    taken: 0,
    ended: false,
    feed(...items: readonly (string | Error | null)[]) {
      queue.push(...items);
      wake();
    },
    async *[Symbol.asyncIterator]() {
      try {
        while (true) {
          const item = queue.shift();
          if (item === undefined) await new Promise<void>((resolve) => wake = resolve);
          else if (item === null) return;
          else if (item instanceof Error) throw item;
          else {
            yield item;
            stream.taken++;
          }
        }
      } finally {
        stream.ended = true;
      }
    },
  };
  return stream;
}

Deno.test("inArrivalOrder() yields items as they come and ends with the last stream", async () => {
  const [a, b] = [fed(), fed()];
  const seen: string[] = [];
  const reading = (async () => {
    for await (const item of inArrivalOrder([a, b], () => {})) {
      seen.push(item);
      if (item === "b1") a.feed("a1", null);
      if (item === "a1") b.feed("b2", null);
    }
  })();
  b.feed("b1");
  await reading;
  assert.deepEqual(seen, ["b1", "a1", "b2"]);
});

Deno.test("inArrivalOrder() without streams ends at once", async () => {
  assert.deepEqual(await Array.fromAsync(inArrivalOrder([], () => {})), []);
});

Deno.test("inArrivalOrder() lets a stream continue only when its item was taken", async () => {
  const a = fed();
  a.feed("a1", "a2", null);
  const merged = inArrivalOrder([a], () => {});
  assert.deepEqual(await merged.next(), { done: false, value: "a1" });
  assert.equal(a.taken, 0);
  assert.deepEqual(await merged.next(), { done: false, value: "a2" });
  assert.equal(a.taken, 1);
  assert.equal((await merged.next()).done, true);
});

Deno.test("inArrivalOrder() fails with the error of a stream, after the items before it", async () => {
  const [a, b] = [fed(), fed()];
  a.feed("a1", new Error("broken"));
  const merged = inArrivalOrder([a, b], () => {});
  assert.equal((await merged.next()).value, "a1");
  const failing = merged.next();
  b.feed(null);
  await assert.rejects(failing, /broken/);
});

Deno.test("inArrivalOrder() ends its streams when the caller leaves early", async () => {
  const [a, b] = [fed(), fed()];
  a.feed("a1", "a2");
  b.feed("b1");
  // Otherwise stream b would wait forever.
  for await (const _ of inArrivalOrder([a, b], () => b.feed(null))) break;
  assert.deepEqual([a.ended, b.ended], [true, true]);
});

Deno.test("inArrivalOrder() begins a stream only when one of those before it has ended", async () => {
  const streams = [fed(), fed(), fed()], begun = new Set<number>();
  const watched = streams.map(async function* (stream, number) {
    begun.add(number);
    yield* stream;
  });
  for (const stream of streams) stream.feed("first");
  const merged = inArrivalOrder(watched, () => {}, 2);
  assert.deepEqual([(await merged.next()).value, (await merged.next()).value], ["first", "first"]);
  assert.deepEqual([...begun], [0, 1]);
  streams[1]?.feed(null);
  assert.equal((await merged.next()).value, "first");
  assert.deepEqual([...begun], [0, 1, 2]);
  for (const stream of [streams[0], streams[2]]) stream?.feed("last", null);
  assert.deepEqual(await Array.fromAsync(merged), ["last", "last"]);
});
