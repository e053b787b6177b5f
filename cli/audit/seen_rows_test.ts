import assert from "node:assert/strict";
import { SeenRows } from "./seen_rows.ts";

const ORIGIN = "0123456789abcdef";

Deno.test("SeenRows.add() recognises each row of each origin", () => {
  const seen = new SeenRows();
  for (const row of [1, 7, 8, 511, 512, 100_000]) {
    assert.ok(seen.add({ origin: ORIGIN, row }), `${row}`);
    assert.ok(seen.add({ origin: "fedcba9876543210", row }), `${row} of another origin`);
    assert.ok(!seen.add({ origin: ORIGIN, row }), `${row} again`);
  }
  assert.ok(seen.add({ origin: ORIGIN, row: 100_001 }));
});

Deno.test("SeenRows.add() takes no more memory for a high row number, because a record may name any", () => {
  const seen = new SeenRows();
  const row = Number.MAX_SAFE_INTEGER;
  assert.deepEqual([seen.add({ origin: ORIGIN, row }), seen.add({ origin: ORIGIN, row })], [true, false]);
  const before = Deno.memoryUsage().external;
  for (let at = 1; at <= 1_000; at++) assert.ok(seen.add({ origin: ORIGIN, row: row - at * 1e9 }));
  assert.ok(Deno.memoryUsage().external - before < 1e6);
});
