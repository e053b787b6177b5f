import assert from "node:assert/strict";
import fc from "fast-check";
import { DECIMAL_V1, DECIMAL_V2, type DecimalFormat, toUnscaled } from "../values/decimal.ts";
import { unscaledOfBytes } from "../../tests/support/unscaled_bytes.ts";
import { RecordError } from "../errors.ts";

const WHOLE: DecimalFormat = { integerDigits: 10, scale: 0 };

function outcome(parse: () => bigint): bigint | string {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RecordError) return error.message;
    throw error;
  }
}

/** The text in the middle of a buffer of digits, so that reading past either end shows. */
function parseText(text: string, format: DecimalFormat): bigint {
  const bytes = new TextEncoder().encode(`99${text}99`);
  return unscaledOfBytes(bytes, { format, field: "price", range: { start: 2, end: bytes.length - 2 } });
}

const FORMATS = [DECIMAL_V1, DECIMAL_V2, WHOLE];

for (
  const text of [
    "",
    ".",
    "0",
    "0.0",
    "5.",
    ".5",
    "007",
    "36.667",
    "36.6670000000000",
    "36.667000001",
    "9999999999.99999999",
    "10000000000",
    "999999999999.999999",
    "123456789.12345678",
    "-1",
    "-0",
    "+1",
    "1e3",
    "1e400",
    "1e-30",
    "NaN",
    "Infinity",
    "1,234.5",
    "1’234.5",
    "1\u00a0234.5",
    "１２",
    " 12 ",
    "1.2.3",
    "0x10",
    "1\u00002",
  ]
) {
  Deno.test(`parseWide() treats ${JSON.stringify(text)} as toUnscaled does`, () => {
    for (const format of FORMATS) {
      assert.deepEqual(outcome(() => parseText(text, format)), outcome(() => toUnscaled(text, format, "price")));
    }
  });
}

Deno.test("parseWide() gives what toUnscaled gives, value or error, for any text", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 14 });
  const numbers = fc.tuple(digits, fc.constantFrom("", "."), digits).map((parts) => parts.join(""));
  const anything = fc.string({ unit: fc.constantFrom(..."0123456789.,-+e "), maxLength: 24 });
  fc.assert(
    fc.property(fc.oneof(numbers, anything), fc.constantFrom(...FORMATS), (text, format) => {
      assert.deepEqual(outcome(() => parseText(text, format)), outcome(() => toUnscaled(text, format, "price")));
    }),
    { numRuns: 5000 },
  );
});
