/**
 * A record of a topic as the index of a run knows it.
 *
 * @module
 */
import { uuidToBytes } from "../records/ids/uuid_text.ts";
import type { ContentDigest } from "../records/record_digest.ts";
import type { StoredIdentity } from "../records/ids/stored_identity.ts";

/** Which row of which load a record holds. */
export interface CopySource {
  /** 16 hexadecimal digits. */
  readonly origin: string;
  readonly row: number;
}

/** A record of a topic. */
export interface StoredCopy extends StoredIdentity {
  /** Null for a record that does not tell. */
  readonly source: CopySource | null;
  /** Null for what is no record of its version: it equals nothing. */
  readonly digest: ContentDigest | null;
  /** True if a replay of dead letters has written it: its row may be read with other flags. @default false */
  readonly replayed?: boolean | undefined;
  /** @default it is not in the topic yet */
  readonly place?: RecordPlace | undefined;
}

/** Where a record stands in its topic. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: bigint;
}

/** Null for a text that is no id of ours. */
export function idBytes(messageId: string): Uint8Array | null {
  return UUID.test(messageId) ? uuidToBytes(messageId) : null;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
