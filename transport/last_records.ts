/**
 * The last records of each partition of a topic: a look at what the topic holds that reads a bounded number of records.
 *
 * @module
 */
import type { PartitionOffsets, StoredRecord } from "./log.ts";

/** How many records of each partition count. */
const LAST_RECORDS = 3;
/** How many offsets back to look for them: offsets may have holes, and the last records may not count. */
const LOOK_BACK = [BigInt(LAST_RECORDS), 1_000n] as const;
/** How many partitions to read at the same time. */
const PARTITIONS_AT_A_TIME = 8;

/** Reads the records from one offset up to another. */
type ReadPart = (
  part: { readonly partition: number; readonly from: bigint; readonly to: bigint },
  visit: (record: StoredRecord) => void,
) => Promise<void>;

/**
 * The last records of each partition that count, in the order of the partitions; none of one where there are none within
 * the look-back. Rejects as a read does.
 */
export async function lastRecords(
  offsets: readonly PartitionOffsets[],
  { read, counts = () => true }: { readonly read: ReadPart; readonly counts?: (record: StoredRecord) => boolean },
): Promise<readonly (readonly StoredRecord[])[]> {
  const found: (readonly StoredRecord[])[] = offsets.map(() => []);
  const queue = offsets.entries();
  let failed = false;
  // The readers share the queue: each takes the next partition when it has finished one.
  const readers = Array.from({ length: PARTITIONS_AT_A_TIME }, async () => {
    for (const [at, range] of queue) {
      if (failed) return;
      found[at] = await lastOf(range, { read, counts });
    }
  });
  await Promise.all(readers).catch((cause) => {
    failed = true;
    throw cause;
  });
  return found;
}

async function lastOf(
  { partition, start, end }: PartitionOffsets,
  { read, counts }: { readonly read: ReadPart; readonly counts: (record: StoredRecord) => boolean },
): Promise<readonly StoredRecord[]> {
  for (const back of LOOK_BACK) {
    const from = end - back > start ? end - back : start;
    const last: StoredRecord[] = [];
    if (from < end) {
      await read({ partition, from, to: end }, (record) => {
        if (counts(record) && last.push(record) > LAST_RECORDS) last.shift();
      });
    }
    if (last.length > 0 || from === start) return last;
  }
  return [];
}
