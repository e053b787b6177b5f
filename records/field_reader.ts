/**
 * Reads the fields of a record, or the options of a builder, from a caller's object.
 *
 * @module
 */
import { suggestionFor } from "../config/did_you_mean.ts";
import { microsOfIsoDate } from "./values/calendar_date.ts";
import type { Fill } from "./builder_options.ts";
import { type DecimalFormat, type DecimalInput, toUnscaled } from "./values/decimal.ts";
import { RecordError } from "./errors.ts";
import { toText, wrongType } from "./values/field_values.ts";
import { type InstantInput, type InstantOptions, toMicros, toMillis } from "./values/instant.ts";

/** The unit of an instant in a record: v2's or v1's. */
export type InstantUnit = "micros" | "millis";

/** The fields that an object may have. */
export class FieldSet {
  /** The name of the object in errors. */
  readonly what: string;
  readonly spelling: "fields" | "options";
  /** Field name by the key that the caller uses for it. */
  readonly #names: ReadonlyMap<string, string>;

  /** Give the names as in the schema; options are spelt in camelCase. */
  constructor(what: string, spelling: "fields" | "options", names: readonly string[]) {
    this.what = what;
    this.spelling = spelling;
    this.#names = new Map(names.map((name) => [this.keyOf(name), name]));
  }

  /** How many they are. */
  get size(): number {
    return this.#names.size;
  }

  keyOf(name: string): string {
    return this.spelling === "options" ? name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) : name;
  }

  has(name: string): boolean {
    return this.#names.has(this.keyOf(name));
  }

  /** The field that a key stands for; undefined if there is none. */
  nameOf(key: string): string | undefined {
    return this.#names.get(key);
  }

  /** The error for a key that stands for no field. */
  unknownField(key: string, value: unknown): RecordError {
    const keys = [...this.#names.keys()];
    const hint = suggestionFor(key, keys).trim() || `${this.what} has ${keys.join(", ")}.`;
    return new RecordError("unknown_field", { field: key, value, hint });
  }
}

/** One object with its fields under the schema's names. A field that is null or undefined is absent. */
export class FieldReader {
  /** How to read text without an offset. */
  readonly instants: InstantOptions;
  readonly #set: FieldSet;
  readonly #values = new Map<string, unknown>();

  /**
   * @throws {RecordError} `wrong_type` if the source is no object, `unknown_field` if it has a field outside the set
   */
  constructor(source: unknown, set: FieldSet, instants?: InstantOptions) {
    if (typeof source !== "object" || source === null || Array.isArray(source)) {
      throw wrongType(source, set.what, "Give an object.");
    }
    this.#set = set;
    for (const [key, value] of Object.entries(source)) {
      const name = set.nameOf(key);
      if (name === undefined) throw set.unknownField(key, value);
      if (value !== undefined && value !== null) this.#values.set(name, value);
    }
    this.instants = instants ?? this.#instantOptions();
  }

  /** Whether the object has a value for the field. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Whether the set has the field. */
  knows(name: string): boolean {
    return this.#set.has(name);
  }

  /** The field as the caller spells it. */
  keyOf(name: string): string {
    return this.#set.keyOf(name);
  }

  /** The unchecked value; undefined if absent. */
  raw(name: string): unknown {
    return this.#values.get(name);
  }

  /** Gives an absent field a value. */
  fillIn(name: string, value: unknown): void {
    if (!this.has(name)) this.#values.set(name, value);
  }

  /** The checked value; if the field is absent, the fallback, or without one the error of the check. */
  read<T>(name: string, check: (value: unknown, field: string) => T, fallback: T | null = null): T {
    if (fallback !== null && !this.has(name)) return fallback;
    return check(this.raw(name), this.keyOf(name));
  }

  /** The checked value, or null if the field is absent. */
  optional<T>(name: string, check: (value: unknown, field: string) => T): T | null {
    return this.has(name) ? check(this.raw(name), this.keyOf(name)) : null;
  }

  /** The unscaled integer at the scale of the format. */
  decimal(name: string, format: DecimalFormat): bigint {
    // toUnscaled checks the type itself.
    return toUnscaled(this.raw(name) as DecimalInput, format, this.keyOf(name));
  }

  /**
   * Micros or millis since the epoch. In a record a number is in the unit of its field; an option has no unit. An
   * absent field gets the fill's `now`.
   */
  instant(name: string, unit: InstantUnit, fill: Fill | null = null): number {
    if (fill !== null && !this.has(name)) return unit === "micros" ? fill.now() * 1000 : fill.now();
    const value = this.raw(name);
    const field = this.keyOf(name);
    if (this.#set.spelling === "fields") {
      if (typeof value === "number") return wholeInstant(value, field);
      if (typeof value === "bigint" && unit === "millis") {
        throw new RecordError("no_unit", { field, value, hint: "Give the milliseconds as a number." });
      }
    }
    const read = unit === "micros" ? toMicros : toMillis;
    // toMicros and toMillis check the type themselves.
    return read(value as InstantInput, field, this.instants);
  }

  /** An instant in micros, or midnight UTC of a date written YYYY-MM-DD; null if absent. */
  optionalDate(name: string): number | null {
    if (!this.has(name)) return null;
    const value = this.raw(name);
    const date = typeof value === "string" ? microsOfIsoDate(value, this.keyOf(name)) : null;
    return date ?? this.instant(name, "micros");
  }

  /** The message id; a new one from the fill if absent. */
  messageId(fill: Fill | null): string {
    if (fill !== null && !this.has("message_id")) return toText(fill.newId(), "newId()");
    return this.read("message_id", toText);
  }

  #instantOptions(): InstantOptions {
    const ambiguous = this.raw("ambiguous_time") ?? "refuse";
    if (ambiguous !== "refuse" && ambiguous !== "earlier" && ambiguous !== "later") {
      const hint = "Give refuse, earlier or later.";
      throw new RecordError("unknown_enum", { field: this.keyOf("ambiguous_time"), value: ambiguous, hint });
    }
    return {
      timeZone: this.optional("time_zone", toText) ?? undefined,
      ambiguousTime: ambiguous,
    };
  }
}

function wholeInstant(value: number, field: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw new RecordError(Number.isInteger(value) ? "out_of_range" : "not_an_integer", { field, value });
}
