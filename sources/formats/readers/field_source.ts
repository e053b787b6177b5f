/**
 * Where a field reader finds its value, and the value in the form that the checks of records/ take.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import { ARRAY, type Cells, FALSE, isAbsent, NUMBER, OBJECT, textOf, TRUE } from "../cells.ts";
import { parseJsonValue } from "../json_row.ts";

/** The place of a field. */
export interface FieldSource {
  /** The slot of the cell. */
  readonly slot: number;
  /** The name for errors: the field of the record, or the source's own name for it. */
  readonly field: string;
}

/** The value of a cell; a number as it is written, so that no digit is lost. Undefined if the cell is absent. */
export function digitsOf(cells: Cells, { slot, field }: FieldSource): unknown {
  if (isAbsent(cells, slot)) return undefined;
  switch (cells.kinds[slot]) {
    case TRUE:
      return true;
    case FALSE:
      return false;
    case ARRAY:
    case OBJECT:
      return parseJsonValue(textOf(cells, slot, field));
    default:
      return textOf(cells, slot, field);
  }
}

/** As {@link digitsOf}, but a number is a number and so no text. */
export function valueOf(cells: Cells, source: FieldSource): unknown {
  const value = digitsOf(cells, source);
  return cells.kinds[source.slot] === NUMBER ? Number(value) : value;
}

/** A text, or a number as it is written. @throws {RecordError} `missing`, `wrong_type`, `malformed_text` */
export function requiredText(cells: Cells, source: FieldSource): string {
  const value = digitsOf(cells, source);
  if (typeof value === "string") return value;
  const { field } = source;
  const hint = "Give a number or text.";
  throw new RecordError(value === undefined ? "missing" : "wrong_type", { field, value, hint });
}
