/**
 * How long to wait before the next attempt. The wait doubles with each failed attempt, up to a maximum; how much of it
 * is random depends on what the caller waits for.
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
 * Without jitter: the tries of one request. They end with the request's deadline, and each looks for a leader that has
 * just moved.
 */
export function requestDelayMs({ minMs, maxMs }: RetryPolicy, attempt: number): number {
  return Math.min(maxMs, minMs * 2 ** attempt);
}

/**
 * Half fixed, half random: attempts at a server that does not answer. They never spin, and processes do not retry in
 * lockstep.
 */
export function retryDelayMs(policy: RetryPolicy, { attempt, random }: FailedAttempt): number {
  const half = requestDelayMs(policy, attempt) / 2;
  return Math.round(half + random() * half);
}

/** All random: restarts of the actors of one process. One may start at once while the others spread out (K9). */
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

  /** Notes how long an incarnation ran. A healthy interval ends the series; a start that succeeded does not. */
  ran(healthyMs: number): void {
    if (healthyMs >= this.#policy.resetAfterMs) this.#inARow = 0;
  }

  /** Counts one more restart and returns the delay before it. */
  next(): number {
    return restartDelayMs(this.#policy, { attempt: this.#inARow++, random: this.#random });
  }
}
