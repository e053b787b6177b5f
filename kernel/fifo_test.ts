import assert from "node:assert/strict";
import fc from "fast-check";
import { Fifo } from "./fifo.ts";

Deno.test("Fifo behaves like an array with push and shift, over any sequence", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom("push", "push", "shift", "clear"), { maxLength: 2_000 }), (steps) => {
    const queue = new Fifo<{ readonly id: number }>();
    let model: { readonly id: number }[] = [];
    for (const [id, step] of steps.entries()) {
      if (step === "push") {
        queue.push({ id });
        model.push({ id });
      } else if (step === "shift") {
        assert.deepEqual(queue.shift(), model.shift());
      } else if (id % 97 === 0) {
        queue.clear();
        model = [];
      }
      assert.equal(queue.size, model.length);
    }
  }));
});

Deno.test("Fifo stays small when much passes through it while it never empties", () => {
  const queue = new Fifo<{ readonly id: number }>();
  queue.push({ id: 0 });
  for (let id = 1; id < 100_000; id += 1) {
    queue.push({ id });
    assert.deepEqual(queue.shift(), { id: id - 1 });
  }
  assert.equal(queue.size, 1);
});
