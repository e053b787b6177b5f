import assert from "node:assert/strict";
import { StreamOrder } from "./stream_order.ts";

Deno.test("StreamOrder takes only the next batch of a source's run", () => {
  const order = new StreamOrder();
  const accepts = (run: number, index: number, source = "a") => order.accepts({ source, run, index });
  assert.equal(accepts(1, 0), true);
  assert.equal(accepts(1, 2), false, "a gap");
  assert.equal(accepts(1, 1), true);
  assert.equal(accepts(1, 1), false, "the same again");
  assert.equal(accepts(2, 1), false, "a run starts at 0");
  assert.equal(accepts(2, 0), true);
  assert.equal(accepts(1, 2), false, "the run before is over");
  assert.equal(accepts(2, 0), false, "the same run does not start again");
  assert.equal(accepts(2, 1), true);
  assert.equal(accepts(7, 0, "b"), true, "another source has its own stream");
  assert.equal(accepts(2, 2), true);
});
