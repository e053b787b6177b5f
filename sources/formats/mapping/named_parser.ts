/**
 * Parsers of rows whose columns or keys are named as the fields of records.
 *
 * @module
 */
import { splitText } from "../csv_row.ts";
import type { Reading, RowSettings } from "../format.ts";
import { withoutOuterSpaces } from "../header_text.ts";
import { fieldNamed, FIELDS } from "../named_fields.ts";
import { columnsNamedBy } from "../other_header.ts";
import { badForm, decodeText, type RawRow, type RowParser } from "../row_parser.ts";
import type { BadRow } from "../../source.ts";
import type { RecordKind } from "../../../schemas/record_types.ts";
import { textOf } from "../cells.ts";
import { EventParser } from "./event_parser.ts";
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

/** Finds later lines of a csv file that name columns. */
export class LaterHeaders {
  readonly #kind: RecordKind;
  readonly #cells: NamedColumns;
  readonly #fields: readonly string[];

  constructor(kind: RecordKind, cells: NamedColumns, fields: readonly string[]) {
    this.#kind = kind;
    this.#cells = cells;
    this.#fields = fields;
  }

  /** A refused row as what it is, if it names columns. */
  refused(raw: RawRow, bad: BadRow): BadRow {
    if (bad.rule === "wrong_column_count" && this.#cells.count !== this.#fields.length) return bad;
    if (SPLIT_FAULTS.has(bad.rule)) return this.#looseHeader(raw) ?? bad;
    return this.named(raw) ?? bad;
  }

  /** The refusal of a row that names columns; null for any other row that was split. */
  named(raw: RawRow): BadRow | null {
    const texts = this.#fields.map((field, slot) => textOf(this.#cells, slot, field));
    return this.#isHeader(texts) ? badForm(raw, "repeated_header", "Remove the line.") : this.#otherHeader(raw, texts);
  }

  #isHeader(texts: readonly string[]): boolean {
    return texts.every((text, index) => fieldNamed(this.#kind, text) === this.#fields[index]);
  }

  /** A first line as it is read: with spaces around its quotes, or a byte order mark from its own file. */
  #looseHeader(raw: RawRow): BadRow | null {
    const text = decodeText(raw.buffer.subarray(raw.start, raw.end));
    const names = text === null ? null : splitText(withoutOuterSpaces(text.replace(/^\ufeff/, "")));
    if (!Array.isArray(names) || names.length !== this.#fields.length || this.#isHeader(names)) return null;
    return this.#otherHeader(raw, names);
  }

  #otherHeader(raw: RawRow, texts: readonly string[]): BadRow | null {
    const columns = columnsNamedBy(this.#kind, texts);
    if (columns === null) return null;
    return { ...badForm(raw, "repeated_header", "It has other columns than the first line."), columns };
  }
}

/** Rows that could not be split, or are no text. */
const SPLIT_FAULTS: ReadonlySet<string> = new Set([
  "unterminated_quote",
  "misplaced_quote",
  "wrong_column_count",
  "invalid_utf8",
]);
