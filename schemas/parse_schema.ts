/**
 * The text of an Avro schema to its graph, by the rules of the specification.
 *
 * @module
 */
import { described } from "./described.ts";
import type { JsonValue } from "./json_value.ts";
import { DefaultChecker } from "./schema_defaults.ts";
import {
  type EnumNode,
  type FieldNode,
  type FixedNode,
  type LogicalAnnotation,
  type Named,
  namespaceOf,
  type Place,
  type PrimitiveName,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "./schema_node.ts";

/** A text that is no Avro schema. */
export class SchemaParseError extends Error {
  override readonly name = "SchemaParseError";
  constructor(
    /** Where in the schema's JSON. */
    readonly path: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`The schema is not valid at ${path === "" ? "its top" : path}: ${reason}`, options);
  }
}

const PRIMITIVES: ReadonlySet<string> = new Set<PrimitiveName>([
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string",
]);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Deeper nesting than any real schema has, and far less than the stack holds. */
const MAX_DEPTH = 200;
/** More named types than any real schema has: a chain of references is as deep as it has types. */
const MAX_NAMES = 1000;
/** Longer values are cut in messages. */
const MAX_SHOWN = 80;

type JsonObject = { readonly [key: string]: JsonValue };

/**
 * Parses the text of a schema.
 *
 * @throws {SchemaParseError} If it is not JSON, or no valid Avro schema.
 */
export function parseSchema(text: string): SchemaNode {
  let json: JsonValue;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SchemaParseError("", "it is not JSON", { cause });
  }
  const parser = new Parser();
  const node = parser.parse(json, { path: "", namespace: "", depth: 0 });
  parser.checkDefaults();
  return node;
}

interface Context extends Place {
  /** Enclosing namespace; empty text is none. */
  readonly namespace: string;
  readonly depth: number;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPrimitive(name: string): name is PrimitiveName {
  return PRIMITIVES.has(name);
}

class Parser {
  readonly #names = new Map<string, SchemaNode>();
  readonly #fields: FieldNode[] = [];

  /** After everything else, since a default may be of a type that is defined further on. */
  checkDefaults(): void {
    const checker = new DefaultChecker();
    for (const { path, type, default: value } of this.#fields) {
      if (value === undefined || checker.fits(type, value)) continue;
      const reason = checker.gaveUp
        ? "the defaults have too many ways to be read"
        : `${shown(value)} is no value of the field's type`;
      throw new SchemaParseError(`${path}/default`, reason);
    }
  }

  parse(json: JsonValue | undefined, context: Context): SchemaNode {
    if (context.depth > MAX_DEPTH) throw new SchemaParseError(context.path, `it is nested deeper than ${MAX_DEPTH}`);
    if (typeof json === "string") return this.#reference(json, context);
    if (Array.isArray(json)) return this.#union(json, context);
    if (!isObject(json)) throw new SchemaParseError(context.path, "a type is a name, an object or an array");
    const { type } = json;
    switch (type) {
      case "record":
        return this.#record(json, context);
      case "enum":
        return this.#enum(json, context);
      case "fixed":
        return this.#fixed(json, context);
      case "array":
        return { type, path: context.path, items: this.#inner(json, "items", context) };
      case "map":
        return { type, path: context.path, values: this.#inner(json, "values", context) };
    }
    if (typeof type === "string" && isPrimitive(type)) {
      return { type, path: context.path, logical: logicalOf(json, Infinity) };
    }
    // A type within a type, as in {"type": {"type": "string"}}.
    return this.#inner(json, "type", context);
  }

  #inner(json: JsonObject, key: string, context: Context): SchemaNode {
    const path = `${context.path}/${key}`;
    if (json[key] === undefined) throw new SchemaParseError(context.path, `"${key}" is missing`);
    return this.parse(json[key], { ...context, path, depth: context.depth + 1 });
  }

  #reference(name: string, { path, namespace }: Context): SchemaNode {
    if (isPrimitive(name)) return { type: name, path, logical: undefined };
    const found = this.#names.get(qualify(name, namespace)) ?? this.#names.get(name);
    if (found === undefined) throw new SchemaParseError(path, `the type ${JSON.stringify(name)} is not defined before`);
    return found;
  }

  #union(json: readonly JsonValue[], context: Context): UnionNode {
    const seen = new Set<string>();
    const branches = json.map((branch, index) => {
      const path = `${context.path}/${index}`;
      const node = this.parse(branch, { ...context, path, depth: context.depth + 1 });
      if (node.type === "union") throw new SchemaParseError(path, "a union holds no other union directly");
      const name = "fullName" in node ? node.fullName : node.type;
      if (seen.has(name)) throw new SchemaParseError(path, `the union has two branches ${name}`);
      seen.add(name);
      return node;
    });
    return { type: "union", path: context.path, branches };
  }

  #record(json: JsonObject, context: Context): RecordNode {
    const fields: FieldNode[] = [];
    const node: RecordNode = { type: "record", ...named(json, context), fields };
    this.#define(node);
    if (!Array.isArray(json.fields)) throw new SchemaParseError(context.path, `"fields" is not an array`);
    const inside = { ...context, namespace: namespaceOf(node.fullName) };
    const seen = new Set<string>();
    for (const [index, field] of json.fields.entries()) {
      const path = `${context.path}/fields/${index}`;
      if (!isObject(field)) throw new SchemaParseError(path, "a field is an object");
      const name = simpleName(field.name, path);
      if (seen.has(name)) throw new SchemaParseError(path, `the record has two fields ${name}`);
      seen.add(name);
      const aliases = texts(field.aliases, `${path}/aliases`);
      const type = this.#inner(field, "type", { ...inside, path });
      fields.push({ name, path, aliases, doc: docOf(field), type, default: field.default });
    }
    this.#fields.push(...fields);
    return node;
  }

  #enum(json: JsonObject, context: Context): EnumNode {
    const symbols = texts(json.symbols, `${context.path}/symbols`);
    for (const [index, symbol] of symbols.entries()) simpleName(symbol, `${context.path}/symbols/${index}`);
    if (new Set(symbols).size < symbols.length) {
      throw new SchemaParseError(`${context.path}/symbols`, "a symbol stands there twice");
    }
    const fallback = json.default;
    if (fallback !== undefined && (typeof fallback !== "string" || !symbols.includes(fallback))) {
      throw new SchemaParseError(`${context.path}/default`, "the default is none of the symbols");
    }
    return this.#define({ type: "enum", ...named(json, context), symbols, default: fallback });
  }

  #fixed(json: JsonObject, context: Context): FixedNode {
    const { size } = json;
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
      throw new SchemaParseError(`${context.path}/size`, "the size is not a whole number");
    }
    return this.#define({ type: "fixed", ...named(json, context), size, logical: logicalOf(json, size) });
  }

  #define<N extends FixedNode | EnumNode | RecordNode>(node: N): N {
    if (this.#names.has(node.fullName)) throw new SchemaParseError(node.path, `${node.fullName} is defined twice`);
    if (this.#names.size >= MAX_NAMES) {
      throw new SchemaParseError(node.path, `it has more than ${MAX_NAMES} named types`);
    }
    this.#names.set(node.fullName, node);
    return node;
  }
}

function named(json: JsonObject, { path, namespace }: Context): Named {
  if (typeof json.name !== "string") throw new SchemaParseError(path, `"name" is missing`);
  const own = json.namespace;
  if (own !== undefined && typeof own !== "string") throw new SchemaParseError(`${path}/namespace`, "it is not text");
  const fullName = qualify(json.name, own ?? namespace);
  for (const part of fullName.split(".")) simpleName(part, `${path}/name`);
  if (isPrimitive(fullName)) throw new SchemaParseError(`${path}/name`, `${fullName} is the name of a primitive type`);
  const aliases = texts(json.aliases, `${path}/aliases`).map((alias) => qualify(alias, namespaceOf(fullName)));
  return { path, fullName, aliases, doc: docOf(json) };
}

/** A value as short text: one that is nested has no bound, neither in length nor in depth. */
function shown(value: JsonValue): string {
  if (typeof value === "object" && value !== null) return described(value);
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function simpleName(name: JsonValue | undefined, path: string): string {
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new SchemaParseError(
      path,
      `${name === undefined ? "nothing" : shown(name)} is not a name: letters, digits and _ make one`,
    );
  }
  return name;
}

function qualify(name: string, namespace: string): string {
  if (name.startsWith(".")) return name.slice(1);
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

function texts(value: JsonValue | undefined, path: string): readonly string[] {
  if (value === undefined) {
    if (path.endsWith("/aliases")) return [];
    throw new SchemaParseError(path, "it is missing");
  }
  const isTexts = (list: JsonValue): list is readonly string[] =>
    Array.isArray(list) && list.every((item) => typeof item === "string");
  if (!isTexts(value)) throw new SchemaParseError(path, "it is not an array of texts");
  return value;
}

function docOf({ doc }: JsonObject): string | undefined {
  return typeof doc === "string" ? doc : undefined;
}

function logicalOf(json: JsonObject, bytes: number): LogicalAnnotation | undefined {
  const { type, logicalType, precision, scale = 0 } = json;
  if (typeof logicalType !== "string") return undefined;
  if (logicalType !== "decimal") return { name: logicalType };
  const fits = (type === "bytes" || type === "fixed") && typeof precision === "number" && Number.isInteger(precision) &&
    typeof scale === "number" && Number.isInteger(scale) && scale >= 0 && precision >= 1 && scale <= precision &&
    precision <= Math.floor((8 * bytes - 1) * Math.log10(2));
  return fits ? { name: logicalType, precision, scale } : undefined;
}
