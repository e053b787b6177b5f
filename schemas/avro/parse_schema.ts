/**
 * Parses the text of an Avro schema to avsc's types. avsc makes them, registers them by name, and checks names and
 * unions. For schemas of foreign registries this file adds places in messages, bounds, the specification's rule for
 * names, and the checks that avsc lacks (docs/decisions/avro.md).
 *
 * @module
 */
import avro from "avsc";
import { DefaultChecker } from "./default_checker.ts";
import {
  type FieldNotes,
  fieldNotesOf,
  isArray,
  isObject,
  type JsonObject,
  type JsonValue,
  type LogicalAnnotation,
  namespaceOf,
  noteField,
  noteType,
  type TypeNotes,
} from "./schema_model.ts";
import { described } from "./value_fault.ts";

/** A text that is no Avro schema. */
export class SchemaParseError extends Error {
  override readonly name = "SchemaParseError";
  constructor(
    /** JSON path of the fault in the schema. */
    readonly path: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`The schema is not valid at ${path === "" ? "its top" : path}: ${reason}`, options);
  }
}

const PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"] as const;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Deeper nesting than any real schema has, and far less than the stack holds. */
const MAX_DEPTH = 200;
/** More named types than any real schema has: a chain of references is as deep as it has types. */
const MAX_NAMES = 1000;
/** More types than any real schema has; avsc takes some 0.1 ms for one. */
const MAX_TYPES = 10_000;
/** Longer values are cut in messages. */
const MAX_SHOWN = 80;
/** Longer messages of avsc are cut: it puts whole schemas into some. */
const MAX_REASON = 200;

/**
 * Parses the text of a schema. Each place in the text gets a type of its own; references by name get the type they name.
 *
 * @throws {SchemaParseError} If it is not JSON, or no valid Avro schema.
 */
export function parseSchema(text: string): avro.Type {
  let json: JsonValue;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SchemaParseError("", "it is not JSON", { cause });
  }
  return new Parser().parse(json);
}

/** A schema inside another one, with its place. avsc is given these, and gives them back one by one. */
class Part {
  /** Gives it a shape that avsc's declarations accept as a schema. */
  readonly type = "null";
  constructor(
    readonly json: JsonValue | undefined,
    readonly path: string,
    /** Enclosing namespace; empty text is none. */
    readonly namespace: string,
    readonly depth: number,
  ) {}
}

/** The name of a record, enum or fixed, with what avsc keeps beside it. */
interface Name {
  /** Without its namespace. */
  readonly name: string;
  readonly namespace: string;
  /** Full names; avsc's declarations want an array that may be changed. */
  readonly aliases: string[];
  readonly doc?: string;
}

interface Field {
  readonly name: string;
  readonly type: Part;
  readonly aliases: string[];
  readonly notes: FieldNotes;
}

class Parser {
  readonly #types: Record<string, avro.Type> = Object.create(null);
  #names = 0;
  #made = 0;
  readonly #fields: avro.types.Field[] = [];

  parse(json: JsonValue): avro.Type {
    const type = this.#build(new Part(json, "", "", 0));
    this.#checkDefaults();
    return type;
  }

  /** Call last, since a default may be of a type that is defined later. */
  #checkDefaults(): void {
    const checker = new DefaultChecker();
    for (const field of this.#fields) {
      const { path, default: value } = fieldNotesOf(field);
      if (value === undefined || checker.fits(field.type, value)) continue;
      const reason = checker.gaveUp
        ? "the defaults have too many ways to be read"
        : `${shown(value)} is no value of the field's type`;
      throw new SchemaParseError(`${path}/default`, reason);
    }
  }

  #build(part: Part): avro.Type {
    const { json, path, depth } = part;
    if (depth > MAX_DEPTH) throw new SchemaParseError(path, `it is nested deeper than ${MAX_DEPTH}`);
    if (typeof json === "string") return this.#reference(json, part);
    if (isArray(json)) {
      const branches = json.map((branch, index) => new Part(branch, `${path}/${index}`, part.namespace, depth + 1));
      return this.#make(branches, { path });
    }
    if (!isObject(json)) throw new SchemaParseError(path, "a type is a name, an object or an array");
    const { type } = json;
    switch (type) {
      case "record":
        return this.#record(json, part);
      case "enum":
        return this.#enum(json, part);
      case "fixed":
        return this.#fixed(json, part);
      case "array":
        return this.#make({ type, items: this.#inner(json, "items", part) }, { path });
      case "map":
        return this.#make({ type, values: this.#inner(json, "values", part) }, { path });
    }
    const primitive = PRIMITIVES.find((name) => name === type);
    if (primitive !== undefined) return this.#make({ type: primitive }, { path, logical: logicalOf(json, Infinity) });
    // A type within a type, as in {"type": {"type": "string"}}.
    return this.#build(this.#inner(json, "type", part));
  }

  /** Has avsc make the type, which asks for the parts of it. */
  #make(schema: avro.Schema, notes: TypeNotes): avro.Type {
    if (++this.#made > MAX_TYPES) throw new SchemaParseError(notes.path, `it has more than ${MAX_TYPES} types`);
    try {
      const type = avro.Type.forSchema(schema, {
        registry: this.#types,
        wrapUnions: "always", // no ambiguous unions: nothing is written or read with these types
        omitRecordMethods: true,
        typeHook: (inner) => inner instanceof Part ? this.#build(inner) : undefined,
      });
      return noteType(type, notes);
    } catch (cause) {
      if (cause instanceof SchemaParseError || !(cause instanceof Error)) throw cause;
      throw new SchemaParseError(notes.path, cause.message.slice(0, MAX_REASON), { cause });
    }
  }

  #inner(json: JsonObject, key: string, { path, namespace, depth }: Part): Part {
    if (json[key] === undefined) throw new SchemaParseError(path, `"${key}" is missing`);
    return new Part(json[key], `${path}/${key}`, namespace, depth + 1);
  }

  #reference(name: string, { path, namespace }: Part): avro.Type {
    const primitive = PRIMITIVES.find((each) => each === name);
    if (primitive !== undefined) return this.#make({ type: primitive }, { path });
    const found = this.#types[qualify(name, namespace)] ?? this.#types[name];
    if (found === undefined) throw new SchemaParseError(path, `the type ${JSON.stringify(name)} is not defined before`);
    return found;
  }

  #record(json: JsonObject, part: Part): avro.Type {
    const { path } = part;
    const name = this.#name(json, part);
    if (!isArray(json.fields)) throw new SchemaParseError(path, `"fields" is not an array`);
    const inside = { ...part, namespace: name.namespace };
    const fields = json.fields.map((field, index) => fieldOf(field, { ...inside, path: `${path}/fields/${index}` }));
    const seen = new Set<string>();
    for (const { name, notes } of fields) {
      if (seen.has(name)) throw new SchemaParseError(notes.path, `the record has two fields ${name}`);
      seen.add(name);
    }
    const type = this.#make({ type: "record", ...name, fields }, { path });
    if (!(type instanceof avro.types.RecordType)) throw new TypeError(`avsc made ${type.typeName} of a record`);
    for (const [index, { notes }] of fields.entries()) {
      const field = type.fields[index];
      if (field === undefined) throw new TypeError(`avsc left the field at ${notes.path} out`);
      noteField(field, notes);
      this.#fields.push(field);
    }
    return type;
  }

  #enum(json: JsonObject, part: Part): avro.Type {
    const { path } = part;
    const symbols = texts(json.symbols, `${path}/symbols`);
    for (const [index, symbol] of symbols.entries()) simpleName(symbol, `${path}/symbols/${index}`);
    const fallback = json.default;
    if (fallback !== undefined && (typeof fallback !== "string" || !symbols.includes(fallback))) {
      throw new SchemaParseError(`${path}/default`, "the default is none of the symbols");
    }
    return this.#make({ type: "enum", ...this.#name(json, part), symbols }, { path, fallback });
  }

  #fixed(json: JsonObject, part: Part): avro.Type {
    const { size } = json;
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
      throw new SchemaParseError(`${part.path}/size`, "the size is not a whole number");
    }
    const notes = { path: part.path, logical: logicalOf(json, size) };
    return this.#make({ type: "fixed", ...this.#name(json, part), size }, notes);
  }

  /** The specification's rule for names; avsc would give the children the namespace beside a name with dots. */
  #name(json: JsonObject, { path, namespace }: Part): Name {
    if (++this.#names > MAX_NAMES) throw new SchemaParseError(path, `it has more than ${MAX_NAMES} named types`);
    if (typeof json.name !== "string") throw new SchemaParseError(path, `"name" is missing`);
    const own = json.namespace;
    if (own !== undefined && typeof own !== "string") throw new SchemaParseError(`${path}/namespace`, "it is not text");
    const fullName = qualify(json.name, own ?? namespace);
    for (const part of fullName.split(".")) simpleName(part, `${path}/name`);
    const space = namespaceOf(fullName);
    return {
      name: fullName.slice(space === "" ? 0 : space.length + 1),
      namespace: space,
      aliases: aliasesOf(json, path).map((alias) => qualify(alias, space)),
      ...docOf(json),
    };
  }
}

/** A field as avsc takes it, without its default, and the notes for it. */
function fieldOf(json: JsonValue, { path, namespace, depth }: Omit<Part, "json">): Field {
  if (!isObject(json)) throw new SchemaParseError(path, "a field is an object");
  const name = simpleName(json.name, path);
  if (json.type === undefined) throw new SchemaParseError(path, `"type" is missing`);
  const type = new Part(json.type, `${path}/type`, namespace, depth + 1);
  return { name, type, aliases: aliasesOf(json, path), notes: { path, doc: docOf(json).doc, default: json.default } };
}

/** A value as short text; hides nested ones, which have no bound in length or depth. */
function shown(value: JsonValue): string {
  if (typeof value === "object" && value !== null) return described(value);
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function simpleName(name: JsonValue | undefined, path: string): string {
  if (typeof name !== "string" || !NAME.test(name)) {
    const what = name === undefined ? "nothing" : shown(name);
    throw new SchemaParseError(path, `${what} is not a name: letters, digits and _ make one`);
  }
  return name;
}

function qualify(name: string, namespace: string): string {
  if (name.startsWith(".")) return name.slice(1);
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

function aliasesOf(json: JsonObject, path: string): string[] {
  return json.aliases === undefined ? [] : texts(json.aliases, `${path}/aliases`);
}

function texts(value: JsonValue | undefined, path: string): string[] {
  if (value === undefined) throw new SchemaParseError(path, "it is missing");
  const list = isArray(value) ? value.filter((item) => typeof item === "string") : [];
  if (!isArray(value) || list.length < value.length) throw new SchemaParseError(path, "it is not an array of texts");
  return list;
}

function docOf({ doc }: JsonObject): { readonly doc?: string } {
  return typeof doc === "string" ? { doc } : {};
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
