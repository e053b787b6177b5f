import assert from "node:assert/strict";
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { RecordError } from "../../../records/errors.ts";
import { rowReason } from "../../../records/row_reason.ts";
import { DECIMAL_V2, toUnscaled } from "../../../records/values/decimal.ts";
import { SIGNED_V2 } from "../../../records/values/price_sign.ts";
import { bigOfHalves, WideInteger } from "../../../records/values/wide_integer.ts";
import { cellOf, numberCell, textCell } from "../../../tests/support/one_cell.ts";
import { type Cells, FALSE } from "../cells.ts";
import type { DecimalOptions } from "./decimal_options.ts";
import { decimalReader } from "./decimal_reader.ts";
import { ReaderOptionsError } from "./reader_options_error.ts";

const Exact = Decimal.clone({ precision: 1_000, toExpNeg: -1_000, toExpPos: 1_000 });

type Options = Omit<DecimalOptions, "slot" | "field">;

/** The value, null if it is missing, or the rule and reason of the refusal. */
function read(cells: Cells, options: Options = {}): bigint | null | string {
  const into = new WideInteger();
  return outcome(() => {
    const reader = decimalReader({ slot: 0, field: "price", ...options });
    return reader.read(cells, into) ? bigOfHalves(into.high, into.low) : null;
  });
}

function outcome<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof RecordError) return rowReason(error);
    throw error;
  }
}

/** The rule of a refusal. */
function ruleOf(result: bigint | null | string): string | undefined {
  return typeof result === "string" ? /\(([a-z_]+)\)/.exec(result)?.[1] : undefined;
}

const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 20 });
const sign = fc.constantFrom("", "", "-");
const numbers = fc.tuple(sign, digits, fc.constantFrom("", "."), digits, fc.constantFrom("", "", "e-5", "E+2", "e0"))
  .map((parts) => parts.join(""));
const anything = fc.string({ unit: fc.constantFrom(..."0123456789.,-+eE é"), maxLength: 24 });

Deno.test("decimalReader() gives what toUnscaled gives, value or reason, for any text or number", () => {
  fc.assert(
    fc.property(fc.oneof(numbers, anything), fc.boolean(), (text, signed) => {
      const wanted = outcome(() => toUnscaled(text, signed ? SIGNED_V2 : DECIMAL_V2, "price"));
      assert.deepEqual(read(numberCell(text), { signed }), wanted);
      assert.deepEqual(read(textCell(text), { signed }), text === "" ? null : wanted);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("decimalReader() reads whole numbers of units exactly, or says that they do not fit", () => {
  fc.assert(
    fc.property(sign, digits, fc.integer({ min: 1, max: 18 }), (minus, whole, shift) => {
      const text = `${minus}${whole}`, result = read(textCell(text), { shift, signed: true });
      if (whole === "") return assert.ok(result === null || ruleOf(result) === "not_a_number");
      const unscaled = new Exact(text).times(new Exact(10).pow(8 - shift));
      if (typeof result === "bigint") return assert.equal(result, BigInt(unscaled.toFixed()));
      const isLong = unscaled.abs().greaterThanOrEqualTo(new Exact(10).pow(18));
      assert.equal(ruleOf(result), isLong ? "too_many_integer_digits" : "too_many_decimals");
      assert.ok(isLong || !unscaled.isInteger());
      assert.match(String(result), new RegExp(`"${text}"`));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("decimalReader() refuses what is no whole number of units", () => {
  for (
    const [text, rule] of [
      ["1.5", "not_an_integer"],
      ["1e3", "not_an_integer"],
      ["6505000000000.0", "not_an_integer"],
      ["x", "not_a_number"],
      [
        "-5",
        "negative",
      ],
    ]
  ) {
    assert.equal(ruleOf(read(textCell(text ?? ""), { shift: 4 })), rule);
  }
});

Deno.test("decimalReader() rounds the noise of floating point, and nothing else", () => {
  const decimals = fc.integer({ min: 0, max: 8 });
  fc.assert(
    fc.property(
      fc.nat(10 ** 9),
      fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 12 }),
      decimals,
      (whole, past, roundTo) => {
        const kept = new Exact(whole).div(new Exact(10).pow(roundTo));
        const text = `${kept.toFixed(roundTo)}${roundTo === 0 && past !== "" ? "." : ""}${past}`;
        const result = read(textCell(text), { roundTo });
        const distance = new Exact(text).minus(kept).times(new Exact(10).pow(roundTo));
        const isDown = distance.lessThan("0.001"), isUp = distance.greaterThanOrEqualTo("0.999");
        if (!isDown && !isUp) return assert.equal(ruleOf(result), "too_many_decimals");
        const nearest = isUp ? kept.plus(new Exact(10).pow(-roundTo)) : kept;
        assert.equal(result, BigInt(nearest.times(1e8).toFixed()));
      },
    ),
    { numRuns: 2_000 },
  );
  assert.equal(read(textCell("203.14900000000003"), { roundTo: 5 }), 20_314_900_000n);
  assert.equal(read(textCell("203.14899999999997"), { roundTo: 5 }), 20_314_900_000n);
  assert.equal(read(numberCell("1.1042699999999999e2"), { roundTo: 5 }), 11_042_700_000n);
  assert.equal(ruleOf(read(textCell("203.149001"), { roundTo: 3 })), "too_many_decimals");
  assert.equal(ruleOf(read(textCell("1,5"), { roundTo: 3 })), "grouping");
});

Deno.test("decimalReader() counts what it rounded", () => {
  const reader = decimalReader({ slot: 0, field: "price", roundTo: 3, missing: ["0.0000001"] }),
    into = new WideInteger();
  for (const text of ["1.5", "1.5000", "1.50000000000004", "1.49999999999996", "7"]) reader.read(textCell(text), into);
  assert.equal(reader.rounded, 2);
});

Deno.test("decimalReader() takes a decimal comma only where that is declared", () => {
  assert.equal(read(textCell("45,67"), { mark: "," }), 4_567_000_000n);
  assert.equal(read(textCell("45,67899999"), { mark: ",", roundTo: 4 }), 4_567_900_000n);
  assert.equal(read(textCell("100"), { mark: "," }), 10_000_000_000n);
  assert.equal(read(textCell("1e-05"), { mark: "," }), 1_000n);
  assert.equal(ruleOf(read(textCell("1.234,5"), { mark: "," })), "grouping");
  assert.equal(ruleOf(read(textCell("1.5"), { mark: "," })), "grouping");
  assert.equal(ruleOf(read(textCell("1,2,3"), { mark: "," })), "grouping");
  assert.equal(ruleOf(read(textCell("45,67"))), "grouping");
});

Deno.test("decimalReader() knows texts that stand for no value, in every form of the number", () => {
  const missing = ["0", "9223372036854775807", "n/a"];
  for (const text of ["0", "0.00", "0e5", "n/a"]) assert.equal(read(textCell(text), { missing }), null);
  assert.equal(read(textCell("9223372036854775807"), { missing, shift: 9 }), null);
  assert.equal(read(textCell("1"), { missing }), 100_000_000n);
  assert.equal(ruleOf(read(textCell("N/A"), { missing })), "not_a_number");
});

Deno.test("decimalReader() leaves a sign out that says something else", () => {
  assert.equal(read(numberCell("-0.5"), { absolute: true }), 50_000_000n);
  assert.equal(read(numberCell("-1.2e-3"), { absolute: true }), 120_000n);
  assert.equal(read(numberCell("3"), { absolute: true }), 300_000_000n);
});

Deno.test("decimalReader() takes whole numbers where only those are, also with zeros behind a dot", () => {
  const whole = "Volumes are whole numbers.";
  assert.equal(read(textCell("100.000"), { whole }), 10_000_000_000n);
  assert.equal(read(textCell("9999999999"), { whole }), 999_999_999_900_000_000n);
  assert.equal(read(textCell("300"), { whole, shift: 2 }), 300_000_000n);
  assert.equal(ruleOf(read(textCell("250"), { whole, shift: 2 })), "not_an_integer");
  assert.equal(
    read(textCell("1.5"), { whole }),
    'price "1.5" is refused (not_an_integer): the number is not a whole number. Volumes are whole numbers.',
  );
});

Deno.test("decimalReader() refuses values of other types, and options that make no reader", () => {
  assert.equal(
    read(cellOf(FALSE, "false")),
    "price false is refused (wrong_type): the value is of a type that cannot be used here. Give a number or text.",
  );
  for (
    const options of [{ shift: -1 }, { shift: 19 }, { shift: 1.5 }, { roundTo: 9 }, { shift: 2, roundTo: 2 }, {
      shift: 2,
      mark: "," as const,
    }]
  ) {
    assert.throws(() => decimalReader({ slot: 0, field: "price", ...options }), ReaderOptionsError);
  }
});
