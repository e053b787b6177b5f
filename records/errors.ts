/**
 * Why a value is refused: one closed list of rules, and the error that carries one of them.
 *
 * @module
 */
import { Decimal } from "decimal.js";

/**
 * The rules that a value can break, each with the sentence that the error message uses. The codes are public: dead letters
 * and HTTP answers carry them, and docs/records.md lists them.
 */
export const RECORD_RULES = {
  missing: "a value is required",
  wrong_type: "the value is of a type that cannot be used here",
  empty: "the text is empty",
  spaces: "the text holds spaces",
  malformed_text: "the text has a lone surrogate, which UTF-8 cannot hold",
  grouping: "the number holds a grouping mark or a comma",
  not_a_number: "the text is not a plain decimal number",
  not_finite: "the number is not finite",
  negative: "the number has a minus sign",
  too_many_integer_digits: "the number has more integer digits than the field holds",
  too_many_decimals: "the number has more decimals than the field holds, and nothing is rounded",
  not_an_integer: "the number is not a whole number",
  out_of_range: "the value is outside the range of the field",
  unknown_enum: "the value is not one of the enum",
  not_iso_8601: "the text is not an ISO 8601 date and time",
  bad_date: "no such date or time of day exists",
  no_offset: "the text has no offset from UTC, and no time zone is given",
  no_unit: "a plain number does not say its unit, and no unit is guessed",
  unlikely_instant: "in its unit the number is too early for a likely instant",
  too_fine: "the instant is finer than the field holds, and nothing is rounded",
  unknown_time_zone: "the time zone is not known",
  nonexistent_local_time: "the clocks were put forward over this local time",
  ambiguous_local_time: "the clocks were put back over this local time, so it happened twice",
  bad_currency: "the text is not the code of a currency",
  not_a_uuid: "the text is not a UUID",
  unknown_field: "there is no such field",
  unclear_version: "the record is not recognisable as either v1 or v2",
  disagrees: "the value disagrees with another one for the same thing",
  lossy: "the value cannot be written in the other schema version without a loss",
} as const;

/** The code of a rule that a value can break. */
export type RecordRule = keyof typeof RECORD_RULES;

/** What a {@link RecordError} is about. */
export interface RecordErrorOptions {
  /** The field or option that was refused, as the caller spells it. */
  readonly field: string;
  /** The refused value, unchanged. */
  readonly value: unknown;
  /** What to do about it: a sentence or two. */
  readonly hint?: string | undefined;
  /** The hint for people with a file, if `hint` speaks of types or of options of a program. @default `hint` */
  readonly rowHint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * A value that a record cannot hold. The message names field, value, rule and, if there is one, the next step.
 *
 * @example
 * ```ts
 * import { buildTradeV2, RecordError } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const trade = {
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   timestamp: "2014-03-10T10:00:00.123+11:00",
 *   price: "1,234.5",
 *   quantity: "1000",
 * };
 * assert.throws(
 *   () => buildTradeV2(trade),
 *   (error) => error instanceof RecordError && error.rule === "grouping" && error.field === "price",
 * );
 * ```
 */
export class RecordError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "RecordError";
  /** Code of the rule that the value breaks. */
  readonly rule: RecordRule;
  /** Name of the field or option. */
  readonly field: string;
  /** The value as it was given. */
  readonly value: unknown;
  /** What to do about a value from a file. */
  readonly rowHint: string | undefined;

  /**
   * Made with a message that names field, value and rule.
   *
   * @param rule code of the rule that the value breaks
   */
  constructor(rule: RecordRule, { field, value, hint, rowHint = hint, cause }: RecordErrorOptions) {
    const next = hint === undefined ? "" : ` ${hint}`;
    super(
      `${describeField(field)} ${describe(value)} is refused (${rule}): ${RECORD_RULES[rule]}.${next}`,
      cause === undefined ? undefined : { cause },
    );
    this.rule = rule;
    this.field = field;
    this.value = value;
    this.rowHint = rowHint;
  }
}

/** Shows the name of a field unquoted, and a name that a caller made up in quotes. */
export function describeField(field: string): string {
  return /^[A-Za-z0-9_.() ]{1,80}$/.test(field) ? field : describe(field);
}

const LONGEST_DESCRIPTION = 80;

/** Shows a value in one short line, as programs write it; control characters are escaped, so that a message cannot forge a log line. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "string": {
      const shown = value.length > LONGEST_DESCRIPTION ? value.slice(0, LONGEST_DESCRIPTION) : value;
      const text = JSON.stringify(shown).replace(/[\u007f-\u009f\u2028\u2029]/g, escapeCharacter);
      return shown === value ? text : `${text}… (${value.length} characters)`;
    }
    case "bigint":
      return shorten(`${value}n`);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "boolean":
    case "undefined":
      return String(value);
    case "symbol":
    case "function":
      return `of type ${typeof value}`;
    case "object":
      return describeObject(value);
  }
}

function describeObject(value: object | null): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `(an array of ${value.length})`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "(an invalid Date)" : value.toISOString();
  if (value instanceof Temporal.Instant) return value.toString();
  // 1e9000000 in plain digits would be nine million characters.
  if (Decimal.isDecimal(value)) return shorten(Math.abs(value.e) < 40 ? value.toFixed() : value.toExponential());
  // Shows only the name of a caller's class: its toString may throw, or print anything.
  const { constructor } = value;
  if (typeof constructor !== "function" || constructor === Object) return "(an object)";
  return `(an instance of ${shorten(constructor.name)})`;
}

function shorten(text: string): string {
  return text.length > LONGEST_DESCRIPTION ? `${text.slice(0, LONGEST_DESCRIPTION)}…` : text;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
