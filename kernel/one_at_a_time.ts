/**
 * Runs async work one piece at a time, in call order. A failure does not block the next piece.
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
