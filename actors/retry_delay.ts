/**
 * How long to wait before the next attempt at something outside.
 *
 * @module
 */

/** First and longest wait between attempts. */
export interface RetryPolicy {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Doubles with each attempt; half of it fixed, half random: never a hot loop, and two processes do not knock in step.
 *
 * @param attempt how many attempts have failed before the one that has failed now
 */
export function retryDelayMs(
  { minMs, maxMs }: RetryPolicy,
  { attempt, random }: { readonly attempt: number; readonly random: () => number },
): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** attempt);
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
