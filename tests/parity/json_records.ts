/**
 * Records as JSON and back: decimals are text, and so are longs beyond 2^53.
 *
 * @module
 */
import { Decimal } from "decimal.js";
import { parseSchema } from "../../schemas/avro/parse_schema.ts";
import {
  alternativesOf,
  type AvroField,
  fieldsOf as recordFields,
  type JsonValue,
  notesOf,
} from "../../schemas/avro/schema_model.ts";
import { codecFor, type RecordCodec } from "../../schemas/codec.ts";
import { unscaledText } from "../../schemas/avro/decimal.ts";
import { RECORD_KINDS, SCHEMA_VERSIONS } from "../../schemas/load.ts";
import type { MarketRecord, RecordKind, SchemaVersion, Unscaled } from "../../schemas/record_types.ts";

/** A record as JSON. */
export type JsonRecord = { readonly [field: string]: JsonValue };

/** The codec of a kind and version that only run time knows. */
export function anyCodec(kind: RecordKind, version: SchemaVersion): RecordCodec<MarketRecord> {
  return codecFor(kind, version);
}

/** All six codecs. */
export function allCodecs(): readonly RecordCodec<MarketRecord>[] {
  return RECORD_KINDS.flatMap((kind) => SCHEMA_VERSIONS.map((version) => anyCodec(kind, version)));
}

/** Fields of a codec's schema. */
function fieldsOf({ schemaText }: RecordCodec<MarketRecord>): readonly AvroField[] {
  return recordFields(parseSchema(schemaText)) ?? [];
}

function scaleOf({ type }: AvroField): number | undefined {
  return notesOf(type).logical?.scale;
}

function isLong({ type }: AvroField): boolean {
  return alternativesOf(type).some(({ typeName }) => typeName === "long");
}

/** A record from its JSON form, with `Decimal`s and bigints. */
export function fromJson(codec: RecordCodec<MarketRecord>, json: JsonRecord): MarketRecord {
  const entries = fieldsOf(codec).map((field): [string, unknown] => {
    const value = json[field.name];
    if (typeof value === "string" && scaleOf(field) !== undefined) return [field.name, new Decimal(value)];
    return [field.name, typeof value === "string" && isLong(field) ? BigInt(value) : value];
  });
  const record: unknown = Object.fromEntries(entries);
  return record as MarketRecord; // the fields are the schema's own; encode and decode check their types
}

/** A record as JSON; the decimals as the shortest text. */
export function toJson(codec: RecordCodec<MarketRecord>, record: MarketRecord | Unscaled<MarketRecord>): JsonRecord {
  const entries = fieldsOf(codec).map((field): [string, JsonValue] => {
    const value: unknown = Reflect.get(record, field.name);
    const scale = scaleOf(field);
    if (Decimal.isDecimal(value)) return [field.name, value.toFixed()];
    if (typeof value === "bigint" && scale !== undefined) {
      return [field.name, new Decimal(unscaledText(value, scale)).toFixed()];
    }
    return [field.name, typeof value === "bigint" ? value.toString() : value as JsonValue];
  });
  return Object.fromEntries(entries);
}

/** A record with its unscaled decimals as `Decimal`s. */
export function withDecimals(codec: RecordCodec<MarketRecord>, record: Unscaled<MarketRecord>): MarketRecord {
  return fromJson(codec, toJson(codec, record));
}
