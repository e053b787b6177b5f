/**
 * How many rows of a file may become dead letters before its load stops.
 *
 * @module
 */
import { InvalidArgumentError } from "commander";
import { type RowsSoFar, TooManyDeadLettersError } from "../../actors/delivery/letter_limit.ts";

/** A number of rows, or a share of all rows so far. */
export type DeadLetterLimit = { readonly rows: number } | { readonly percent: number };

/** A share means little before this many rows. */
const PERCENT_FROM_ROWS = 1_000;

/** The value of `--max-dead-letters`. @throws {InvalidArgumentError} */
export function deadLetterLimitOf(text: string): DeadLetterLimit {
  const [, number, percent] = /^(\d{1,15}(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  if (number !== undefined && percent === "%" && Number(number) <= 100) return { percent: Number(number) };
  if (number !== undefined && percent === "" && Number.isInteger(Number(number))) return { rows: Number(number) };
  throw new InvalidArgumentError("It must be a number of rows such as 100, or a share such as 0.5%.");
}

/** Why the load of a file must stop; null while it may continue. */
export function overLimit(
  { rows, deadLettered }: RowsSoFar,
  limit: DeadLetterLimit,
): Error | null {
  const most = "rows" in limit ? limit.rows : rows < PERCENT_FROM_ROWS ? Infinity : (rows * limit.percent) / 100;
  if (deadLettered <= most) return null;
  const allowed = "rows" in limit ? `${limit.rows}` : `${limit.percent}%`;
  return new TooManyDeadLettersError(
    `${deadLettered} of ${rows} rows are bad, --max-dead-letters allows ${allowed}`,
    Math.floor(most),
  );
}
