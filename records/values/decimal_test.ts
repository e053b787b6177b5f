import { Decimal } from "decimal.js";
import fc from "fast-check";
import assert from "node:assert/strict";
import {
  DECIMAL_V1,
  DECIMAL_V2,
  type DecimalFormat,
  type DecimalInput,
  fromUnscaled,
  toUnscaled,
  unscaledToText,
} from "./decimal.ts";
import { RecordError } from "../errors.ts";

// Far from the default, so that a hidden rounding or notation of decimal.js would show.
Decimal.set({ precision: 5, rounding: Decimal.ROUND_UP, toExpPos: 3, toExpNeg: -2 });

/** A constructor of its own for reference values, with room for any of them. */
const Exact = Decimal.clone({ precision: 2000, toExpPos: 9e15, toExpNeg: -9e15 });

const FORMATS = [DECIMAL_V1, DECIMAL_V2];

function refusal(value: unknown, format: DecimalFormat = DECIMAL_V2): RecordError {
  try {
    // The caller of a JavaScript program can hand over anything.
    toUnscaled(value as DecimalInput, format, "price");
  } catch (error) {
    if (error instanceof RecordError) return error;
    throw error;
  }
  assert.fail(`${String(value)} was accepted`);
}

/** Reference by bigint arithmetic: digits without the dot, then exact scaling; null if it does not fit. */
function reference(integer: string, fraction: string, exponent: number, format: DecimalFormat): bigint | null {
  let unscaled = BigInt(integer + fraction);
  let power = exponent - fraction.length + format.scale;
  for (; power > 0; power -= 1) unscaled *= 10n;
  for (; power < 0; power += 1) {
    if (unscaled % 10n !== 0n) return null;
    unscaled /= 10n;
  }
  return unscaled < 10n ** BigInt(format.integerDigits + format.scale) ? unscaled : null;
}

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(..."0000123456789"), minLength, maxLength });

Deno.test("toUnscaled() takes plain text exactly or refuses it, as bigint arithmetic and decimal.js say", () => {
  fc.assert(
    fc.property(digits(0, 14), digits(0, 12), fc.boolean(), fc.constantFrom(...FORMATS), (i, f, dot, format) => {
      fc.pre(i + f !== "");
      const text = f === "" && !dot ? i : `${i}.${f}`;
      const wanted = reference(i, f, 0, format);
      if (wanted === null) {
        const { rule } = refusal(text, format);
        const value = new Exact(text);
        const tooLong = value.trunc().gte(new Exact(10).pow(format.integerDigits));
        assert.equal(rule, tooLong ? "too_many_integer_digits" : "too_many_decimals");
      } else {
        assert.equal(toUnscaled(text, format, "price"), wanted);
        assert.ok(new Exact(text).eq(new Exact(fromUnscaled(wanted, format.scale))));
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("toUnscaled() takes text with an exponent exactly or refuses it", () => {
  const exponents = fc.integer({ min: -25, max: 25 });
  fc.assert(
    fc.property(digits(0, 14), digits(0, 12), exponents, fc.constantFrom("e", "E"), (i, f, exponent, e) => {
      fc.pre(i + f !== "");
      const wanted = reference(i, f, exponent, DECIMAL_V2);
      for (const sign of exponent < 0 ? ["-"] : ["", "+"]) {
        const text = `${i}.${f}${e}${sign}${Math.abs(exponent)}`;
        if (wanted === null) refusal(text);
        else assert.equal(toUnscaled(text, DECIMAL_V2, "price"), wanted);
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("toUnscaled() stays exact in all 18 digits", () => {
  assert.equal(toUnscaled("9999999999.99999999", DECIMAL_V2, "price"), 999999999999999999n);
  assert.equal(toUnscaled("999999999999.999999", DECIMAL_V1, "price"), 999999999999999999n);
  assert.equal(toUnscaled("90071992.54740991", DECIMAL_V2, "price"), 9007199254740991n);
  assert.equal(toUnscaled("90071992.54740993", DECIMAL_V2, "price"), 9007199254740993n);
  assert.equal(toUnscaled("0.00000001", DECIMAL_V2, "price"), 1n);
});

Deno.test("toUnscaled() takes the same value in any form", () => {
  const same: DecimalInput[] = [
    "45.67",
    "045.6700",
    "4567e-2",
    "0.4567E+2",
    45.67,
    new Decimal("45.67"),
    new Exact(45.67),
  ];
  for (const value of same) assert.equal(toUnscaled(value, DECIMAL_V2, "price"), 4_567_000_000n, String(value));
  for (const value of ["1000", "1e3", "1000.", 1000, 1000n, new Decimal(1000)]) {
    assert.equal(toUnscaled(value, DECIMAL_V1, "price"), 1_000_000_000n, String(value));
  }
  for (const value of ["0", "0.000000000000", ".0", "0e999999999999", 0, -0, 0n, new Decimal(-0)]) {
    assert.equal(toUnscaled(value, DECIMAL_V2, "price"), 0n, String(value));
  }
  assert.equal(toUnscaled(1e-7, DECIMAL_V2, "price"), 10n);
  assert.equal(toUnscaled("1.1000000000", DECIMAL_V2, "price"), 110_000_000n);
});

Deno.test("toUnscaled() refuses what is not a plain number, each with its rule", () => {
  const table: [unknown, string][] = [
    ["", "empty"],
    [" ", "spaces"],
    [" 12 ", "spaces"],
    ["1 234", "spaces"],
    ["1\u00a0234", "spaces"],
    ["12\n", "spaces"],
    ["1,234.5", "grouping"],
    ["1.234,5", "grouping"],
    ["1_000", "grouping"],
    ["1'000", "grouping"],
    ["+1", "not_a_number"],
    ["0x10", "not_a_number"],
    ["0b1", "not_a_number"],
    [".", "not_a_number"],
    ["1.2.3", "not_a_number"],
    ["e5", "not_a_number"],
    ["1e", "not_a_number"],
    ["1e1.5", "not_a_number"],
    ["$1", "not_a_number"],
    ["None", "not_a_number"],
    ["１２", "not_a_number"],
    ["12n", "not_a_number"],
    ["1\u0000", "not_a_number"],
    ["NaN", "not_finite"],
    ["Infinity", "not_finite"],
    ["-inf", "not_finite"],
    [NaN, "not_finite"],
    [Infinity, "not_finite"],
    [-Infinity, "not_finite"],
    [1e400, "not_finite"],
    [new Decimal(NaN), "not_finite"],
    [new Decimal(-Infinity), "not_finite"],
    ["-1", "negative"],
    ["-0", "negative"],
    ["-.5", "negative"],
    ["-12345678901234", "negative"],
    [-1, "negative"],
    [-1e-30, "negative"],
    [-1n, "negative"],
    [new Decimal("-0.1"), "negative"],
    ["1e400", "too_many_integer_digits"],
    ["1e99999999999999999999", "too_many_integer_digits"],
    ["12345678901", "too_many_integer_digits"],
    ["10000000000", "too_many_integer_digits"],
    ["10000000000.0", "too_many_integer_digits"],
    [10_000_000_000, "too_many_integer_digits"],
    [new Exact("1e1000000000"), "too_many_integer_digits"],
    ["1E+20", "too_many_integer_digits"],
    ["1234567890123456789", "too_many_integer_digits"],
    [1e21, "too_many_integer_digits"],
    [10n ** 10n, "too_many_integer_digits"],
    [new Decimal("1e9000000000000000"), "too_many_integer_digits"],
    ["0.000000001", "too_many_decimals"],
    ["1.123456789", "too_many_decimals"],
    ["1e-30", "too_many_decimals"],
    ["1e-99999999999999999999", "too_many_decimals"],
    [0.1 + 0.2, "too_many_decimals"],
    [new Decimal("1e-9"), "too_many_decimals"],
    [undefined, "missing"],
    [null, "missing"],
    [true, "wrong_type"],
    [{}, "wrong_type"],
    [["1"], "wrong_type"],
    [new Date(0), "wrong_type"],
    [Symbol("1"), "wrong_type"],
  ];
  for (const [value, rule] of table) {
    const error = refusal(value);
    assert.equal(error.rule, rule, error.message);
    assert.equal(error.field, "price");
    assert.equal(error.value, value);
    assert.match(error.message, new RegExp(`^price .* is refused \\(${rule}\\): `, "s"));
  }
});

Deno.test("toUnscaled() answers within bounded time on long texts", () => {
  const long = 2_000_000;
  assert.equal(refusal("9".repeat(long)).rule, "too_many_integer_digits");
  assert.equal(refusal(`1${"0".repeat(long)}1`).rule, "too_many_integer_digits");
  assert.equal(refusal(`0.${"0".repeat(long)}1`).rule, "too_many_decimals");
  assert.equal(refusal(`1e${"9".repeat(long)}`).rule, "too_many_integer_digits");
  assert.equal(refusal(`1e-${"0".repeat(long)}9`).rule, "too_many_decimals");
  assert.equal(refusal("1,".repeat(long)).rule, "grouping");
  assert.ok(refusal("x".repeat(long)).message.length < 400);
  assert.equal(toUnscaled("0".repeat(long) + "7." + "0".repeat(long), DECIMAL_V1, "price"), 7_000_000n);
});

Deno.test("toUnscaled() takes a number by its shortest text", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1e11, noNaN: true }), (value) => {
    const text = new Exact(value).toFixed();
    const [integer = "", fraction = ""] = text.split(".");
    const wanted = reference(integer, fraction, 0, DECIMAL_V2);
    if (wanted === null) refusal(value);
    else assert.equal(toUnscaled(value, DECIMAL_V2, "price"), wanted);
  }));
  fc.assert(fc.property(fc.integer({ min: 0, max: 10 ** 18 - 1 }), (cents) => {
    const text = unscaledToText(BigInt(cents % 10 ** 15), 8);
    assert.equal(toUnscaled(Number(text), DECIMAL_V2, "price"), BigInt(cents % 10 ** 15));
  }));
});

const unscaledValues = fc.bigInt({ min: 0n, max: 10n ** 18n - 1n });

Deno.test("fromUnscaled() and unscaledToText() bring each value back", () => {
  fc.assert(fc.property(unscaledValues, fc.constantFrom(...FORMATS), (unscaled, format) => {
    const decimal = fromUnscaled(unscaled, format.scale);
    const text = unscaledToText(unscaled, format.scale);
    assert.equal(toUnscaled(decimal, format, "price"), unscaled);
    assert.equal(toUnscaled(text, format, "price"), unscaled);
    assert.equal(new Exact(decimal).toFixed(), text);
    assert.match(text, /^(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$/);
    assert.equal(unscaledToText(-unscaled, format.scale), unscaled === 0n ? "0" : `-${text}`);
  }));
  assert.equal(unscaledToText(4_567_000_000n, 8), "45.67");
  assert.equal(unscaledToText(5n, 0), "5");
});
