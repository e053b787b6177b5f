/**
 * Waits for a file that has no name for a moment, or one that no look has found yet: a rotation may be under way.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { SourceError } from "../../sources/source.ts";

/** How long a file is looked for, and how often. */
const AWAY_MS = 5_000, LOOK_MS = 250;

/** What the wait goes by. */
export interface WhenThereOptions {
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  /** Whether nothing is to be waited for any more. */
  readonly isOver: () => boolean;
}

/**
 * Does the work again while it fails with `read_failed`, for five seconds.
 *
 * @throws What the work throws last.
 */
export async function whenThere<T>(work: () => Promise<T>, { clock, isOver }: WhenThereOptions): Promise<T> {
  const until = clock.monotonic() + AWAY_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isAway = error instanceof SourceError && error.code === "read_failed";
      if (!isAway || clock.monotonic() >= until || isOver()) throw error;
    }
    await clock.sleep(LOOK_MS);
  }
}
