/**
 * Latencies in a fixed number of buckets, so that memory does not grow with the number of records.
 *
 * @module
 */

/** Growth from one bucket to the next: quantiles are exact to within 5 %. */
const GROWTH = 1.05;
/** Upper edge of the first bucket, in milliseconds. */
const FIRST_MS = 0.01;
/** Enough buckets for 0.01 ms to about 11 days. */
const BUCKETS = 520;

export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  /** Counts `records` records that took this long. */
  record(milliseconds: number, records = 1): void {
    const exponent = Math.ceil(Math.log(Math.max(milliseconds, FIRST_MS) / FIRST_MS) / Math.log(GROWTH));
    const bucket = Math.min(Math.max(exponent, 0), BUCKETS - 1);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + records;
    this.#total += records;
  }

  merge(other: LatencyHistogram): void {
    other.#counts.forEach((count, bucket) => {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    });
    this.#total += other.#total;
  }

  /** Upper edge, in milliseconds, of the bucket that holds this quantile; 0 if nothing was recorded. */
  quantile(q: number): number {
    if (this.#total === 0) return 0;
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= q * this.#total) return Number((FIRST_MS * GROWTH ** bucket).toPrecision(3));
    }
    return Infinity;
  }
}
