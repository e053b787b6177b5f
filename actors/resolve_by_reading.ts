/**
 * The one answer to "unknown": reading. After a send whose outcome is unknown, and after a producer that died, the
 * partition is read from one past its last acknowledged offset, and what is there is known by its message id.
 *
 * @module
 */
import { storedMessageId } from "../records/stored_identity.ts";
import type { Log } from "../transport/log.ts";
import type { Clock } from "./kernel/clock.ts";

/** Message ids found in a partition, with their offsets, and the end to which it was read. */
export interface FoundRecords {
  readonly partition: number;
  readonly offsets: Map<string, bigint>;
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
  const { log, topic, partition, from, signal } = options;
  const end = await settledEnd(options);
  const offsets = new Map<string, bigint>();
  if (end > from) {
    for await (const records of log.read(topic, partition, { from, to: end, signal })) {
      for (const record of records) {
        const id = storedMessageId(record);
        if (id !== null && !offsets.has(id)) offsets.set(id, record.offset);
      }
    }
  }
  return { partition, offsets, end };
}

async function settledEnd({ log, topic, partition, clock, settleMs, signal }: ResolveOptions): Promise<bigint> {
  const read = async () => {
    const all = await log.admin.offsets(topic);
    return all.find((offsets) => offsets.partition === partition)?.end ?? 0n;
  };
  let end = await read();
  for (;;) {
    await clock.sleep(settleMs, signal);
    const again = await read();
    if (again === end) return end;
    end = again;
  }
}
