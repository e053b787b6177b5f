/**
 * Builds a writer of Avro bodies from a schema: closures, made once per schema. What a value may be, and its bytes, are what
 * schemas/avro_types.ts says; that finds the words for what is refused here.
 *
 * @module
 */
import type { BodyOutput } from "./body_output.ts";
import { unscaledOf } from "./decimal_bytes.ts";
import type { JsonValue } from "./json_value.ts";
import type {
  ArrayNode,
  EnumNode,
  FieldNode,
  FixedNode,
  MapNode,
  PrimitiveNode,
  RecordNode,
  SchemaNode,
  UnionNode,
} from "./schema_node.ts";

/** Writes one value; throws {@link ValueFault} or a `DecimalProblem` if the type does not hold it. */
export type Writer = (output: BodyOutput, value: unknown) => void;

/** A value that its type does not hold. What and where is found by looking again, slowly. */
export class ValueFault extends Error {
  override readonly name = "ValueFault";
}

/** A type that no writer is built for. */
export class UnwritableTypeError extends Error {
  override readonly name = "UnwritableTypeError";
  constructor({ path }: SchemaNode, reason: string) {
    super(`Cannot write the type at ${path === "" ? "the schema's top" : path}: ${reason}`);
  }
}

/** The most digits that fit in 64 bits, whatever they are. */
const MAX_DECIMAL_DIGITS = 18;
const LONG_LIMIT = 1n << 63n;

/**
 * Builds the writer of a type.
 *
 * @throws {UnwritableTypeError} For a decimal that is not of at most 18 digits in bytes, a union of other than null and one
 * type, and a default of bytes.
 */
export function buildWriter(schema: SchemaNode): Writer {
  return new WriterBuilder().build(schema);
}

function fault(): never {
  throw new ValueFault("The value is none of its type");
}

class WriterBuilder {
  readonly #records = new Map<RecordNode, Writer>();

  build(node: SchemaNode): Writer {
    switch (node.type) {
      case "record":
        return this.#record(node);
      case "enum":
        return enumWriter(node);
      case "array":
        return this.#array(node);
      case "map":
        return this.#map(node);
      case "union":
        return this.#union(node);
      case "fixed":
        return fixedWriter(node);
      default:
        return primitiveWriter(node);
    }
  }

  #record(node: RecordNode): Writer {
    const known = this.#records.get(node);
    if (known !== undefined) return known;
    const fields: { readonly name: string; readonly write: Writer }[] = [];
    const writer: Writer = (output, value) => {
      if (typeof value !== "object" || value === null) return fault();
      const record = value as { readonly [name: string]: unknown };
      for (let at = 0; at < fields.length; at++) {
        const field = fields[at];
        if (field !== undefined) field.write(output, record[field.name]);
      }
    };
    this.#records.set(node, writer); // before its fields are built: they may refer to it
    for (const field of node.fields) fields.push({ name: field.name, write: this.#field(field) });
    return writer;
  }

  #field({ type, default: fallback }: FieldNode): Writer {
    const write = this.build(type);
    if (fallback === undefined) return write;
    const value = defaultOf(type, fallback);
    return (output, given) => write(output, given === undefined ? value : given);
  }

  #array({ items }: ArrayNode): Writer {
    const write = this.build(items);
    return (output, value) => {
      if (!Array.isArray(value)) return fault();
      if (value.length > 0) {
        output.long(value.length);
        for (const item of value) write(output, item);
      }
      output.byte(0);
    };
  }

  #map({ values }: MapNode): Writer {
    const write = this.build(values);
    return (output, value) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return fault();
      const map = value as { readonly [name: string]: unknown };
      const names = Object.keys(map);
      if (names.length > 0) {
        output.long(names.length);
        for (const name of names) {
          if (!output.string(name)) fault();
          write(output, map[name]);
        }
      }
      output.byte(0);
    };
  }

  #union(node: UnionNode): Writer {
    const nullIndex = node.branches.findIndex(({ type }) => type === "null");
    const [other, ...rest] = node.branches.filter(({ type }) => type !== "null");
    if (nullIndex < 0 || other === undefined || rest.length > 0) {
      throw new UnwritableTypeError(node, "only unions of null and one other type are written");
    }
    const otherIndex = node.branches.indexOf(other);
    const write = this.build(other);
    return (output, value) => {
      if (value === null) return output.long(nullIndex);
      output.long(otherIndex);
      write(output, value);
    };
  }
}

/** A default as a value of the field: that of a union is of its first branch. */
function defaultOf(type: SchemaNode, value: JsonValue): unknown {
  const first = type.type === "union" ? type.branches[0] : type;
  if (first?.type === "bytes" || first?.type === "fixed") {
    throw new UnwritableTypeError(first, "defaults of bytes are not written");
  }
  return value;
}

function enumWriter({ symbols }: EnumNode): Writer {
  return (output, value) => {
    const index = typeof value === "string" ? symbols.indexOf(value) : -1;
    if (index < 0) fault();
    output.long(index);
  };
}

function fixedWriter(node: FixedNode): Writer {
  if (node.logical?.name === "decimal") throw new UnwritableTypeError(node, "decimals are written as bytes only");
  return (output, value) => {
    if (!(value instanceof Uint8Array) || value.length !== node.size) return fault();
    output.raw(value);
  };
}

function primitiveWriter(node: PrimitiveNode): Writer {
  switch (node.type) {
    case "null":
      return (_output, value) => value === null ? undefined : fault();
    case "boolean":
      return (output, value) => typeof value === "boolean" ? output.byte(value ? 1 : 0) : fault();
    case "int":
      return (output, value) => typeof value === "number" && value === (value | 0) ? output.long(value) : fault();
    case "long":
      return node.logical?.name.startsWith("timestamp-") === true ? writeTimestamp : writeLong;
    case "float":
    case "double":
      return realWriter(node.type);
    case "bytes":
      return node.logical?.name === "decimal" ? decimalWriter(node) : writeBytes;
    case "string":
      return (output, value) => typeof value === "string" && output.string(value) ? undefined : fault();
  }
}

function writeTimestamp(output: BodyOutput, value: unknown): void {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) return fault();
  output.long(value);
}

function writeLong(output: BodyOutput, value: unknown): void {
  if (typeof value === "number" && Number.isSafeInteger(value)) return output.long(value);
  if (typeof value !== "bigint" || value >= LONG_LIMIT || value < -LONG_LIMIT) return fault();
  output.bigLong(value);
}

function writeBytes(output: BodyOutput, value: unknown): void {
  if (!(value instanceof Uint8Array)) return fault();
  output.octets(value);
}

function realWriter(type: "float" | "double"): Writer {
  const octets = new Uint8Array(type === "float" ? 4 : 8);
  const view = new DataView(octets.buffer);
  return (output, value) => {
    if (typeof value !== "number") return fault();
    if (type === "float") view.setFloat32(0, value, true);
    else view.setFloat64(0, value, true);
    output.raw(octets);
  };
}

function decimalWriter(node: PrimitiveNode): Writer {
  const { precision = 0, scale = 0 } = node.logical ?? {};
  if (precision < 1 || precision > MAX_DECIMAL_DIGITS) {
    throw new UnwritableTypeError(node, `a decimal has from 1 to ${MAX_DECIMAL_DIGITS} digits`);
  }
  const attributes = { precision, scale };
  return (output, value) => output.unscaled(unscaledOf(value, attributes));
}
