import assert from "node:assert/strict";
import { copyBytes } from "./copy_bytes.ts";

/** Not from the start of its memory. */
function viewOn(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + 1, bytes.length - 2);
}

Deno.test("copyBytes copies as many bytes as it is asked to, from and to any place, and nothing around them", () => {
  const lengths = [...Array.from({ length: 40 }, (_, length) => length), 176, 511, 512, 513, 5_000];
  for (const length of lengths) {
    for (const start of [0, 1, 3, 8]) {
      for (const at of [0, 2, 7]) {
        const source = Uint8Array.from({ length: 2 + start + length + 1 }, (_, index) => 255 - index * 7);
        const target = new Uint8Array(2 + at + length + 5).fill(1);
        const end = start + length;
        assert.equal(copyBytes(viewOn(source), { start, end }, viewOn(target), at), at + length);
        const expected = new Uint8Array(target.length).fill(1);
        expected.set(source.subarray(1 + start, 1 + end), 1 + at);
        assert.deepEqual(target, expected, `${length} bytes from ${start} to ${at}`);
      }
    }
  }
});
