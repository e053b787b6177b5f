/**
 * Time for tests, which moves on command.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { type Clock, sleepBy, type Timer } from "./clock.ts";
import { anyTurnPending } from "./turn.ts";

interface ManualTimer extends Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** `advance` would never end if a timer scheduled itself again and again without delay. */
const MAX_TIMERS = 100_000;

/**
 * A clock that moves only when told to, so that tests wait for nothing (K14).
 *
 * @example
 * ```ts
 * import { ManualClock } from "tickflume/testing";
 * import assert from "node:assert/strict";
 *
 * const clock = new ManualClock();
 * const woken = clock.sleep(60_000).then(() => clock.monotonic());
 * await clock.advance(90_000); // no time passes outside
 * assert.equal(await woken, 60_000);
 * ```
 */
export class ManualClock implements Clock {
  readonly #epoch: number;
  #elapsed = 0;
  #timers: ManualTimer[] = [];

  /**
   * Starts a clock at which nothing is scheduled.
   *
   * @param epoch wall clock at the start, in milliseconds; 2025-01-01 by default
   */
  constructor(epoch: number = Date.UTC(2025, 0, 1)) {
    this.#epoch = epoch;
  }

  /** Timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Whole milliseconds, as the machine's clock gives them. */
  now(): number {
    return Math.floor(this.#epoch + this.#elapsed);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  /** Schedules a timer that fires when {@link advance} passes its time. */
  schedule(delayMs: number, callback: () => void): Timer {
    const timer: ManualTimer = {
      at: this.#elapsed + Math.max(0, delayMs),
      callback,
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
    this.#timers.push(timer);
    return timer;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepBy(this, delayMs, signal);
  }

  /** Moves time forward. Each timer on the way fires at its own time, once everything before it has come to rest. */
  async advance(milliseconds: number): Promise<void> {
    const target = this.#elapsed + milliseconds;
    await this.runUntilIdle();
    for (let fired = 0, next = this.#due(target); next !== undefined; fired += 1, next = this.#due(target)) {
      if (fired === MAX_TIMERS) {
        throw new RangeError(`Cannot advance the clock as timers follow each other without end`);
      }
      this.#elapsed = next.at;
      next.cancel();
      next.callback();
      await this.runUntilIdle();
    }
    this.#elapsed = target;
  }

  /** Runs everything that needs no time: promises, and actors that only paused for the event loop. */
  async runUntilIdle(): Promise<void> {
    do {
      await new Promise<void>((resolve) => void setImmediate(resolve));
    } while (anyTurnPending());
  }

  /** The earliest timer up to a time; of equal ones, the one scheduled first. */
  #due(target: number): ManualTimer | undefined {
    let earliest: ManualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= target && (earliest === undefined || timer.at < earliest.at)) earliest = timer;
    }
    return earliest;
  }
}
