/**
 * The instants of a shown record as text for people at a terminal; the value itself holds numbers.
 *
 * @module
 */
import { alternativesOf, type AvroType, fieldsOf, type JsonValue, notesOf } from "../../schemas/avro/schema_model.ts";

/** How many microseconds one unit of a field is. */
type Units = ReadonlyMap<string, number>;

/** ISO 8601 of micros since the epoch. */
export function instantText(micros: number): string {
  return isoOf(BigInt(micros)) ?? String(micros);
}

const MICROS_PER: Readonly<Record<string, number>> = { "timestamp-millis": 1000, "timestamp-micros": 1 };

/** Fields of a record that hold instants, including those that may be null. */
export function instantFields(schema: AvroType): Units {
  const fields = fieldsOf(schema) ?? [];
  return new Map(fields.flatMap(({ name, type }) => {
    const unit = alternativesOf(type).map(microsPer).find((micros) => micros !== null) ?? null;
    return unit === null ? [] : [[name, unit] as const];
  }));
}

function microsPer(type: AvroType): number | null {
  return type.typeName === "long" ? MICROS_PER[notesOf(type).logical?.name ?? ""] ?? null : null;
}

/** ISO 8601 of each instant that the record has. */
export function instantTexts(value: JsonValue, units: Units): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const texts = Object.entries(value).flatMap(([name, number]) => {
    const unit = units.get(name);
    const text = unit === undefined || typeof number !== "number" ? null : isoOf(BigInt(number) * BigInt(unit));
    return text === null ? [] : [[name, text] as const];
  });
  return Object.fromEntries(texts);
}

/** With six decimals, wherever records are shown; null for years that have no text form. */
function isoOf(micros: bigint): string | null {
  try {
    return Temporal.Instant.fromEpochNanoseconds(micros * 1000n).toString({ smallestUnit: "microsecond" });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
