import assert from "node:assert/strict";
import { readAhead } from "./read_ahead.ts";

/** Counts what was asked for; fails at the end if it is told so. */
function counted(items: number, { fails = false } = {}) {
  const stream = {
    asked: 0,
    isEnded: false,
    async *[Symbol.asyncIterator]() {
      try {
        for (let item = 1; item <= items; item++) {
          stream.asked = item;
          yield await Promise.resolve(item);
        }
        if (fails) throw new Error("broken");
      } finally {
        stream.isEnded = true;
      }
    },
  };
  return stream;
}

Deno.test("readAhead() asks for one item more than the caller has, and not for two", async () => {
  const stream = counted(4), seen: (readonly [item: number, asked: number])[] = [];
  for await (const item of readAhead(stream)) {
    await new Promise((resolve) => setTimeout(resolve));
    seen.push([item, stream.asked]);
  }
  assert.deepEqual(seen, [[1, 2], [2, 3], [3, 4], [4, 4]]);
});

Deno.test("readAhead() fails where the stream does, after all items before that", async () => {
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const item of readAhead(counted(2, { fails: true }))) {
      // Long enough for a failure that nothing waits for to be noticed.
      await new Promise((resolve) => setTimeout(resolve));
      seen.push(item);
    }
  }, /broken/);
  assert.deepEqual(seen, [1, 2]);
});

Deno.test("readAhead() ends the stream when the caller leaves", async () => {
  const stream = counted(4);
  for await (const _ of readAhead(stream)) break;
  assert.ok(stream.isEnded);
});
