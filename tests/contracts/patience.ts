/**
 * Waiting in the contract suites: on real systems, so by the machine's clock, and always with a deadline.
 *
 * @module
 */
import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";

const DEADLINE_MS = 60_000;
const POLL_MS = 20;

/** Resolves with the promise's value, or fails after the deadline and names what it waited for. */
export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = systemClock.schedule(
    DEADLINE_MS,
    () => late.reject(new assert.AssertionError({ message: lateness(what) })),
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    timer.cancel();
  }
}

/** Asks until the answer is not null, or fails after the deadline with the last error seen. */
export async function eventually<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const start = systemClock.monotonic();
  for (;;) {
    let cause: unknown;
    try {
      const answer = await ask();
      if (answer !== null) return answer;
    } catch (error) {
      cause = error;
    }
    if (systemClock.monotonic() - start > DEADLINE_MS) throw new Error(lateness(what), { cause });
    await systemClock.sleep(POLL_MS);
  }
}

function lateness(what: string): string {
  return `Nothing after ${DEADLINE_MS / 1000} s: ${what}`;
}
