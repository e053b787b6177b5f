/**
 * Checks whether a field's default is a value of the field's type; registries refuse a schema with another default.
 * This replaces avsc's check: docs/decisions/avro.md lists the defaults that it refuses, misreads or fails at.
 *
 * @module
 */
import avro from "avsc";
import { branchesOf, fieldNotesOf, isArray, isObject, type JsonObject, type JsonValue } from "./schema_model.ts";

/** Deeper than any real default, and far less than the stack holds. */
const MAX_DEPTH = 100;

/** More steps than the defaults of any real schema take: unions of records in records can be read in 2^depth ways. */
const MAX_STEPS = 100_000;

/** Checks the defaults of one schema. */
export class DefaultChecker {
  #steps = 0;

  /** True if the check took too many steps: its last answer may be wrong. */
  get gaveUp(): boolean {
    return this.#steps > MAX_STEPS;
  }

  /** True if a default in Avro's JSON encoding fits the type; of a union, any one branch. */
  fits(type: avro.Type, value: JsonValue, depth = 0): boolean {
    const { ArrayType, EnumType, FixedType, MapType, RecordType } = avro.types;
    this.#steps += 1;
    if (depth > MAX_DEPTH || this.gaveUp) return false;
    const fitsInside = (inner: avro.Type) => (item: JsonValue) => this.fits(inner, item, depth + 1);
    if (type instanceof RecordType) return isObject(value) && this.#fitsRecord(type, value, depth + 1);
    if (type instanceof EnumType) return typeof value === "string" && type.symbols.includes(value);
    if (type instanceof FixedType) return isLatin1(value) && value.length === type.size;
    if (type instanceof ArrayType) return isArray(value) && value.every(fitsInside(type.itemsType));
    if (type instanceof MapType) return isObject(value) && Object.values(value).every(fitsInside(type.valuesType));
    return branchesOf(type)?.some((branch) => this.fits(branch, value, depth + 1)) ?? fitsPrimitive(type, value);
  }

  #fitsRecord(type: avro.types.RecordType, value: JsonObject, depth: number): boolean {
    return type.fields.every((field) => {
      const own = Object.hasOwn(value, field.name) ? value[field.name] : fieldNotesOf(field).default;
      return own !== undefined && this.fits(field.type, own, depth);
    });
  }
}

function fitsPrimitive({ typeName }: avro.Type, value: JsonValue): boolean {
  switch (typeName) {
    case "null":
      return value === null;
    case "boolean":
      return typeof value === "boolean";
    case "int":
      return typeof value === "number" && value === (value | 0);
    case "long":
      return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2 ** 63;
    case "float":
    case "double":
      return typeof value === "number" || value === "NaN" || value === "Infinity" || value === "-Infinity";
    case "bytes":
      return isLatin1(value);
    default:
      return typeof value === "string";
  }
}

/** Bytes are spelt as text of code points up to 255. */
function isLatin1(value: JsonValue): value is string {
  return typeof value === "string" && [...value].every((character) => character.charCodeAt(0) <= 255);
}
