/**
 * The one answer to "unknown": reading. After a send whose outcome is unknown, and after a producer that died, the
 * partition is read from one past its last acknowledged offset, and what is there is known by its message id.
 *
 * @module
 */
import { storedMessageId } from "../records/stored_identity.ts";
import { parseFrame, WireError } from "../schemas/wire.ts";
import type { Log, StoredRecord } from "../transport/log.ts";
import type { Clock } from "./kernel/clock.ts";
import type { FoundRecord } from "./partition_ledger.ts";
import { settledOffsets } from "./settled_offsets.ts";

/** Records found in a partition, in log order, and the end to which it was read. */
export interface FoundRecords {
  readonly partition: number;
  readonly records: readonly FoundRecord[];
  readonly end: bigint;
}

/** Options of {@link readPastAcknowledged}. */
export interface ResolveOptions {
  readonly log: Log;
  readonly topic: string;
  readonly partition: number;
  /** One past the last acknowledged offset. */
  readonly from: bigint;
  readonly clock: Clock;
  /**
   * The end offset must stand still for this long before it is believed: a request that the broker has received but not
   * yet written would otherwise be missed.
   */
  readonly settleMs: number;
  readonly signal: AbortSignal;
}

/** Reads what a partition holds past the last acknowledged offset. The client that wrote must be closed before. */
export async function readPastAcknowledged(options: ResolveOptions): Promise<FoundRecords> {
  const { partition } = options;
  return { partition, ...await collectPast(options, (stored) => foundRecord(partition, stored)) };
}

/**
 * As {@link readPastAcknowledged}, for records that are known by something else than their message id.
 *
 * @param pick what is wanted of a record; null for one that is somebody else's.
 */
export async function collectPast<T>(
  options: ResolveOptions,
  pick: (stored: StoredRecord) => T | null,
): Promise<{ readonly records: readonly T[]; readonly end: bigint }> {
  const { log, topic, partition, signal } = options;
  const all = await settledOffsets(options);
  const { start, end } = all.find((offsets) => offsets.partition === partition) ?? { start: 0n, end: 0n };
  // What retention has deleted cannot be read any more; it was there.
  const from = options.from < start ? start : options.from;
  const records: T[] = [];
  if (end > from) {
    for await (const chunk of log.read(topic, partition, { from, to: end, signal })) {
      for (const stored of chunk) {
        const record = pick(stored);
        if (record !== null) records.push(record);
      }
    }
  }
  return { records, end };
}

/** Null for what is not one of the product's records. */
function foundRecord(partition: number, stored: StoredRecord): FoundRecord | null {
  const messageId = storedMessageId(stored);
  if (messageId === null || stored.value === null) return null;
  try {
    return { partition, messageId, schemaId: parseFrame(stored.value).schemaId, offset: stored.offset };
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
