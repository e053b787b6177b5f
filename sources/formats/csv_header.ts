/**
 * The first line of a csv file, which names the columns.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { splitText } from "./csv_texts.ts";
import { emptyCut, type LineReader } from "../files/line_reader.ts";
import { fieldsOfHeader, isHeader, separatorOf } from "./header_fields.ts";
import { takeRows } from "./advice/header_sample.ts";
import { withoutOuterSpaces } from "./header_text.ts";
import { fieldNamed } from "./named_fields.ts";
import { currencyHint } from "./named_values.ts";
import { fieldsGivenBy, type RowFormat, rowTrialOf } from "./row_format.ts";
import { type BadRow, SourceError } from "../source.ts";
import { sourceErrorOf } from "../files/source_path.ts";

/** Keeps a byte order mark, so that the text is what was read. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a csv file's first line says. */
export interface CsvHeader {
  /** The field of each column. */
  readonly fields: readonly string[];
  /** As it stands there: read once more, it says the same. */
  readonly text: string;
  /** How many lines it takes. */
  readonly lines: number;
}

/** A source whose header it is. */
export interface HeaderSource {
  readonly clock: Clock;
  /** Whether more rows can be read at once, to advise on a header by them. */
  readonly isFile: boolean;
}

/**
 * Takes the header; null if the input is empty.
 *
 * @param source Null for a header without rows.
 *
 * @throws {SourceError} `bad_header`; `undeclared` if neither a column nor a setting says the currency.
 */
export async function readCsvHeader(
  lines: LineReader,
  format: RowFormat,
  source: HeaderSource | null = null,
): Promise<CsvHeader | null> {
  const { path, kind, currency, exchange } = format;
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
  const given = fieldsGivenBy(format);
  const hasCurrency = kind === "reference_data" || currency !== null ||
    names.some((name) => fieldNamed(kind, name) === "currency");
  const undeclared = hasCurrency ? null : `It has no column currency. ${currencyHint(exchange)}`;
  const about = { kind, file: path, given, undeclared };
  const advice = source === null || isHeader(names, about) ? {} : {
    sample: {
      rows: await takeRows(lines, { waits: source.isFile }).catch((cause) => {
        throw sourceErrorOf(cause, path);
      }),
      trial: () => rowTrialOf(format, source.clock),
    },
    swap: { path, headerLines: cut.lines },
  };
  const fields = fieldsOfHeader(names, { ...about, ...advice });
  if (undeclared !== null) throw new SourceError("undeclared", `The first line of ${path}: ${undeclared}`);
  return { fields, text, lines: cut.lines };
}

/** The names as texts, or what is wrong with the line's form. */
function splitNames(text: string): string[] | BadRow {
  const names = splitText(text);
  if (Array.isArray(names) || names.rule !== "misplaced_quote") return names;
  const others = splitText(withoutOuterSpaces(text));
  // Quotes within a name are those of columns that something else than a comma separates.
  return !Array.isArray(others) && !text.includes(",") && separatorOf([text]) !== "," ? [text] : others;
}
