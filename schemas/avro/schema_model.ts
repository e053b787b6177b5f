/**
 * The schema model: avsc's types, and notes of what avsc does not keep of the schema's text. The writers, the reader,
 * the compatibility check and the comparison are built from these.
 *
 * @module
 */
import avro from "avsc";

/** A JSON value. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
/** A JSON object. */
export type JsonObject = { readonly [key: string]: JsonValue };

export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isArray(value);
}

/** A logical type with its relevant attributes; an invalid one is ignored, as the specification asks. */
export interface LogicalAnnotation {
  readonly name: string;
  /** Only of a decimal. */
  readonly precision?: number;
  /** Only of a decimal. */
  readonly scale?: number;
}

/** A type of a schema. */
export type AvroType = avro.Type;
/** A field of a record. */
export type AvroField = avro.types.Field;

/** What the text says of a type and avsc does not keep. */
export interface TypeNotes {
  /** Where the type is defined in the schema's JSON, such as `/fields/1/type`. Empty text is the whole schema. */
  readonly path: string;
  readonly logical?: LogicalAnnotation | undefined;
  /** The symbol that a reader of an enum uses in place of an unknown one. */
  readonly fallback?: string | undefined;
}

/** What the text says of a field and avsc does not keep. */
export interface FieldNotes {
  readonly path: string;
  readonly doc: string | undefined;
  /** In Avro's JSON form; undefined if there is none; null is a default of null. */
  readonly default: JsonValue | undefined;
}

const TYPE_NOTES = new WeakMap<avro.Type, TypeNotes>();
const FIELD_NOTES = new WeakMap<avro.types.Field, FieldNotes>();

/** Keeps the notes of a type. Only the parser calls it. */
export function noteType<T extends avro.Type>(type: T, notes: TypeNotes): T {
  TYPE_NOTES.set(type, notes);
  return type;
}

/** Keeps the notes of a field. Only the parser calls it. */
export function noteField(field: avro.types.Field, notes: FieldNotes): void {
  FIELD_NOTES.set(field, notes);
}

/**
 * The notes of a type from {@link parseSchema}, which makes a type for each place; references share that of the
 * definition.
 */
export function notesOf(type: avro.Type): TypeNotes {
  const notes = TYPE_NOTES.get(type);
  if (notes === undefined) throw new TypeError(`The type ${type.typeName} is of no parsed schema`);
  return notes;
}

/** The notes of a field of a parsed schema. */
export function fieldNotesOf(field: avro.types.Field): FieldNotes {
  const notes = FIELD_NOTES.get(field);
  if (notes === undefined) throw new TypeError(`The field ${field.name} is of no parsed schema`);
  return notes;
}

/** The fields of a record; undefined of another type. */
export function fieldsOf(type: avro.Type): readonly AvroField[] | undefined {
  return type instanceof avro.types.RecordType ? type.fields : undefined;
}

/** The branches of a union; undefined of another type. */
export function branchesOf(type: avro.Type): readonly avro.Type[] | undefined {
  return type instanceof avro.types.WrappedUnionType ? type.types : undefined;
}

/** The types that a field may hold: the branches of a union, else the one type. */
export function alternativesOf(type: avro.Type): readonly avro.Type[] {
  return branchesOf(type) ?? [type];
}

/** The full name of a record, enum or fixed, else the word for the type: `map`, `union`, `long`. */
export function nameOf(type: avro.Type): string {
  return type.name ?? (branchesOf(type) === undefined ? type.typeName : "union");
}

/** The namespace of a full name; empty text if it has none. */
export function namespaceOf(fullName: string): string {
  return fullName.slice(0, Math.max(0, fullName.lastIndexOf(".")));
}

/** A type as short text for people: `decimal(18,6)`, `null | string`, `AssetClass (equities, crypto)`. */
export function typeText(type: avro.Type): string {
  const { ArrayType, EnumType, FixedType, MapType, RecordType } = avro.types;
  if (type instanceof RecordType) return `${type.name}`;
  if (type instanceof EnumType) {
    const { fallback } = notesOf(type);
    return `${type.name} (${type.symbols.join(", ")}${fallback === undefined ? "" : `, else ${fallback}`})`;
  }
  if (type instanceof ArrayType) return `array of ${typeText(type.itemsType)}`;
  if (type instanceof MapType) return `map of ${typeText(type.valuesType)}`;
  const branches = branchesOf(type);
  if (branches !== undefined) return branches.map(typeText).join(" | ");
  const { logical } = notesOf(type);
  if (logical?.name === "decimal") return `decimal(${logical.precision},${logical.scale})`;
  return logical?.name ?? (type instanceof FixedType ? `${type.name} (${type.size} bytes)` : type.typeName);
}
