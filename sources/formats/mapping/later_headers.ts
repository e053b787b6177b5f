/**
 * Finds later lines of a csv file that name columns.
 *
 * @module
 */
import type { RecordKind } from "../../../schemas/record_types.ts";
import type { BadRow } from "../../source.ts";
import { textOf } from "../cells.ts";
import { splitText } from "../csv_row.ts";
import { withoutOuterSpaces } from "../header_text.ts";
import { fieldNamed } from "../named_fields.ts";
import { columnsNamedBy } from "../other_header.ts";
import { badForm, decodeText, type RawRow } from "../row_parser.ts";
import type { NamedColumns } from "./named_cells.ts";

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
