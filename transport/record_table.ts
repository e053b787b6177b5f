/**
 * Records of a partition in columns: their bytes in one array, and where each part of a record stands in it. Millions of
 * records that are read so become no objects.
 *
 * @module
 */
import type { Log, ReadOptions } from "./log.ts";

/** The words of a record: places in the bytes, and flags. */
export const STORED = {
  valueFrom: 0,
  valueEnd: 1,
  keyFrom: 2,
  keyEnd: 3,
  /** Of the first header `src` of its form, the value. */
  sourceFrom: 4,
  sourceEnd: 5,
  /** Of the first header `message_id` of sixteen bytes, the value. */
  idFrom: 6,
  flags: 7,
  words: 8,
} as const;

/** In place of where something begins and ends that a record does not have. */
export const ABSENT = 2 ** 32 - 1;
/** A replay of dead letters has written it. */
export const IS_REPLAYED = 1;

/** Records of a partition, in the order of their offsets. */
export interface RecordTable {
  readonly size: number;
  readonly bytes: Uint8Array;
  /** {@link STORED} for each record. */
  readonly words: Uint32Array;
  /** The offset of each, less {@link base}. */
  readonly offsets: Float64Array;
  readonly base: bigint;
}

/** A log that has its records as tables. `readTables` in read_tables.ts reads every log so. */
export interface TableLog extends Log {
  /** As {@link Log.read}, as tables. */
  readTables(topic: string, partition: number, options: ReadOptions): AsyncIterable<RecordTable>;
}
