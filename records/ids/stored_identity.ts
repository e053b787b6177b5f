/**
 * Reads the message id of a record in the log: v1 carries it in the header `message_id` (16 bytes), v2 in the first
 * field of the record.
 *
 * @module
 */
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { HEADER_BYTES } from "../../schemas/avro/wire.ts";
import { bytesToUuid } from "./uuid_text.ts";

/** The needed part of a stored record. */
export interface StoredValue {
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [string, Uint8Array])[];
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The row and version of a record. The place of the id tells the version, without the registry. */
export interface StoredIdentity {
  readonly messageId: string;
  readonly version: SchemaVersion;
}

/** Null if the record carries no id. */
export function storedIdentity(record: StoredValue): StoredIdentity | null {
  for (const [name, bytes] of record.headers) {
    if (name === "message_id" && bytes.length === 16) return { messageId: bytesToUuid(bytes), version: "v1" };
  }
  const { value } = record;
  if (value === null || value[0] !== 0) return null;
  const messageId = firstStringField(value);
  return messageId === null ? null : { messageId, version: "v2" };
}

/** The message id as text, or null if the record carries none. */
export function storedMessageId(record: StoredValue): string | null {
  return storedIdentity(record)?.messageId ?? null;
}

/** Avro writes a string as its length (a zigzag variable-length integer) and its UTF-8 bytes. */
function firstStringField(value: Uint8Array): string | null {
  let encoded = 0;
  let position = HEADER_BYTES;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = value[position++];
    if (byte === undefined) return null;
    encoded |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      const length = encoded >> 1;
      if ((encoded & 1) === 1 || length === 0 || position + length > value.length) return null;
      try {
        return utf8.decode(value.subarray(position, position + length));
      } catch {
        return null; // Not text: a record of another program's schema.
      }
    }
  }
  return null;
}
