/**
 * The first line of a csv file, which names the columns.
 *
 * @module
 */
import { CsvRow } from "./csv_row.ts";
import { splitTexts } from "./csv_texts.ts";
import { emptyCut, type LineReader } from "./line_reader.ts";
import { fieldsOfHeader } from "./header_fields.ts";
import { withoutOuterSpaces } from "./header_text.ts";
import { fieldNamed } from "./named_fields.ts";
import { currencyHint } from "./named_values.ts";
import type { RowFormat } from "./row_format.ts";
import type { RawRow } from "./row_parser.ts";
import { type BadRow, SourceError } from "./source.ts";
import { sourceErrorOf } from "./source_path.ts";

/** Keeps a byte order mark, so that the text is what was read. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const utf8Bytes = new TextEncoder();

/** What a csv file's first line says. */
export interface CsvHeader {
  /** The field of each column. */
  readonly fields: readonly string[];
  /** As it stands there: read once more, it says the same. */
  readonly text: string;
  /** How many lines it takes. */
  readonly lines: number;
}

/**
 * Takes the header; null if the input is empty.
 *
 * @throws {SourceError} `bad_header`; `undeclared` if neither a column nor a setting says the currency.
 */
export async function readCsvHeader(lines: LineReader, format: RowFormat): Promise<CsvHeader | null> {
  const { path, kind, symbol, companyId, currency, exchange } = format;
  const cut = emptyCut();
  for (;;) {
    const taken = lines.take(cut);
    if (taken === "more") {
      await lines.fill().catch((cause) => {
        throw sourceErrorOf(cause, path);
      });
    } else if (taken === "end") return null;
    else if (taken === "row" && !cut.tooLong) break;
    else throw new SourceError("bad_header", `The first line of ${path} is no header. Check --format.`);
  }
  const { start, end, length } = cut;
  const raw = { row: 0, line: 1, offset: lines.base + start, buffer: lines.buffer, start, end, length };
  const names = splitNames(raw);
  if (!Array.isArray(names)) {
    throw new SourceError("bad_header", `The first line of ${path} is no header: ${names.reason}`);
  }
  const given = new Set<string>();
  if (symbol !== null) given.add("symbol");
  if (companyId !== null) given.add("company_id");
  const hasCurrency = kind === "reference_data" || currency !== null ||
    names.some((name) => fieldNamed(kind, name) === "currency");
  const undeclared = hasCurrency ? null : `It has no column currency. ${currencyHint(exchange)}`;
  const fields = fieldsOfHeader(names, { kind, file: path, given, undeclared });
  if (undeclared !== null) throw new SourceError("undeclared", `The first line of ${path}: ${undeclared}`);
  return {
    fields,
    text: utf8.decode(lines.buffer.subarray(start, end)),
    lines: cut.lines,
  };
}

/** The names as texts, or what is wrong with the line's form. */
function splitNames(raw: RawRow): string[] | BadRow {
  const names = splitTexts(new CsvRow(), raw);
  if (Array.isArray(names) || names.rule !== "misplaced_quote") return names;
  const buffer = utf8Bytes.encode(withoutOuterSpaces(utf8.decode(raw.buffer.subarray(raw.start, raw.end))));
  return splitTexts(new CsvRow(), { ...raw, buffer, start: 0, end: buffer.length });
}
