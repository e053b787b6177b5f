/**
 * Holds the sources that share it to a number of rows a second, all of them together: each read takes a turn of a few rows,
 * and turns follow each other evenly, in the order in which they were asked for.
 *
 * @module
 */

/** Leave to read some rows at a time. */
export interface PaceTurn {
  /** Maximum number of rows to read. */
  readonly rows: number;
  /** When, in milliseconds of the monotonic clock. */
  readonly at: number;
}

/** How turns are made. */
export interface RowPaceOptions {
  /** Rows of a turn: what may be read in so many milliseconds, but at least one. @default 5 */
  readonly turnMs?: number;
}

/**
 * Short, so that rows come in an even stream and not in a burst every now and
 * then, but a few times what a timer is exact to.
 */
const TURN_MS = 5;

/**
 * Time without a read is made up for, up to this: a timer that is late costs nothing, and after a longer stop no source
 * reads at once what a whole minute would have had.
 */
const CATCH_UP_MS = 100;

/** A limit of rows a second, for one source or for several together. */
export class RowPace {
  readonly #rowsPerSecond: number;
  readonly #rowsOfTurn: number;
  /** When the next turn may begin; null before the first one. */
  #next: number | null = null;

  /**
   * Starts a pace: the first rows may come at once.
   *
   * @param rowsPerSecond more than 0; a fraction is allowed
   *
   * @throws {RangeError} If it is not a number above 0.
   */
  constructor(rowsPerSecond: number, { turnMs = TURN_MS }: RowPaceOptions = {}) {
    if (!(rowsPerSecond > 0)) throw new RangeError(`A pace of ${rowsPerSecond} rows a second is none`);
    this.#rowsPerSecond = rowsPerSecond;
    this.#rowsOfTurn = Math.max(1, Math.floor(rowsPerSecond * turnMs / 1_000));
  }

  /** Takes the next turn, for a maximum of this many rows. */
  take(rows: number, now: number): PaceTurn {
    const taken = Math.min(rows, this.#rowsOfTurn);
    const at = Math.max(this.#next ?? now, now - CATCH_UP_MS);
    this.#next = at + this.#msOf(taken);
    return { rows: taken, at };
  }

  /** Gives back rows of a turn that were not read: the next turn comes earlier by them. */
  giveBack(rows: number): void {
    if (this.#next !== null) this.#next -= this.#msOf(rows);
  }

  #msOf(rows: number): number {
    return rows * 1_000 / this.#rowsPerSecond;
  }
}
