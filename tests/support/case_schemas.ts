/**
 * Short forms of schemas for the table of compatibility cases.
 *
 * @module
 */
import type { JsonValue } from "../../schemas/avro/schema_model.ts";

type Json = { readonly [key: string]: JsonValue };

/** A field with attributes, such as a default. */
class Field {
  constructor(readonly attributes: Json) {}
}

/** As the class. */
export function field(type: JsonValue, attributes: Json): Field {
  return new Field({ type, ...attributes });
}

type Fields = { readonly [name: string]: JsonValue | Field };

/** A record with one field for each entry. */
export function record(fields: Fields, attributes: Json = {}): string {
  return JSON.stringify({ ...recordType(fields), ...attributes });
}

/** As {@link record}, for use inside another type. */
export function recordType(fields: Fields, name = "Row"): Json {
  const list = Object.entries(fields).map(([field, value]): JsonValue =>
    value instanceof Field ? { name: field, ...value.attributes } : { name: field, type: value }
  );
  return { type: "record", name, namespace: "tick", fields: list };
}

/** The enum `tick.Side`. */
export function enumType(symbols: readonly string[], attributes: Json = {}): Json {
  return { type: "enum", name: "Side", namespace: "tick", symbols, ...attributes };
}

/** Bytes with logical type decimal. */
export function decimal(precision: number, scale: number): Json {
  return { type: "bytes", logicalType: "decimal", precision, scale };
}

/** A long with a timestamp logical type. */
export function instant(unit: "millis" | "micros"): Json {
  return { type: "long", logicalType: `timestamp-${unit}` };
}

/** A fixed type. */
export function fixed(size: number, name = "Digest"): Json {
  return { type: "fixed", name, namespace: "tick", size };
}

/** A linked list: the schema refers to itself. */
export function linkedList(value: JsonValue, more: Fields = {}): string {
  return record({ value, ...more, next: field(["null", "tick.Row"], { default: null }) });
}

/** A record with one field `a`. */
export function one(type: JsonValue): string {
  return record({ a: type });
}
