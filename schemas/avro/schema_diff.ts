/**
 * Compares two schemas field by field, for people.
 *
 * @module
 */
import avro from "avsc";
import { parseSchema } from "./parse_schema.ts";
import { branchesOf, fieldNotesOf, type JsonValue, typeText } from "./schema_model.ts";

/**
 * How a field differs. A field whose type, default and doc differ gives three differences; `reordered` is about all fields
 * of a record.
 */
export type FieldChange = "added" | "removed" | "type_changed" | "default_changed" | "reordered" | "doc_changed";

/** One difference. */
export interface SchemaDifference {
  /** Field names from the outside in, joined by dots; empty text is the schema itself. */
  readonly field: string;
  readonly change: FieldChange;
  /** Type, default, doc or the order of the fields that both have, as short text; null where there is none. */
  readonly before: string | null;
  /** As `before`. */
  readonly after: string | null;
}

/**
 * Compares two schemas by field name, in the order of the second; removed fields come last.
 *
 * @throws {SchemaParseError} If a text is no Avro schema.
 */
export function diffSchemas(before: string, after: string): readonly SchemaDifference[] {
  const differences: SchemaDifference[] = [];
  compareTypes(parseSchema(before), parseSchema(after), { field: "", differences, open: new Set() });
  return differences;
}

interface Comparison {
  readonly field: string;
  readonly differences: SchemaDifference[];
  /** Records being compared, so that a recursive schema ends. */
  readonly open: ReadonlySet<avro.Type>;
}

function compareTypes(before: avro.Type, after: avro.Type, comparison: Comparison): void {
  note("type_changed", [typeText(before), typeText(after)], comparison);
  const [old, now] = [soleRecord(before), soleRecord(after)];
  if (old === undefined || now === undefined || comparison.open.has(now)) {
    if (comparison.field === "") note("doc_changed", [docOf(before), docOf(after)], comparison);
    return;
  }
  note("doc_changed", [docOf(old), docOf(now)], comparison);
  compareRecords(old, now, { ...comparison, open: new Set(comparison.open).add(now) });
}

function compareRecords(before: avro.types.RecordType, after: avro.types.RecordType, comparison: Comparison): void {
  for (const field of after.fields) {
    const old = before.fields.find(({ name }) => name === field.name);
    const inside = { ...comparison, field: nameOf(comparison, field) };
    if (old === undefined) {
      comparison.differences.push({ field: inside.field, change: "added", before: null, after: fieldText(field) });
      continue;
    }
    compareTypes(old.type, field.type, inside);
    const [was, is] = [fieldNotesOf(old), fieldNotesOf(field)];
    note("default_changed", [defaultText(was.default), defaultText(is.default)], inside);
    note("doc_changed", [was.doc ?? null, is.doc ?? null], inside);
  }
  for (const field of before.fields) {
    if (after.fields.some(({ name }) => name === field.name)) continue;
    const name = nameOf(comparison, field);
    comparison.differences.push({ field: name, change: "removed", before: fieldText(field), after: null });
  }
  noteOrder(before, after, comparison);
}

/**
 * Notes a new order of fields. Readers match fields by name, so it breaks nothing, but it changes bytes and schema id.
 */
function noteOrder(before: avro.types.RecordType, after: avro.types.RecordType, comparison: Comparison): void {
  const common = ({ fields }: avro.types.RecordType, other: avro.types.RecordType) =>
    fields.map(({ name }) => name).filter((name) => other.fields.some((field) => field.name === name)).join(", ");
  note("reordered", [common(before, after), common(after, before)], comparison);
}

function note(change: FieldChange, [before, after]: readonly [string | null, string | null], to: Comparison): void {
  if (before !== after) to.differences.push({ field: to.field, change, before, after });
}

/** The record that a field holds: directly, in an array or map, or as the one record of a union. */
function soleRecord(type: avro.Type): avro.types.RecordType | undefined {
  if (type instanceof avro.types.RecordType) return type;
  if (type instanceof avro.types.ArrayType) return soleRecord(type.itemsType);
  if (type instanceof avro.types.MapType) return soleRecord(type.valuesType);
  const records = branchesOf(type)?.map(soleRecord).filter((record) => record !== undefined) ?? [];
  return records.length === 1 ? records[0] : undefined;
}

function nameOf({ field }: Comparison, { name }: avro.types.Field): string {
  return field === "" ? name : `${field}.${name}`;
}

function docOf(type: avro.Type): string | null {
  return type.doc ?? null;
}

function fieldText(field: avro.types.Field): string {
  const text = defaultText(fieldNotesOf(field).default);
  return text === null ? typeText(field.type) : `${typeText(field.type)}, default ${text}`;
}

function defaultText(value: JsonValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
