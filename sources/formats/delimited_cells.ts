/**
 * Splits one row of delimited values into its cells, on bytes.
 *
 * @module
 */
import type { RowFormRule } from "../../records/row_rules.ts";
import type { Cells } from "./cells.ts";

/** What stands between two cells. */
export type Delimiter = "," | "|" | "\t" | ";";

/** How rows are written. */
export interface DelimitedOptions {
  readonly delimiter: Delimiter;
  /** Whether cells may be in double quotes (RFC 4180); else a quote is a character like others. */
  readonly quoted: boolean;
}

/** Why a row cannot be split. */
export type DelimitedFault = Extract<RowFormRule, "unterminated_quote" | "misplaced_quote" | "wrong_column_count">;

/** The contract of the class. */
export interface DelimitedRow extends Cells {
  /** Whether the row has no byte but those of ASCII text; else the row is to be checked for being UTF-8. */
  readonly isPlain: boolean;
  /** Splits the bytes from `start` up to `end`: a row without its line end. Null on success, else the reason. */
  split(buffer: Uint8Array, start: number, end: number): DelimitedFault | null;
}
