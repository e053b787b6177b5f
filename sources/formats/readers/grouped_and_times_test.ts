/** Decimals with their thousands apart, and decimals that count lots. */
import assert from "node:assert/strict";
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { RecordError } from "../../../records/errors.ts";
import { rowReason } from "../../../records/row_reason.ts";
import { bigOfHalves, WideInteger } from "../../../records/values/wide_integer.ts";
import { numberCell, textCell } from "../../../tests/support/one_cell.ts";
import type { Cells } from "../cells.ts";
import { type DecimalOptions, GROUPINGS } from "./decimal_options.ts";
import { decimalReader } from "./decimal_reader.ts";
import { ReaderOptionsError } from "./reader_options_error.ts";

const Exact = Decimal.clone({ precision: 1_000, toExpNeg: -1_000, toExpPos: 1_000 });

type Options = Omit<DecimalOptions, "slot" | "field">;

/** The value, unscaled; or why it is refused. */
function read(cells: Cells, options: Options): bigint | null | string {
  const reader = decimalReader({ slot: 0, field: "size", ...options }), into = new WideInteger();
  try {
    return reader.read(cells, into) ? bigOfHalves(into.high, into.low) : null;
  } catch (error) {
    if (error instanceof RecordError) return rowReason(error);
    throw error;
  }
}

const ruleOf = (result: bigint | null | string) =>
  typeof result === "string" ? /\(([a-z_]+)\)/.exec(result)?.[1] : undefined;

/** Digits in groups of three, from the right. */
function grouped(digits: string, mark: string): string {
  const groups: string[] = [];
  for (let end = digits.length; end > 0; end -= 3) groups.unshift(digits.slice(Math.max(0, end - 3), end));
  return groups.join(mark);
}

const whole = fc.bigInt({ min: 0n, max: 9_999_999_999n }).map(String);
const fraction = fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 8 });
const grouping = fc.constantFrom(...GROUPINGS);
const markBeside = (one: string) => one === "." ? "," : ".";

Deno.test("decimalReader() takes thousands apart, exactly, and the same number without", () => {
  fc.assert(
    fc.property(fc.constantFrom("", "-"), whole, fraction, grouping, (sign, digits, decimals, grouping) => {
      const mark = markBeside(grouping), end = decimals === "" ? "" : mark + decimals;
      const wanted = BigInt(new Exact(`${sign}${digits}.${decimals}0`).times(1e8).toFixed());
      const options = { grouping, mark, signed: true } as const;
      assert.equal(read(textCell(sign + grouped(digits, grouping) + end), options), wanted);
      assert.equal(read(textCell(sign + digits + end), options), wanted);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("decimalReader() refuses every number whose groups are not of three digits", () => {
  const anything = fc.string({ unit: fc.constantFrom(..."0123456789,,.' -e"), maxLength: 14 });
  fc.assert(
    fc.property(anything, grouping, (text, grouping) => {
      const mark = markBeside(grouping), result = read(textCell(text), { grouping, mark, signed: true });
      if (typeof result !== "bigint" || !text.includes(grouping)) return;
      const [integer = "", decimals = "0"] = text.replace("-", "").split(mark);
      const digits = integer.replaceAll(grouping, "");
      assert.equal(grouped(digits, grouping), integer);
      assert.doesNotMatch(digits, /^0/);
      const value = new Exact(`${text.startsWith("-") ? "-" : ""}${digits}.${decimals}0`);
      assert.equal(result, BigInt(value.times(1e8).toFixed()));
    }),
    { numRuns: 5_000 },
  );
  for (
    const text of ["1,23", "1,2345", "1234,567", "0,123", ",123", "1,234,", "12,34,567", "1,,234", "1.5,000", "1,234e3"]
  ) {
    const result = read(textCell(text), { grouping: "," });
    assert.equal(ruleOf(result), "grouping", text);
    assert.match(String(result), /"," stands between groups of three digits, and decimals are behind ".": 1,234,567.5/);
    assert.ok(String(result).includes(JSON.stringify(text)));
  }
  assert.match(String(read(textCell("1,2,3"), { mark: "," })), /with at most one comma.*"grouping": "\."/);
  assert.match(String(read(textCell("1,200"), {})), /at most one dot.*"mark": ",".*"grouping": ","/);
});

Deno.test("decimalReader() takes spaces and apostrophes of other kinds between thousands", () => {
  for (const text of ["1 234 567", "1\u00a0234\u00a0567", "1\u202f234\u202f567"]) {
    assert.equal(read(textCell(text), { grouping: " " }), 123_456_700_000_000n);
  }
  for (const text of ["1'234'567.5", "1’234’567.5"]) {
    assert.equal(read(textCell(text), { grouping: "'" }), 123_456_750_000_000n);
  }
});

Deno.test("decimalReader() takes thousands apart in units of a shift, in lots, of whole numbers and beside missing ones", () => {
  assert.equal(read(textCell("15,900"), { grouping: ",", shift: 2 }), 15_900_000_000n);
  assert.equal(read(textCell("1,200"), { grouping: ",", times: 100 }), 12_000_000_000_000n);
  assert.equal(read(textCell("1,200"), { grouping: ",", whole: "Whole." }), 120_000_000_000n);
  assert.equal(ruleOf(read(textCell("1,200.5"), { grouping: ",", whole: "Whole." })), "not_an_integer");
  assert.equal(read(textCell("9,999"), { grouping: ",", missing: ["9999"] }), null);
  assert.equal(ruleOf(read(textCell("12,345,678,901"), { grouping: "," })), "too_many_integer_digits");
});

Deno.test("decimalReader() multiplies exactly, or says that the product does not fit", () => {
  const number = fc.tuple(
    fc.constantFrom("", "-"),
    fc.bigInt({ min: 0n, max: 10n ** 12n }).map(String),
    fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 12 }),
    fc.constantFrom("", "", "e2", "E-3"),
  ).map(([sign, digits, decimals, end]) => `${sign}${digits}${decimals === "" ? "" : `.${decimals}`}${end}`);
  fc.assert(
    fc.property(number, fc.integer({ min: 2, max: 1_000_000_000 }), (text, times) => {
      const wanted = new Exact(text).times(times).times(1e8);
      for (const cells of [textCell(text), numberCell(text)]) {
        const result = read(cells, { times, signed: true });
        if (typeof result === "bigint") {
          assert.equal(result, BigInt(wanted.toFixed()));
          continue;
        }
        const isLong = wanted.abs().greaterThanOrEqualTo(new Exact(10).pow(18));
        assert.equal(ruleOf(result), isLong ? "too_many_integer_digits" : "too_many_decimals");
        assert.ok(isLong || !wanted.isInteger());
        assert.ok(String(result).includes(`"${text}"`));
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("decimalReader() multiplies numbers with hundreds of zeros, and refuses what is no number", () => {
  const zeros = "0".repeat(500);
  assert.equal(read(textCell(`${zeros}5`), { times: 100 }), 50_000_000_000n);
  assert.equal(read(textCell(`1.5${zeros}`), { times: 100 }), 15_000_000_000n);
  assert.equal(read(textCell(`${zeros}5`), { shift: 2 }), 5_000_000n);
  assert.equal(read(textCell("2,5"), { times: 100, mark: "," }), 25_000_000_000n);
  assert.equal(ruleOf(read(textCell("2.5"), { times: 100, mark: "," })), "grouping");
  assert.equal(ruleOf(read(textCell("2,5"), { times: 100 })), "grouping");
  assert.equal(ruleOf(read(textCell("-2"), { times: 100 })), "negative");
  assert.equal(ruleOf(read(textCell("x"), { times: 100 })), "not_a_number");
  assert.equal(ruleOf(read(textCell("99999999.99"), { times: 101 })), "too_many_integer_digits");
  assert.equal(read(textCell("0"), { times: 100, missing: ["0"] }), null);
});

Deno.test("decimalReader() refuses groupings and products that make no reader", () => {
  for (
    const options of [
      { grouping: ".", mark: "." },
      { grouping: ".", shift: 2 },
      { grouping: ",", mark: "," },
      { times: 0 },
      { times: 1.5 },
      { times: 1_000_000_001 },
      { times: 10, shift: 2 },
      { times: 10, roundTo: 2 },
    ] as const
  ) {
    assert.throws(() => decimalReader({ slot: 0, field: "size", ...options }), ReaderOptionsError);
  }
});
