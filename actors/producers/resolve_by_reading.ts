/**
 * The one answer to "unknown": reading. After a send whose outcome is unknown, and after a producer that died, its
 * partitions are read from one past their last acknowledged offsets, and each record found there is recognised ({@link
 * SentRecord}).
 *
 * @module
 */
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import { parseFrame, WireError } from "../../schemas/avro/wire.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { Log, StoredRecord } from "../../transport/log.ts";
import { sourceOf } from "../../transport/source_header.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { FoundRecord } from "./topic_ledger.ts";
import { contentOf } from "./sent_record.ts";
import { stableEnds } from "./stable_ends.ts";

/** What reading has found in a partition, in log order, and the end to which it was read. */
export interface FoundRecords<T> {
  readonly partition: number;
  readonly records: readonly T[];
  readonly end: bigint;
}

/** Options of {@link readPastAcknowledged}. */
export interface ResolveOptions<T> {
  readonly log: Log;
  readonly topic: string;
  /** Every partition that the client has sent to and that is in doubt, with one past its last acknowledged offset. */
  readonly from: ReadonlyMap<number, bigint>;
  /** By what a record is recognised; null for a record that the writer has not sent. */
  readonly pick: (partition: number, stored: StoredRecord) => T | null;
  readonly clock: Clock;
  /** See {@link stableEnds}. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
  /** Gets an event about a long wait for followers. */
  readonly observe: Observer;
}

/** Reads what partitions hold past the last acknowledged offsets. The client that wrote must be closed before. */
export async function readPastAcknowledged<T>(options: ResolveOptions<T>): Promise<readonly FoundRecords<T>[]> {
  const { log, topic, pick, signal } = options;
  const found: FoundRecords<T>[] = [];
  if (options.from.size === 0) return found;
  const partitions = [...options.from.keys()];
  const isOwn = (partition: number, record: StoredRecord) => pick(partition, record) !== null;
  for (const { partition, start, end } of await stableEnds({ ...options, partitions, isOwn })) {
    const acknowledged = options.from.get(partition) ?? 0n;
    // Retention has deleted what was before: it was in the log, but cannot be read any more.
    const from = acknowledged < start ? start : acknowledged;
    const records: T[] = [];
    if (end > from) {
      for await (const chunk of log.read(topic, partition, { from, to: end, signal })) {
        for (const stored of chunk) {
          const record = pick(partition, stored);
          if (record !== null) records.push(record);
        }
      }
    }
    found.push({ partition, records, end });
  }
  return found;
}

/** By what a producer recognises a record; null for one that the product has not written. */
export function foundRecord(partition: number, stored: StoredRecord): FoundRecord | null {
  const messageId = storedMessageId(stored);
  if (messageId === null || stored.value === null) return null;
  try {
    const { schemaId } = parseFrame(stored.value);
    const known = { messageId, source: sourceOf(stored), content: contentOf(stored.value) };
    return { ...known, partition, schemaId, offset: stored.offset };
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
