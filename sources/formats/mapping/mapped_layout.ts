/**
 * The rows of a mapping as a layout of a format.
 *
 * @module
 */
import type { BadRow } from "../../source.ts";
import type { LayoutSays, Reading, RowLayout, RowSettings } from "../format.ts";
import { badForm, type RawRow, type RowParser } from "../row_parser.ts";
import { jsonRowHint } from "../advice/json_row_hint.ts";
import type { JsonFault } from "../json_cells.ts";
import { columnsOf, isInRecord } from "./mapping_columns.ts";
import { JsonRows, LINE, pathOf } from "./json_rows.ts";
import { DelimitedRows } from "./delimited_rows.ts";
import { EventParser } from "./event_parser.ts";
import type { RowCells } from "./event_plan.ts";
import { digestOf } from "./mapping_digest.ts";
import { takesDate } from "./mapping_rules.ts";
import { mappedHeader } from "./mapped_header.ts";
import type { EventMapping } from "./language.ts";
import { mappedPlan } from "./mapped_plan.ts";
import { type FilterAbout, RowFilter } from "./row_filter.ts";

/** The layout of a mapping's rows. */
export function mappedLayout(mapping: EventMapping, isFixed: boolean): RowLayout {
  return {
    isOfOneSymbol: mapping.symbolIs === "ofFile",
    readHeader: mappedHeader(mapping),
    quoted: mapping.rows.form === "delimited" && mapping.rows.header !== "absent" && mapping.rows.quotes !== false,
    comment: mapping.rows.form === "delimited" ? mapping.rows.comment : undefined,
    mayBeArray: mapping.rows.form === "json" && !hasArrayLines(mapping),
    hasLists: mapping.rows.form === "json" && mapping.rows.each !== undefined,
    parser: (settings, reading) => mappedParser(mapping, settings, reading),
    firstLook: null,
    says: saidBy(mapping, isFixed),
  };
}

function saidBy(mapping: EventMapping, isFixed: boolean): LayoutSays {
  const { fields, fileNames, idScope, finer, rows, assetClass, symbolIs } = mapping, { symbol, timestamp } = fields;
  return {
    symbolOfName: typeof symbol === "object" && "fileName" in symbol ? { upper: symbol.case === "upper" } : undefined,
    needsSymbol: symbol === undefined,
    isOfAnyClass: assetClass === undefined && symbolIs === undefined,
    dateOfName: takesDate(timestamp),
    fileNames,
    idScope,
    finer,
    emptyDay: rows.emptyFile === "emptyDay",
    digest: isFixed ? null : digestOf(mapping),
  };
}

function mappedParser(mapping: EventMapping, settings: RowSettings, reading: Reading): RowParser {
  const { instant } = reading;
  const { cells, slotOf, columns } = cellsOf(mapping, settings, reading);
  const hasHeader = mapping.rows.form === "delimited" && mapping.rows.header !== "absent";
  return new EventParser({
    settings,
    instant,
    withTradeDate: mapping.tradeDate === true,
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

/** The cells of rows, with the names of their slots. */
function cellsOf(mapping: EventMapping, { path, kind }: RowSettings, { fields, headerLines = null }: Reading) {
  const { rows, ignored = [] } = mapping;
  const columns = rows.form === "json"
    ? [...new Set(columnsOf(mapping).map(({ name }) => name))]
    : fields.length > 0
    ? fields
    : rows.columns ?? [];
  const slotOf = (column: string) => columns.indexOf(column);
  const about = { slotOf, path, headerLines };
  const filter = filterOf(mapping, about);
  if (rows.form === "json") {
    const { each } = rows;
    const frameFilter = each === undefined ? null : filterOf(frameOf(mapping, each), about);
    const hintOf = ({ error, text }: JsonFault) =>
      error.rule === "not_json" && text !== null ? ` ${jsonRowHint(text, error.found, { kind, path })}` : "";
    return { columns, slotOf, cells: new JsonRows({ paths: columns, ignored, each, filter, frameFilter, hintOf }) };
  }
  const { header, delimiter, quotes, comment } = rows;
  const cells = new DelimitedRows({
    columns,
    hasHeader: header !== "absent",
    filter,
    comment,
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(quotes === false ? { quoted: false } : {}),
  });
  return { columns, slotOf, cells };
}

/** Whether the lines are JSON arrays, so that a file of one cannot be told from one array of lines. */
function hasArrayLines(mapping: EventMapping): boolean {
  const each = mapping.rows.form === "json" ? mapping.rows.each : undefined;
  return each === LINE || columnsOf(mapping).some(({ name }) => typeof pathOf(name)[0] === "number");
}

/** What the mapping says of lines without their records. */
function frameOf({ rows }: EventMapping, each: string): Pick<EventMapping, "rows"> {
  const isAround = ({ from }: { readonly from: string }) => !isInRecord(from, each);
  const { only = [], corrections, ...others } = rows, around = only.filter(isAround);
  return {
    rows: {
      ...others,
      ...(around.length === 0 ? {} : { only: around }),
      ...(corrections === undefined || !isAround(corrections) ? {} : { corrections }),
    },
  };
}

/** Null where every row is a record. */
function filterOf({ rows }: Pick<EventMapping, "rows">, about: FilterAbout): RowFilter | null {
  const hasTrailer = rows.form === "delimited" && rows.trailer !== undefined;
  return rows.only === undefined && rows.corrections === undefined && !hasTrailer ? null : new RowFilter(rows, about);
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
