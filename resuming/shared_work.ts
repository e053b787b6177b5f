/**
 * Work that several wait for and that is done once: by whoever comes first. If that one gives up, the next one does it.
 *
 * @module
 */
export class SharedWork {
  readonly #running = new Map<string, Promise<void>>();

  /** Resolves once the work with this name is done. Rejects with its error, or with the reason of the own signal. */
  async done(name: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const known = this.#running.get(name);
      const running = known ?? work(signal);
      this.#running.set(name, running);
      try {
        return await running;
      } catch (cause) {
        if (this.#running.get(name) === running) this.#running.delete(name);
        // Somebody else's work may have ended because nobody there wanted it any more.
        if (known === undefined) throw cause;
      }
    }
  }
}
