/**
 * Writes UUIDs as the bytes of their text, and reads such texts.
 *
 * @module
 */

/** Characters of a UUID. */
export const UUID_TEXT_LENGTH = 36;

const DASH = 0x2d;
/** The two hexadecimal digits of each byte, the first one in the lower half. */
const DIGITS = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digits = byte.toString(16).padStart(2, "0");
  return digits.charCodeAt(0) | digits.charCodeAt(1) << 8;
});

/** Writes the 16 bytes from `from` on as lower-case text. Positional parameters, because it runs for each row. */
export function writeUuid(id: Uint8Array, from: number, target: DataView, position: number): void {
  writeHexDigits(id, from, 4, target, position);
  target.setUint8(position + 8, DASH);
  writeHexDigits(id, from + 4, 2, target, position + 9);
  target.setUint8(position + 13, DASH);
  writeHexDigits(id, from + 6, 2, target, position + 14);
  target.setUint8(position + 18, DASH);
  writeHexDigits(id, from + 8, 2, target, position + 19);
  target.setUint8(position + 23, DASH);
  writeHexDigits(id, from + 10, 6, target, position + 24);
}

/** Writes some bytes as hexadecimal digits. Positional parameters, because it runs for each row. */
export function writeHexDigits(id: Uint8Array, from: number, count: number, target: DataView, position: number): void {
  for (let index = 0; index < count; index++) {
    target.setUint16(position + 2 * index, DIGITS[id[from + index] ?? 0] ?? 0, true);
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
