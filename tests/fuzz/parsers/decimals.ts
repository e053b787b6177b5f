/**
 * Decimals, compared with a second implementation: the same unscaled integer, or the same rule.
 *
 * @module
 */
import { Decimal } from "decimal.js";
import {
  DECIMAL_V1,
  DECIMAL_V2,
  type DecimalFormat,
  type DecimalInput,
  fromUnscaled,
  toUnscaled,
  unscaledToText,
} from "../../../records/values/decimal.ts";
import { parsePlain } from "../../../records/columns/parse_decimal.ts";
import { unscaledOfBytes } from "../../support/unscaled_bytes.ts";
import { RecordError, type RecordRule } from "../../../records/errors.ts";
import { SIGNED_V1, SIGNED_V2 } from "../../../records/values/price_sign.ts";
import { bigOfHalves, WideInteger } from "../../../records/values/wide_integer.ts";
import { BodyOutput } from "../../../schemas/avro/body_output.ts";
import { readUnscaled, unscaledOf } from "../../../schemas/avro/decimal.ts";
import { ACCEPTED, expect, type FuzzTarget, looseText } from "../fuzz_target.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

const wide = new WideInteger();

type Verdict = bigint | RecordRule;

export const decimals: FuzzTarget = {
  name: "decimals",
  run(input) {
    const text = looseText(input);
    const bytesText = utf8.decode(input);
    for (const format of [DECIMAL_V1, DECIMAL_V2, SIGNED_V1, SIGNED_V2]) {
      const wanted = independent(text, format);
      same(verdictOf(text, format), wanted, text);
      const wantedOfBytes = independent(bytesText, format);
      same(verdictOfBytes(input, format), wantedOfBytes, bytesText);
      const { scale } = format;
      if (parsePlain(input, 0, input.length, { format, scale }, wide)) {
        same(bigOfHalves(wide.high, wide.low), wantedOfBytes, bytesText);
      }
      checkNumber(text, format);
      if (typeof wanted === "bigint") checkForms(wanted, format);
    }
    const verdict = verdictOf(text, DECIMAL_V2);
    return typeof verdict === "bigint" ? ACCEPTED : verdict;
  },
};

function same(found: Verdict, wanted: Verdict, value: unknown): void {
  expect(found === wanted, () => `${JSON.stringify(String(value))} is ${found}, and should be ${wanted}`);
}

function verdictOf(value: DecimalInput, format: DecimalFormat): Verdict {
  return ruled(() => toUnscaled(value, format, "price"));
}

function verdictOfBytes(input: Uint8Array, format: DecimalFormat): Verdict {
  return ruled(() => unscaledOfBytes(input, { format, field: "price" }));
}

function ruled(parse: () => bigint): Verdict {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RecordError && error.field === "price") return error.rule;
    throw error;
  }
}

/** A number stands for its shortest text, a Decimal for its value. */
function checkNumber(text: string, format: DecimalFormat): void {
  const number = Number(text);
  const wanted = !Number.isFinite(number)
    ? "not_finite"
    : number < 0 && !format.signed
    ? "negative"
    : independent(Object.is(number, -0) ? "0" : String(number), format);
  same(verdictOf(number, format), wanted, number);
  const decimal = new Decimal(number);
  same(verdictOf(decimal, format), wanted, decimal);
}

/** An accepted value survives a round trip through all its forms. */
function checkForms(unscaled: bigint, format: DecimalFormat): void {
  const { scale, integerDigits } = format;
  const decimal = fromUnscaled(unscaled, scale);
  same(verdictOf(unscaledToText(unscaled, scale), format), unscaled, unscaled);
  same(verdictOf(decimal, format), unscaled, decimal);
  const ofSchema = unscaledOf(decimal, { precision: integerDigits + scale, scale });
  same(BigInt(ofSchema), unscaled, decimal);
  const output = new BodyOutput();
  output.bytes = new Uint8Array(9);
  output.unscaled(ofSchema);
  same(readUnscaled(output.bytes.subarray(1, output.position)), unscaled, decimal);
}

/** A second implementation: by decimal.js and by characters, without a pattern. */
function independent(text: string, format: DecimalFormat): Verdict {
  const { integerDigits, scale, signed } = format;
  if (signed && text.startsWith("-") && (text.charAt(1) === "." || (text.charAt(1) >= "0" && text.charAt(1) <= "9"))) {
    const verdict = independent(text.slice(1), format);
    return typeof verdict === "bigint" ? -verdict : verdict;
  }
  const parts = partsOf(text);
  if (parts === null) return independentRefusal(text);
  const { digits, exponent } = parts;
  if (![...digits].some((digit) => digit >= "1" && digit <= "9")) return 0n;
  // decimal.js accepts exponents of sixteen digits at most, and turns smaller values into zero.
  const magnitude = exponent.replace(/^[+-]/, "").replace(/^0+/, "");
  if (magnitude.length > 14) return exponent.startsWith("-") ? "too_many_decimals" : "too_many_integer_digits";
  const value = new Decimal(text);
  if (value.e + 1 > integerDigits) return "too_many_integer_digits";
  if (value.decimalPlaces() > scale) return "too_many_decimals";
  return BigInt(value.toFixed(scale).replace(".", ""));
}

function partsOf(text: string): { readonly digits: string; readonly exponent: string } | null {
  const isDigits = (part: string) => [...part].every((character) => character >= "0" && character <= "9");
  const [mantissa = "", exponent, ...more] = text.split(/[eE]/);
  const [integer = "", fraction = "", ...points] = mantissa.split(".");
  const digits = integer + fraction;
  if (more.length > 0 || points.length > 0 || digits === "" || !isDigits(digits)) return null;
  if (exponent === undefined) return { digits, exponent: "0" };
  const unsigned = exponent.startsWith("+") || exponent.startsWith("-") ? exponent.slice(1) : exponent;
  return unsigned === "" || !isDigits(unsigned) ? null : { digits, exponent };
}

function independentRefusal(text: string): RecordRule {
  const characters = Array.from({ length: text.length }, (_, at) => text.charAt(at));
  if (characters.length === 0) return "empty";
  if (characters.some((character) => character.trim() === "")) return "spaces";
  const folded = text.length > 10 ? "" : text.toLowerCase();
  const bare = folded.startsWith("-") || folded.startsWith("+") ? folded.slice(1) : folded;
  // Of the letters that fold to these, only the plain ones count.
  if (["nan", "inf", "infinity"].includes(bare) && /^[\x21-\x7e]+$/.test(text)) return "not_finite";
  const isDigit = (character = "") => character >= "0" && character <= "9";
  if (characters[0] === "-" && (isDigit(characters[1]) || characters[1] === ".")) return "negative";
  const rest = characters[0] === "+" ? characters.slice(1) : characters;
  const marks = ",_'’";
  const grouped = isDigit(rest[0]) && rest.every((character) => isDigit(character) || `${marks}.`.includes(character));
  return grouped && rest.some((character) => marks.includes(character)) ? "grouping" : "not_a_number";
}
