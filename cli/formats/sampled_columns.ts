/**
 * The columns of a file with the values of its first rows, for a draft of a mapping. Nothing reads a file by it.
 *
 * @module
 */
import { columnsOf } from "../../sources/formats/advice/header_sample.ts";
import { JsonNumber, JsonRowError, type JsonRowValue, parseJsonValue } from "../../sources/formats/json_row.ts";
import { LINE } from "../../sources/formats/mapping/json_rows.ts";
import { decodeText } from "../../sources/formats/row_parser.ts";
import { SourceError } from "../../sources/source.ts";
import { SNIFFED_ROWS } from "./fitting_formats.ts";

/** One column, or one key of JSON by its path. */
export interface SampledColumn {
  readonly name: string;
  /** Those that are not empty. */
  readonly values: readonly string[];
}

/** How the rows seem to be written. */
export interface SampledFile {
  /** The mapping's `rows`. */
  readonly rows: Readonly<Record<string, unknown>>;
  readonly columns: readonly SampledColumn[];
  /** Lines at its beginning that seem to be comments. */
  readonly comments: readonly string[];
}

/** @throws {SourceError} `bad_header` if the rows have no columns that could be told apart. */
export function sampleColumns(path: string, head: Uint8Array): SampledFile {
  const text = decodeText(head);
  if (text === null) throw new SourceError("bad_header", `${path} is not text in UTF-8. Convert it: iconv -t UTF-8.`);
  const all = text.replace(/^\ufeff/, "").split(/\r?\n/).filter((line) => line !== "");
  const comments = commentsAhead(all);
  const lines = all.slice(comments.length, comments.length + SNIFFED_ROWS + 1);
  const [first = ""] = lines;
  if (!/^\s*[[{]/.test(first)) return delimitedColumns(path, { lines, comments });
  if (comments.length === 0) return jsonColumns(path, text, lines);
  throw new SourceError(
    "bad_header",
    `${path} begins with lines that are no JSON: ${
      JSON.stringify(comments[0])
    }. Take them out of the file: a mapping of ` +
      "JSON passes over no comments.",
  );
}

/** What comments begin with in many files. */
const COMMENTS = ["#", "//", "%"] as const;

/**
 * The lines at the beginning that are comments. One line alone with as many columns as the next and no space behind its mark
 * may be the header, whose first name has the mark: #RIC,Bid,Ask.
 */
function commentsAhead(lines: readonly string[]): readonly string[] {
  const mark = COMMENTS.find((comment) => lines[0]?.startsWith(comment));
  if (mark === undefined) return [];
  const end = lines.findIndex((line) => !line.startsWith(mark)), comments = lines.slice(0, Math.max(0, end));
  const [only = "", ...others] = comments, next = lines[end] ?? "";
  const isHeader = others.length === 0 && !/^\s/.test(only.slice(mark.length)) && DELIMITERS.some((delimiter) => {
    const count = columnsOf(only, delimiter)?.length ?? 0;
    return count > 1 && count === columnsOf(next, delimiter)?.length;
  });
  return isHeader ? [] : comments;
}

const DELIMITERS = [",", "|", "\t", ";"] as const;

/** The lines from the header on, and the comments before them. */
interface DelimitedLines {
  readonly lines: readonly string[];
  readonly comments: readonly string[];
}

function delimitedColumns(path: string, { lines, comments }: DelimitedLines): SampledFile {
  const comment = COMMENTS.find((mark) => comments[0]?.startsWith(mark));
  const taken = comment === undefined ? lines : lines.filter((line) => !line.startsWith(comment));
  const splits = DELIMITERS.map((delimiter) => {
    return { delimiter, rows: taken.map((line) => columnsOf(line, delimiter) ?? [line]) };
  });
  const [best] = splits.filter(({ rows: [first = []] }) => first.length > 1)
    .toSorted((a, b) => agreeing(b.rows) - agreeing(a.rows) || (b.rows[0]?.length ?? 0) - (a.rows[0]?.length ?? 0));
  if (best === undefined) {
    throw new SourceError("bad_header", `The first line of ${path} has no comma, |, tab or ; between columns.`);
  }
  const { delimiter, rows: [first = [], ...others] } = best;
  const isHeader = first.every((cell) => /^\s*[#A-Za-z_]/.test(cell)) && new Set(first).size === first.length;
  const names = isHeader ? first.map((name) => name.trim()) : first.map((_, index) => `column_${index + 1}`);
  const rows = isHeader ? others : [first, ...others];
  return {
    rows: {
      form: "delimited",
      ...(delimiter === "," ? {} : { delimiter }),
      header: isHeader ? "present" : "absent",
      ...(isHeader ? {} : { columns: names }),
      ...(comment === undefined ? {} : { comment }),
    },
    columns: names.map((name, index) => ({
      name,
      values: rows.map((row) => row[index] ?? "").filter((value) => value !== ""),
    })),
    comments,
  };
}

/** How many rows have as many columns as the first. */
function agreeing(rows: readonly (readonly string[])[]): number {
  return rows.filter((row) => row.length === rows[0]?.length).length;
}

function jsonColumns(path: string, text: string, lines: readonly string[]): SampledFile {
  const values = lines.length > 1 ? lines.map(parsed) : [parsed(text)];
  const rows = values.flatMap((value) => Array.isArray(value) ? value : [value]);
  const found = new Map<string, string[]>();
  // A line that is a list itself is no row; a file that is one list is read as its rows.
  let each = lines.length > 1 && values.some((value) => Array.isArray(value)) ? LINE : null;
  const look = (value: JsonRowValue | null, place: string): void => {
    if (value instanceof Map) {
      for (const [key, part] of value) look(part, place === "" ? key : `${place}.${key}`);
      return;
    }
    if (Array.isArray(value) && value.some((element) => element instanceof Map)) {
      if (each !== null && each !== place) throw severalLists(path, [each, place]);
      each = place;
      for (const element of value) look(element, place);
      return;
    }
    if (place === "") return;
    const texts = found.get(place) ?? [];
    if (value !== null) texts.push(textOf(value));
    found.set(place, texts);
  };
  for (const row of rows) look(row, "");
  // A key that holds an object in other rows is no value, but what its keys are below.
  for (const [place, texts] of found) {
    if (texts.length === 0 && [...found.keys()].some((other) => other.startsWith(`${place}.`))) found.delete(place);
  }
  if (found.size === 0) {
    throw new SourceError("bad_header", `The first lines of ${path} are no JSON objects, which a mapping could take.`);
  }
  return {
    rows: { form: "json", ...(each === null ? {} : { each }) },
    columns: [...found].map(([name, texts]) => ({ name, values: texts })),
    comments: [],
  };
}

function severalLists(path: string, places: readonly string[]): SourceError {
  const what = `The lines of ${path} have lists of objects under ${
    places.map((place) => JSON.stringify(place)).join(" and ")
  }`;
  return new SourceError(
    "bad_header",
    `${what}, and only those of one can be the records. Write a mapping: docs/formats.md.`,
  );
}

/** Null if the line is not JSON. */
function parsed(line: string): JsonRowValue | null {
  try {
    return parseJsonValue(line);
  } catch (error) {
    if (error instanceof JsonRowError) return null;
    throw error;
  }
}

function textOf(value: JsonRowValue): string {
  if (value instanceof JsonNumber) return value.text;
  return Array.isArray(value) ? value.map((one) => one === null ? "" : textOf(one)).join() : String(value);
}
