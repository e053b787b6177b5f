/**
 * What a record is known by, as four words: its message id, which v1 has in a header and v2 in its first field.
 *
 * @module
 */

/** Bytes of a message id in a header, and in columns. */
export const ID_BYTES = 16;

/** Puts the 16 bytes of an id that begins at a place. */
export function putIdBytes(words: Uint32Array, bytes: Uint8Array, from: number): void {
  for (let word = 0; word < 4; word++) {
    const at = from + word * 4;
    words[word] = (bytes[at] ?? 0) << 24 | (bytes[at + 1] ?? 0) << 16 | (bytes[at + 2] ?? 0) << 8 |
      (bytes[at + 3] ?? 0);
  }
}

/** The text of an id that is a UUID. */
export function uuidOf(words: Uint32Array, at: number): string {
  const hex = Array.from(words.subarray(at, at + 4), (word) => word.toString(16).padStart(8, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
