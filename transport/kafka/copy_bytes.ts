/**
 * Copies some bytes: eight at a time where there are few, for which a call into native code takes longer, and the view
 * that it needs makes garbage.
 *
 * @module
 */

/** From here on the native copy is faster. */
const MANY_BYTES = 512;
const WORD = 8;

/**
 * Copies the bytes of `source` from `start` to `end`, exclusive, to `at` in `target`. Neither may be the same memory.
 *
 * @returns the position after them in `target`
 */
export function copyBytes(
  source: DataView,
  { start, end }: { readonly start: number; readonly end: number },
  target: DataView,
  at: number,
): number {
  const length = end - start, to = at + length;
  if (length >= MANY_BYTES) {
    new Uint8Array(target.buffer, target.byteOffset + at, length)
      .set(new Uint8Array(source.buffer, source.byteOffset + start, length));
  } else if (length < WORD) {
    for (let offset = 0; offset < length; offset++) target.setUint8(at + offset, source.getUint8(start + offset));
  } else {
    // Compiled code makes no objects of these integers.
    const last = length - WORD;
    for (let offset = 0; offset < last; offset += WORD) {
      target.setBigInt64(at + offset, source.getBigInt64(start + offset));
    }
    // The last eight bytes, some of which may be there already.
    target.setBigInt64(at + last, source.getBigInt64(start + last));
  }
  return to;
}
