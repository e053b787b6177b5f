/**
 * Bytes that are written again and again: they are copied four at a time.
 *
 * @module
 */

/** Some bytes, which never change. */
export class ByteRun {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Four bytes each, little-endian; up to three more bytes may follow them. */
  readonly words: Int32Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.length = bytes.length;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.words = Int32Array.from({ length: bytes.length >> 2 }, (_, index) => view.getInt32(4 * index, true));
  }
}
