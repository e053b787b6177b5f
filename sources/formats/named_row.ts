/**
 * One row with named fields: a line of a csv file with a header, or a JSON object.
 *
 * @module
 */
import { DECIMAL_V2, type DecimalFormat, toUnscaled } from "../../records/values/decimal.ts";
import { RecordError } from "../../records/errors.ts";
import { toFreeText } from "../../records/values/field_values.ts";
import type { OpenInstant } from "../../records/ids/open_instant.ts";
import type { RowSettings } from "./format.ts";
import type { LocalDates } from "./local_dates.ts";
import { JsonNumber, type JsonRowValue } from "./json_row.ts";

/** Columns and keys with this prefix are texts of `vendor_data`. */
export const VENDOR_PREFIX = "vendor_data.";

const ONE = 10n ** BigInt(DECIMAL_V2.scale);
const LIST_SEPARATOR = "|";

/** The place of a row, and the settings of all rows. */
export interface RowAbout {
  readonly settings: RowSettings;
  /** In the time zone of the settings. */
  readonly dates: LocalDates;
  /** Gives the rows their ids. */
  readonly instant: OpenInstant;
  /** The row's number, from 1. */
  readonly number: number;
  /** The time of reading. */
  readonly ingestionMicros: number;
}

/**
 * The fields of a row by name. A field that is null or empty text is absent. All methods that read a field throw a
 * `RecordError` if it has a wrong value.
 */
export class NamedRow {
  readonly #values: ReadonlyMap<string, JsonRowValue>;

  constructor(values: ReadonlyMap<string, JsonRowValue>) {
    this.#values = values;
  }

  has(name: string): boolean {
    const value = this.#values.get(name);
    return value !== undefined && value !== null && value !== "";
  }

  /**
   * A field in the form that the checks of records/ take: a JSON number stays a number, so it is no text. Undefined if
   * absent.
   */
  value(name: string): unknown {
    const value = this.#values.get(name);
    if (value === undefined || value === null || value === "") return undefined;
    return value instanceof JsonNumber ? Number(value.text) : value;
  }

  /** A field of digits: the text of a number as written, so that no digit is lost. Undefined if absent. */
  digits(name: string): unknown {
    const value = this.#values.get(name);
    return value instanceof JsonNumber ? value.text : this.value(name);
  }

  /** The result of a check of records/ for a field; null if the field is absent. */
  optional<T>(name: string, check: (value: unknown, field: string) => T): T | null {
    return this.has(name) ? check(this.value(name), name) : null;
  }

  /** As {@link optional}, for a field of digits. */
  optionalDigits<T>(name: string, check: (value: unknown, field: string) => T): T | null {
    return this.has(name) ? check(this.digits(name), name) : null;
  }

  /** A decimal, unscaled at 8 decimals. */
  decimal(name: string, format: DecimalFormat = DECIMAL_V2): bigint {
    return toUnscaled(this.text(name), format, name);
  }

  /** A whole number, unscaled at 8 decimals. */
  whole(name: string): bigint {
    const unscaled = this.decimal(name);
    if (unscaled % ONE === 0n) return unscaled;
    throw new RecordError("not_an_integer", {
      field: name,
      value: this.digits(name),
      hint: "Volumes are whole numbers.",
    });
  }

  /** A field of text, or of a number as written. */
  text(name: string): string {
    return requireText(this.digits(name), name);
  }

  /** True or false, in a csv file as text. */
  flag(name: string): boolean {
    const value = this.value(name);
    if (value === true || value === "true") return true;
    if (value === false || value === "false") return false;
    throw new RecordError("wrong_type", { field: name, value, hint: "Give true or false." });
  }

  /** A list of texts, in a csv file with `|` between them. */
  list(name: string): unknown {
    const value = this.value(name);
    return typeof value === "string" ? value.split(LIST_SEPARATOR) : value;
  }

  /** The texts of `vendor_data`, from one object, from single fields, or from both. */
  vendorData(): Map<string, string> {
    const texts = new Map<string, string>();
    const whole = this.#values.get("vendor_data");
    if (whole instanceof Map) {
      for (const [name, value] of whole) {
        const field = VENDOR_PREFIX + toFreeText(name, "vendor_data");
        if (value !== null) texts.set(name, toFreeText(unwrap(value), field));
      }
    } else if (this.has("vendor_data")) {
      const hint = `Give an object of texts, or one ${VENDOR_PREFIX}NAME field for each text.`;
      throw new RecordError("wrong_type", { field: "vendor_data", value: this.value("vendor_data"), hint });
    }
    for (const [name, value] of this.#values) {
      if (!name.startsWith(VENDOR_PREFIX) || !this.has(name)) continue;
      const key = toFreeText(name.slice(VENDOR_PREFIX.length), "vendor_data");
      addText(texts, key, toFreeText(unwrap(value), name));
    }
    return texts;
  }
}

/** Adds a text; refuses a different one under the same name. */
export function addText(texts: Map<string, string>, name: string, text: string): void {
  const known = texts.get(name);
  if (known !== undefined && known !== text) {
    const hint = `The row also gives ${JSON.stringify(known)} for it.`;
    throw new RecordError("disagrees", { field: name, value: text, hint });
  }
  texts.set(name, text);
}

function unwrap(value: JsonRowValue): unknown {
  return value instanceof JsonNumber ? Number(value.text) : value;
}

function requireText(value: unknown, field: string): string {
  if (typeof value === "string") return value;
  throw new RecordError(value === undefined ? "missing" : "wrong_type", {
    field,
    value,
    hint: "Give a number or text.",
  });
}
