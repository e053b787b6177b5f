/**
 * The header once more, byte by byte, as in files that were joined.
 *
 * @module
 */
import type { RowCut } from "./row_cut.ts";

/** Each of the files that were joined may have its own. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const utf8 = new TextEncoder();

/** The header of one source. */
export class RepeatedHeader {
  readonly #header: Uint8Array;

  constructor(header: string) {
    this.#header = utf8.encode(header.replace(/^\ufeff/, ""));
  }

  /** Its bytes, without a byte order mark. */
  get bytes(): Uint8Array {
    return this.#header;
  }

  /** Whether it is what was cut. */
  isIn({ start, end, ended }: RowCut, buffer: Uint8Array): boolean {
    const header = this.#header;
    if (!ended) return false;
    const surplus = end - start - header.length;
    if (surplus !== 0 && surplus !== BYTE_ORDER_MARK.length) return false;
    const from = BYTE_ORDER_MARK.every((byte, index) => buffer[start + index] === byte) ? start + 3 : start;
    return end - from === header.length && header.every((byte, index) => buffer[from + index] === byte);
  }
}
