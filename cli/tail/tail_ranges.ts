/**
 * Which offsets of which partitions are to be shown.
 *
 * @module
 */
import { suggestionFor } from "../../config/did_you_mean.ts";
import { LogError } from "../../transport/log.ts";
import type { Log, PartitionOffsets } from "../../transport/log.ts";
import { PARTITIONERS, partitionFor } from "../../transport/partitioner.ts";

/** Where to start. */
export type TailStart =
  | { readonly type: "beginning" }
  | { readonly type: "end" }
  | { readonly type: "offset"; readonly offset: bigint }
  /** Milliseconds since the epoch. */
  | { readonly type: "time"; readonly timestamp: number };

/** What to read of one partition. */
export interface TailRange {
  readonly partition: number;
  readonly from: bigint;
  /** Absent: goes on for ever. */
  readonly to?: bigint;
}

/** What is asked for. */
export interface TailRequest {
  readonly topic: string;
  readonly start: TailStart;
  /** Only the partitions that this key belongs to, by whichever rule it was written. */
  readonly key: Uint8Array | null;
  readonly follow: boolean;
}

/**
 * The ranges to read, in partition order; without those that are empty and will stay so.
 *
 * @throws {LogError} `unknown_topic`, with the name that may have been meant.
 */
export async function tailRanges(log: Log, { topic, start, key, follow }: TailRequest): Promise<readonly TailRange[]> {
  const offsets = await offsetsOf(log, topic);
  const wanted = key === null
    ? offsets
    : offsets.filter(({ partition }) =>
      PARTITIONERS.some((rule) => partition === partitionFor(key, offsets.length, rule))
    );
  const ranges = await Promise.all(wanted.map(async (known): Promise<TailRange> => {
    const from = await firstOffset(log, { topic, start, known });
    return follow ? { partition: known.partition, from } : { partition: known.partition, from, to: known.end };
  }));
  return ranges.filter(({ from, to }) => to === undefined || from < to);
}

async function offsetsOf(log: Log, topic: string): Promise<readonly PartitionOffsets[]> {
  try {
    return await log.admin.offsets(topic);
  } catch (error) {
    if (!(error instanceof LogError) || error.code !== "unknown_topic") throw error;
    const names = await log.admin.listTopics();
    throw new LogError("unknown_topic", `there is no topic "${topic}".${suggestionFor(topic, names)}`, {
      cause: error,
    });
  }
}

async function firstOffset(
  log: Log,
  { topic, start, known }: { readonly topic: string; readonly start: TailStart; readonly known: PartitionOffsets },
): Promise<bigint> {
  switch (start.type) {
    case "beginning":
      return known.start;
    case "end":
      return known.end;
    case "offset":
      // One number for many partitions: what lies outside of one is the closest that it has.
      return start.offset < known.start ? known.start : start.offset > known.end ? known.end : start.offset;
    case "time":
      return await log.offsetForTime(topic, known.partition, start.timestamp);
  }
}
