/**
 * Parsers of rows whose columns or keys are named as the fields of records.
 *
 * @module
 */
import type { Reading, RowSettings } from "../format.ts";
import { FIELDS } from "../named_fields.ts";
import type { RawRow, RowParser } from "../row_parser.ts";
import type { BadRow } from "../../source.ts";
import { EventParser } from "./event_parser.ts";
import { LaterHeaders } from "./later_headers.ts";
import { NamedColumns, NamedKeys } from "./named_cells.ts";
import { type NamedCells, NamedPlan } from "./named_plan.ts";
import { ReferenceParser } from "./reference_parser.ts";

/** The parser of a csv file's rows below its header. */
export function csvParser(settings: RowSettings, reading: Reading): RowParser {
  const { kind } = settings, { fields } = reading;
  const cells = new NamedColumns(fields);
  const headers = new LaterHeaders(kind, cells, fields);
  if (kind === "reference_data") return new ReferenceParser(settings, { ...reading, cells, headers });
  return eventParser(settings, reading, { cells, fields, refused: (raw, bad) => headers.refused(raw, bad) });
}

/** The parser of JSON lines. */
export function jsonParser(settings: RowSettings, reading: Reading): RowParser {
  const { kind, path } = settings;
  const cells = new NamedKeys(kind, path);
  if (kind === "reference_data") return new ReferenceParser(settings, { ...reading, cells, headers: null });
  return eventParser(settings, reading, { cells, fields: FIELDS[kind], refused: (_raw, bad) => bad });
}

function eventParser(
  settings: RowSettings,
  { instant }: Reading,
  { cells, fields, refused }: {
    readonly cells: NamedCells;
    readonly fields: readonly string[];
    readonly refused: (raw: RawRow, bad: BadRow) => BadRow;
  },
): EventParser {
  const { kind } = settings;
  if (kind === "reference_data") throw new TypeError("Reference data has no instants");
  return new EventParser({
    settings,
    instant,
    withTradeDate: false,
    planOf: (now) => new NamedPlan({ kind, settings, cells, fields, instant, now, refused }),
  });
}
