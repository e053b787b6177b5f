/**
 * Dead letters for people: a table line, or all details of one.
 *
 * @module
 */
import { relative } from "node:path";
import { originalText } from "../../state/dead_letter_export.ts";
import type { StoredDeadLetter } from "../../state/dead_letters.ts";
import { isReplaced } from "../../state/replaced_source.ts";
import { escapeControls } from "../../telemetry/escape_controls.ts";
import { type Column, formatTable } from "../shared/table.ts";

const COLUMNS: readonly Column[] = [
  { title: "ID", align: "right" },
  { title: "FILE:LINE" },
  { title: "ROW", align: "right" },
  { title: "BYTE", align: "right" },
  { title: "RULE" },
  { title: "VERSION" },
  { title: "STATE" },
  { title: "WHEN" },
  { title: "REASON" },
];

const REASON_LENGTH = 60;
const HEX_BYTES = 32;

/** A table of letters; file paths are relative to the user's folder. */
export function letterTable(letters: readonly StoredDeadLetter[], cwd: string): string {
  const rows = letters.map((
    { id, source, file, line, row, offset, rule, schemaVersion, retired, recordedAt, reason },
  ) => [
    String(id),
    `${shortPath(file, cwd)}:${line}${isReplaced(source) ? " (replaced since)" : ""}`,
    String(row),
    String(offset),
    rule,
    schemaVersion ?? "all",
    retired === null ? "open" : "retired",
    new Date(recordedAt).toISOString().slice(0, 19) + "Z",
    shortened(reason),
  ]);
  return formatTable(COLUMNS, rows);
}

/** All details of one letter. */
export function letterLines(letter: StoredDeadLetter): string[] {
  const { bytes, length, intact } = letter;
  const field = (name: string, value: string | number) => `${name.padEnd(15)}${escapeControls(String(value))}`;
  return [
    field("id", letter.id),
    field("recorded", new Date(letter.recordedAt).toISOString()),
    field("data type", letter.dataType),
    field("file", isReplaced(letter.source) ? `${letter.file}, replaced since by another file` : letter.file),
    field("source", letter.source),
    field("row", `${letter.row}, line ${letter.line}, byte ${letter.offset}, ${length} bytes`),
    ...(letter.header === null ? [] : [field("columns", letter.header)]),
    ...(letter.origin === null ? [] : [field("origin", letter.origin)]),
    field("stage", letter.stage),
    field("rule", letter.rule),
    field("reason", letter.reason),
    field("version", letter.schemaVersion ?? "all: the row itself is bad"),
    field("load", letter.versions === null ? "not known" : `under --schema-version ${letter.versions}`),
    field("state", stateText(letter)),
    field("message id", letter.messageId ?? "none: its fields could not be read"),
    ...(intact ? [] : [field("DAMAGED", "what is stored is not what was recorded; it is not replayed")]),
    ...(bytes.length < length
      ? [field("CUT", `only the first ${bytes.length} bytes are kept; it is not replayed`)]
      : []),
    "original:",
    ...originalLines(letter),
  ];
}

function stateText({ retired }: StoredDeadLetter): string {
  return retired === null ? "open" : `retired ${new Date(retired.at).toISOString()}: ${retired.why}`;
}

/** The original bytes: text on one line if they are UTF-8, else hexadecimal digits. */
function originalLines(letter: StoredDeadLetter): string[] {
  const { bytes } = letter;
  const text = originalText(letter);
  if (text !== null) return [`  ${escapeControls(text)}`];
  return Array.from({ length: Math.ceil(bytes.length / HEX_BYTES) }, (_, line) => {
    const part = bytes.subarray(line * HEX_BYTES, (line + 1) * HEX_BYTES);
    return `  ${part.toHex().replaceAll(/(..)(?=.)/g, "$1 ")}`;
  });
}

function shortPath(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return file === "-" || path.startsWith("..") || path.length >= file.length ? file : path;
}

function shortened(reason: string): string {
  const text = escapeControls(reason);
  return text.length <= REASON_LENGTH ? text : `${text.slice(0, REASON_LENGTH - 1)}…`;
}
