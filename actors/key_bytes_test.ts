import assert from "node:assert/strict";
import fc from "fast-check";
import { KeyBytes } from "./key_bytes.ts";

Deno.test("KeyBytes.of() gives the UTF-8 bytes of every key, the same ones for the same key", () => {
  const keys = new KeyBytes();
  fc.assert(fc.property(fc.array(fc.constantFrom("", "BHP", "RIO", "株", "a b")), (texts) => {
    const bytes = texts.map((text) => keys.of(text));
    assert.deepEqual(bytes.map((each) => new TextDecoder().decode(each)), texts);
    texts.forEach((text, at) => assert.equal(bytes[at], keys.of(text)));
  }));
});

Deno.test("KeyBytes.of() goes on when there are more keys than it keeps", () => {
  const keys = new KeyBytes();
  for (let key = 0; key < 100_002; key++) keys.of(String(key));
  assert.equal(new TextDecoder().decode(keys.of("7")), "7");
});
