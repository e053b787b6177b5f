/**
 * Reads records as tables, from every log: of one that has no tables, they are made of its records.
 *
 * @module
 */
import type { Log, ReadOptions, StoredRecord } from "./log.ts";
import { ABSENT, IS_REPLAYED, type RecordTable, STORED, type TableLog } from "./record_table.ts";
import { isReplayed, sourceValueOf } from "./source_header.ts";

const ID_HEADER = "message_id";
/** Bytes of a message id in a header. */
const ID_BYTES = 16;

/**
 * Reads one partition as `Log.read` does, table by table.
 *
 * @throws {LogError} As `Log.read`.
 */
export async function* readTables(
  log: Log,
  topic: string,
  partition: number,
  options: ReadOptions,
): AsyncGenerator<RecordTable> {
  if (hasTables(log)) yield* log.readTables(topic, partition, options);
  else for await (const records of log.read(topic, partition, options)) yield tableOf(records);
}

function hasTables(log: Log): log is TableLog {
  return "readTables" in log && typeof log.readTables === "function";
}

/**
 * The table of some records of a partition, in the order of their offsets.
 *
 * @example
 * const { bytes, words } = tableOf(records);
 * const value = bytes.subarray(words[STORED.valueFrom], words[STORED.valueEnd]); // of the first record
 */
export function tableOf(records: readonly StoredRecord[]): RecordTable {
  const base = records[0]?.offset ?? 0n, offsets = Float64Array.from(records, ({ offset }) => Number(offset - base));
  const words = new Uint32Array(records.length * STORED.words), parts: Uint8Array[] = [];
  let length = 0;
  const put = (bytes: Uint8Array | null) => {
    if (bytes === null) return [ABSENT, ABSENT] as const;
    parts.push(bytes);
    length += bytes.length;
    return [length - bytes.length, length] as const;
  };
  for (const [index, record] of records.entries()) {
    const value = put(record.value), key = put(record.key), source = put(sourceValueOf(record));
    const [id] = put(idHeaderOf(record));
    words.set([...value, ...key, ...source, id, isReplayed(record) ? IS_REPLAYED : 0], index * STORED.words);
  }
  return { size: records.length, bytes: joined(parts, length), words, offsets, base };
}

/** The message id in the headers of a record; null if it has none there. */
function idHeaderOf({ headers }: StoredRecord): Uint8Array | null {
  for (const [name, bytes] of headers) if (name === ID_HEADER && bytes.length === ID_BYTES) return bytes;
  return null;
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
