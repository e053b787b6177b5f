/**
 * Whether a field's default is a value of the field's type. Registries refuse a schema in which one is not.
 *
 * @module
 */
import type { JsonValue } from "./json_value.ts";
import type { RecordNode, SchemaNode } from "./schema_node.ts";

/** Deeper than any real default, and far less than the stack holds. */
const MAX_DEPTH = 100;

/** More than the defaults of any real schema take: unions of records in records can be read in 2^depth ways. */
const MAX_STEPS = 100_000;

/** Checks the defaults of one schema. */
export class DefaultChecker {
  #steps = 0;

  /** True if it was too much to check: what came last may be a default or not. */
  get gaveUp(): boolean {
    return this.#steps > MAX_STEPS;
  }

  /** True if a default in Avro's JSON encoding fits the type; of a union, any one branch. */
  fits(node: SchemaNode, value: JsonValue, depth = 0): boolean {
    this.#steps += 1;
    if (depth > MAX_DEPTH || this.gaveUp) return false;
    switch (node.type) {
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
      case "string":
        return typeof value === "string";
      case "bytes":
        return isLatin1(value);
      case "fixed":
        return isLatin1(value) && value.length === node.size;
      case "enum":
        return typeof value === "string" && node.symbols.includes(value);
      case "array":
        return isArray(value) && value.every((item) => this.fits(node.items, item, depth + 1));
      case "map":
        return isObject(value) && Object.values(value).every((item) => this.fits(node.values, item, depth + 1));
      case "union":
        return node.branches.some((branch) => this.fits(branch, value, depth + 1));
      case "record":
        return isObject(value) && this.#fitsRecord(node, value, depth + 1);
    }
  }

  #fitsRecord(node: RecordNode, value: { readonly [key: string]: JsonValue }, depth: number): boolean {
    return node.fields.every(({ name, type, default: fallback }) => {
      const own = Object.hasOwn(value, name) ? value[name] : fallback;
      return own !== undefined && this.fits(type, own, depth);
    });
  }
}

/** Bytes are spelt as text of code points up to 255. */
function isLatin1(value: JsonValue): value is string {
  return typeof value === "string" && [...value].every((character) => character.charCodeAt(0) <= 255);
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
