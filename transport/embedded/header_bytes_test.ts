import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeHeaders, encodeHeaders } from "./header_bytes.ts";

Deno.test("decodeHeaders gives back what encodeHeaders was given: order, repeated keys, any bytes", () => {
  const headers = fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.uint8Array()), { maxLength: 6 });
  fc.assert(fc.property(headers, (given) => assert.deepEqual(decodeHeaders(encodeHeaders(given)), given)));
});

Deno.test("encodeHeaders of none is null, so that records without headers store nothing", () => {
  assert.equal(encodeHeaders([]), null);
  assert.equal(encodeHeaders(undefined), null);
  assert.deepEqual(decodeHeaders(null), []);
});

Deno.test("decodeHeaders throws on bytes that are cut off", () => {
  const whole = encodeHeaders([["message_id", new Uint8Array(16)]]);
  assert.ok(whole);
  for (let length = 1; length < whole.length; length++) {
    assert.throws(() => decodeHeaders(whole.subarray(0, length)), /malformed/);
  }
});
