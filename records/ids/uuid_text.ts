/**
 * The texts of UUIDs: writes them as bytes or texts, and reads them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { RecordError } from "../errors.ts";

/** Characters of a UUID. */
const UUID_TEXT_LENGTH = 36;

const UUID_BYTES = 16;
const DASH = 0x2d;
// Scratch space: no function uses it after it has returned.
const uuidText = Buffer.alloc(UUID_TEXT_LENGTH, "-");
const uuidView = new DataView(uuidText.buffer, uuidText.byteOffset, UUID_TEXT_LENGTH);
/** The two hexadecimal digits of each byte, the first one in the lower half. */
const DIGITS = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digits = byte.toString(16).padStart(2, "0");
  return digits.charCodeAt(0) | digits.charCodeAt(1) << 8;
});

/** Writes some bytes as lower-case hexadecimal digits. Positional parameters, because it runs for each row. */
function writeHexDigits(id: Uint8Array, from: number, count: number, position: number): void {
  for (let index = 0; index < count; index++) {
    uuidView.setUint16(position + 2 * index, DIGITS[id[from + index] ?? 0] ?? 0, true);
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
  writeHexDigits(bytes, 0, 4, 0);
  writeHexDigits(bytes, 4, 2, 9);
  writeHexDigits(bytes, 6, 2, 14);
  writeHexDigits(bytes, 8, 2, 19);
  writeHexDigits(bytes, 10, 6, 24);
  // A flat string in one step: concatenating table entries leaves a tree of fragments for the encoder to flatten.
  return uuidText.toString("latin1");
}

/**
 * Reads the 16 bytes of a UUID's text, of any version, in either case.
 *
 * @throws {RecordError} Rule `not_a_uuid`.
 */
export function uuidToBytes(text: string, field = "message_id"): Uint8Array<ArrayBuffer> {
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

/** As {@link uuidToBytes}, as four words of the same memory. */
export function uuidToWords(text: string): Uint32Array {
  return new Uint32Array(uuidToBytes(text).buffer);
}

/** The value of a hexadecimal digit's character code, -1 if it is none. */
function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
