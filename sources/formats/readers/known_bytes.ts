/**
 * Finds which of a few known texts a cell holds, without making a text.
 *
 * @module
 */
import { type Cells, isAbsent } from "../cells.ts";

const utf8 = new TextEncoder();

/** Texts, each with a meaning. */
export class KnownBytes<T> {
  readonly #entries: readonly { readonly bytes: Uint8Array; readonly meaning: T }[];

  constructor(meanings: Iterable<readonly [text: string, meaning: T]>) {
    this.#entries = Array.from(meanings, ([text, meaning]) => ({ bytes: utf8.encode(text), meaning }));
  }

  /** The meaning of a cell's bytes, of an absent one those of the empty text; undefined if they are none of the texts. */
  of(cells: Cells, slot: number): T | undefined {
    const { buffer, starts, ends } = cells;
    // What is absent has a place of an earlier row.
    const start = starts[slot] ?? 0, length = isAbsent(cells, slot) ? 0 : (ends[slot] ?? 0) - start;
    for (const { bytes, meaning } of this.#entries) {
      if (bytes.length === length && isSame(bytes, buffer, start)) return meaning;
    }
    return undefined;
  }
}

/** Whether the bytes stand in a buffer from there on. */
export function isSame(bytes: Uint8Array, buffer: Uint8Array, start: number): boolean {
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index] !== buffer[start + index]) return false;
  }
  return true;
}
