/**
 * The command that gives a csv file another first line, to be pasted into a shell.
 *
 * @module
 */
import { quoted } from "../../../config/quoted.ts";
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

/** How the rows below stand there. */
export interface RowsBelow {
  /** @default a comma */
  readonly separator?: string;
  /** The first ones, by which the program is chosen that puts commas between the columns. */
  readonly rows?: readonly string[];
}

/** A command for sh that writes the same rows below another first line; null if none could be copied. */
export function swapCommand(line: string, { path, headerLines }: HeaderSwap, below: RowsBelow = {}): string | null {
  const others = headerLines === 0 ? [] : [`tail -n +${headerLines + 1}`];
  return withCommas(others, { path, below, ahead: `printf '%s\\n' ${quoted(line)}` });
}

/** A command that puts commas between the columns, and does nothing else; null if none could be copied. */
export function commasCommand(path: string, below: RowsBelow): string | null {
  return withCommas([], { path, below });
}

/** Sizes that are not known, below the names of their columns. */
const ADD_SIZES = String.raw`awk '{ sub(/\r$/, ""); print $0 (NR == 1 ? ` +
  '",bid_quantity,ask_quantity,vendor_data.sizes" : ",0,0,unknown") }\'';

/** A command that gives quotes without sizes the size 0, and notes that it is not known; null if none could be copied. */
export function addSizesCommand(path: string, below: RowsBelow): string | null {
  return withCommas([ADD_SIZES], { path, below });
}

function withCommas(
  commands: readonly string[],
  { path, below: { separator = ",", rows = [] }, ahead }: {
    readonly path: string;
    readonly below: RowsBelow;
    readonly ahead?: string | undefined;
  },
): string | null {
  const toCommas = commaCommand(separator, rows);
  if (toCommas === null) return null;
  const all = toCommas === "" ? commands : [toCommas, ...commands];
  return throughCommands(all, { path, to: "csv", ahead });
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
