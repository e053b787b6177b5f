import assert from "node:assert/strict";
import fc from "fast-check";
import { bigOfHalves, numberOfHalves, WideInteger } from "./wide_integer.ts";

Deno.test("WideInteger.set() is exact for every whole number and fraction that a decimal may have", () => {
  const whole = fc.oneof(fc.nat(), fc.maxSafeNat().map((value) => value % 10 ** 12), fc.constantFrom(0, 10 ** 10 - 1));
  const scale = fc.integer({ min: 0, max: 8 });
  const integer = new WideInteger();
  fc.assert(
    fc.property(whole, scale, fc.nat(), (number, digits, seed) => {
      const factor = 10 ** digits, fraction = seed % factor;
      const expected = BigInt(number) * BigInt(factor) + BigInt(fraction);
      if (expected >= 1n << 63n) return;
      integer.set(number, factor, fraction);
      assert.equal(bigOfHalves(integer.high, integer.low), expected);
    }),
    { numRuns: 20_000 },
  );
  integer.set(9_999_999_999, 10 ** 8, 99_999_999);
  assert.equal(bigOfHalves(integer.high, integer.low), 10n ** 18n - 1n);
});

Deno.test("bigOfHalves() undoes WideInteger.setBig() for all of 64 bits", () => {
  const integer = new WideInteger();
  fc.assert(fc.property(fc.bigInt(-(1n << 63n), (1n << 63n) - 1n), fc.nat(63), (value, bits) => {
    for (const given of [value, value >> BigInt(bits)]) {
      integer.setBig(given);
      assert.equal(bigOfHalves(integer.high, integer.low), given);
      if (Number.isSafeInteger(Number(given))) {
        assert.equal(numberOfHalves(integer.high, integer.low), Number(given));
      }
    }
  }));
});
