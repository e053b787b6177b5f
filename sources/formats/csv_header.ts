/**
 * The first line of a csv file, which names the columns.
 *
 * @module
 */
import { splitText } from "./csv_row.ts";
import type { LineReader } from "../files/line_reader.ts";
import { emptyCut } from "../files/row_cut.ts";
import { fieldsOfHeader, isHeader, separatorOf } from "./header_fields.ts";
import { takeRows } from "./advice/header_sample.ts";
import { RowTrial } from "./advice/row_trial.ts";
import { jsonParser } from "./mapping/named_parser.ts";
import { withoutOuterSpaces } from "./header_text.ts";
import { fieldNamed, fieldsGivenBy } from "./named_fields.ts";
import { currencyHint } from "./named_values.ts";
import type { Header, HeaderSource, RowSettings } from "./format.ts";
import { type BadRow, SourceError } from "../source.ts";
import { sourceErrorOf } from "../files/source_path.ts";

/** Keeps a byte order mark, so that the text equals the bytes. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Takes the header; null if the input is empty.
 *
 * @param source Null for a header without rows.
 *
 * @throws {SourceError} `bad_header`; `undeclared` if neither a column nor a setting says the currency.
 */
export async function readCsvHeader(
  lines: LineReader,
  settings: RowSettings,
  source: HeaderSource | null = null,
): Promise<Header | null> {
  const { path, kind, currency, exchange } = settings;
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
  const text = utf8.decode(lines.buffer.subarray(cut.start, cut.end));
  const names = splitNames(text);
  if (!Array.isArray(names)) {
    throw new SourceError("bad_header", `The first line of ${path} is no header: ${names.reason}`);
  }
  const given = fieldsGivenBy(settings);
  const hasCurrency = kind === "reference_data" || currency !== null ||
    names.some((name) => fieldNamed(kind, name) === "currency");
  const undeclared = hasCurrency ? null : `It has no column currency. ${currencyHint(exchange)}`;
  const about = { kind, file: path, given, undeclared };
  const advice = source === null || isHeader(names, about) ? {} : {
    sample: {
      rows: await takeRows(lines, { waits: source.isFile }).catch((cause) => {
        throw sourceErrorOf(cause, path);
      }),
      trial: () => new RowTrial(settings, source.clock, jsonParser),
    },
    swap: { path, headerLines: cut.lines },
  };
  const fields = fieldsOfHeader(names, { ...about, ...advice });
  if (undeclared !== null) throw new SourceError("undeclared", `The first line of ${path}: ${undeclared}`);
  return { fields, text, lines: cut.lines };
}

/** The names as texts, or the fault in the line's form. */
function splitNames(text: string): string[] | BadRow {
  const names = splitText(text);
  if (Array.isArray(names) || names.rule !== "misplaced_quote") return names;
  const others = splitText(withoutOuterSpaces(text));
  // Quotes within a name mean that another character than a comma separates the columns.
  return !Array.isArray(others) && !text.includes(",") && separatorOf([text]) !== "," ? [text] : others;
}
