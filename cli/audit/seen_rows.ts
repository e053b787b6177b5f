/**
 * Remembers which rows of which origins were seen: one bit each, in small pages. Any writer's record may name any row
 * number, so memory must not depend on the number.
 *
 * @module
 */
import type { SourceRowRef } from "../../transport/source_header.ts";

/** Rows of a page. The rows of a load fill it, and a stray row takes no more memory than this. */
const PAGE_ROWS = 512;

/** Pages by the origin that records name. */
export class SeenRows {
  readonly #pages = new Map<string, Map<number, Uint8Array>>();

  /** False if the row was seen before. */
  add({ origin, row }: SourceRowRef): boolean {
    const pages = this.#pages.get(origin) ?? new Map<number, Uint8Array>();
    this.#pages.set(origin, pages);
    const number = Math.floor(row / PAGE_ROWS);
    const page = pages.get(number) ?? new Uint8Array(PAGE_ROWS / 8);
    pages.set(number, page);
    const at = Math.floor(row % PAGE_ROWS / 8), bit = 1 << row % 8;
    const bits = page[at] ?? 0;
    page[at] = bits | bit;
    return (bits & bit) === 0;
  }
}
