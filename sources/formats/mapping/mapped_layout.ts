/**
 * The rows of a mapping as a layout of a format.
 *
 * @module
 */
import type { BadRow } from "../../source.ts";
import type { LayoutSays, Reading, RowLayout, RowSettings } from "../format.ts";
import { badForm, type RawRow, type RowParser } from "../row_parser.ts";
import { DelimitedRows } from "./delimited_rows.ts";
import { EventParser } from "./event_parser.ts";
import type { RowCells } from "./event_plan.ts";
import { digestOf } from "./mapping_digest.ts";
import { takesDate } from "./mapping_rules.ts";
import { mappedHeader } from "./mapped_header.ts";
import { type EventMapping, mappedPlan } from "./mapped_plan.ts";
import { RowFilter } from "./row_filter.ts";

/** The layout of a mapping's rows. */
export function mappedLayout(mapping: EventMapping, isFixed: boolean): RowLayout {
  return {
    isOfOneSymbol: mapping.symbolIs === "ofFile",
    readHeader: mappedHeader(mapping),
    parser: (settings, reading) => mappedParser(mapping, settings, reading),
    firstLook: null,
    says: saidBy(mapping, isFixed),
  };
}

function saidBy(mapping: EventMapping, isFixed: boolean): LayoutSays {
  const { fields, fileNames, idScope, finer, rows } = mapping, { symbol, timestamp } = fields;
  return {
    symbolOfName: typeof symbol === "object" && "fileName" in symbol ? { upper: symbol.case === "upper" } : undefined,
    needsSymbol: symbol === undefined,
    dateOfName: takesDate(timestamp),
    fileNames,
    idScope,
    finer,
    emptyDay: rows.emptyFile === "emptyDay",
    digest: isFixed ? null : digestOf(mapping),
  };
}

function mappedParser(mapping: EventMapping, settings: RowSettings, { instant, fields }: Reading): RowParser {
  const { rows, tradeDate } = mapping;
  if (rows.form === "json") throw new TypeError("JSON is not mapped yet");
  const hasHeader = rows.header !== "absent";
  const columns = fields.length > 0 ? fields : rows.columns ?? [];
  const slotOf = (column: string) => columns.indexOf(column);
  const filter = rows.only === undefined && rows.corrections === undefined && rows.trailer === undefined
    ? null
    : new RowFilter(rows, { slotOf, path: settings.path });
  const cells = new DelimitedRows({
    columns,
    hasHeader,
    filter,
    ...(rows.delimiter === undefined ? {} : { delimiter: rows.delimiter }),
    ...(rows.quotes === false ? { quoted: false } : {}),
  });
  return new EventParser({
    settings,
    instant,
    withTradeDate: tradeDate === true,
    planOf: (now) =>
      mappedPlan({
        mapping,
        settings,
        cells,
        slotOf,
        now,
        refused: (raw, bad) => hasHeader && isHeader(cells, columns) ? repeatedHeader(raw) : bad,
      }),
  });
}

const utf8 = new TextDecoder();

/** Whether the row has the names of the columns. */
function isHeader(cells: RowCells, columns: readonly string[]): boolean {
  return cells.count === columns.length && columns.every((name, slot) => {
    return utf8.decode(cells.buffer.subarray(cells.starts[slot], cells.ends[slot])).trim() === name;
  });
}

function repeatedHeader(raw: RawRow): BadRow {
  return badForm(raw, "repeated_header", "Remove the line.");
}
