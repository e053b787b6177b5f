/**
 * Pieces of work of which one waits for the other, in the order in which they were asked for. What one throws does not keep
 * the next from its turn.
 *
 * @module
 */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as the work does, once its turn has come. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
