/**
 * Makes the shell command that gives a csv file another first line.
 *
 * @module
 */
import { quoted } from "../../../config/quoted.ts";
import { throughCommands } from "./rewrite_command.ts";

/** The file that needs another first line. */
export interface HeaderSwap {
  /** Its path for a shell; `-` for a stream. */
  readonly path: string;
  /** How many lines the header takes now. */
  readonly headerLines: number;
}

/** The separator between columns, also as `tr` writes it. */
export const OTHER_SEPARATORS: Readonly<Record<string, string>> = { "|": "'|'", ";": "';'", "\t": "'\\t'" };

/** The form of the rows below the header. */
export interface RowsBelow {
  /** @default a comma */
  readonly separator?: string;
  /** The first rows; they decide which program puts commas between the columns. */
  readonly rows?: readonly string[];
}

/** A command for sh that writes the same rows below another first line; null if it could not be pasted. */
export function swapCommand(line: string, { path, headerLines }: HeaderSwap, below: RowsBelow = {}): string | null {
  const others = headerLines === 0 ? [] : [`tail -n +${headerLines + 1}`];
  return withCommas(others, { path, below, ahead: `printf '%s\\n' ${quoted(line)}` });
}

/** A command that only puts commas between the columns; null if it could not be pasted. */
export function commasCommand(path: string, below: RowsBelow): string | null {
  return withCommas([], { path, below });
}

/** Unknown sizes, below the names of their columns. */
const ADD_SIZES = String.raw`awk '{ sub(/\r$/, ""); print $0 (NR == 1 ? ` +
  '",bid_quantity,ask_quantity,vendor_data.sizes" : ",0,0,unknown") }\'';

/** A command that gives quotes without sizes the size 0, and notes that the size is unknown; null if it could not be pasted. */
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

/**
 * The command that puts commas between columns; empty text if there are commas already, null if it needs a program that
 * reads csv.
 */
export function commaCommand(separator: string, rows: readonly string[]): string | null {
  if (separator === ",") return "";
  if (!rows.some((row) => row.includes(","))) return `tr ${OTHER_SEPARATORS[separator] ?? ""} ','`;
  if (rows.some((row) => row.includes('"'))) return null;
  const mark = separator === "\t" ? "\\t" : `[${separator}]`;
  // Each value is in quotes.
  return String.raw`awk '{ sub(/\r$/, ""); gsub(/${mark}/, "\",\""); print "\"" $0 "\"" }'`;
}
