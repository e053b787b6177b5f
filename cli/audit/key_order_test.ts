import assert from "node:assert/strict";
import { KeyOrder } from "./key_order.ts";

const KEY = 7, OTHER = 8;

/** Late records of one key, each given as [partition, place], and the pairs of partitions that are interleaved. */
function judge(...records: readonly (readonly [partition: number, index: number])[]) {
  const order = new KeyOrder();
  const late = records.filter(([partition, index]) => order.isLate(KEY, { partition, series: 0, index }));
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
  assert.equal(order.isLate(KEY, { partition: 0, series: 0, index: 9 }), false);
  assert.equal(order.isLate(OTHER, { partition: 0, series: 0, index: 1 }), false);
  assert.equal(order.isLate(KEY, { partition: 0, series: 0, index: 8 }), true);
});

Deno.test("KeyOrder judges the series of a key each by itself", () => {
  const order = new KeyOrder();
  const late = [[0, 1], [1, 9], [0, 2], [1, 8], [0, 1]].map(([series = 0, index = 0]) =>
    order.isLate(KEY, { partition: 0, series, index })
  );
  assert.deepEqual(late, [false, false, false, true, true]);
  order.isLate(KEY, { partition: 1, series: 1, index: 5 });
  assert.equal(order.interleaved, 0);
});

Deno.test("KeyOrder.isAside() finds a record that comes after a later row, and lets earlier rows come after it", () => {
  const order = new KeyOrder(), place = (index: number) => ({ partition: 0, series: 0, index });
  const late = [
    order.isLate(KEY, place(3)),
    order.isAside(KEY, place(2)),
    order.isAside(KEY, place(8)),
    order.isAside(KEY, place(7)),
    order.isLate(KEY, place(4)),
  ];
  assert.deepEqual(late, [false, true, false, true, false]);
});

Deno.test("KeyOrder takes some bytes for each key and series of a topic", () => {
  const order = new KeyOrder();
  for (let key = 0; key < 200_000; key++) order.isLate(key, { partition: 0, series: 1, index: key });
  assert.deepEqual([order.isLate(199_999, { partition: 0, series: 1, index: 1 }), order.interleaved], [true, 0]);
});
