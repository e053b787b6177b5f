import type { BackoffPolicy } from "./types.ts";

/** Full jitter: random in [0, min(maxMs, minMs * 2^attempt)]; the first attempt is 0. */
export function backoffDelay(policy: BackoffPolicy, attempt: number, random: () => number): number {
  return random() * Math.min(policy.maxMs, policy.minMs * 2 ** attempt);
}

/** Restarts in a row of one child (K9). */
export class BackoffSeries {
  readonly #policy: BackoffPolicy;
  readonly #random: () => number;
  #inARow = 0;

  constructor(policy: BackoffPolicy, random: () => number) {
    this.#policy = policy;
    this.#random = random;
  }

  /** How many restarts in a row without a healthy interval. */
  get inARow(): number {
    return this.#inARow;
  }

  /** An incarnation ended after running for so long; a healthy interval, not a start that succeeded, ends the series. */
  ran(healthyMs: number): void {
    if (healthyMs >= this.#policy.resetAfterMs) this.#inARow = 0;
  }

  /** The delay before the next restart, which becomes one more in the row. */
  next(): number {
    return backoffDelay(this.#policy, this.#inARow++, this.#random);
  }
}
