import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeText } from "./row_parser.ts";

const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The answer of the platform's own decoder. */
function strictly(bytes: Uint8Array): string | null {
  try {
    return bytes.includes(0) ? null : fatal.decode(bytes);
  } catch {
    return null;
  }
}

Deno.test("decodeText() gives text of UTF-8, and null for other bytes and for a NUL", () => {
  const encoder = new TextEncoder();
  for (const text of ["", "a", "é€😀", "\ufeffa", "a\ufffdb", "\ufffd"]) {
    assert.equal(decodeText(encoder.encode(text)), text);
  }
  for (const bytes of [[0], [97, 0], [0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xef, 0xbf, 0xbd, 0xff]]) {
    assert.equal(decodeText(Uint8Array.from(bytes)), null, `${bytes}`);
  }
});

Deno.test("decodeText() takes the bytes that a strict decoder takes", () => {
  const part = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 4 }).map((text) => new TextEncoder().encode(text)),
    fc.constant(Uint8Array.of(0xef, 0xbf, 0xbd)),
    fc.uint8Array({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      const bytes = Uint8Array.from(parts.flatMap((each) => [...each]));
      assert.equal(decodeText(bytes), strictly(bytes));
    }),
    { numRuns: 2_000 },
  );
});
