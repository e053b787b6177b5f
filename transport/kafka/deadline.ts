/**
 * The time limit of a request or send, over all its tries.
 *
 * @module
 */
import { requestDelayMs, type RetryPolicy } from "../../kernel/backoff.ts";
import type { Clock } from "../../kernel/clock.ts";
import { LogError } from "../log.ts";

/** The waits between the tries of a request. */
const RETRY: RetryPolicy = { minMs: 50, maxMs: 1_000 };

/** A point in monotonic time at which work must end. */
export class Deadline {
  readonly #clock: Clock;
  readonly #end: number;

  constructor(clock: Clock, durationMs: number) {
    this.#clock = clock;
    this.#end = clock.monotonic() + durationMs;
  }

  /** Milliseconds until the deadline, 0 after it. */
  get left(): number {
    return Math.max(0, this.#end - this.#clock.monotonic());
  }

  /** Also true in the last millisecond, since timers may fire a fraction of one early. */
  get passed(): boolean {
    return this.left < 1;
  }

  /** The work's result, or a rejection with `timed_out` once the deadline or `limitMs` has passed. */
  async within<T>(work: Promise<T>, what: string, limitMs: number = Infinity): Promise<T> {
    const delay = Math.min(this.left, limitMs);
    const late = Promise.withResolvers<never>();
    const timer = this.#clock.schedule(delay, () => {
      late.reject(new LogError("timed_out", `${what} was not done within ${Math.round(delay)} ms`));
    });
    // The loser of the race must not become an unhandled rejection.
    work.catch(() => undefined);
    late.promise.catch(() => undefined);
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      timer.cancel();
    }
  }

  /** Waits before the next try of a request, after `tries` that failed; not past the deadline. */
  async backOff(tries: number, signal?: AbortSignal): Promise<void> {
    await this.#clock.sleep(Math.min(requestDelayMs(RETRY, tries), this.left), signal);
  }
}
