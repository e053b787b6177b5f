/**
 * The first line of a delimited file with a mapping.
 *
 * @module
 */
import { didYouMean } from "../../../config/did_you_mean.ts";
import type { LineReader } from "../../files/line_reader.ts";
import { emptyCut, type RowCut } from "../../files/row_cut.ts";
import { sourceErrorOf } from "../../files/source_path.ts";
import { SourceError } from "../../source.ts";
import { DelimitedCells } from "../delimited_cells.ts";
import type { Header, ReadHeader, RowSettings } from "../format.ts";
import { isSame } from "../readers/known_bytes.ts";
import { decodeText } from "../row_parser.ts";
import type { EventMapping } from "./language.ts";
import { columnsOf } from "./mapping_columns.ts";

/** Takes the header of a mapping; null for a mapping of files without one. */
export function mappedHeader(mapping: EventMapping): ReadHeader | null {
  const { rows } = mapping;
  if (rows.form !== "delimited" || rows.header === "absent") return null;
  const comment = rows.comment === undefined ? null : utf8.encode(rows.comment);
  return async (lines, settings) => {
    const cut = emptyCut();
    let comments = 0;
    for (;;) {
      const taken = lines.take(cut);
      if (taken === "more") await fill(lines, settings.path);
      else if (taken === "end") return null;
      else if (taken !== "row" || cut.tooLong) throw noHeader(settings.path);
      else if (comment === null || !begins(lines, cut, comment)) break;
      else comments += 1;
    }
    const bytes = lines.buffer.subarray(cut.start, cut.end);
    const text = decodeText(bytes);
    const names = text === null ? null : namesOf(bytes, rows);
    if (text === null || names === null) throw noHeader(settings.path);
    if (rows.header === "either" && !isHeader(names, rows.columns ?? [])) {
      lines.backTo(lines.base + cut.start);
      const text = (rows.columns ?? []).join(rows.delimiter ?? ",");
      return { fields: rows.columns ?? [], text, lines: comments, comments };
    }
    checkNames(names, mapping, settings);
    return { fields: names, text, lines: comments + cut.lines, comments } satisfies Header;
  };
}

const utf8 = new TextEncoder();

function begins({ buffer }: LineReader, { start, end }: RowCut, comment: Uint8Array): boolean {
  return end - start >= comment.length && isSame(comment, buffer, start);
}

function noHeader(path: string): SourceError {
  return new SourceError("bad_header", `The first line of ${path} is no header. Check --format.`);
}

async function fill(lines: LineReader, path: string): Promise<void> {
  try {
    await lines.fill();
  } catch (cause) {
    throw sourceErrorOf(cause, path);
  }
}

type DelimitedForm = Extract<EventMapping["rows"], { form: "delimited" }>;

function namesOf(bytes: Uint8Array, { delimiter, quotes }: DelimitedForm): readonly string[] | null {
  const cells = new DelimitedCells({
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(quotes === false ? { quoted: false } : {}),
  });
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  if (cells.split(bytes, mark, bytes.length) !== null) return null;
  return Array.from({ length: cells.count }, (_, index) => {
    return (decodeText(cells.buffer.subarray(cells.starts[index], cells.ends[index])) ?? "").trim();
  });
}

/** A first line that has any of the names is a header, and then it must be right. */
function isHeader(names: readonly string[], columns: readonly string[]): boolean {
  return names.some((name) => columns.includes(name));
}

/** @throws {SourceError} `bad_header`, with all that is wrong. */
function checkNames(names: readonly string[], mapping: EventMapping, { path, format }: RowSettings): void {
  const taken = columnsOf(mapping), ignored = mapping.ignored ?? [];
  const known = new Set([...taken.map(({ name }) => name), ...ignored]);
  const missing = taken.filter(({ name, optional }) => !optional && !names.includes(name));
  const unknown = names.filter((name) => !known.has(name));
  const twice = [...new Set(names.filter((name, index) => known.has(name) && names.indexOf(name) !== index))];
  const lines = [
    ...missing.map(({ name, place }) => {
      const meant = didYouMean(name, unknown);
      return `It has no column ${JSON.stringify(name)}, which ${place} takes.` +
        (meant === null ? "" : ` Is it ${JSON.stringify(meant)}?`);
    }),
    ...(unknown.length === 0 ? [] : [
      `The format does not know ${unknown.slice(0, MAX_SHOWN).map((name) => JSON.stringify(name)).join(", ")}.`,
    ]),
    ...twice.map((name) => `It has ${JSON.stringify(name)} twice.`),
  ];
  if (lines.length === 0) return;
  const isComment = COMMENT.test(names[0] ?? "") && missing.length > 0;
  const advice = isComment
    ? 'If it is a comment, say what comments begin with, such as "comment": "#" under rows of the mapping.'
    : missing.length > 0
    ? "Check --format and --data-type: `deno task formats list` shows all formats."
    : "`deno task formats show` writes the mapping, in which you name such columns under vendorData or ignored: " +
      "then give that file as --format.";
  throw new SourceError(
    "bad_header",
    `The first line of ${path} is not one of ${format}.\n  ${[...new Set(lines), advice].join("\n  ")}`,
  );
}

const MAX_SHOWN = 24;
/** What comments begin with in many files. */
const COMMENT = /^(?:#|\/\/|%)/;
