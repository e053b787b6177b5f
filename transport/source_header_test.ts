import assert from "node:assert/strict";
import fc from "fast-check";
import { allHeaders, isOfOrigin, rowOf, sourceOf, sourceValue } from "./source_header.ts";

const ORIGIN = Uint8Array.fromHex("00ff10203040a0f1");

Deno.test("sourceValue() is the origin and the row number, big-endian, without leading zeros", () => {
  const hexOf = (row: number) => sourceValue(ORIGIN, row).toHex().slice(16);
  assert.deepEqual([1, 255, 256, 65_535, 16_777_216].map(hexOf), ["01", "ff", "0100", "ffff", "01000000"]);
  assert.equal(hexOf(Number.MAX_SAFE_INTEGER), "1fffffffffffff");
});

Deno.test("sourceOf() reads back what allHeaders() writes, for any row and among other headers", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 8, maxLength: 8 }),
      fc.integer({ min: 1, max: 2 ** 53 - 1 }),
      (origin, row) => {
        const record = { key: null, value: null, timestamp: 0, headers: [["x", origin] as const], origin, row };
        const headers = allHeaders(record);
        assert.deepEqual(headers.map(([name]) => name), ["x", "src"]);
        assert.deepEqual(sourceOf({ headers }), { origin: origin.toHex(), row });
      },
    ),
  );
});

Deno.test("allHeaders() adds nothing to a record without an origin", () => {
  const headers = [["x", ORIGIN] as const];
  assert.equal(allHeaders({ key: null, value: null, timestamp: 0, headers }), headers);
  assert.deepEqual(allHeaders({ key: null, value: null, timestamp: 0 }), []);
});

Deno.test("sourceOf() passes over another program's header of that name", () => {
  const foreign = ["", "00", "0102030405060708", "010203040506070800ff", "0102030405060708ffffffffffffffff"];
  for (const hex of foreign) {
    const value = Uint8Array.fromHex(hex);
    assert.equal(rowOf(value), null, hex);
    assert.equal(sourceOf({ headers: [["src", value]] }), null);
    assert.deepEqual(sourceOf({ headers: [["src", value], ["src", sourceValue(ORIGIN, 7)]] }), {
      origin: ORIGIN.toHex(),
      row: 7,
    });
  }
});

Deno.test("isOfOrigin() compares all eight bytes", () => {
  const value = sourceValue(ORIGIN, 9);
  assert.ok(isOfOrigin(value, ORIGIN));
  for (let at = 0; at < 8; at++) {
    const other = ORIGIN.slice();
    other[at] = (other[at] ?? 0) ^ 1;
    assert.ok(!isOfOrigin(value, other));
  }
});
