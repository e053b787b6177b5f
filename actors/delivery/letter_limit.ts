/**
 * How many dead letters a source may have, and which rows of a batch still may settle under that.
 *
 * @module
 */

/** Rows of a source up to one of them, those of earlier runs of the same load included. */
export interface RowsSoFar {
  /** Good ones, whether they have settled or not, and bad ones. */
  readonly rows: number;
  /** Of these, rows that at least one target refused. */
  readonly deadLettered: number;
}

/** Gives an error if a source has too many dead letters to continue. */
export type LetterLimit = (rows: RowsSoFar) => Error | null;

/** Too many rows of a source were bad. */
export class TooManyDeadLettersError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "TooManyDeadLettersError";
  /**
   * Made by a {@link LetterLimit} to stop a source.
   *
   * @param most maximum of letters that may be kept; without it, those of the rows before the one that was too many.
   */
  constructor(message: string, readonly most?: number) {
    super(message);
  }
}

/** The rows of a batch that may settle, from its first on, and what stops the others. */
export interface WithinLimit {
  readonly rows: number;
  /** Null if all of them may. */
  readonly error: Error | null;
}

/** What there is before a batch. */
export interface RowsBefore extends RowsSoFar {
  /** Rows up to the last one whose letter is counted: letters of later batches may be stored first. */
  readonly lettersUpTo: number;
}

/**
 * The rows of a batch before the one whose letter would be one too many.
 *
 * @param refused indexes of the refused rows, ascending
 */
export function withinLimit(
  batch: { readonly rows: number; readonly refused: readonly number[] },
  before: RowsBefore,
  limit: LetterLimit,
): WithinLimit {
  for (const [at, index] of batch.refused.entries()) {
    const deadLettered = before.deadLettered + at + 1;
    // Letters are a share of the rows that they are among.
    const error = limit({ rows: Math.max(before.rows + index + 1, before.lettersUpTo), deadLettered });
    if (error === null) continue;
    const most = error instanceof TooManyDeadLettersError ? error.most ?? 0 : 0;
    if (deadLettered > most) return { rows: index, error };
  }
  return { rows: batch.rows, error: null };
}

/** Indexes of the rows that any target refused, ascending. */
export function refusedIndexes(refusals: readonly { readonly index: number }[]): number[] {
  return [...new Set(refusals.map(({ index }) => index))].sort((one, other) => one - other);
}
