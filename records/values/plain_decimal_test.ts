/** Decimals of programs by the short way, against the way of bigints. */
import assert from "node:assert/strict";
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { RecordError } from "../errors.ts";
import { DECIMAL_V1, DECIMAL_V2, type DecimalFormat, type DecimalInput, toUnscaled, toWide } from "./decimal.ts";
import { SIGNED_V2 } from "./price_sign.ts";
import { bigOfHalves, WideInteger } from "./wide_integer.ts";

const FORMATS: readonly DecimalFormat[] = [DECIMAL_V2, SIGNED_V2, DECIMAL_V1];

function outcome(read: () => bigint): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return error.message;
  }
}

function wideOf(value: unknown, format: DecimalFormat): bigint {
  const into = new WideInteger();
  toWide(value, { format, field: "price", into });
  return bigOfHalves(into.high, into.low);
}

/** Rounds nothing of what the tests make. */
const Wide = Decimal.clone({ precision: 700 });

/** By decimal.js alone; null if the format does not hold it. */
function exactly(value: Decimal, { integerDigits, scale }: DecimalFormat): bigint | null {
  const unscaled = new Wide(value).times(new Wide(10).pow(scale));
  const fits = unscaled.isInteger() && value.lessThan(new Wide(10).pow(integerDigits));
  return fits ? BigInt(unscaled.toFixed(0)) : null;
}

const digits = fc.string({ unit: fc.constantFrom(..."00123456789"), maxLength: 13 });
const texts = fc.tuple(fc.constantFrom("", "", "", "-"), digits, fc.constantFrom("", "."), digits).map((parts) =>
  parts.join("")
);
const decimals = fc.oneof(texts, fc.double().map(String)).filter((text) => /^-?(\d|\.\d)/.test(text)).map((text) =>
  new Decimal(text)
);
const numbers = fc.oneof(
  fc.double(),
  fc.double({ min: 0, max: 1e10 }),
  fc.integer({ min: -5, max: 10 ** 9 }).map((cents) => cents / 100),
  fc.tuple(fc.nat(10 ** 9), fc.integer({ min: 0, max: 10 })).map(([value, places]) => value / 10 ** places),
);

Deno.test("toWide() gives what toUnscaled gives, value or error, for any form of a decimal", () => {
  const odd = fc.constantFrom<unknown>(
    undefined,
    null,
    {},
    true,
    new Decimal(NaN),
    new Decimal(-0),
    new Decimal("1e9000"),
    new Decimal("1e-9"),
    -0,
    9_999_999_999.99999999,
    0.1 + 0.2,
  );
  const values = fc.oneof(texts, decimals, numbers, fc.bigInt({ min: -(10n ** 11n), max: 10n ** 11n }), odd);
  fc.assert(
    fc.property(values, fc.constantFrom(...FORMATS), (value, format) => {
      const expected = outcome(() => toUnscaled(value as DecimalInput, format, "price"));
      assert.deepEqual(outcome(() => wideOf(value, format)), expected);
    }),
    { numRuns: 4000 },
  );
});

Deno.test("toWide() takes a Decimal or a number for exactly what it stands for", () => {
  fc.assert(
    fc.property(fc.oneof(decimals, numbers), (value) => {
      const decimal = new Decimal(String(value));
      fc.pre(!decimal.isNegative());
      const expected = exactly(decimal, DECIMAL_V2);
      const actual = outcome(() => wideOf(value, DECIMAL_V2));
      assert.deepEqual(typeof actual === "bigint" ? actual : null, expected);
    }),
    { numRuns: 2000 },
  );
});
