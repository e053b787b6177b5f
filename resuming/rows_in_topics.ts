/**
 * Finds out by reading which rows of a source are in its topics, before it sends any.
 *
 * @module
 */
import { keyOf } from "../actors/encode_rows.ts";
import { storedIdentity } from "../records/stored_identity.ts";
import type { RowSource } from "../sources/source.ts";
import type { Checkpoint } from "../state/checkpoint.ts";
import type { Log, PartitionOffsets, StoredRecord } from "../transport/log.ts";
import { partitionFor } from "../transport/partitioner.ts";
import type { LiveTopic } from "./live_topics.ts";
import { SharedWork } from "./shared_work.ts";
import { type IdIndex, RowsPastCheckpoint } from "./written_rows.ts";

/** A partition from an offset on, up to its end. */
interface TopicRange {
  readonly topic: LiveTopic;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** Options of {@link rowsPastCheckpoint}. */
export interface PastCheckpointOptions {
  readonly log: Log;
  readonly source: RowSource;
  readonly checkpoint: Checkpoint;
  /** At most so many rows after its position were sent. */
  readonly rows: number;
  /** As they are now. */
  readonly topics: readonly LiveTopic[];
  readonly signal: AbortSignal;
}

const BATCH_ROWS = 1_000;
const utf8 = new TextEncoder();

/**
 * The rows after a position that the topics have. Reads the ids of so many rows into memory, and streams the topics past
 * them.
 *
 * @throws {LogError}
 * @throws {SourceError}
 */
export async function rowsPastCheckpoint(options: PastCheckpointOptions): Promise<RowsPastCheckpoint> {
  const { log, checkpoint, rows, topics, signal } = options;
  const found = new RowsPastCheckpoint(checkpoint.position.row + rows);
  let ahead: RowsAhead | null = null;
  for (const topic of topics) {
    const known = checkpoint.topics.find(({ name }) => name === topic.name);
    const ranges = rangesFrom(topic, known?.next ?? []);
    if (ranges.length === 0) continue;
    const { ids, keys } = ahead ??= await readAhead(options);
    const partitions = partitionsOf(keys, { from: known?.partitions ?? 1, to: topic.offsets.length });
    for (const range of ranges.filter(({ partition }) => partitions.has(partition))) {
      await scan(log, range, signal, (record) => {
        const identity = storedIdentity(record);
        if (identity === null || !ids.has(identity.messageId)) return;
        found.add(topic.name, identity, { partition: range.partition, offset: record.offset });
      });
    }
  }
  return found;
}

/** The ids of whole topics, read once for all sources of a run. */
export class TopicIndex {
  readonly #log: Log;
  readonly #open: () => IdIndex;
  readonly #reading = new SharedWork();
  #index: IdIndex | null = null;

  /** @param options.open makes the index when it is needed. */
  constructor({ log, open }: { readonly log: Log; readonly open: () => IdIndex }) {
    this.#log = log;
    this.#open = open;
  }

  /**
   * @throws {LogError}
   * @throws {StateFileError}
   */
  async of(topics: readonly LiveTopic[], signal: AbortSignal): Promise<IdIndex> {
    const index = this.#index ??= this.#open();
    for (const topic of topics) {
      await this.#reading.done(topic.name, signal, async (signal) => {
        for (const range of rangesFrom(topic, [])) {
          await scan(this.#log, range, signal, (record) => {
            const identity = storedIdentity(record);
            if (identity !== null) index.add(topic.name, identity);
          });
        }
        index.flush();
      });
    }
    return index;
  }
}

/** What each partition of a topic has from an offset on; `next` gives the offset, 0 where it is absent. */
function rangesFrom(topic: LiveTopic, next: readonly bigint[]): TopicRange[] {
  return topic.offsets.flatMap(({ partition, start, end }: PartitionOffsets) => {
    const known = next[partition] ?? 0n;
    // What retention has deleted cannot be read any more.
    const from = known < start ? start : known;
    return end > from ? [{ topic, partition, from, to: end }] : [];
  });
}

interface RowsAhead {
  readonly ids: ReadonlySet<string>;
  readonly keys: ReadonlySet<string>;
}

async function readAhead({ source, checkpoint: { position }, rows }: PastCheckpointOptions): Promise<RowsAhead> {
  const ids = new Set<string>();
  const keys = new Set<string>();
  const reader = await source.open(position);
  try {
    for (let left = rows; left > 0;) {
      const batch = await reader.next(Math.min(BATCH_ROWS, left));
      if (batch === null) break;
      left -= batch.rows.length;
      for (const row of batch.rows) {
        if (!row.ok) continue;
        ids.add(row.messageId);
        keys.add(keyOf(batch.kind, row.record));
      }
    }
  } finally {
    await reader.close();
  }
  return { ids, keys };
}

/** Where keys may stand in a topic that has grown from one number of partitions to another. */
function partitionsOf(keys: ReadonlySet<string>, count: { readonly from: number; readonly to: number }): Set<number> {
  const partitions = new Set<number>();
  for (const key of keys) {
    const bytes = utf8.encode(key);
    for (let partitionCount = count.from; partitionCount <= count.to; partitionCount++) {
      partitions.add(partitionFor(bytes, partitionCount));
    }
  }
  return partitions;
}

async function scan(
  log: Log,
  { topic, partition, from, to }: TopicRange,
  signal: AbortSignal,
  judge: (record: StoredRecord) => void,
): Promise<void> {
  for await (const records of log.read(topic.name, partition, { from, to, signal })) records.forEach(judge);
}
