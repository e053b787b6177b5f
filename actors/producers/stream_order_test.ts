import assert from "node:assert/strict";
import type { Stream } from "../messages.ts";
import { StreamOrder } from "./stream_order.ts";

const a: Stream = { source: "a" };
const b: Stream = { source: "b" };

Deno.test("StreamOrder takes only the next batch of a source's run", () => {
  const order = new StreamOrder();
  const accepts = (run: number, index: number, stream = a) => order.accepts({ stream, run, index });
  assert.equal(accepts(1, 0), true);
  assert.equal(accepts(1, 2), false, "a gap");
  assert.equal(accepts(1, 1), true);
  assert.equal(accepts(1, 1), false, "the same again");
  assert.equal(accepts(2, 1), false, "a run starts at 0");
  assert.equal(accepts(2, 0), true);
  assert.equal(accepts(1, 2), false, "the run before is over");
  assert.equal(accepts(1, 0), false, "and does not start again");
  assert.equal(accepts(2, 0), false, "the same run does not start again");
  assert.equal(accepts(2, 1), true);
  assert.equal(accepts(7, 0, b), true, "another source has its own stream");
  assert.equal(accepts(2, 2), true);
});

Deno.test("StreamOrder takes a source that is read a second time for another stream", () => {
  const order = new StreamOrder();
  assert.equal(order.accepts({ stream: a, run: 5, index: 0 }), true);
  const again: Stream = { source: "a" };
  assert.equal(order.knows(again), false);
  assert.equal(order.accepts({ stream: again, run: 1, index: 0 }), true);
  assert.equal(order.knows(again), true);
  assert.equal(order.accepts({ stream: a, run: 5, index: 1 }), true);
});
