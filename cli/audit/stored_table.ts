/**
 * Records of a topic in columns: their bytes in one array, and where each part of a record stands in it. Millions of records
 * become no objects.
 *
 * @module
 */
import type { StoredRecord } from "../../transport/log.ts";
import { isReplayed, sourceValueOf } from "../../transport/source_header.ts";
import { idHeaderOf } from "./record_id.ts";

/** Places in the bytes, and flags. */
export const STORED = {
  valueFrom: 0,
  valueEnd: 1,
  keyFrom: 2,
  keyEnd: 3,
  sourceFrom: 4,
  sourceEnd: 5,
  idFrom: 6,
  flags: 7,
  words: 8,
} as const;

/** In place of where something begins that a record does not have. */
export const ABSENT = 2 ** 32 - 1;
/** A replay has written it. */
export const IS_REPLAYED = 1;

/** Some records of a partition. */
export interface StoredTable {
  readonly size: number;
  readonly bytes: Uint8Array;
  /** {@link STORED} for each record. */
  readonly words: Uint32Array;
  /** The offset of each, less {@link base}. */
  readonly offsets: Float64Array;
  readonly base: bigint;
}

/** The table of some records in the order of their offsets. */
export function tableOf(records: readonly StoredRecord[]): StoredTable {
  const base = records[0]?.offset ?? 0n;
  const words = new Uint32Array(records.length * STORED.words), offsets = new Float64Array(records.length);
  const parts: Uint8Array[] = [];
  let length = 0;
  const put = (bytes: Uint8Array | null) => {
    if (bytes === null) return [ABSENT, ABSENT] as const;
    parts.push(bytes);
    length += bytes.length;
    return [length - bytes.length, length] as const;
  };
  for (const [index, record] of records.entries()) {
    offsets[index] = Number(record.offset - base);
    const value = put(record.value), key = put(record.key), source = put(sourceValueOf(record));
    const [id] = put(idHeaderOf(record));
    words.set([...value, ...key, ...source, id, isReplayed(record) ? IS_REPLAYED : 0], index * STORED.words);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { size: records.length, bytes, words, offsets, base };
}
