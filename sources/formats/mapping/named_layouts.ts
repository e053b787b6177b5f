/**
 * Layouts of rows whose columns or keys are named as the fields of records.
 *
 * @module
 */
import type { RecordKind } from "../../../schemas/record_types.ts";
import { CSV_ROWS } from "../csv.ts";
import type { RowLayout } from "../format.ts";
import { NDJSON_ROWS } from "../ndjson.ts";
import type { NamedMapping } from "./language.ts";

const KINDS = ["trade", "quote", "reference_data"] as const;

/** A layout for each kind of rows that the mapping has. */
export function namedLayouts({ dataType, rows }: NamedMapping): Partial<Record<RecordKind, RowLayout>> {
  const kinds = dataType === "any" ? KINDS : [dataType];
  const layout = rows.form === "json" ? NDJSON_ROWS : CSV_ROWS;
  return Object.fromEntries(kinds.map((kind) => [kind, layout]));
}
