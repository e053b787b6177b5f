/**
 * The clock that the product uses (K14). No other file of the product calls `setTimeout`, `Date.now` or
 * `performance.now`.
 *
 * @module
 */

/** A pending timer. */
export interface Timer {
  /** Does nothing if it has fired. */
  cancel(): void;
}

/** Wall clock, monotonic clock and timers. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Monotonic milliseconds, for durations. */
  monotonic(): number;
  /** Calls back once after a delay in milliseconds; Infinity: never. */
  schedule(delayMs: number, callback: () => void): Timer;
  /** Resolves after a delay; rejects with the signal's reason if it is aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** The platform's maximum: a timer with a longer delay fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's clock. It also keeps delays of more than 24 days, and Infinity. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, callback) {
    let handle: ReturnType<typeof setTimeout> | undefined;
    const wait = (leftMs: number) => {
      handle = setTimeout(
        leftMs > LONGEST_MS ? () => wait(leftMs - LONGEST_MS) : callback,
        Math.min(leftMs, LONGEST_MS),
      );
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
  sleep: (delayMs, signal) => sleepBy(systemClock, delayMs, signal),
};

/** Sleeps by a timer of a clock: its {@link Clock.sleep}. */
export function sleepBy(clock: Pick<Clock, "schedule">, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.schedule(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
