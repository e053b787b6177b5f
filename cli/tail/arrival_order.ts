/**
 * Merges several streams in the order in which their items arrive.
 *
 * @module
 */

interface Offer<T> {
  readonly item: T;
  /** Lets its stream continue. */
  readonly taken: () => void;
}

/**
 * Yields the items of all streams as they come; each stream waits until the caller has taken its item. Ends when all
 * streams have ended, and fails when one fails. Waits for the end of all streams before it ends itself.
 *
 * @param endStreams Called when the caller leaves; must end streams that would wait forever.
 */
export async function* inArrivalOrder<T>(
  streams: readonly AsyncIterable<T>[],
  endStreams: () => void,
): AsyncGenerator<T> {
  const offers: Offer<T>[] = [];
  let running = streams.length;
  const failures: unknown[] = [];
  let left = false;
  let wake = () => {};

  async function pump(stream: AsyncIterable<T>): Promise<void> {
    try {
      for await (const item of stream) {
        if (left) return;
        await new Promise<void>((resolve) => {
          offers.push({ item, taken: resolve });
          wake();
        });
      }
    } catch (cause) {
      failures.push(cause);
    } finally {
      running--;
      wake();
    }
  }

  const pumps = streams.map(pump);
  try {
    while (true) {
      const offer = offers.shift();
      if (offer !== undefined) {
        try {
          yield offer.item;
        } finally {
          offer.taken();
        }
        continue;
      }
      if (failures.length > 0) throw failures[0];
      if (running === 0) return;
      await new Promise<void>((resolve) => wake = resolve);
    }
  } finally {
    left = true;
    endStreams();
    for (const { taken } of offers) taken();
    await Promise.all(pumps);
  }
}
