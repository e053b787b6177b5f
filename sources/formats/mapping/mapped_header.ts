/**
 * The first line of a delimited file with a mapping.
 *
 * @module
 */
import { didYouMean } from "../../../config/did_you_mean.ts";
import type { LineReader } from "../../files/line_reader.ts";
import { emptyCut } from "../../files/row_cut.ts";
import { sourceErrorOf } from "../../files/source_path.ts";
import { SourceError } from "../../source.ts";
import { DelimitedCells } from "../delimited_cells.ts";
import type { Header, ReadHeader, RowSettings } from "../format.ts";
import { decodeText } from "../row_parser.ts";
import type { EventMapping } from "./language.ts";
import { columnsOf } from "./mapping_columns.ts";

/** Takes the header of a mapping; null for a mapping of files without one. */
export function mappedHeader(mapping: EventMapping): ReadHeader | null {
  const { rows } = mapping;
  if (rows.form !== "delimited" || rows.header === "absent") return null;
  return async (lines, settings) => {
    const cut = emptyCut();
    for (;;) {
      const taken = lines.take(cut);
      if (taken === "more") await fill(lines, settings.path);
      else if (taken === "end") return null;
      else if (taken === "row" && !cut.tooLong) break;
      else throw new SourceError("bad_header", `The first line of ${settings.path} is no header. Check --format.`);
    }
    const bytes = lines.buffer.subarray(cut.start, cut.end);
    const text = decodeText(bytes);
    const names = text === null ? null : namesOf(bytes, rows);
    if (text === null || names === null) {
      throw new SourceError("bad_header", `The first line of ${settings.path} is no header. Check --format.`);
    }
    if (rows.header === "either" && !isHeader(names, rows.columns ?? [])) {
      lines.backTo(lines.base + cut.start);
      return { fields: rows.columns ?? [], text: (rows.columns ?? []).join(rows.delimiter ?? ","), lines: 0 };
    }
    checkNames(names, mapping, settings);
    return { fields: names, text, lines: cut.lines } satisfies Header;
  };
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
  const advice = missing.length > 0
    ? "Check --format and --data-type: `deno task formats list` shows all formats."
    : "`deno task formats show` writes the mapping, in which you name such columns under vendorData or ignored: " +
      "then give that file as --format.";
  throw new SourceError(
    "bad_header",
    `The first line of ${path} is not one of ${format}.\n  ${[...new Set(lines), advice].join("\n  ")}`,
  );
}

const MAX_SHOWN = 24;
