/**
 * What a record is known by, as four words: its message id, which v1 has in a header and v2 in its first field.
 *
 * @module
 */
import type { StoredRecord } from "../../transport/log.ts";
import type { RecordContent } from "./record_content.ts";

const ID_HEADER = "message_id";
/** Bytes of a message id in a header, and in columns. */
export const ID_BYTES = 16;
const UUID_LENGTH = 36;
const DASH = 45;

const NO_DIGIT = -1;
/** The value of each hexadecimal digit in lower case. */
const DIGITS = Int8Array.from({ length: 256 }, (_, code) => {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : NO_DIGIT;
});

/** Puts the id of a record of the topic. False if it has none. */
export function putRecordId(words: Uint32Array, record: StoredRecord, content: RecordContent): boolean {
  for (const [name, bytes] of record.headers) {
    if (name === ID_HEADER && bytes.length === ID_BYTES) {
      putIdBytes(words, bytes, 0);
      return true;
    }
  }
  return content.idEnd > content.idFrom && putIdText(words, content);
}

/** Puts the 16 bytes of an id that begins at a place. */
export function putIdBytes(words: Uint32Array, bytes: Uint8Array, from: number): void {
  for (let word = 0; word < 4; word++) {
    const at = from + word * 4;
    words[word] = (bytes[at] ?? 0) << 24 | (bytes[at + 1] ?? 0) << 16 | (bytes[at + 2] ?? 0) << 8 |
      (bytes[at + 3] ?? 0);
  }
}

/** Puts the id in the record that was read: its bytes if it is a UUID, else a hash of its text. */
export function putIdText(words: Uint32Array, content: RecordContent): boolean {
  const { bytes, idFrom, idEnd } = content;
  if (idEnd - idFrom !== UUID_LENGTH || !putUuid(words, bytes, idFrom)) {
    // The hash of the content is there no more: callers put the id last.
    words.set(content.hashOf(bytes.subarray(idFrom, idEnd)));
  }
  return true;
}

/** Where each four digits of an id begin in its text. */
const HALF_WORDS = [0, 4, 9, 14, 19, 24, 28, 32] as const;
const DASHES = [8, 13, 18, 23] as const;

function putUuid(words: Uint32Array, bytes: Uint8Array, from: number): boolean {
  for (let dash = 0; dash < DASHES.length; dash++) if (bytes[from + (DASHES[dash] ?? 0)] !== DASH) return false;
  for (let word = 0; word < 4; word++) {
    const upper = halfWord(bytes, from + (HALF_WORDS[word * 2] ?? 0));
    const lower = halfWord(bytes, from + (HALF_WORDS[word * 2 + 1] ?? 0));
    if (upper < 0 || lower < 0) return false;
    words[word] = upper << 16 | lower;
  }
  return true;
}

/** The number of four digits; below 0 if one is none. */
function halfWord(bytes: Uint8Array, at: number): number {
  const first = DIGITS[bytes[at] ?? 0] ?? NO_DIGIT, second = DIGITS[bytes[at + 1] ?? 0] ?? NO_DIGIT;
  const third = DIGITS[bytes[at + 2] ?? 0] ?? NO_DIGIT, fourth = DIGITS[bytes[at + 3] ?? 0] ?? NO_DIGIT;
  return first << 12 | second << 8 | third << 4 | fourth;
}

/** The text of an id that is a UUID. */
export function uuidOf(words: Uint32Array, at: number): string {
  const hex = Array.from(words.subarray(at, at + 4), (word) => word.toString(16).padStart(8, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
