/**
 * Builds a writer of Avro bodies from a schema: closures, made once per schema. A writer that refuses a value says why,
 * and the writers around it say where.
 *
 * @module
 */
import avro from "avsc";
import { branchesOf, fieldNotesOf, notesOf } from "./schema_model.ts";
import { described, ValueFault, wrongType } from "./value_fault.ts";
import type { BodyOutput } from "./body_output.ts";
import { unscaledOf } from "./decimal.ts";

/** Writes one value; throws {@link ValueFault} if the type does not hold it. */
export type Writer = (output: BodyOutput, value: unknown) => void;

/** A type for which this file builds no writer. */
export class UnwritableTypeError extends Error {
  override readonly name = "UnwritableTypeError";
  constructor(type: avro.Type, reason: string) {
    const { path } = notesOf(type);
    super(`Cannot write the type at ${path === "" ? "the schema's top" : path}: ${reason}`);
  }
}

/** Maximum of digits of which every combination fits in 64 bits. */
const MAX_DECIMAL_DIGITS = 18;
const LONG_LIMIT = 1n << 63n;

/**
 * Builds the writer of a type.
 *
 * @throws {UnwritableTypeError} For a decimal that is not of at most 18 digits in bytes, a union of other than null and one
 * type, and a default of bytes.
 */
export function buildWriter(schema: avro.Type): Writer {
  return new WriterBuilder().build(schema);
}

/**
 * Builds the writer of some fields of a record, without its other fields.
 *
 * @throws {UnwritableTypeError} As {@link buildWriter} does.
 */
export function buildFieldsWriter(fields: readonly avro.types.Field[]): Writer {
  const builder = new WriterBuilder();
  return writeFields(fields.map((field) => builder.field(field)));
}

interface FieldWriter {
  readonly name: string;
  readonly write: Writer;
}

function writeFields(fields: readonly FieldWriter[]): Writer {
  return (output, value) => {
    if (typeof value !== "object" || value === null) throw wrongType(value, "record is needed");
    const record = value as { readonly [name: string]: unknown };
    let reached = "";
    try {
      for (let at = 0; at < fields.length; at++) {
        const field = fields[at];
        if (field === undefined) continue;
        reached = field.name;
        field.write(output, record[reached]);
      }
    } catch (cause) {
      throw within(reached, cause);
    }
  };
}

/** Adds a name to the path of a fault from a nested writer. */
function within(name: string | number, cause: unknown): unknown {
  if (cause instanceof ValueFault) cause.path.unshift(String(name));
  return cause;
}

class WriterBuilder {
  readonly #records = new Map<avro.types.RecordType, Writer>();

  build(type: avro.Type): Writer {
    const { ArrayType, EnumType, FixedType, MapType, RecordType } = avro.types;
    if (type instanceof RecordType) return this.#record(type);
    if (type instanceof EnumType) return enumWriter(type);
    if (type instanceof ArrayType) return this.#array(type);
    if (type instanceof MapType) return this.#map(type);
    if (type instanceof FixedType) return fixedWriter(type);
    const branches = branchesOf(type);
    return branches === undefined ? primitiveWriter(type) : this.#union(type, branches);
  }

  #record(type: avro.types.RecordType): Writer {
    const known = this.#records.get(type);
    if (known !== undefined) return known;
    const fields: FieldWriter[] = [];
    const writer = writeFields(fields);
    this.#records.set(type, writer); // before its fields are built: they may refer to it
    for (const field of type.fields) fields.push(this.field(field));
    return writer;
  }

  field(field: avro.types.Field): FieldWriter {
    const { name, type } = field;
    const write = this.build(type);
    const { default: fallback } = fieldNotesOf(field);
    if (fallback === undefined) return { name, write };
    checkDefault(type);
    return { name, write: (output, given) => write(output, given === undefined ? fallback : given) };
  }

  #array({ itemsType }: avro.types.ArrayType): Writer {
    const write = this.build(itemsType);
    return (output, value) => {
      if (!Array.isArray(value)) throw wrongType(value, "array is needed");
      const { length } = value;
      if (length > 0) {
        output.long(length);
        let at = 0;
        try {
          for (; at < length; at++) write(output, value[at]);
        } catch (cause) {
          throw within(at, cause);
        }
      }
      output.byte(0);
    };
  }

  #map({ valuesType }: avro.types.MapType): Writer {
    const write = this.build(valuesType);
    return (output, value) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw wrongType(value, "a map is a plain object");
      }
      const map = value as { readonly [name: string]: unknown };
      const names = Object.keys(map);
      if (names.length > 0) {
        output.long(names.length);
        for (const name of names) {
          if (!output.string(name)) {
            throw new ValueFault(value, "has a key with a lone surrogate, which UTF-8 cannot spell");
          }
          try {
            write(output, map[name]);
          } catch (cause) {
            throw within(name, cause);
          }
        }
      }
      output.byte(0);
    };
  }

  #union(type: avro.Type, branches: readonly avro.Type[]): Writer {
    const nullIndex = branches.findIndex(({ typeName }) => typeName === "null");
    const [other, ...rest] = branches.filter(({ typeName }) => typeName !== "null");
    if (nullIndex < 0 || other === undefined || rest.length > 0) {
      throw new UnwritableTypeError(type, "only unions of null and one other type are written");
    }
    const otherIndex = branches.indexOf(other);
    const write = this.build(other);
    return (output, value) => {
      if (value === null) return output.long(nullIndex);
      output.long(otherIndex);
      try {
        write(output, value);
      } catch (cause) {
        if (!(cause instanceof ValueFault && cause.isOfOtherType && cause.path.length === 0)) throw cause;
        throw new ValueFault(value, `is ${described(value)}, which no branch of the field's type takes`);
      }
    };
  }
}

/** A default is a value of the field; that of a union is of its first branch. */
function checkDefault(type: avro.Type): void {
  const [first = type] = branchesOf(type) ?? [];
  if (first.typeName === "bytes" || first.typeName === "fixed") {
    throw new UnwritableTypeError(first, "defaults of bytes are not written");
  }
}

function enumWriter({ symbols }: avro.types.EnumType): Writer {
  return (output, value) => {
    const index = typeof value === "string" ? symbols.indexOf(value) : -1;
    if (index < 0) {
      const reason = value === undefined ? "is missing" : `is none of ${symbols.join(", ")}`;
      throw new ValueFault(value, reason, typeof value !== "string");
    }
    output.long(index);
  };
}

function fixedWriter(type: avro.types.FixedType): Writer {
  if (notesOf(type).logical?.name === "decimal") {
    throw new UnwritableTypeError(type, "decimals are written as bytes only");
  }
  const { size } = type;
  return (output, value) => {
    if (!(value instanceof Uint8Array)) throw wrongType(value, `${size} bytes are needed`);
    if (value.length !== size) throw new ValueFault(value, `has ${value.length} bytes: ${size} are needed`);
    output.raw(value);
  };
}

function primitiveWriter(type: avro.Type): Writer {
  const { logical } = notesOf(type);
  switch (type.typeName) {
    case "null":
      return writeNull;
    case "boolean":
      return writeBoolean;
    case "int":
      return writeInt;
    case "long":
      return logical?.name.startsWith("timestamp-") === true ? writeTimestamp : writeLong;
    case "float":
    case "double":
      return realWriter(type.typeName);
    case "bytes":
      return logical?.name === "decimal" ? decimalWriter(type) : writeBytes;
    default:
      return writeString;
  }
}

function writeNull(_output: BodyOutput, value: unknown): void {
  if (value !== null) throw wrongType(value, "null is needed");
}

function writeBoolean(output: BodyOutput, value: unknown): void {
  if (typeof value !== "boolean") throw wrongType(value, "boolean is needed");
  output.byte(value ? 1 : 0);
}

function writeInt(output: BodyOutput, value: unknown): void {
  if (typeof value !== "number") throw wrongType(value, "int is needed");
  if (value !== (value | 0)) throw new ValueFault(value, "is not a whole number of 32 bits");
  output.long(value);
}

function writeTimestamp(output: BodyOutput, value: unknown): void {
  if (typeof value !== "number") throw wrongType(value, "an instant is a whole number of its unit");
  if (!Number.isSafeInteger(value)) throw new ValueFault(value, "is not a whole number below 2^53");
  output.long(value);
}

function writeLong(output: BodyOutput, value: unknown): void {
  if (typeof value === "number" && Number.isSafeInteger(value)) return output.long(value);
  if (typeof value !== "bigint") throw longFault(value);
  if (value >= LONG_LIMIT || value < -LONG_LIMIT) throw new ValueFault(value, "does not fit in a 64-bit integer");
  output.bigLong(value);
}

function longFault(value: unknown): ValueFault {
  if (typeof value !== "number") return wrongType(value, "a long is a whole number or a bigint");
  const isWhole = Number.isInteger(value);
  return new ValueFault(
    value,
    isWhole ? "is past 2^53-1, where a number is not exact: give a bigint" : "is not a whole number",
  );
}

function writeString(output: BodyOutput, value: unknown): void {
  if (typeof value !== "string") throw wrongType(value, "text is needed");
  if (!output.string(value)) throw new ValueFault(value, "holds a lone surrogate, which UTF-8 cannot spell");
}

function writeBytes(output: BodyOutput, value: unknown): void {
  if (!(value instanceof Uint8Array)) throw wrongType(value, "bytes is needed");
  output.octets(value);
}

function realWriter(typeName: "float" | "double"): Writer {
  const octets = new Uint8Array(typeName === "float" ? 4 : 8);
  const view = new DataView(octets.buffer);
  return (output, value) => {
    if (typeof value !== "number") throw wrongType(value, `${typeName} is needed`);
    if (typeName === "float") view.setFloat32(0, value, true);
    else view.setFloat64(0, value, true);
    output.raw(octets);
  };
}

function decimalWriter(type: avro.Type): Writer {
  const { precision = 0, scale = 0 } = notesOf(type).logical ?? {};
  if (precision < 1 || precision > MAX_DECIMAL_DIGITS) {
    throw new UnwritableTypeError(type, `a decimal has from 1 to ${MAX_DECIMAL_DIGITS} digits`);
  }
  const attributes = { precision, scale };
  return (output, value) => output.unscaled(unscaledOf(value, attributes));
}
