import assert from "node:assert/strict";
import fc from "fast-check";
import { LineEnds } from "./line_ends.ts";

Deno.test("LineEnds finds what indexOf finds, in any bytes, from anywhere, near and far", () => {
  const byte = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(0x09, 0x0a, 0x0b, 0x00, 0x01, 0x80, 0x8a, 0x8b, 0xff) },
    { weight: 1, arbitrary: fc.nat(255) },
  );
  const plain = fc.nat(300).map((length) => new Array<number>(length).fill(0x31));
  const parts = fc.array(fc.oneof(byte.map((one) => [one]), plain), { maxLength: 12 });
  const ends = new LineEnds();
  fc.assert(
    fc.property(parts, fc.nat(3), (parts, before) => {
      const whole = Uint8Array.from([...new Array<number>(before).fill(0x0a), ...parts.flat(), 0x0a]);
      // Not from the start of its memory, and not to its end.
      const bytes = whole.subarray(before, -1);
      for (let from = 0; from <= bytes.length; from++) {
        assert.equal(ends.indexOf(bytes, from), bytes.indexOf(0x0a, from), `${bytes} from ${from}`);
      }
    }),
    { numRuns: 300 },
  );
});
