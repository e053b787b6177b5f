/**
 * Notices sends of a topic that the log does not answer. The producer cannot help it, so the watch only reports it.
 *
 * @module
 */
import type { Clock, Timer } from "../../kernel/clock.ts";
import type { Stall, TopicLanes } from "./topic_lanes.ts";

/** Options of a watch. */
export interface StallWatchOptions {
  readonly lanes: TopicLanes;
  /** How long a send may be without an answer. */
  readonly stallMs: number;
  readonly clock: Pick<Clock, "monotonic">;
  /** Calls {@link StallWatch.timeUp} after a delay. */
  readonly schedule: (delayMs: number) => Timer;
  /** Called again and again for as long as the stall lasts. */
  readonly stalled: (stall: Stall) => void;
}

export class StallWatch {
  readonly #options: StallWatchOptions;
  #timer: Timer | null = null;

  constructor(options: StallWatchOptions) {
    this.#options = options;
  }

  /** Call it whenever a send may have begun. */
  look(delayMs = this.#options.stallMs): void {
    const { lanes, schedule } = this.#options;
    if (lanes.sending) this.#timer ??= schedule(delayMs);
  }

  timeUp(): void {
    this.#timer = null;
    const { lanes, stallMs, clock, stalled } = this.#options;
    const now = clock.monotonic();
    const stall = lanes.stalled(now, stallMs);
    if (stall === null) return this.look((lanes.sendingSince ?? now) + stallMs - now);
    stalled(stall);
    this.look();
  }
}
