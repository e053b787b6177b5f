/**
 * Checks single values, with one function for each kind of field. Each returns the value in a record's form, or throws
 * a {@link RecordError} that names the field.
 *
 * @module
 */
import type { VendorData } from "../../schemas/record_types.ts";
import { RecordError } from "../errors.ts";

/** The exchange of a record whose source does not name one. Lower case, unlike the code of an exchange. */
export const UNKNOWN_EXCHANGE = "unknown";

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Text that is not empty, unchanged. */
export function toText(value: unknown, field: string): string {
  const text = toFreeText(value, field);
  if (text === "") throw new RecordError("empty", { field, value });
  return text;
}

/** Text that may be empty, unchanged. */
export function toFreeText(value: unknown, field: string): string {
  if (typeof value !== "string") throw wrongType(value, field, "Give text.");
  if (!value.isWellFormed()) throw new RecordError("malformed_text", { field, value });
  return value;
}

/** The code of an exchange, in upper case; {@link UNKNOWN_EXCHANGE} stays unchanged. */
export function toExchange(value: unknown, field: string): string {
  const text = toText(value, field);
  if (/\s/.test(text)) throw new RecordError("spaces", { field, value });
  const upper = text.toUpperCase();
  return upper === "UNKNOWN" ? UNKNOWN_EXCHANGE : upper;
}

const CURRENCY = /^[A-Z0-9]{2,10}$/;

/** Minor units, written partly in lower case: folding their case would make a factor of 100. */
const MINOR_UNITS: Readonly<Record<string, string>> = {
  GBp: "GBX",
  GBx: "GBX",
  gbp: "GBP, or GBX where it is pence",
  ZAc: "ZAC",
  ILa: "ILA",
};

/** The code of a currency, unchanged: upper case letters and digits. Its case is never folded. */
export function toCurrency(value: unknown, field: string): string {
  const text = toText(value, field);
  if (CURRENCY.test(text)) return text;
  const minor = MINOR_UNITS[text];
  const hint = minor === undefined
    ? "Give a code such as USD: 2 to 10 upper case letters and digits."
    : `Give ${minor}: a hundredth of the currency, as prices in it are kept, has vendor_data.price_factor 0.01.`;
  throw new RecordError("bad_currency", { field, value, hint });
}

/** A whole number of 32 bits. Its decimal text is taken too. */
export function toInt32(value: unknown, field: string): number {
  const integer = toLong(value, field);
  if (typeof integer === "number" && integer >= INT32_MIN && integer <= INT32_MAX) return integer;
  throw new RecordError("out_of_range", { field, value, hint: "It holds whole numbers of 32 bits." });
}

/** The number of a company: 32 bits, from 0. */
export function toCompanyNumber(value: unknown, field: string): number {
  return fromZero(toInt32(value, field), value, field);
}

/** A whole number of 64 bits from 0. */
export function toCount(value: unknown, field: string): number | bigint {
  return fromZero(toLong(value, field), value, field);
}

/** A whole number of 64 bits, as a number where that is exact. Its decimal text is taken too. */
export function toLong(value: unknown, field: string): number | bigint {
  const integer = toBigInt(value, field);
  if (integer < INT64_MIN || integer > INT64_MAX) {
    throw new RecordError("out_of_range", { field, value, hint: "It holds whole numbers of 64 bits." });
  }
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

function fromZero<T extends number | bigint>(integer: T, value: unknown, field: string): T {
  if (integer < 0) throw new RecordError("negative", { field, value });
  return integer;
}

function toBigInt(value: unknown, field: string): bigint {
  switch (typeof value) {
    case "bigint":
      return value;
    case "number":
      if (Number.isSafeInteger(value)) return BigInt(value);
      throw new RecordError(Number.isInteger(value) ? "out_of_range" : "not_an_integer", {
        field,
        value,
        hint: "Give a whole number; from 2^53 on a bigint, since numbers are not exact there.",
        rowHint: "Write a whole number in digits.",
      });
    case "string":
      if (/^(?:0|-?[1-9][0-9]{0,18})$/.test(value)) return BigInt(value);
      throw new RecordError(value === "" ? "empty" : "not_an_integer", { field, value });
    default:
      throw wrongType(value, field, "Give a whole number or a bigint.", "Write a whole number in digits.");
  }
}

/** `true` or `false`. */
export function toFlag(value: unknown, field: string): boolean {
  if (typeof value === "boolean") return value;
  throw wrongType(value, field, "Give true or false.");
}

/** The company identifier, which is text in v2; a whole number from 0 becomes its decimal text. */
export function toCompanyId(value: unknown, field: string): string {
  return typeof value === "number" || typeof value === "bigint" ? String(toCount(value, field)) : toText(value, field);
}

/** A list of texts that are not empty; a copy. */
export function toTexts(value: unknown, field: string): readonly string[] {
  if (!Array.isArray(value)) throw wrongType(value, field, "Give an array of texts.", "Give a list of texts.");
  return Array.from(value, (text: unknown, index) => toText(text, `${field}.${index}`));
}

/** Texts by name, or null; a copy. */
export function toVendorData(value: unknown, field: string): VendorData {
  if (value === null || value === undefined) return null;
  if (!isPlainObject(value)) throw wrongType(value, field, "Give a plain object of texts, or null.");
  // The copy below would silently leave them out.
  if (hasHiddenProperties(value)) {
    throw new RecordError("wrong_type", { field, value, hint: "Give an object with nothing but enumerable texts." });
  }
  // From entries: an own key "__proto__", which JSON can make, becomes a key and not the prototype.
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => [toFreeText(name, field), toFreeText(text, `${field}.${name}`)]),
  );
}

/** Whether an object has properties that are symbols or not enumerable. Takes a fifth of the time of `Reflect.ownKeys`. */
export function hasHiddenProperties(value: object): boolean {
  return Object.getOwnPropertyNames(value).length !== Object.keys(value).length ||
    Object.getOwnPropertySymbols(value).length > 0;
}

/** An object made by `{}` or JSON, not an instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** The error for a value that is absent or of another type. */
export function wrongType(value: unknown, field: string, hint: string, rowHint: string = hint): RecordError {
  const rule = value === undefined || value === null ? "missing" : "wrong_type";
  return new RecordError(rule, { field, value, hint, rowHint });
}
