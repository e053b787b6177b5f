/**
 * Detects a line that names columns, but not as the header does. It occurs where exports were joined: the rows after it
 * do not fit the header, and could be read as records with swapped values.
 *
 * @module
 */
import type { RecordKind } from "../../schemas/record_types.ts";
import { fieldNamed } from "./named_fields.ts";
import { throughCommands } from "./advice/rewrite_command.ts";
import { SourceError } from "../source.ts";

/** Longer lines are shortened. */
const LONGEST_SHOWN = 400;

/** The columns of a row whose values are all names of columns; null for any other row. */
export function columnsNamedBy(kind: RecordKind, texts: readonly string[]): readonly string[] | null {
  const [first = ""] = texts;
  // This test already excludes most rows.
  if (fieldNamed(kind, first) === null) return null;
  const names = texts.map((text) => fieldNamed(kind, text));
  return names.includes(null) ? null : texts;
}

/** The place of a header of other columns. */
export interface OtherHeaderPlace {
  readonly path: string;
  readonly line: number;
  /** The header of the rows before it, as written. */
  readonly header: string;
}

/** The error for the rows from such a line on, which cannot be read. */
export function otherHeaderError(columns: readonly string[], { path, line, header }: OtherHeaderPlace): SourceError {
  return new SourceError(
    "other_header",
    `Line ${line} of ${path} names its columns anew, in another order or others than the first line: nothing from it ` +
      "on was read, since the rows after it may be other ones than the first line says. The rows before it are right: a " +
      `load writes them and ends here.\n  line 1: ${shown(header)}\n  line ${line}: ${shown(columns.join(","))}\n  ` +
      nextStep(path, line),
  );
}

/** The checkpoint of this file covers the rows before it: a copy of them would be another file. */
function nextStep(path: string, line: number): string {
  const command = throughCommands([`tail -n +${line}`], { path, to: "csv" });
  const what = "Load the rest from a file of its own, as one more file";
  return command === null ? `${what}.` : `${what}:\n  ${command}`;
}

function shown(text: string): string {
  const part = text.slice(0, LONGEST_SHOWN);
  return part !== text ? `${JSON.stringify(part)}…` : /\p{C}/u.test(text) ? JSON.stringify(text) : text;
}
