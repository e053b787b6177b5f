import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { lz4Compress } from "@platformatic/wasm-utils/bundled";
import fc from "fast-check";
import { repeatingContent } from "./_repeating_content.ts";
import { decodeLz4Frame } from "./lz4_frame.ts";
import { OutputLimitError } from "./lz77_output.ts";

const LIMIT = 1_000_000;

/** 150,000 bytes that repeat 97. */
const PATTERN = Buffer.from(
  Array.from({ length: 150_000 }, (_, index) => ((index % 97) ** 2 * 7 + (index % 97) * 13) % 251),
);

/** {@link PATTERN} as the program `lz4` 1.9.4 writes it. */
const FRAMES: Readonly<Record<string, string>> = {
  "blocks of 64 KiB that repeat what is in others, checksums of blocks and content, the content's size":
    "BCJNGFxA8EkCAAAAAADpbAEAAP9SABQ2ZqTwT7cytk3toGEwDfPs8w0wYaDtTbYyt0/wpGY2FAD1Ahg8bq4BXcdEymMKun1OLRoV" +
    "HjVajc4if+po74kx4qZ4WEZCTGSKvgVVsySeK8FqIeG0lYSBjKXMBkma+WEA////////////////////////////////////////" +
    "////////////////////////////////////////////////////////////////////////////////////////////////////" +
    "////////////////////////////////////////////////////////////////////////////////////////////////////" +
    "////////////////////////////////////////////////////////////////////////////////////////////////////" +
    "/4dQWo3OIn8B9oPUCgEAAA/D////////////////////////////////////////////////////////////////////////////" +
    "////////////////////////////////////////////////////////////////////////////////////////////////////" +
    "////////////////////////////////////////////////////////////////////////////////////////////////////" +
    "///////////////////////////////////////////////////////////////////oUDBhoO1NmLvE9LUAAAD/UrYyt0/wpGY2" +
    "FAD1Ahg8bq4BXcdEymMKun1OLRoVHjVajc4if+po74kx4qZ4WEZCTGSKvgVVsySeK8FqIeG0lYSBjKXMBkma+QAUNmak8E+3MrZN" +
    "7aBhMA3z7PMNMGGg7U1hAP//////////////////////////////////////////////////////////////////////////////" +
    "///////////////////AUBQA9QIYjh1hswAAAACfP3zV",
  "high compression, linked blocks of 64 KiB":
    "BCJNGERAXmwBAAD/UgAUNmak8E+3MrZN7aBhMA3z7PMNMGGg7U22MrdP8KRmNhQA9QIYPG6uAV3HRMpjCrp9Ti0aFR41Wo3OIn/q" +
    "aO+JMeKmeFhGQkxkir4FVbMknivBaiHhtJWEgYylzAZJmvlhAP//////////////////////////////////////////////////" +
    "////////////////////////////////////////////////////////////////////////////////////////////////////" +
    "////////////////////////////////////////////////////////////////////////////////////////////////////" +
    "//////////////////////////////////////////////////////////////////////////////////////////+HUFqNziJ/" +
    "CgEAAA9hAP//////////////////////////////////////////////////////////////////////////////////////////" +
    "////////////////////////////////////////////////////////////////////////////////////////////////////" +
    "////////////////////////////////////////////////////////////////////////////////////////////////////" +
    "///////////////////////////////////////////////////oUDBhoO1NVAAAAA9hAP//////////////////////////////" +
    "////////////////////////////////////////////////////////////////////IlAUAPUCGAAAAACfP3zV",
};

Deno.test("decodeLz4Frame() reads what the library writes", () => {
  fc.assert(fc.property(repeatingContent, (given) => {
    fc.pre(given.length > 0);
    assert.ok(Buffer.from(decodeLz4Frame(lz4Compress(given), LIMIT)).equals(given));
  }));
});

for (const [name, text] of Object.entries(FRAMES)) {
  Deno.test(`decodeLz4Frame() reads a frame of lz4: ${name}`, () => {
    assert.ok(Buffer.from(decodeLz4Frame(Buffer.from(text, "base64"), LIMIT)).equals(PATTERN));
  });
}

Deno.test("decodeLz4Frame() gives as many bytes as the limit has, and not one more", () => {
  for (
    const [given, limit] of [[PATTERN, 150_000], [crypto.getRandomValues(new Uint8Array(65_000)), 65_000]] as const
  ) {
    const frame = lz4Compress(Buffer.from(given));
    assert.equal(decodeLz4Frame(frame, limit).length, limit);
    assert.throws(() => decodeLz4Frame(frame, limit - 1), OutputLimitError);
  }
});

Deno.test("decodeLz4Frame() refuses a frame that ends too early, wherever that is", () => {
  const frame = lz4Compress(PATTERN.subarray(0, 1_000));
  for (let length = 0; length < frame.length; length++) {
    assert.throws(() => decodeLz4Frame(frame.subarray(0, length), LIMIT), RangeError, `${length} bytes`);
  }
});

Deno.test("decodeLz4Frame() ends with content or a RangeError if any byte is changed", () => {
  const frame = lz4Compress(PATTERN.subarray(0, 1_000));
  fc.assert(fc.property(fc.nat(frame.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
    const damaged = Uint8Array.from(frame);
    damaged[at] = (damaged[at] ?? 0) ^ change;
    try {
      assert.ok(decodeLz4Frame(damaged, LIMIT).length <= LIMIT);
    } catch (error) {
      assert.ok(error instanceof RangeError || error instanceof OutputLimitError, String(error));
    }
  }));
});

Deno.test("decodeLz4Frame() refuses what it has no way to read", () => {
  const frame = lz4Compress(PATTERN);
  const changed = (at: number, byte: number) => {
    const other = Uint8Array.from(frame);
    other[at] = byte;
    return other;
  };
  assert.throws(() => decodeLz4Frame(changed(0, 0), LIMIT), /No LZ4 frame/);
  assert.throws(() => decodeLz4Frame(changed(4, 0x20), LIMIT), /unknown version/);
  assert.throws(() => decodeLz4Frame(changed(4, 0x61), LIMIT), /dictionary/);
});

Deno.test("decodeLz4Frame() refuses a repeat of what was never written", () => {
  const header = lz4Compress(PATTERN).subarray(0, 7);
  const frame = (...block: number[]) => Uint8Array.of(...header, block.length, 0, 0, 0, ...block, 0, 0, 0, 0);
  assert.equal(Buffer.from(decodeLz4Frame(frame(0x11, 65, 1, 0, 0x10, 66), LIMIT)).toString(), "AAAAAAB");
  assert.throws(() => decodeLz4Frame(frame(0x11, 65, 2, 0, 0x10, 66), LIMIT), RangeError);
  assert.throws(() => decodeLz4Frame(frame(0x11, 65, 0, 0, 0x10, 66), LIMIT), RangeError);
});
