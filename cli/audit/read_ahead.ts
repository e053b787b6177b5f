/**
 * Reads the next item while the caller works on the one before it: a broker sends while records are compared.
 *
 * @module
 */

/** Yields the items of a stream, and has asked for one more. Ends the stream when the caller leaves. */
export async function* readAhead<T>(stream: AsyncIterable<T>): AsyncGenerator<T> {
  const items = stream[Symbol.asyncIterator]();
  let next = asked(items);
  try {
    for (let item = await next; item.done !== true; item = await next) {
      next = asked(items);
      yield item.value;
    }
  } finally {
    await items.return?.();
  }
}

function asked<T>(items: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const next = items.next();
  // The caller may be at work when it fails, or have left; who awaits it sees the failure all the same.
  next.catch(() => {});
  return next;
}
