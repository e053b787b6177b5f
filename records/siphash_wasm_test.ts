import assert from "node:assert/strict";
import fc from "fast-check";
import { sipHash128, sipHashKey } from "./siphash.ts";
import { buildSipHasher } from "./siphash_wasm.ts";

Deno.test("buildSipHasher() hashes as siphash.ts does, whatever the key, the length, and what was hashed before", () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  fc.assert(
    fc.property(
      bytes(16),
      fc.array(fc.uint8Array({ maxLength: 600, size: "max" }), { maxLength: 30 }),
      (key, inputs) => {
        const hasher = buildSipHasher(key);
        for (const input of inputs) {
          hasher.input.set(input);
          hasher.hash(input.length);
          const out = new Uint32Array(4);
          sipHash128(sipHashKey(key), { view: new DataView(input.buffer), length: input.length, out });
          assert.deepEqual(hasher.result.slice(), new Uint8Array(out.buffer));
        }
      },
    ),
  );
});

Deno.test("buildSipHasher() hashes an input as long as it can be", () => {
  const key = Uint8Array.from({ length: 16 }, (_, at) => at);
  const hasher = buildSipHasher(key);
  const { length } = hasher.input;
  hasher.input.forEach((_, at) => hasher.input[at] = at % 251);
  hasher.hash(length);
  const out = new Uint32Array(4);
  sipHash128(sipHashKey(key), { view: new DataView(hasher.input.slice().buffer), length, out });
  assert.deepEqual(hasher.result.slice(), new Uint8Array(out.buffer));
});
