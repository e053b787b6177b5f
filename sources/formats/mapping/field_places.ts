/**
 * Where the fields of a mapping are among the slots of a row.
 *
 * @module
 */
import { textReader } from "../readers/text_reader.ts";
import type { TextReader } from "../readers/value_options.ts";
import type { TextField } from "./language.ts";

/** The column of a field; null if it is in none. */
export function columnOf(field: unknown): string | null {
  if (typeof field === "string") return field;
  return typeof field === "object" && field !== null && "from" in field && typeof field.from === "string"
    ? field.from
    : null;
}

/** The slots of a field: one, or none if the file has no such column. */
export function slotsOf(field: unknown, slotOf: (column: string) => number): readonly number[] {
  const column = columnOf(field);
  const slot = column === null ? -1 : slotOf(column);
  return slot < 0 ? [] : [slot];
}

/** The reader of a text; null if the file has none. */
export function textReaderOf(field: TextField | undefined, slotOf: (column: string) => number): TextReader | null {
  const [slot] = slotsOf(field, slotOf), column = columnOf(field);
  if (slot === undefined || column === null) return null;
  const { missing, words } = typeof field === "object" ? field : {};
  return textReader({
    slot,
    field: column,
    digits: true,
    ...(missing === undefined ? {} : { missing }),
    ...(words === undefined ? {} : { words }),
  });
}
