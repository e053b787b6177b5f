import assert from "node:assert/strict";
import { KeyOrder } from "./key_order.ts";

/** Late records of key "a", each given as [partition, place], and the pairs of partitions that are interleaved. */
function judge(...records: readonly (readonly [partition: number, index: number])[]) {
  const order = new KeyOrder();
  const late = records.filter(([partition, index]) => order.isLate("a", { partition, file: 0, index }));
  return { late: late.map(([, index]) => index), interleaved: order.interleaved };
}

Deno.test("KeyOrder.isLate() finds a record that comes after a later row of its key", () => {
  assert.deepEqual(judge([0, 1], [0, 3], [0, 2], [0, 4]), { late: [2], interleaved: 0 });
});

Deno.test("KeyOrder accepts a key that has moved as a whole to another partition, in either order of reading", () => {
  assert.deepEqual(judge([0, 1], [0, 2], [5, 3], [5, 4]), { late: [], interleaved: 0 });
  assert.deepEqual(judge([0, 3], [0, 4], [5, 1], [5, 2]), { late: [], interleaved: 0 });
});

Deno.test("KeyOrder.interleaved counts partitions that hold rows of a key from before and after each other", () => {
  assert.deepEqual(judge([0, 1], [0, 3], [5, 2], [5, 4]), { late: [], interleaved: 1 });
});

Deno.test("KeyOrder judges each key by itself", () => {
  const order = new KeyOrder();
  assert.equal(order.isLate("a", { partition: 0, file: 0, index: 9 }), false);
  assert.equal(order.isLate("b", { partition: 0, file: 0, index: 1 }), false);
  assert.deepEqual(["a", "b", "c"].map((key) => order.lastOf(key, 0).get(0)), [9, 1, undefined]);
  order.setLast("a", { partition: 0, file: 0, last: 12 });
  assert.equal(order.isLate("a", { partition: 0, file: 0, index: 11 }), true);
});

Deno.test("KeyOrder judges the files of a key each by itself", () => {
  const order = new KeyOrder();
  const late = [[0, 1], [1, 9], [0, 2], [1, 8], [0, 1]].map(([file = 0, index = 0]) =>
    order.isLate("a", { partition: 0, file, index })
  );
  assert.deepEqual(late, [false, false, false, true, true]);
  order.isLate("a", { partition: 1, file: 1, index: 5 });
  assert.equal(order.interleaved, 0);
});
