/**
 * Which rows of which origins were seen: a bit each.
 *
 * @module
 */
import type { SourceRowRef } from "../../transport/source_header.ts";

/** Rows by the origin that their records name. */
export class SeenRows {
  readonly #bits = new Map<string, Uint8Array>();

  /** False if it was seen before. */
  add({ origin, row }: SourceRowRef): boolean {
    let bits = this.#bits.get(origin) ?? new Uint8Array(64);
    const at = Math.floor(row / 8), bit = 1 << row % 8;
    if (at >= bits.length) {
      const larger = new Uint8Array(Math.max(bits.length * 2, at + 1));
      larger.set(bits);
      bits = larger;
    }
    this.#bits.set(origin, bits);
    if (((bits[at] ?? 0) & bit) !== 0) return false;
    bits[at] = (bits[at] ?? 0) | bit;
    return true;
  }
}
