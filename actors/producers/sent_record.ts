/**
 * By what a record is recognised when it is read again: its message id, the row that it names as its source, and its
 * content. Each of them alone may be another record's too: a caller may change a record and keep its id, two files may
 * share a row. The schema id is not among them, since a registry that was reset gives another one for the same schema.
 *
 * @module
 */
import { SipHasher } from "../../records/ids/siphash.ts";
import { HEADER_BYTES } from "../../schemas/avro/wire.ts";
import type { SourceRowRef } from "../../transport/source_header.ts";

export interface SentRecord {
  readonly messageId: string;
  /** Null for a record that names none. */
  readonly source: SourceRowRef | null;
  /** Digest of its Avro body. */
  readonly content: string;
}

/** True if both are the same row of the same load, or both are none. */
export function isSameSource(one: SourceRowRef | null, other: SourceRowRef | null): boolean {
  return one?.row === other?.row && one?.origin === other?.origin;
}

/** Equal for the same records only. */
export function recordKey({ messageId, source, content }: SentRecord): string {
  return `${content} ${source?.origin} ${source?.row} ${idKey(messageId)}`;
}

/** Equal for the same message ids: as v1, which has the bytes of a UUID, a record does not tell in which case it was given. */
export function idKey(messageId: string): string {
  return messageId.toLowerCase();
}

/** The content of a framed value. */
export function contentOf(value: Uint8Array): string {
  return hasher.digest(value.subarray(HEADER_BYTES)).join(" ");
}

const hasher = new SipHasher(new Uint8Array(16));
