/**
 * What the embedded producer gives back for a record.
 *
 * @module
 */
import type { SchemaVersion } from "../schemas/record_types.ts";

/** One copy of a record in a topic. */
export interface WrittenCopy {
  /** Name of the topic. */
  readonly topic: string;
  /** Number of the partition, from 0. */
  readonly partition: number;
  /** Offset of the record in its partition. */
  readonly offset: bigint;
  /** Schema version that the copy is written in. */
  readonly schemaVersion: SchemaVersion;
  /** The record's own in v2; in v1, which has no field for it, the header `message_id`. */
  readonly messageId: string;
}

/** Where a record was written: the v2 copy if there is one. */
export interface ProduceReceipt extends WrittenCopy {
  /** Under the flag `both` the copies of v1 and v2, else one. */
  readonly copies: readonly WrittenCopy[];
}
