/**
 * The offsets to show of each partition.
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

/** The range to read of one partition. */
export interface TailRange {
  readonly partition: number;
  readonly from: bigint;
  /** Absent: reads forever. */
  readonly to?: bigint;
}

/** What the user asked for. */
export interface TailRequest {
  readonly topic: string;
  readonly start: TailStart;
  /** Only the partitions that this key belongs to under any writer's rule. */
  readonly key: Uint8Array | null;
  readonly follow: boolean;
}

/** What to read: in partition order, without ranges that are empty and stay so. */
export interface TailRanges {
  /** What the partitions hold at this time. */
  readonly stored: readonly TailRange[];
  /** What comes after it; none unless the user wants to wait for it. */
  readonly following: readonly TailRange[];
}

/**
 * The ranges to read.
 *
 * @throws {LogError} `unknown_topic`, with the similar name that may have been meant.
 */
export async function tailRanges(log: Log, { topic, start, key, follow }: TailRequest): Promise<TailRanges> {
  const offsets = await offsetsOf(log, topic);
  const wanted = key === null
    ? offsets
    : offsets.filter(({ partition }) =>
      PARTITIONERS.some((rule) => partition === partitionFor(key, offsets.length, rule))
    );
  const stored = await Promise.all(wanted.map(async (known) => {
    return { partition: known.partition, from: await firstOffset(log, { topic, start, known }), to: known.end };
  }));
  const following = stored.map(({ partition, from, to }) => ({ partition, from: from < to ? to : from }));
  return { stored: stored.filter(({ from, to }) => from < to), following: follow ? following : [] };
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
      // One offset for many partitions: each partition uses its closest one.
      return start.offset < known.start ? known.start : start.offset > known.end ? known.end : start.offset;
    case "time":
      return await log.offsetForTime(topic, known.partition, start.timestamp);
  }
}
