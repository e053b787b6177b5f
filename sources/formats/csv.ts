/**
 * Files of comma-separated values whose first line names the columns.
 *
 * @module
 */
import type { BadRow, SourceRow } from "../source.ts";
import { readCsvHeader } from "./csv_header.ts";
import { splitText, splitTexts } from "./csv_row.ts";
import { DelimitedCells } from "./delimited_cells.ts";
import type { Reading, RowLayout, RowSettings } from "./format.ts";
import { withoutOuterSpaces } from "./header_text.ts";
import type { JsonRowValue } from "./json_row.ts";
import { fieldNamed } from "./named_fields.ts";
import { NamedRowParser } from "./named_row_parser.ts";
import { columnsNamedBy } from "./other_header.ts";
import { badForm, decodeText, type RawRow, type RowParser } from "./row_parser.ts";

/** Parses the rows of a csv file after its header. */
export class CsvParser extends NamedRowParser implements RowParser {
  readonly #fields: readonly string[];
  readonly #row = new DelimitedCells();

  constructor(settings: RowSettings, reading: Reading) {
    super(settings, reading);
    this.#fields = reading.fields;
  }

  parse(raw: RawRow): SourceRow {
    const texts = splitTexts(this.#row, raw);
    if (!Array.isArray(texts)) return this.#looseHeader(raw) ?? texts;
    if (texts.length !== this.#fields.length) {
      const detail = `It has ${texts.length}, and the header has ${this.#fields.length}.`;
      return badForm(raw, "wrong_column_count", detail);
    }
    if (this.#isHeader(texts)) {
      return badForm(raw, "repeated_header", "Remove the line.");
    }
    // Rows of reference data may be texts alone, so another header could pass as a record.
    const header = this.kind === "reference_data" ? this.#otherHeader(raw, texts) : null;
    if (header !== null) return header;
    const values = new Map<string, JsonRowValue>();
    this.#fields.forEach((field, index) => values.set(field, texts[index] ?? ""));
    const row = this.parseValues(raw, values);
    return row.ok ? row : this.#otherHeader(raw, texts) ?? row;
  }

  #isHeader(texts: readonly string[]): boolean {
    return texts.every((text, index) => fieldNamed(this.kind, text) === this.#fields[index]);
  }

  /** A first line as it is read: with spaces around its quotes, or a byte order mark from its own file. */
  #looseHeader(raw: RawRow): BadRow | null {
    const text = decodeText(raw.buffer.subarray(raw.start, raw.end));
    const names = text === null ? null : splitText(withoutOuterSpaces(text.replace(/^\ufeff/, "")));
    if (!Array.isArray(names) || names.length !== this.#fields.length || this.#isHeader(names)) return null;
    return this.#otherHeader(raw, names);
  }

  #otherHeader(raw: RawRow, texts: readonly string[]): BadRow | null {
    const columns = columnsNamedBy(this.kind, texts);
    if (columns === null) return null;
    return { ...badForm(raw, "repeated_header", "It has other columns than the first line."), columns };
  }
}

/** Rows of any kind: the names of the columns decide. */
export const CSV_ROWS: RowLayout = {
  isOfOneSymbol: false,
  readHeader: readCsvHeader,
  parser: (settings, reading) => new CsvParser(settings, reading),
  firstLook: null,
};
