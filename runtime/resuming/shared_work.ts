/**
 * Work that several callers wait for and that is done once, by the first of them. If that one gives up, the next one
 * does it.
 *
 * @module
 */
import { untilAborted } from "./until_aborted.ts";

export class SharedWork {
  readonly #running = new Map<string, Promise<void>>();

  /**
   * Resolves once the work with this name is done. Rejects with its error, or with the reason of the caller's own
   * signal.
   */
  async done(name: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const known = this.#running.get(name);
      if (known === undefined) return await this.#begin(name, work(signal));
      try {
        return await untilAborted(known, signal);
      } catch {
        // It may have ended because its own caller gave up: the next one does it, unless this one gives up too.
      }
    }
  }

  async #begin(name: string, running: Promise<void>): Promise<void> {
    this.#running.set(name, running);
    try {
      return await running;
    } catch (cause) {
      this.#running.delete(name);
      throw cause;
    }
  }
}
