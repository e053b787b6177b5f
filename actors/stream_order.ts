/**
 * The gate that keeps a topic in its sources' order: of each source, only the batch that follows the last accepted one
 * passes, or the first of a new run.
 *
 * @module
 */
import type { StreamPlace } from "./messages.ts";

export class StreamOrder {
  readonly #expected = new Map<string, { run: number; index: number }>();

  /** True if the batch is next in its source's stream, which then moves on. */
  accepts({ source, run, index }: StreamPlace): boolean {
    const expected = this.#expected.get(source);
    const next = expected !== undefined && run === expected.run && index === expected.index;
    const newRun = index === 0 && (expected === undefined || run > expected.run);
    if (!next && !newRun) return false;
    this.#expected.set(source, { run, index: index + 1 });
    return true;
  }
}
