/**
 * Makes the readers of a mapping without a file, so that options which exclude one another show before the first row.
 *
 * @module
 */
import type { RowSettings } from "../format.ts";
import { ReaderOptionsError } from "../readers/reader_options_error.ts";
import { DelimitedRows } from "./delimited_rows.ts";
import { JsonRows } from "./json_rows.ts";
import type { Mapping } from "./language.ts";
import { mappedPlan } from "./mapped_plan.ts";
import { columnsOf } from "./mapping_columns.ts";
import type { MappingProblem } from "./mapping_rules.ts";

/** What any file could have. */
const SETTINGS: RowSettings = {
  format: "",
  layout: {
    isOfOneSymbol: false,
    readHeader: null,
    firstLook: null,
    parser: () => {
      throw new TypeError("A trial has no rows");
    },
  },
  kind: "trade",
  path: "",
  exchange: "X",
  assetClass: "equities",
  symbol: null,
  companyId: null,
  currency: null,
  timeZone: "UTC",
  ambiguousTime: "refuse",
  timeUnit: null,
  earliestMicros: 0,
  finer: "refuse",
  endDate: "extract",
  idScope: "day",
  fileDate: "2024-01-02",
};

/** Why the readers of a mapping cannot be made, and of which field, as far as that is known; null if they can. */
export function planProblem(mapping: Mapping): Pick<MappingProblem, "key" | "reason"> | null {
  if (mapping.dataType === "any" || mapping.dataType === "reference_data") return null;
  const columns = [...new Set(columnsOf(mapping).map(({ name }) => name))];
  try {
    const cells = mapping.rows.form === "json"
      ? new JsonRows({ paths: columns, ignored: mapping.ignored ?? [], each: mapping.rows.each, hintOf: () => "" })
      : new DelimitedRows({ columns, hasHeader: false });
    const slotOf = (column: string) => columns.indexOf(column);
    mappedPlan({ mapping, settings: SETTINGS, cells, slotOf, now: () => 0, refused: (_raw, bad) => bad });
    return null;
  } catch (error) {
    if (!(error instanceof ReaderOptionsError)) throw error;
    return { key: error.field === null ? "fields" : `fields.${error.field}`, reason: error.message };
  }
}
