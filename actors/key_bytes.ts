/**
 * The bytes of record keys: few keys stand for many records, so each is encoded once and shared. They are never written to.
 *
 * @module
 */

/** Bounds the memory that keys can take; they are cheap to encode again. */
const MOST_KEYS = 100_000;
const utf8 = new TextEncoder();

/** A bounded cache of keys. */
export class KeyBytes {
  readonly #known = new Map<string, Uint8Array>();
  // Consecutive records mostly have the same key.
  #lastText: string | null = null;
  #last: Uint8Array = new Uint8Array(0);

  of(text: string): Uint8Array {
    if (text === this.#lastText) return this.#last;
    let bytes = this.#known.get(text);
    if (bytes === undefined) {
      bytes = utf8.encode(text);
      if (this.#known.size >= MOST_KEYS) this.#known.clear();
      this.#known.set(text, bytes);
    }
    this.#lastText = text;
    return this.#last = bytes;
  }
}
