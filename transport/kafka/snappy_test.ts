import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { snappyCompress } from "@platformatic/wasm-utils/bundled";
import fc from "fast-check";
import { repeatingContent } from "./_repeating_content.ts";
import { OutputLimitError } from "./lz77_output.ts";
import { decodeSnappy } from "./snappy.ts";
import { TruncatedError } from "./wire.ts";

const LIMIT = 1_000_000;

/** The blocks in xerial's framing, as Kafka's Java client writes them. */
function framed(blocks: readonly Buffer[]): Buffer {
  const pieces = blocks.flatMap((block) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([Buffer.from([0x82, ...Buffer.from("SNAPPY"), 0, 0, 0, 0, 1, 0, 0, 0, 1]), ...pieces]);
}

Deno.test("decodeSnappy() reads what the library writes, plain and framed", () => {
  fc.assert(fc.property(repeatingContent, fc.nat(1_000), (given, cut) => {
    fc.pre(given.length > 0);
    assert.ok(Buffer.from(decodeSnappy(snappyCompress(given), LIMIT)).equals(given));
    const parts = [given.subarray(0, cut), given.subarray(cut)].filter(({ length }) => length > 0);
    assert.ok(Buffer.from(decodeSnappy(framed(parts.map((part) => snappyCompress(part))), LIMIT)).equals(given));
  }));
});

Deno.test("decodeSnappy() reads each kind of element", () => {
  const literal = (length: number) => Buffer.alloc(length, "x");
  const blocks: [number[], Buffer][] = [
    // One byte; then 4 bytes from 1 before, 3 from 2 before, and 2 from 3 before.
    [[10, 0x00, 65, 0x01, 1, 0x0a, 2, 0, 0x07, 3, 0, 0, 0], Buffer.from("AAAAAAAAAA")],
    [[100, 60 << 2, 99, ...literal(100)], literal(100)],
    [[0xac, 0x02, 61 << 2, 0x2b, 0x01, ...literal(300)], literal(300)],
    [[0xac, 0x02, 63 << 2, 0x2b, 0x01, 0, 0, ...literal(300)], literal(300)],
  ];
  for (const [block, given] of blocks) {
    assert.deepEqual(Buffer.from(decodeSnappy(Uint8Array.from(block), LIMIT)), given);
  }
});

Deno.test("decodeSnappy() gives as many bytes as the limit has, and takes no length on trust", () => {
  const given = Buffer.alloc(10_000, "abc");
  for (const bytes of [snappyCompress(given), framed([snappyCompress(given)])]) {
    assert.equal(decodeSnappy(bytes, 10_000).length, 10_000);
    assert.throws(() => decodeSnappy(bytes, 9_999), OutputLimitError);
  }
  assert.throws(() => decodeSnappy(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 65), LIMIT), OutputLimitError);
});

Deno.test("decodeSnappy() ends with content or an error of its own after any cut or change", () => {
  const given = Buffer.concat([Buffer.alloc(500, "abc"), crypto.getRandomValues(new Uint8Array(100))]);
  for (const bytes of [snappyCompress(given), framed([snappyCompress(given)])]) {
    for (let length = 0; length < bytes.length; length++) {
      // Framed, nothing at all after the header is no block, and no error.
      if (length === 16 && bytes[0] === 0x82) continue;
      assert.throws(() => decodeSnappy(bytes.subarray(0, length), LIMIT), isDamage, `${length} bytes`);
    }
    fc.assert(fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ change;
      try {
        assert.ok(decodeSnappy(damaged, LIMIT).length <= LIMIT);
      } catch (error) {
        assert.ok(isDamage(error), String(error));
      }
    }));
  }
});

Deno.test("decodeSnappy() refuses a block that ends inside a distance, even one that would do", () => {
  // 256 bytes, then 4 of them again, from 256 before: the distance's upper bits are in the tag.
  const block = Uint8Array.of(0x84, 0x02, 60 << 2, 255, ...Buffer.alloc(256, "x"), (1 << 5) | 1, 0);
  assert.equal(decodeSnappy(block, LIMIT).length, 260);
  assert.throws(() => decodeSnappy(block.subarray(0, -1), LIMIT), TruncatedError);
});

function isDamage(error: unknown): boolean {
  return error instanceof RangeError || error instanceof TruncatedError || error instanceof OutputLimitError;
}
