/**
 * How the values of a Parquet file become JSON. No value is rounded:
 *
 * | Parquet | JSON |
 * |---|---|
 * | integers; decimals | numbers, all digits of them |
 * | FLOAT, DOUBLE | the shortest number that is read as the same value; NaN and infinities as texts |
 * | texts, enums, UUIDs, bytes that are UTF-8 | texts |
 * | DATE; TIMESTAMP | texts: ISO 8601, with `Z` if the column is adjusted to UTC, in the column's unit |
 * | TIME | numbers, in the column's unit |
 * | lists and groups of these | arrays and objects |
 *
 * @module
 */
import type { FileMetaData, ParquetParsers, SchemaElement, SchemaTree } from "hyparquet";
import { ContentError } from "./compressed_bytes.ts";

const UNITS_PER_SECOND = { MILLIS: 1_000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n } as const;
const SECONDS_PER_DAY = 86_400n;
const strictText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A column of the file, with how its values become JSON. */
export interface Column {
  readonly name: string;
  /** The name as JSON. */
  readonly key: string;
  readonly write: (value: unknown) => string;
}

/** A column of the schema. @throws {ContentError} `not_readable` */
export function columnOf(tree: SchemaTree): Column {
  const { name } = tree.element;
  const writeLeaf = tree.children.length === 0 ? leafOf(tree.element) : nestedOf(tree, name);
  const write = (value: unknown) => {
    try {
      return writeValue(value, writeLeaf);
    } catch (cause) {
      if (cause instanceof TypeError) throw notReadable(`its column ${name} has bytes that are no text in UTF-8`);
      throw cause;
    }
  };
  return { name, key: JSON.stringify(name), write };
}

/** Of what is nested the type of a single value is not known any more, which some types need. */
function nestedOf(tree: SchemaTree, name: string): (value: unknown) => string {
  const leaves = tree.children.flatMap(function below(child): SchemaElement[] {
    return child.children.length === 0 ? [child.element] : child.children.flatMap(below);
  });
  const [first, ...others] = leaves.map(kindOf);
  if (first === undefined || others.some((kind) => kind !== first) || first === "decimal") {
    throw notReadable(`its column ${name} holds values of several types: write them as columns of their own`);
  }
  const [element] = leaves;
  return element === undefined ? plain : leafOf(element);
}

function writeValue(value: unknown, writeLeaf: (value: unknown) => string): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return `[${value.map((item) => writeValue(item, writeLeaf)).join(",")}]`;
  if (typeof value === "object" && !(value instanceof Uint8Array)) {
    const fields = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${writeValue(item, writeLeaf)}`);
    return `{${fields.join(",")}}`;
  }
  return writeLeaf(value);
}

type LeafKind = "decimal" | "date" | "timestamp" | "float" | "plain";

function kindOf({ type, converted_type: converted, logical_type: logical }: SchemaElement): LeafKind {
  if (converted === "DECIMAL" || logical?.type === "DECIMAL") return "decimal";
  if (converted === "DATE" || logical?.type === "DATE") return "date";
  if (logical?.type === "TIMESTAMP" || converted?.startsWith("TIMESTAMP") || type === "INT96") return "timestamp";
  return type === "FLOAT" ? "float" : "plain";
}

function leafOf(element: SchemaElement): (value: unknown) => string {
  switch (kindOf(element)) {
    case "decimal":
      return decimalOf(element);
    case "date":
      return (value) => `"${isoDate(integerOf(value))}"`;
    case "timestamp":
      return timestampOf(element);
    case "float":
      return (value) => typeof value === "number" ? shortestFloat(value) : plain(value);
    case "plain":
      return plain;
  }
}

/** Texts, integers, doubles, truth values. */
function plain(value: unknown): string {
  if (value instanceof Uint8Array) return JSON.stringify(strictText.decode(value));
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return `"${value}"`;
  return JSON.stringify(value);
}

function decimalOf({ scale = 0, logical_type: logical }: SchemaElement): (value: unknown) => string {
  const decimals = logical?.type === "DECIMAL" ? logical.scale : scale;
  return (value) => {
    const unscaled = integerOf(value),
      digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(decimals + 1, "0");
    const at = digits.length - decimals;
    return `${unscaled < 0n ? "-" : ""}${digits.slice(0, at)}${decimals === 0 ? "" : `.${digits.slice(at)}`}`;
  };
}

function timestampOf(element: SchemaElement): (value: unknown) => string {
  const { type, converted_type: converted, logical_type: logical } = element;
  const isTimestamp = logical?.type === "TIMESTAMP";
  const unit = isTimestamp
    ? logical.unit
    : type === "INT96"
    ? "NANOS"
    : converted === "TIMESTAMP_MICROS"
    ? "MICROS"
    : "MILLIS";
  // INT96 does not say what it is adjusted to; a converted type alone is of UTC.
  const zone = (isTimestamp ? logical.isAdjustedToUTC : type !== "INT96") ? "Z" : "";
  const perSecond = UNITS_PER_SECOND[unit], decimals = String(perSecond).length - 1;
  return (value) => {
    const count = integerOf(value), fraction = modulo(count, perSecond), seconds = (count - fraction) / perSecond;
    const ofDay = modulo(seconds, SECONDS_PER_DAY), day = (seconds - ofDay) / SECONDS_PER_DAY;
    const clock = [ofDay / 3_600n, ofDay / 60n % 60n, ofDay % 60n].map((part) => String(part).padStart(2, "0")).join(
      ":",
    );
    return `"${isoDate(day)}T${clock}.${String(fraction).padStart(decimals, "0")}${zone}"`;
  };
}

/** Days since 1970-01-01 as a date. */
function isoDate(days: bigint): string {
  const date = new Date(Number(days * SECONDS_PER_DAY) * 1000);
  if (Number.isNaN(date.getTime())) throw notReadable(`it has a date that is out of range: ${days} days after 1970`);
  const [text = ""] = date.toISOString().split("T");
  return text;
}

/** The shortest number that is the same FLOAT: `0.1` and not the double next to it. */
function shortestFloat(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(Number(value.toPrecision(9)));
}

/** An integer, or one in big-endian bytes with a sign. */
function integerOf(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  if (!(value instanceof Uint8Array)) throw notReadable("it has a value of another type than its schema says");
  const unsigned = value.length === 0 ? 0n : BigInt(`0x${value.toHex()}`);
  return BigInt.asIntN(value.length * 8, unsigned);
}

function modulo(value: bigint, by: bigint): bigint {
  return (value % by + by) % by;
}

/** The library makes doubles of decimals. Without their mark it gives their integers. */
export function withoutDecimals(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element) => {
    if (kindOf(element) !== "decimal") return element;
    const { converted_type: _converted, logical_type: _logical, ...rest } = element;
    return rest;
  });
  return { ...metadata, schema };
}

/** Integers as they stand, so that no Date rounds them. */
export const PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (millis) => millis,
  timestampFromMicroseconds: (micros) => micros,
  timestampFromNanoseconds: (nanos) => nanos,
  dateFromDays: (days) => days,
  stringFromBytes: (bytes) => bytes,
  jsonFromBytes: (bytes) => bytes,
};

/** A file that is no damaged one, and cannot be read all the same. */
export function notReadable(message: string): ContentError {
  return new ContentError("not_readable", message);
}
