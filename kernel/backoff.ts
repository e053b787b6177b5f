/**
 * How long to wait before the next attempt. The wait doubles with each attempt that fails, up to a longest one; how much of
 * it is random depends on what is waited for.
 *
 * @module
 */

/** First and longest wait between attempts. */
export interface RetryPolicy {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Full-jitter exponential backoff between restarts: random in [0, min(maxMs, minMs * 2^n)] (K9). */
export interface BackoffPolicy extends RetryPolicy {
  /** The series starts over after the child has been healthy for this long. */
  readonly resetAfterMs: number;
}

/** An attempt that has failed. */
export interface FailedAttempt {
  /** How many have failed before it. */
  readonly attempt: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Without jitter: the tries of one request, which end with its own deadline and of which each is for a leader that has just
 * moved.
 */
export function requestDelayMs({ minMs, maxMs }: RetryPolicy, attempt: number): number {
  return Math.min(maxMs, minMs * 2 ** attempt);
}

/**
 * Half fixed, half random: attempts at a server that does not answer, so that they never spin and processes do not retry
 * in lockstep.
 */
export function retryDelayMs(policy: RetryPolicy, { attempt, random }: FailedAttempt): number {
  const half = requestDelayMs(policy, attempt) / 2;
  return Math.round(half + random() * half);
}

/** All random: restarts of actors of one process, of which one may run at once while the others spread out (K9). */
export function restartDelayMs(policy: RetryPolicy, { attempt, random }: FailedAttempt): number {
  return random() * requestDelayMs(policy, attempt);
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
    return restartDelayMs(this.#policy, { attempt: this.#inARow++, random: this.#random });
  }
}
