/**
 * When lines were appended, and when their records came.
 *
 * @module
 */
import { BenchError } from "./bench_error.ts";

/** Milliseconds from the append of a line to its record at the consumer. */
export interface ArrivalLatency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export class Arrivals {
  readonly rows: number;
  readonly #appended: Float64Array;
  readonly #arrived: Float64Array;
  #missing: number;
  readonly #complete = Promise.withResolvers<void>();

  /** @param rows how many lines there will be; the first one is row 1 */
  constructor(rows: number) {
    this.rows = rows;
    this.#appended = new Float64Array(rows);
    this.#arrived = new Float64Array(rows);
    this.#missing = rows;
    this.#complete.promise.catch(() => {});
  }

  appended(row: number, at: number): void {
    this.#appended[row - 1] = at;
  }

  arrived(row: number, at: number): void {
    const before = this.#arrived[row - 1];
    if (before === undefined || before > 0) {
      this.#complete.reject(new BenchError(before === undefined ? `There is no row ${row}` : `Row ${row} came twice`));
    } else {
      this.#arrived[row - 1] = at;
      if (--this.#missing === 0) this.#complete.resolve();
    }
  }

  /** Resolves when each row has come once. */
  async complete(signal: AbortSignal): Promise<void> {
    const late = () => this.#complete.reject(new BenchError(`${this.#missing} of ${this.rows} rows did not come`));
    signal.addEventListener("abort", late, { once: true });
    try {
      await this.#complete.promise;
    } finally {
      signal.removeEventListener("abort", late);
    }
  }

  /** Of the rows after the first ones, rounded to hundredths. */
  latencyMs(after: number): ArrivalLatency {
    const taken = this.#arrived.map((at, row) => at - (this.#appended[row] ?? NaN)).subarray(after).toSorted();
    const quantile = (share: number) =>
      Math.round((taken[Math.min(taken.length - 1, Math.floor(taken.length * share))] ?? NaN) * 100) / 100;
    return { p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999), max: quantile(1) };
  }
}
