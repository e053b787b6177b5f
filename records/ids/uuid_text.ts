/**
 * Writes UUIDs as the bytes of their text, and reads such texts.
 *
 * @module
 */

/** Characters of a UUID. */
export const UUID_TEXT_LENGTH = 36;

const DASH = 0x2d;
/** The first and the second hexadecimal digit of each byte. */
const HIGH_DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0").charCodeAt(0));
const LOW_DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0").charCodeAt(1));

/** Writes the 16 bytes from `from` on as lower-case text. Positional parameters, because it runs for each row. */
export function writeUuid(id: Uint8Array, from: number, target: Uint8Array, position: number): void {
  let at = position;
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) target[at++] = DASH;
    const byte = id[from + index] ?? 0;
    target[at] = HIGH_DIGITS[byte] ?? 0;
    target[at + 1] = LOW_DIGITS[byte] ?? 0;
    at += 2;
  }
}

/** Writes some bytes as hexadecimal digits. */
export function writeHexDigits(
  id: Uint8Array,
  { from, count }: { readonly from: number; readonly count: number },
  target: Uint8Array,
  position: number,
): void {
  for (let index = 0; index < count; index++) {
    const byte = id[from + index] ?? 0;
    target[position + 2 * index] = HIGH_DIGITS[byte] ?? 0;
    target[position + 2 * index + 1] = LOW_DIGITS[byte] ?? 0;
  }
}

/** The value of a lower-case hexadecimal digit by its character code; -1 of any other character. */
const DIGIT_VALUES = Int8Array.from(
  { length: 128 },
  (_, code) => "0123456789abcdef".indexOf(String.fromCharCode(code)),
);

/** Reads the lower-case text of a UUID into 16 bytes; false for any other text, of which nothing is to be used. */
export function readUuid(text: string, target: Uint8Array): boolean {
  if (text.length !== UUID_TEXT_LENGTH) return false;
  let at = 0, valid = 0;
  for (let index = 0; index < 16; index++) {
    if ((index === 4 || index === 6 || index === 8 || index === 10) && text.charCodeAt(at++) !== DASH) return false;
    const high = DIGIT_VALUES[text.charCodeAt(at)] ?? -1, low = DIGIT_VALUES[text.charCodeAt(at + 1)] ?? -1;
    at += 2;
    valid |= high | low;
    target[index] = high << 4 | low;
  }
  return valid >= 0;
}
