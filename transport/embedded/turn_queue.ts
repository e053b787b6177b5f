/**
 * Runs work that blocks the event loop, one piece a turn: timers, sockets and signals get their turns in between,
 * however much is queued.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";

/** Pieces of synchronous work, in order. */
export class TurnQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the work in a turn of its own, after all work queued before it. */
  run<T>(work: () => T): Promise<T> {
    const result = this.#last.then(() => setImmediate()).then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
