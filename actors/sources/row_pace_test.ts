import assert from "node:assert/strict";
import { RowPace } from "./row_pace.ts";

Deno.test("RowPace gives turns that follow each other evenly, the first one at once", () => {
  const pace = new RowPace(1_000);
  const turns = [0, 0, 0, 2].map((now) => pace.take(100, 7_000 + now));
  assert.deepEqual(turns, [7_000, 7_005, 7_010, 7_015].map((at) => ({ rows: 5, at })));
});

Deno.test("RowPace gives turns that are short at any rate, but of one row at least", () => {
  const rowsAt = (rate: number) => new RowPace(rate).take(1_000, 0).rows;
  assert.deepEqual([0.25, 1, 399, 1_000, 150_000, 1_000_000].map(rowsAt), [1, 1, 1, 5, 750, 1_000]);
  const slow = new RowPace(0.25);
  assert.deepEqual([slow.take(10, 0).at, slow.take(10, 0).at], [0, 4_000]);
});

Deno.test("RowPace gives longer turns where they are asked for", () => {
  const pace = new RowPace(40, { turnMs: 1_000 });
  assert.deepEqual([pace.take(100, 0), pace.take(100, 0)], [{ rows: 40, at: 0 }, { rows: 40, at: 1_000 }]);
});

Deno.test("RowPace holds the sources that share it to the rate together, also with turns of different sizes", () => {
  const pace = new RowPace(10_000);
  const takes = [50, 1, 20, 50, 7, 50, 3];
  let rows = 0, now = 0;
  while (now < 60_000) {
    const turn = pace.take(takes[rows % takes.length] ?? 1, now);
    now = Math.max(now, turn.at);
    assert.ok(Math.abs(rows - now * 10) < 1e-3, `${rows} rows before ${now} ms`);
    rows += turn.rows;
  }
});

Deno.test("RowPace makes up for a tenth of a second without a read, and for no more", () => {
  const pace = new RowPace(1_000);
  pace.take(5, 0);
  let late = 0;
  while (pace.take(5, 60_000).at < 60_000) late += 5;
  assert.equal(late, 100);
  assert.equal(pace.take(5, 60_000).at, 60_005);
});

Deno.test("RowPace loses no time over rows that were given back", () => {
  const pace = new RowPace(1_000);
  assert.equal(pace.take(5, 0).at, 0);
  pace.giveBack(3);
  assert.equal(pace.take(5, 0).at, 2);
  pace.giveBack(5);
  assert.equal(pace.take(5, 0).at, 2);
});

Deno.test("RowPace refuses a rate at which nothing would ever be read", () => {
  for (const rate of [0, -1, NaN]) assert.throws(() => new RowPace(rate), RangeError);
});
