/**
 * Record keys as text and as bytes: few keys stand for many records, so each is encoded once and shared.
 *
 * @module
 */

/** The key of the records of a run. */
export interface RunKey {
  readonly text: string;
  /** UTF-8; never written to. */
  readonly bytes: Uint8Array;
}

/** Bounds the memory that keys can take; they are cheap to encode again. */
const MAX_KEYS = 100_000;
const utf8 = new TextEncoder();

/** A bounded cache of keys. */
export class RunKeys {
  readonly #known = new Map<string, RunKey>();

  of(text: string): RunKey {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_KEYS) this.#known.clear();
    const key = { text, bytes: utf8.encode(text) };
    this.#known.set(text, key);
    return key;
  }
}
