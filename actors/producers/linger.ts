/**
 * How long the records of a partition wait for more of them, so that a send is worth its cost: a bounded time, and no
 * longer than until a send is full.
 *
 * @module
 */
import type { Timer } from "../../kernel/clock.ts";
import type { PartitionLane } from "./partition_lane.ts";

/** Options of {@link Linger}. */
export interface LingerOptions {
  /** 0: nothing waits. */
  readonly lingerMs: number;
  /** As many records as a send takes. */
  readonly maxSendRecords: number;
  /** Must call {@link Linger.over} after this delay. */
  readonly schedule: (delayMs: number) => Timer;
}

/** The waiting of all partitions of a topic; one timer, for the one that has waited longest. */
export class Linger {
  readonly #options: LingerOptions;
  #next: { readonly timer: Timer; readonly at: number } | null = null;

  constructor(options: LingerOptions) {
    this.#options = options;
  }

  /** True if a lane's records are to wait; a timer then reports when they have waited long enough. */
  holds(lane: PartitionLane, now: number): boolean {
    const { lingerMs, maxSendRecords, schedule } = this.#options;
    const { waitingSince } = lane;
    if (waitingSince === null || lane.isFull(maxSendRecords)) return false;
    const at = waitingSince + lingerMs;
    if (at <= now) return false;
    if (this.#next === null || at < this.#next.at) {
      this.#next?.timer.cancel();
      this.#next = { timer: schedule(Math.ceil(at - now)), at };
    }
    return true;
  }

  /** A scheduled time has come. Lanes that still wait ask again, so that there is never more than one timer. */
  over(): void {
    this.#next?.timer.cancel();
    this.#next = null;
  }
}
