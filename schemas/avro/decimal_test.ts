import assert from "node:assert/strict";
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { fewestBytes } from "../../tests/support/avsc_reference.ts";
import { ValueFault } from "./value_fault.ts";
import { BodyOutput } from "./body_output.ts";
import { readUnscaled, unscaledOf, unscaledText } from "./decimal.ts";

const V2 = { precision: 18, scale: 8 };
const LIMIT = 10n ** 18n;

function written(value: number | bigint): readonly number[] {
  const output = new BodyOutput();
  output.bytes = new Uint8Array(9);
  output.unscaled(value);
  const [length = 0, ...bytes] = output.bytes.subarray(0, output.position);
  assert.equal(length, 2 * bytes.length); // zigzag
  return bytes;
}

/** Values at and around the ends of each byte length, both ways. */
const EDGES = Array.from({ length: 8 }, (_, bytes) => 1n << BigInt(8 * bytes + 7))
  .flatMap((edge) => [edge - 1n, edge, edge + 1n])
  .flatMap((edge) => [edge, -edge])
  .concat(0n, -1n, LIMIT - 1n, 1n - LIMIT, 2n ** 53n, -(2n ** 53n), 2n ** 32n, -(2n ** 32n))
  .filter((value) => BigInt.asIntN(64, value) === value);

Deno.test("BodyOutput.unscaled writes the fewest bytes of two's complement at every edge", () => {
  for (const value of EDGES) {
    assert.deepEqual(written(value), fewestBytes(value), `${value} as a bigint`);
    if (Number.isSafeInteger(Number(value))) assert.deepEqual(written(Number(value)), fewestBytes(value), `${value}`);
  }
});

Deno.test("BodyOutput.unscaled and readUnscaled undo each other for any 64-bit integer", () => {
  fc.assert(fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
    assert.deepEqual(written(value), fewestBytes(value));
    assert.equal(readUnscaled(Uint8Array.from(written(value))), value);
  }));
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => {
    assert.deepEqual(written(value), fewestBytes(BigInt(value)));
  }));
});

Deno.test("readUnscaled reads more bytes than are needed, and more than 64 bits", () => {
  assert.equal(readUnscaled(Uint8Array.of(0xff, 0x80)), -128n);
  assert.equal(readUnscaled(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 5)), 5n);
  assert.equal(readUnscaled(new Uint8Array(12).fill(0xff)), -1n);
  assert.equal(readUnscaled(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0)), 2n ** 64n);
});

Deno.test("unscaledOf takes every Decimal that the schema holds, exactly", () => {
  fc.assert(fc.property(fc.bigInt(1n - LIMIT, LIMIT - 1n), (unscaled) => {
    const value = new Decimal(unscaledText(unscaled, 8));
    assert.equal(BigInt(unscaledOf(value, V2)), unscaled);
    assert.equal(BigInt(unscaledOf(unscaled, V2)), unscaled);
  }));
  const cases = [["0", 0n], ["-0", 0n], ["1e-8", 1n], ["1e9", 10n ** 17n], ["45.67", 4567000000n], [
    "1.10000000000000000000",
    110000000n,
  ]] as const;
  for (const [text, unscaled] of cases) assert.equal(BigInt(unscaledOf(new Decimal(text), V2)), unscaled, text);
});

Deno.test("unscaledOf does not depend on Decimal's global precision", () => {
  const { precision } = Decimal;
  try {
    Decimal.set({ precision: 3 });
    assert.equal(BigInt(unscaledOf(new Decimal("1234567890.12345678"), V2)), 123456789012345678n);
  } finally {
    Decimal.set({ precision });
  }
});

Deno.test("unscaledOf takes Decimals of another Decimal class", () => {
  const Other = Decimal.clone({ precision: 40 });
  assert.equal(unscaledOf(new Other("45.67"), V2), 4567000000);
});

Deno.test("unscaledOf refuses what would have to be rounded or does not fit", () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [new Decimal("0.000000001"), /^has 9 decimals: the schema holds 8$/],
    [new Decimal("1.123456789"), /^has 9 decimals/],
    [new Decimal("10000000000"), /^has 11 integer digits: the schema holds 10 of them and 8 decimals$/],
    [new Decimal("-12345678901.5"), /^has 11 integer digits/],
    [new Decimal("1e+20"), /^has 21 integer digits/],
    [new Decimal(NaN), /^is not finite$/],
    [new Decimal(-Infinity), /^is not finite$/],
    [LIMIT, /^has 11 integer digits/],
    [-LIMIT, /^has 11 integer digits/],
    [10n ** 400n, /integer digits/],
    [45.67, /^is a number/],
    ["45.67", /^is a string/],
    [null, /^is null:/],
    [undefined, /^is missing$/],
    [{ d: [1], e: 0, s: 1 }, /^is an object:/],
  ];
  for (const [value, message] of cases) {
    assert.throws(
      () => unscaledOf(value, V2),
      (cause) => cause instanceof ValueFault && message.test(cause.message),
      String(value),
    );
  }
});

Deno.test("unscaledText spells all decimals of the scale", () => {
  const cases = [[4567n, 2, "45.67"], [5n, 3, "0.005"], [-5n, 3, "-0.005"], [0n, 8, "0.00000000"], [
    -12n,
    0,
    "-12",
  ]] as const;
  for (const [unscaled, scale, text] of cases) assert.equal(unscaledText(unscaled, scale), text);
});
