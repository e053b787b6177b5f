/**
 * Opens a source again and again while the process has too many files open: others close theirs when they are done.
 *
 * @module
 */
import { SourceError } from "../../sources/source.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { Clock } from "../../kernel/clock.ts";
import { retryDelayMs } from "../../kernel/backoff.ts";

/** What the waiting is done with. */
export interface DescriptorWait {
  /** For events. */
  readonly source: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly observe: Observer;
}

const RETRY = { minMs: 100, maxMs: 5_000 };

/** Rejects with any other error of the work, and with the signal's reason. */
export async function whenDescriptorsAreFree<T>(work: () => Promise<T>, options: DescriptorWait): Promise<T> {
  const { source, clock, signal, observe } = options;
  for (let attempt = 0;; attempt++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof SourceError) || cause.code !== "out_of_descriptors") throw cause;
      observe({ type: "source_waits", stage: "receiving", source, attempt: attempt + 1, cause });
      await clock.sleep(retryDelayMs(RETRY, { attempt, random: Math.random }), signal);
    }
  }
}
