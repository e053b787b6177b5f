import assert from "node:assert/strict";
import { clearScratch, putScratch, scratchBytes, scratchWords, takeScratch } from "./scratch.ts";

Deno.test("scratch space has room for 64 bytes behind each place, on places for the largest numbers", () => {
  clearScratch();
  const places = [0, 1, 7, 8, 9, 16].map((length) => ({ length, place: takeScratch(length) }));
  for (const [at, { length, place }] of places.entries()) {
    assert.equal(place % 8, 0);
    const next = places[at + 1]?.place ?? takeScratch(0);
    assert.ok(place + length + 64 <= next);
  }
});

Deno.test("putScratch() copies the first elements of an array, also of one within another", () => {
  clearScratch();
  const place = putScratch(Uint32Array.of(1, 2, 3, 4).subarray(1), 2);
  assert.deepEqual([...scratchWords().subarray(place / 4, place / 4 + 2)], [2, 3]);
});

Deno.test("scratch space refuses more than there may be, and is as before afterwards", () => {
  clearScratch();
  const { length } = scratchBytes();
  assert.throws(() => takeScratch(2 ** 32), RangeError);
  assert.equal(scratchBytes().length, length);
  clearScratch();
  const place = putScratch(Uint8Array.of(1, 2, 3));
  assert.deepEqual([...scratchBytes().subarray(place, place + 3)], [1, 2, 3]);
});
