/**
 * The columns that a mapping names, and what for.
 *
 * @module
 */
import type { Mapping } from "./language.ts";

/** A column that a mapping takes. */
export interface NamedColumn {
  /** The name, or the path of a key. */
  readonly name: string;
  /** Where the mapping says so, for messages: `fields.price`. */
  readonly place: string;
  /** The header may lack it. */
  readonly optional: boolean;
}

/** All columns that a mapping takes, each as often as it is taken; without those that it ignores. */
export function columnsOf({ fields, vendorData = {}, rows }: Mapping): readonly NamedColumn[] {
  const columns: NamedColumn[] = [];
  const look = (value: unknown, place: string, isOptional: boolean): void => {
    if (typeof value === "string") columns.push({ name: value, place, optional: isOptional });
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) return value.forEach((one: unknown) => look(one, place, isOptional));
    const optional = isOptional || ("optional" in value && value.optional === true);
    for (const [key, part] of Object.entries(value)) {
      if (COLUMN_KEYS.has(key)) look(part, place, optional);
      else if (PART_KEYS.has(key) && typeof part === "object") look(part, `${place}.${key}`, optional);
    }
  };
  if (fields !== "byName") {
    for (const [field, value] of Object.entries(fields)) {
      look(value, `fields.${field}`, false);
    }
  }
  for (const [key, value] of Object.entries(vendorData)) look(value, `vendorData.${key}`, true);
  const { only = [], corrections } = rows;
  for (const [index, { from }] of only.entries()) look(from, `rows.only.${index}`, false);
  if (corrections !== undefined) look(corrections.from, "rows.corrections", false);
  if (rows.form === "delimited" && rows.trailer !== undefined) {
    look(rows.trailer.from, "rows.trailer", false);
    look(rows.trailer.count, "rows.trailer.count", false);
  }
  return columns;
}

/** Whether a path leads into the records of a list, not to what is around them. */
export function isInRecord(path: string, each: string): boolean {
  return each === "." || path.startsWith(`${each}.`);
}

/** Keys whose texts are names of columns. */
const COLUMN_KEYS: ReadonlySet<string> = new Set(["from", "offsetFrom", "within"]);
/** Keys of parts that have such keys. */
const PART_KEYS: ReadonlySet<string> = new Set(["date", "time", "zone"]);
