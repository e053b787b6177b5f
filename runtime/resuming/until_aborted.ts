/**
 * Waits for work, but no longer than a signal allows. The work itself goes on.
 *
 * @module
 */

/** As the work, or rejects with the signal's reason when it is aborted; it must not be aborted yet. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const end = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}
