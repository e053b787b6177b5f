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
 * @param atOnce How many streams are read at a time, since each holds an item: the next one begins when one has ended.
 */
export async function* inArrivalOrder<T>(
  streams: readonly AsyncIterable<T>[],
  endStreams: () => void,
  atOnce: number = streams.length,
): AsyncGenerator<T> {
  const offers: Offer<T>[] = [];
  const toBegin = streams.values();
  let running = Math.min(streams.length, atOnce);
  const failures: unknown[] = [];
  let left = false;
  let wake = () => {};

  async function pump(): Promise<void> {
    try {
      for (const stream of toBegin) {
        for await (const item of stream) {
          if (left) return;
          await new Promise<void>((resolve) => {
            offers.push({ item, taken: resolve });
            wake();
          });
        }
        if (left) return;
      }
    } catch (cause) {
      failures.push(cause);
    } finally {
      running--;
      wake();
    }
  }

  const pumps = Array.from({ length: running }, pump);
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
