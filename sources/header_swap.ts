/**
 * The command that gives a csv file another first line, to be pasted into a shell.
 *
 * @module
 */
import { quoted } from "../config/quoted.ts";
import { throughCommands } from "./rewrite_command.ts";

/** Whose first line is to be another one. */
export interface HeaderSwap {
  /** As a shell finds it; `-` for a stream. */
  readonly path: string;
  /** How many lines the header takes now. */
  readonly headerLines: number;
}

/** What stands between columns, and as `tr` writes it. */
export const OTHER_SEPARATORS: Readonly<Record<string, string>> = { "|": "'|'", ";": "';'", "\t": "'\\t'" };

/**
 * A command for sh that writes the same rows below another first line; null if none could be copied.
 *
 * @param rows The first rows as they stand, by which the program is chosen that puts commas between the columns.
 */
export function swapCommand(
  line: string,
  { path, headerLines }: HeaderSwap,
  { separator = ",", rows = [] }: { readonly separator?: string; readonly rows?: readonly string[] } = {},
): string | null {
  const toCommas = commaCommand(separator, rows);
  if (toCommas === null) return null;
  const others = `tail -n +${headerLines + 1}`;
  const ahead = `printf '%s\\n' ${quoted(line)}`;
  return throughCommands(toCommas === "" ? [others] : [others, toCommas], { path, to: "csv", ahead });
}

/** What puts commas between columns; empty text where they are there, null where it takes a program that reads csv. */
export function commaCommand(separator: string, rows: readonly string[]): string | null {
  if (separator === ",") return "";
  if (!rows.some((row) => row.includes(","))) return `tr ${OTHER_SEPARATORS[separator] ?? ""} ','`;
  if (rows.some((row) => row.includes('"'))) return null;
  const mark = separator === "\t" ? "\\t" : `[${separator}]`;
  // Each value in quotes of its own.
  return String.raw`awk '{ sub(/\r$/, ""); gsub(/${mark}/, "\",\""); print "\"" $0 "\"" }'`;
}
