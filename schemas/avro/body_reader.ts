/**
 * Builds a reader of Avro bodies from a schema: closures, made once per schema.
 *
 * This replaces avsc's decoder. That one reads past the end of its input and notices only when the whole value is made,
 * so that ten bytes can ask for 2^40 array items; it reads some longs below -2^52 as positive ones; and its errors name
 * neither field nor place.
 *
 * @module
 */
import avro from "avsc";
import { branchesOf, notesOf } from "./schema_model.ts";
import { BodyCursor, BodyFault } from "./body_cursor.ts";

/** Reads one value; throws {@link BodyFault}. */
export type Reader = (cursor: BodyCursor) => unknown;

/** What the values of a body become where Avro's types have several JavaScript forms. */
export interface ValueForms {
  /** `long` without a logical type. A bigint only where a number is not exact. */
  readonly long: (value: number | bigint, cursor: BodyCursor) => unknown;
  /** `long` with a timestamp logical type. */
  readonly timestamp: (value: number | bigint, cursor: BodyCursor) => unknown;
  /** Called once per decimal type. Its result gets at least one byte; `bytes` is a view on the body. */
  readonly decimal: (precision: number, scale: number) => (bytes: Uint8Array, cursor: BodyCursor) => unknown;
  /** `bytes` is a view on the body. */
  readonly bytes: (bytes: Uint8Array) => unknown;
  readonly real: (value: number) => unknown;
}

/** Builds the reader of a whole body, which refuses bytes left over. */
export function buildBodyReader(schema: avro.Type, forms: ValueForms): (body: Uint8Array) => unknown {
  const read = new ReaderBuilder(forms).build(schema);
  return (body) => {
    const cursor = new BodyCursor(body);
    const value = read(cursor);
    cursor.end();
    return value;
  };
}

/** Runs a nested reader and adds its name to the path of a fault. */
function within<T>(name: string | number, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof BodyFault) cause.path.unshift(String(name));
    throw cause;
  }
}

class ReaderBuilder {
  readonly #records = new Map<avro.types.RecordType, Reader>();
  readonly #emptyRecords = new Map<avro.types.RecordType, boolean>();
  constructor(readonly forms: ValueForms) {}

  build(type: avro.Type): Reader {
    const { ArrayType, EnumType, FixedType, MapType, RecordType } = avro.types;
    if (type instanceof RecordType) return this.#record(type);
    if (type instanceof EnumType) {
      const { symbols } = type;
      return (cursor) => symbols[cursor.index(symbols.length, "enum")];
    }
    if (type instanceof ArrayType) return arrayReader(this.build(type.itemsType), this.#isEmpty(type.itemsType));
    if (type instanceof MapType) return mapReader(this.build(type.valuesType));
    if (type instanceof FixedType) {
      const { size } = type;
      return this.#octets(type, (cursor) => cursor.fixed(size));
    }
    const branches = branchesOf(type)?.map((branch) => this.build(branch));
    if (branches === undefined) return this.#primitive(type);
    return (cursor) => branches[cursor.index(branches.length, "union")]?.(cursor);
  }

  #primitive(type: avro.Type): Reader {
    const { forms } = this;
    switch (type.typeName) {
      case "null":
        return () => null;
      case "boolean":
        return (cursor) => cursor.boolean();
      case "int":
        return (cursor) => cursor.int();
      case "long": {
        const form = /^(local-)?timestamp-/.test(notesOf(type).logical?.name ?? "") ? forms.timestamp : forms.long;
        return (cursor) => form(cursor.long(), cursor);
      }
      case "float":
        return (cursor) => forms.real(cursor.float());
      case "double":
        return (cursor) => forms.real(cursor.double());
      case "bytes":
        return this.#octets(type, (cursor) => cursor.bytes());
      default:
        return (cursor) => cursor.string();
    }
  }

  #octets(type: avro.Type, read: (cursor: BodyCursor) => Uint8Array): Reader {
    const { forms } = this;
    const { name, precision, scale } = notesOf(type).logical ?? { name: "" };
    if (name !== "decimal" || precision === undefined || scale === undefined) {
      return (cursor) => forms.bytes(read(cursor));
    }
    const form = forms.decimal(precision, scale);
    return (cursor) => {
      const bytes = read(cursor);
      if (bytes.length === 0) throw cursor.fault("a decimal has no bytes");
      return form(bytes, cursor);
    };
  }

  #record(type: avro.types.RecordType): Reader {
    const known = this.#records.get(type);
    if (known !== undefined) return known;
    const fields: { readonly name: string; readonly read: Reader }[] = [];
    // Copying an object that has all fields is faster than adding the fields one by one.
    const blank: Record<string, unknown> = {};
    for (const { name } of type.fields) blank[name] = undefined;
    const readFields = (cursor: BodyCursor) => {
      const record = { ...blank };
      let reached = "";
      try {
        for (const { name, read } of fields) {
          reached = name;
          record[name] = read(cursor);
        }
      } catch (cause) {
        if (cause instanceof BodyFault) cause.path.unshift(reached);
        throw cause;
      }
      return record;
    };
    const reader: Reader = (cursor) => cursor.nested(readFields);
    this.#records.set(type, reader); // before its fields are built: they may refer to it
    for (const field of type.fields) fields.push({ name: field.name, read: this.build(field.type) });
    return reader;
  }

  /** Whether the values of a type take no bytes at all. */
  #isEmpty(type: avro.Type): boolean {
    if (type instanceof avro.types.FixedType) return type.size === 0;
    if (!(type instanceof avro.types.RecordType)) return type.typeName === "null";
    const known = this.#emptyRecords.get(type);
    if (known !== undefined) return known;
    this.#emptyRecords.set(type, true); // until one of its fields says otherwise
    const empty = type.fields.every((field) => this.#isEmpty(field.type));
    this.#emptyRecords.set(type, empty);
    return empty;
  }
}

function arrayReader(readItem: Reader, empty: boolean): Reader {
  return (cursor) => {
    const items: unknown[] = [];
    for (let count = cursor.blockCount(empty); count > 0; count = cursor.blockCount(empty)) {
      for (; count > 0; count--) items.push(within(items.length, () => readItem(cursor)));
    }
    return items;
  };
}

function mapReader(readValue: Reader): Reader {
  return (cursor) => {
    const map: Record<string, unknown> = {};
    for (let count = cursor.blockCount(false); count > 0; count = cursor.blockCount(false)) {
      for (; count > 0; count--) {
        const key = cursor.string();
        map[key] = within(key, () => readValue(cursor));
      }
    }
    return map;
  };
}
