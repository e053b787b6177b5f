/**
 * Finds out by reading which rows of a source are in its topics, before it sends any.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { OneAtATime } from "../../kernel/one_at_a_time.ts";
import { START_BY_ROW } from "../../records/content/file_position.ts";
import { storedIdentity } from "../../records/ids/stored_identity.ts";
import { halfRowsAt } from "../../records/content/half_rows.ts";
import type { RowSource } from "../../sources/source.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import type { Checkpoint } from "../../state/checkpoint.ts";
import type { PartitionOffsets, StoredRecord } from "../../transport/log.ts";
import { type Partitioner, PARTITIONERS, partitionFor } from "../../transport/partitioner.ts";
import { isOfOrigin, isReplayed, rowOf, sourceOf, sourceValueOf } from "../../transport/source_header.ts";
import type { LiveTopic, TopicRange, TopicReader } from "./live_topics.ts";
import { OriginOwners, type OriginOwnersOptions, recordDigests, type TopicsOfRun } from "./origin_owners.ts";
import type { PlacesInRun } from "./places_in_run.ts";
import { SharedWork } from "./shared_work.ts";
import { forEachRow } from "./source_rows.ts";
import type { IdIndex } from "./id_index.ts";
import { RowsPastCheckpoint } from "./rows_past_checkpoint.ts";

/** Options of {@link rowsPastCheckpoint}. */
export interface PastCheckpointOptions {
  readonly reader: TopicReader;
  readonly source: RowSource;
  readonly checkpoint: Checkpoint;
  /** Maximum number of rows that were sent after its position. */
  readonly rows: number;
  /** As they are now. */
  readonly topics: readonly LiveTopic[];
  /** Which partition a key belongs to in this run. */
  readonly partitioner: Partitioner;
  /** The places of files in the run. */
  readonly places: PlacesInRun;
  readonly signal: AbortSignal;
}

const utf8 = new TextEncoder();

/**
 * The rows after a position that the topics have, by their own records. Reads the keys of so many rows into memory, which
 * tell the partitions, and streams these.
 *
 * @returns null if more was sent than the checkpoint says: it is an older one, and only the whole topics tell
 * @throws {LogError}
 * @throws {SourceError}
 * @throws {RowConflictError}
 */
export async function rowsPastCheckpoint(options: PastCheckpointOptions): Promise<RowsPastCheckpoint | null> {
  const { reader, source, checkpoint, rows, topics, partitioner, places, signal } = options;
  const { position, origin } = checkpoint;
  if (origin === null) return null; // Not of a file.
  // A row that was taken without its line end is written once more when it has grown.
  const settled = (position.at.unended ?? position).row;
  const halves = new Set(halfRowsAt(position).map(({ row }) => row));
  const digests = recordDigests(source.kind);
  const found = new RowsPastCheckpoint(position.row + rows, { kind: source.kind, place: places.of(source.id) });
  const originBytes = Uint8Array.fromHex(origin);
  const rowOfRecord = places.ofRecords();
  let keys: ReadonlySet<string> | null = null;
  let further = false;
  for (const topic of topics) {
    const known = checkpoint.topics.find(({ name }) => name === topic.name);
    const ranges = rangesFrom(topic, known?.next ?? []);
    if (ranges.length === 0) continue;
    keys ??= await keysAhead(options);
    const ahead = keys;
    const count = { from: known?.partitions ?? 1, to: topic.offsets.length };
    // The run that has sent them may have had another rule.
    const rules = known?.partitioner === partitioner ? [partitioner] : PARTITIONERS;
    const partitions = partitionsOf(ahead, count, rules);
    for (const range of ranges.filter(({ partition }) => partitions.has(partition))) {
      const visit = (record: StoredRecord) => {
        const { partition } = range;
        const key = topic.compacted ? keyOf(record) : null;
        const value = sourceValueOf(record);
        if (value === null || !isOfOrigin(value, originBytes)) {
          if (key === null || !ahead.has(key)) return;
          return found.addOther(topic.name, { key, partition, offset: record.offset, of: rowOfRecord(record) });
        }
        const row = rowOf(value) ?? 0;
        const identity = storedIdentity(record);
        if (row <= settled || identity === null) return;
        // A dead letter was replayed that the checkpoint knows nothing of.
        if (row > found.lastRow || isReplayed(record)) further = true;
        const digest = halves.has(row) ? digests[identity.version].ofStored(record.value) : undefined;
        if (!further) found.add(topic.name, { ...identity, row, key, digest, partition, offset: record.offset });
      };
      await reader.read(topic.name, range, { signal, visit });
      if (further) return null;
    }
  }
  return found;
}

/** Options of {@link TopicIndex}. */
export interface TopicIndexOptions extends OriginOwnersOptions {
  readonly reader: TopicReader;
  /** Makes the index when it is needed. */
  readonly open: () => IdIndex;
  /** Where each partition of a topic is read from. @default its start */
  readonly from?: (topic: string) => readonly bigint[];
}

/** What whole topics have, read once for all sources of a run. */
export class TopicIndex {
  readonly #options: TopicIndexOptions;
  readonly #reading = new SharedWork();
  readonly #turns = new OneAtATime();
  readonly #owners: OriginOwners;
  /** By topic and partition, one past the last record in the index: one that was added twice would stand for two rows. */
  readonly #next = new Map<string, bigint>();
  #index: IdIndex | null = null;

  constructor(options: TopicIndexOptions) {
    this.#options = options;
    this.#owners = new OriginOwners(options);
  }

  /**
   * @throws {LogError}
   * @throws {StorageError}
   */
  async of(source: RowSource, topics: readonly LiveTopic[], signal: AbortSignal): Promise<IdIndex> {
    const index = await this.#read(source.kind, topics, signal);
    await noteReplayed(source, { index, topics, signal });
    return index;
  }

  /** @param kind of the topics' records: a topic has one kind, as its name says */
  async #read(kind: RecordKind, topics: readonly LiveTopic[], signal: AbortSignal): Promise<IdIndex> {
    const index = this.#index ??= this.#options.open();
    const digests = recordDigests(kind);
    for (const topic of topics) {
      await this.#reading.done(topic.name, signal, async (signal) => {
        for (const range of rangesFrom(topic, this.#options.from?.(topic.name) ?? [])) {
          const place = `${topic.name}/${range.partition}`;
          // Reading that broke off is resumed where it stood.
          const from = this.#next.get(place) ?? range.from;
          if (from >= range.to) continue;
          const visit = (record: StoredRecord) => {
            const identity = storedIdentity(record);
            const copy = identity === null ? null : {
              ...identity,
              source: sourceOf(record),
              digest: digests[identity.version].ofStored(record.value),
              replayed: isReplayed(record),
              place: { partition: range.partition, offset: record.offset },
            };
            if (copy !== null) index.add(topic.name, copy);
            if (topic.compacted) {
              const { name } = topic, { partition } = range, { offset } = record;
              index.latest.note({ topic: name, key: keyOf(record), partition, offset }, copy);
            }
            this.#next.set(place, record.offset + 1n);
          };
          await this.#options.reader.read(topic.name, { ...range, from }, { signal, visit });
        }
        index.flush();
      });
    }
    return index;
  }

  /**
   * The origin under which the topics have this very source, row by row: its checkpoint was lost, or is of other settings.
   * Null if there is none. All files of the run are looked for at the first time, so that none takes what another one has
   * written; in topics that keep only the latest record of a key it is noted which rows have a later one.
   *
   * @throws {SourceError}
   * @throws {StorageError}
   */
  originOf(source: RowSource, topics: readonly LiveTopic[], signal: AbortSignal): Promise<string | null> {
    return this.#turns.run(async () => {
      const index = await this.#read(source.kind, topics, signal);
      return await this.#owners.originOf(source, { index, topics, signal });
    });
  }

  /** As {@link OriginOwners.isPart}, once {@link originOf} was asked. */
  isPart(source: RowSource, origin: string, topics: readonly LiveTopic[]): boolean {
    return this.#owners.isPart(source, origin, topics);
  }

  /** The file of the run that the topics have under an origin, once {@link originOf} was asked; null if there is none. */
  ownerOf(origin: string, topics: readonly LiveTopic[]): RowSource | null {
    return this.#owners.ownerOf(origin, topics);
  }
}

/**
 * A replay gives a row whose fields could not be read an id by its row number. Where topics have records of replays, the source
 * is read once more under these ids.
 */
async function noteReplayed(source: RowSource, { topics, index, signal }: TopicsOfRun): Promise<void> {
  const replayed = topics.filter(({ name, target: { version } }) => index.hasAnyReplayed(name, version));
  if (replayed.length === 0 || !source.resumable) return;
  const digests = recordDigests(source.kind);
  await forEachRow(source, { from: START_BY_ROW, signal }, ({ row, messageId, record: recordOf }) => {
    if (messageId === null) return;
    for (const { name, target: { version } } of replayed) {
      if (!index.hasReplayed(name, { messageId, version })) continue;
      const record = recordOf();
      const digest = record === null ? null : digests[version].ofWritable(record);
      if (digest !== null) index.noteReplayed({ topic: name, version, messageId, digest, row, file: source.id });
    }
  });
  index.flush();
}

/** What each partition of a topic has from an offset on; `next` gives the offset, 0 where it is absent. */
function rangesFrom(topic: LiveTopic, next: readonly bigint[]): TopicRange[] {
  return topic.offsets.flatMap(({ partition, start, end }: PartitionOffsets) => {
    const known = next[partition] ?? 0n;
    // What retention has deleted cannot be read any more.
    const from = known < start ? start : known;
    return end > from ? [{ partition, from, to: end }] : [];
  });
}

function keyOf({ key }: Pick<StoredRecord, "key">): string {
  return Buffer.from(key ?? "").toString();
}

async function keysAhead(options: PastCheckpointOptions): Promise<ReadonlySet<string>> {
  const { source, checkpoint: { position }, rows, signal } = options;
  const keys = new Set<string>();
  await forEachRow(source, { from: position, rows, signal }, ({ messageId, key, parts = [] }) => {
    if (messageId !== null) keys.add(key);
    for (const part of parts) keys.add(part.key);
  });
  return keys;
}

/** Where keys may stand in a topic that has grown from one number of partitions to another. */
function partitionsOf(
  keys: ReadonlySet<string>,
  count: { readonly from: number; readonly to: number },
  rules: readonly Partitioner[],
): Set<number> {
  const partitions = new Set<number>();
  for (const key of keys) {
    const bytes = utf8.encode(key);
    for (let partitionCount = count.from; partitionCount <= count.to; partitionCount++) {
      for (const rule of rules) partitions.add(partitionFor(bytes, partitionCount, rule));
    }
  }
  return partitions;
}
