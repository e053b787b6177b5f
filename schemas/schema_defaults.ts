/**
 * Whether a field's default is a value of the field's type. Registries refuse a schema in which one is not.
 *
 * @module
 */
import type { JsonValue } from "./json_value.ts";
import type { RecordNode, SchemaNode } from "./schema_node.ts";

/** Deeper than any real default, and far less than the stack holds. */
const MAX_DEPTH = 100;

/** True if a default in Avro's JSON encoding fits the type; of a union, any one branch. */
export function isDefaultOf(node: SchemaNode, value: JsonValue, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
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
      return isArray(value) && value.every((item) => isDefaultOf(node.items, item, depth + 1));
    case "map":
      return isObject(value) && Object.values(value).every((item) => isDefaultOf(node.values, item, depth + 1));
    case "union":
      return node.branches.some((branch) => isDefaultOf(branch, value, depth + 1));
    case "record":
      return isObject(value) && isDefaultRecord(node, value, depth + 1);
  }
}

function isDefaultRecord(node: RecordNode, value: { readonly [key: string]: JsonValue }, depth: number): boolean {
  return node.fields.every(({ name, type, default: fallback }) => {
    const own = Object.hasOwn(value, name) ? value[name] : fallback;
    return own !== undefined && isDefaultOf(type, own, depth);
  });
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
