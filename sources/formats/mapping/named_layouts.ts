/**
 * Layouts of rows whose columns or keys are named as the fields of records.
 *
 * @module
 */
import type { RecordKind } from "../../../schemas/record_types.ts";
import { readCsvHeader } from "../csv_header.ts";
import { FirstKeys } from "../first_keys.ts";
import type { RowLayout } from "../format.ts";
import type { NamedMapping } from "./language.ts";
import { csvParser, jsonParser } from "./named_parser.ts";

const CSV_ROWS: RowLayout = {
  isOfOneSymbol: false,
  readHeader: readCsvHeader,
  quoted: true,
  parser: csvParser,
  firstLook: null,
};

const JSON_ROWS: RowLayout = {
  isOfOneSymbol: false,
  readHeader: null,
  mayBeArray: true,
  parser: jsonParser,
  firstLook: (settings, clock) => new FirstKeys(settings, clock),
};

const KINDS = ["trade", "quote", "reference_data"] as const;

/** A layout for each kind of rows that the mapping has. */
export function namedLayouts({ dataType, rows }: NamedMapping): Partial<Record<RecordKind, RowLayout>> {
  const kinds = dataType === "any" ? KINDS : [dataType];
  const layout = rows.form === "json" ? JSON_ROWS : CSV_ROWS;
  return Object.fromEntries(kinds.map((kind) => [kind, layout]));
}
