import assert from "node:assert/strict";
import fc from "fast-check";
import { RunKeys } from "./run_keys.ts";

Deno.test("RunKeys.of() gives the UTF-8 bytes of every key, the same ones for the same key", () => {
  const keys = new RunKeys();
  fc.assert(fc.property(fc.array(fc.constantFrom("", "BHP", "RIO", "株", "a b")), (texts) => {
    const found = texts.map((text) => keys.of(text));
    assert.deepEqual(found.map(({ bytes }) => new TextDecoder().decode(bytes)), texts);
    texts.forEach((text, at) => assert.equal(found[at], keys.of(text)));
  }));
});

Deno.test("RunKeys.of() still answers when there are more keys than it keeps", () => {
  const keys = new RunKeys();
  for (let key = 0; key < 100_002; key++) keys.of(String(key));
  assert.equal(new TextDecoder().decode(keys.of("7").bytes), "7");
});
