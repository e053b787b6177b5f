/**
 * The gate that keeps a topic in its sources' order: of each source, only the batch that follows the last accepted one
 * passes, or the first of a new run.
 *
 * @module
 */
import type { Stream, StreamPlace } from "../messages.ts";

export class StreamOrder {
  /** Weak, so that a source that has ended leaves nothing behind. */
  readonly #expected = new WeakMap<Stream, { run: number; index: number }>();

  /** True if a batch of the stream was accepted before. */
  knows(stream: Stream): boolean {
    return this.#expected.has(stream);
  }

  /** True if the batch is next in its source's stream, which then moves on. */
  accepts({ stream, run, index }: StreamPlace): boolean {
    const expected = this.#expected.get(stream);
    const next = expected !== undefined && run === expected.run && index === expected.index;
    const newRun = index === 0 && (expected === undefined || run > expected.run);
    if (!next && !newRun) return false;
    this.#expected.set(stream, { run, index: index + 1 });
    return true;
  }
}
