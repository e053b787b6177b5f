/**
 * What was found out about a row that is cut from an input.
 *
 * @module
 */

/** A row that was cut. Reused from row to row. */
export interface RowCut {
  /** The row's bytes are those of the reader's buffer from `start` up to `end`. */
  start: number;
  end: number;
  /** Bytes of the row without its line end: `end - start`, but for a row over the limit. */
  length: number;
  /** Lines ahead of the row that belong to none: of a JSON array, those between its elements. */
  before: number;
  /** Lines of the row: how many end in it or with it. */
  lines: number;
  /** Whether the row is over the limit. */
  tooLong: boolean;
  /** False for a last line without its line end. */
  ended: boolean;
}

/** What became of the attempt to cut one. */
export type Taken =
  | "row" // the cut describes a row
  | "more" // call fill, then take again
  | "too_long" // call takeTooLong
  | "end"; // but for what is held back, see rest

/** A {@link RowCut} to begin with. */
export function emptyCut(): RowCut {
  return { start: 0, end: 0, length: 0, before: 0, lines: 0, tooLong: false, ended: true };
}
