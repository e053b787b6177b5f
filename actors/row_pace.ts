/**
 * Holds a source to a number of rows a second, over the time since its first row.
 *
 * @module
 */
import type { Clock } from "./kernel/clock.ts";

export class RowPace {
  readonly #clock: Clock;
  readonly #rowsPerSecond: number;
  #startedAt: number | null = null;
  #rows = 0;

  /** @param rowsPerSecond undefined: no limit. */
  constructor(clock: Clock, rowsPerSecond: number | undefined) {
    this.#clock = clock;
    this.#rowsPerSecond = rowsPerSecond ?? Infinity;
  }

  /** Rows of one batch at most: what may be read in one second. */
  get mostRows(): number {
    return Math.max(1, Math.floor(this.#rowsPerSecond));
  }

  count(rows: number): void {
    this.#startedAt ??= this.#clock.monotonic();
    this.#rows += rows;
  }

  /** Milliseconds until the next rows may be read. */
  waitMs(): number {
    if (this.#startedAt === null || this.#rowsPerSecond === Infinity) return 0;
    const due = this.#startedAt + (this.#rows * 1000) / this.#rowsPerSecond;
    return Math.max(0, Math.ceil(due - this.#clock.monotonic()));
  }
}
