import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { lz4Decompress, snappyCompress } from "@platformatic/wasm-utils/bundled";
import fc from "fast-check";
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { LogError } from "../log.ts";
import { repeatingContent } from "./_repeating_content.ts";
import { compressRecords, decompressRecords, MAX_DECOMPRESSED_BYTES } from "./batch_compression.ts";

const LIMIT = 1_000_000;
const COMPRESSED = ["gzip", "lz4", "zstd"] as const;
const GIVEN = Buffer.from("the same again, ".repeat(500));

/** Readers that are not ours. */
const OTHERS = { gzip: gunzipSync, lz4: lz4Decompress, zstd: zstdDecompressSync };
const ATTRIBUTES = { gzip: 1, lz4: 3, zstd: 4 };

function failed(reason: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof LogError && error.code === "client" && reason.test(error.message);
}

Deno.test("compressRecords() and decompressRecords() give back what was given", () => {
  fc.assert(fc.property(repeatingContent, fc.constantFrom("none" as const, ...COMPRESSED), (given, compression) => {
    fc.pre(given.length > 0);
    const { attribute, bytes } = compressRecords(given, compression);
    assert.ok(bytes.length <= given.length);
    assert.ok(Buffer.from(decompressRecords(bytes, attribute)).equals(given));
  }));
});

for (const compression of COMPRESSED) {
  Deno.test(`compressRecords() writes ${compression} that others read`, () => {
    const { attribute, bytes } = compressRecords(GIVEN, compression);
    assert.equal(attribute, ATTRIBUTES[compression]);
    assert.ok(bytes.length < 200, `${bytes.length} bytes`);
    assert.ok(OTHERS[compression](Buffer.from(bytes)).equals(GIVEN));
  });

  Deno.test(`compressRecords() leaves what ${compression} makes no shorter as it is`, () => {
    const random = crypto.getRandomValues(new Uint8Array(10_000));
    assert.deepEqual(compressRecords(random, compression), { attribute: 0, bytes: random });
  });
}

Deno.test("compressRecords() compresses as much as may be read, and not one byte more", () => {
  const most = new Uint8Array(MAX_DECOMPRESSED_BYTES);
  const { attribute, bytes } = compressRecords(most, "zstd");
  assert.equal(decompressRecords(bytes, attribute).length, most.length);
  const more = new Uint8Array(MAX_DECOMPRESSED_BYTES + 1);
  assert.ok(compressRecords(more, "zstd").bytes === more);
});

Deno.test("compressRecords() writes lz4 as Java's client can read it: blocks that do not depend on each other", () => {
  const { bytes } = compressRecords(GIVEN, "lz4");
  assert.equal((bytes[4] ?? 0) & 0xe0, 0x60); // version 1, independent blocks
});

/** As other clients write it, with the number in the attributes. */
const STORED = [
  ["gzip", 1, gzipSync(GIVEN)],
  ["snappy", 2, snappyCompress(GIVEN)],
  ["lz4", 3, Buffer.from(compressRecords(GIVEN, "lz4").bytes)],
  ["zstd", 4, zstdCompressSync(GIVEN)],
] as const;

for (const [name, codec, stored] of STORED) {
  Deno.test(`decompressRecords() reads ${name}, with any other bits in the attributes`, () => {
    assert.ok(Buffer.from(decompressRecords(stored, codec | 0x18)).equals(GIVEN));
  });

  Deno.test(`decompressRecords() gives as many bytes of ${name} as the limit has, and not one more`, () => {
    assert.equal(decompressRecords(stored, codec, GIVEN.length).length, GIVEN.length);
    const reason = new RegExp(`^its ${name} decompresses to more than ${GIVEN.length - 1} bytes$`);
    assert.throws(() => decompressRecords(stored, codec, GIVEN.length - 1), failed(reason));
  });

  Deno.test(`decompressRecords() ends with bytes or a LogError after any change or cut of ${name}`, () => {
    let refused = 0;
    const tries = (bytes: Uint8Array) => {
      try {
        assert.ok(decompressRecords(bytes, codec, LIMIT).length <= LIMIT);
      } catch (error) {
        assert.ok(failed(new RegExp(`^its ${name} (is damaged|decompresses to more than)`))(error), String(error));
        refused++;
      }
    };
    for (let length = 0; length < stored.length; length++) tries(stored.subarray(0, length));
    const changes = fc.array(fc.tuple(fc.nat(stored.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(fc.property(changes, (all) => {
      const damaged = Uint8Array.from(stored);
      for (const [at, byte] of all) damaged[at] = byte;
      tries(damaged);
    }));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), tries));
    assert.ok(refused > 100, `${refused} were refused`);
  });
}
