import assert from "node:assert/strict";
import fc from "fast-check";
import { sipHashReference } from "../../tests/support/siphash_reference.ts";
import { SipHasher } from "./siphash.ts";

Deno.test("SipHasher hashes as the reference does, for any key, length and earlier hashes", () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  fc.assert(
    fc.property(
      bytes(16),
      fc.array(fc.uint8Array({ maxLength: 600, size: "max" }), { maxLength: 30 }),
      (key, inputs) => {
        const hasher = new SipHasher(key);
        for (const input of inputs) {
          hasher.digest(input);
          assert.deepEqual(hasher.result.slice(), sipHashReference(key, input));
        }
      },
    ),
  );
});

Deno.test("SipHasher hashes an input as long as its memory, and grows for a longer one, which keeps the input's bytes", () => {
  const key = Uint8Array.from({ length: 16 }, (_, at) => at);
  const hasher = new SipHasher(key);
  const first = hasher.input.length;
  hasher.input.forEach((_, at) => hasher.input[at] = at % 251);
  for (const length of [first, first + 1, 2 * first + 1, 5 * 2 ** 20 + 3]) {
    const before = hasher.input.slice();
    hasher.reserve(length);
    assert.deepEqual(hasher.input.subarray(0, before.length), before);
    hasher.input.forEach((_, at) => hasher.input[at] = at % 251);
    hasher.hash(length);
    const expected = sipHashReference(key, hasher.input.slice(0, length));
    assert.deepEqual([hasher.result.slice(), new Uint8Array(hasher.words.slice().buffer)], [expected, expected]);
  }
  hasher.digest(key);
  assert.deepEqual(hasher.result.slice(), sipHashReference(key, key), "a short one after a long one");
});
