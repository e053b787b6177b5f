/**
 * Finds line ends. Most lines are short: up to some length, four bytes at a time in JavaScript cost less than the call of a
 * native search, which is quicker from then on.
 *
 * @module
 */

const LF = 0x0a;
/** Bytes after which the native search takes over. */
const NEAR = 128;
/** A value in each of four bytes. */
const LFS = 0x0a0a0a0a, ONES = 0x01010101, TOP_BITS = 0x80808080 | 0;
const NO_BYTES = new Uint8Array(0);

export class LineEnds {
  #bytes: Uint8Array = NO_BYTES;
  #view: DataView = new DataView(NO_BYTES.buffer);

  /** As `bytes.indexOf` of a line feed. */
  indexOf(bytes: Uint8Array, from: number): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const view = this.#view, near = Math.min(from + NEAR, bytes.length - 3);
    let at = from;
    for (; at < near; at += 4) {
      // A byte that is a line feed becomes 0. Taking 1 from that borrows from its top bit; the lowest such byte is one.
      const word = view.getInt32(at, true) ^ LFS, found = word - ONES & ~word & TOP_BITS;
      if (found !== 0) return at + (31 - Math.clz32(found & -found) >> 3);
    }
    return bytes.indexOf(LF, at);
  }
}
