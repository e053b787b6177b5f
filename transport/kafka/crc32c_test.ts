import assert from "node:assert/strict";
import fc from "fast-check";
import { slowCrc32c } from "./_plain_batch.ts";
import { crc32c } from "./crc32c.ts";

Deno.test("crc32c gives the check values of RFC 3720", () => {
  assert.equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e);
});

Deno.test("crc32c agrees with the definition on any bytes, also on a view, and piece by piece", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 700, size: "max" }), fc.nat(10), fc.nat(700), (all, skip, cut) => {
    const bytes = all.subarray(skip), expected = slowCrc32c(bytes);
    assert.equal(crc32c(bytes), expected);
    assert.equal(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut))), expected);
  }));
});

Deno.test("crc32c of many bytes is that of all of them", () => {
  const bytes = Uint8Array.from({ length: 700_001 }, (_, at) => at * 7 ^ at >> 9);
  assert.equal(crc32c(bytes), slowCrc32c(bytes));
});
