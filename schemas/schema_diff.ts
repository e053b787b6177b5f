/**
 * What differs between two schemas, field by field, for people.
 *
 * @module
 */
import type { JsonValue } from "./json_value.ts";
import { parseSchema } from "./parse_schema.ts";
import type { FieldNode, RecordNode, SchemaNode } from "./schema_node.ts";
import { typeText } from "./type_text.ts";

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
  /** Records under way, so that a recursive schema ends. */
  readonly open: ReadonlySet<SchemaNode>;
}

function compareTypes(before: SchemaNode, after: SchemaNode, comparison: Comparison): void {
  note("type_changed", [typeText(before), typeText(after)], comparison);
  const [old, now] = [soleRecord(before), soleRecord(after)];
  if (old === undefined || now === undefined || comparison.open.has(now)) {
    if (comparison.field === "") note("doc_changed", [docOf(before), docOf(after)], comparison);
    return;
  }
  note("doc_changed", [docOf(old), docOf(now)], comparison);
  compareRecords(old, now, { ...comparison, open: new Set(comparison.open).add(now) });
}

function compareRecords(before: RecordNode, after: RecordNode, comparison: Comparison): void {
  for (const field of after.fields) {
    const old = before.fields.find(({ name }) => name === field.name);
    const inside = { ...comparison, field: nameOf(comparison, field) };
    if (old === undefined) {
      comparison.differences.push({ field: inside.field, change: "added", before: null, after: fieldText(field) });
      continue;
    }
    compareTypes(old.type, field.type, inside);
    note("default_changed", [defaultText(old.default), defaultText(field.default)], inside);
    note("doc_changed", [old.doc ?? null, field.doc ?? null], inside);
  }
  for (const field of before.fields) {
    if (after.fields.some(({ name }) => name === field.name)) continue;
    const name = nameOf(comparison, field);
    comparison.differences.push({ field: name, change: "removed", before: fieldText(field), after: null });
  }
  noteOrder(before, after, comparison);
}

/** Readers match fields by name, so a new order breaks nothing; it makes other bytes and a new schema id. */
function noteOrder(before: RecordNode, after: RecordNode, comparison: Comparison): void {
  const common = ({ fields }: RecordNode, other: RecordNode) =>
    fields.map(({ name }) => name).filter((name) => other.fields.some((field) => field.name === name)).join(", ");
  note("reordered", [common(before, after), common(after, before)], comparison);
}

function note(change: FieldChange, [before, after]: readonly [string | null, string | null], to: Comparison): void {
  if (before !== after) to.differences.push({ field: to.field, change, before, after });
}

/** The record that a field holds: directly, in an array or map, or as the one record of a union. */
function soleRecord(node: SchemaNode): RecordNode | undefined {
  switch (node.type) {
    case "record":
      return node;
    case "array":
      return soleRecord(node.items);
    case "map":
      return soleRecord(node.values);
    case "union": {
      const records = node.branches.map(soleRecord).filter((record) => record !== undefined);
      return records.length === 1 ? records[0] : undefined;
    }
    default:
      return undefined;
  }
}

function nameOf({ field }: Comparison, { name }: FieldNode): string {
  return field === "" ? name : `${field}.${name}`;
}

function docOf(node: SchemaNode): string | null {
  return "doc" in node ? node.doc ?? null : null;
}

function fieldText(field: FieldNode): string {
  return field.default === undefined
    ? typeText(field.type)
    : `${typeText(field.type)}, default ${defaultText(field.default)}`;
}

function defaultText(value: JsonValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
