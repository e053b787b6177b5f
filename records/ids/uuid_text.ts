/**
 * The texts of UUIDs: writes them as bytes or texts, and reads them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { RecordError } from "../errors.ts";

/** Characters of a UUID. */
export const UUID_TEXT_LENGTH = 36;

const UUID_BYTES = 16;
const DASH = 0x2d;
// Scratch space: no function uses it after it has returned.
const uuidText = Buffer.alloc(UUID_TEXT_LENGTH);
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

/** The lower-case text of a UUID's 16 bytes. */
export function bytesToUuid(bytes: Uint8Array): string {
  writeUuid(bytes, 0, uuidText, 0);
  // A flat string in one step: concatenating table entries leaves a tree of fragments for the encoder to flatten.
  return uuidText.toString("latin1");
}

/**
 * Reads the 16 bytes of a UUID's text, of any version, in either case.
 *
 * @throws {RecordError} Rule `not_a_uuid`.
 */
export function uuidToBytes(text: string, field = "message_id"): Uint8Array {
  const bytes = new Uint8Array(UUID_BYTES);
  let valid = text.length === UUID_TEXT_LENGTH;
  for (let index = 0, at = 0; valid && index < UUID_BYTES; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) valid = text.charCodeAt(at++) === DASH;
    const high = hexValue(text.charCodeAt(at++));
    const low = hexValue(text.charCodeAt(at++));
    valid &&= (high | low) >= 0;
    bytes[index] = (high << 4) | low;
  }
  if (!valid) {
    throw new RecordError("not_a_uuid", {
      field,
      value: text,
      hint: "Give 32 hexadecimal digits in groups of 8-4-4-4-12.",
    });
  }
  return bytes;
}

/** The value of a hexadecimal digit's character code, -1 if it is none. */
function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
