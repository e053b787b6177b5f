/**
 * What a record is known by, as four words: its message id, which v1 has in a header and v2 in its first field.
 *
 * @module
 */
import type { StoredRecord } from "../../transport/log.ts";
import type { RecordContent } from "./record_content.ts";

const ID_HEADER = "message_id";
const ID_BYTES = 16;
const UUID_LENGTH = 36;
const DASH = 45;

/** The value of each hexadecimal digit in lower case; 255 of any other character. */
const DIGITS = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : 255;
});

/** Puts the id of a record of the topic. False if it has none. */
export function putRecordId(words: Uint32Array, record: StoredRecord, content: RecordContent): boolean {
  for (const [name, bytes] of record.headers) {
    if (name === ID_HEADER && bytes.length === ID_BYTES) {
      putIdBytes(words, bytes);
      return true;
    }
  }
  return content.idEnd > content.idFrom && putIdText(words, content);
}

/** Puts the 16 bytes of an id. */
export function putIdBytes(words: Uint32Array, bytes: Uint8Array): void {
  for (let word = 0; word < 4; word++) {
    const at = word * 4;
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

function putUuid(words: Uint32Array, bytes: Uint8Array, from: number): boolean {
  let digits = 0, word = 0;
  for (let at = 0; at < UUID_LENGTH; at++) {
    const byte = bytes[from + at] ?? 0;
    if (at === 8 || at === 13 || at === 18 || at === 23) {
      if (byte !== DASH) return false;
      continue;
    }
    const digit = DIGITS[byte] ?? 255;
    if (digit > 15) return false;
    word = word << 4 | digit;
    digits += 1;
    if (digits % 8 === 0) words[digits / 8 - 1] = word;
  }
  return true;
}

/** The text of an id that is a UUID. */
export function uuidOf(words: Uint32Array, at: number): string {
  const hex = Array.from(words.subarray(at, at + 4), (word) => word.toString(16).padStart(8, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
