/**
 * The records of a topic, bucket by bucket of what they are known by.
 *
 * @module
 */
import { DecodeError } from "../../schemas/codec.ts";
import { HEADER_BYTES, MAGIC_BYTE } from "../../schemas/avro/wire.ts";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import type { Log, PartitionOffsets, StoredRecord } from "../../transport/log.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";
import { isReplayed, ORIGIN_BYTES, rowOf, sourceValueOf } from "../../transport/source_header.ts";
import { ByteTable } from "./byte_table.ts";
import { bucketOf, COVERED, NO_ID, NO_ORIGIN, RECORD, recordMore, REPLAYED, ROW_LIMIT } from "./entries.ts";
import type { ExpectedRows } from "./expected_rows.ts";
import { RecordContent } from "./record_content.ts";
import { readAhead } from "./read_ahead.ts";
import { putRecordId } from "./record_id.ts";
import type { MatchBy } from "./report.ts";
import { Spill, type SpillRoom } from "./spill.ts";
import { TopicSchemas } from "./topic_schemas.ts";

/** Which records are read. */
export interface TopicOptions {
  readonly topic: string;
  readonly version: SchemaVersion;
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly match: MatchBy;
  /** Kafka deletes records of a key but the latest one. */
  readonly isCompacted: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the records read so far. */
  readonly onProgress?: ((records: number) => void) | undefined;
}

/** A place in the topic. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: bigint;
}

/** The records of one version. */
export class TopicRecords implements Disposable {
  /** Records of other versions, without a value, or of other schemas. */
  others = 0;
  undecodable = 0;
  readonly entries: Spill;
  /** Records of the audited version by schema id. */
  get schemaIds(): ReadonlyMap<number, number> {
    return this.#schemaIds;
  }
  /** Offsets of all partitions: those of a partition follow those of the one before. */
  ordinals = 0;
  readonly #options: TopicOptions;
  readonly #expected: ExpectedRows;
  readonly #schemas: TopicSchemas;
  readonly #schemaIds = new Map<number, number>();
  readonly #contents = new Map<RecordKind, RecordContent>();
  readonly #keys = new ByteTable();
  readonly #origins = new ByteTable();
  readonly #starts: { readonly partition: number; readonly start: bigint; readonly ordinal: number }[] = [];
  readonly #entry = new Uint32Array(RECORD.words);
  readonly #id = new Uint32Array(4);
  #read = 0;

  constructor(options: TopicOptions, expected: ExpectedRows, room: SpillRoom) {
    this.#options = options;
    this.#expected = expected;
    this.#schemas = new TopicSchemas(options.registry);
    this.entries = new Spill(RECORD.words, room);
  }

  /**
   * Reads some partitions.
   *
   * @throws {LogError} If the topic cannot be read.
   * @throws {RegistryError} If the registry cannot say what a schema id stands for.
   */
  async readAll(partitions: readonly PartitionOffsets[]): Promise<void> {
    for (const offsets of partitions) {
      this.#starts.push({ partition: offsets.partition, start: offsets.start, ordinal: this.ordinals });
      await this.#readPartition(offsets);
      this.ordinals += Number(offsets.end - offsets.start);
    }
  }

  /** The partition and offset of a record. */
  placeOf(ordinal: number): RecordPlace {
    const at = this.#starts.findLast((one) => one.ordinal <= ordinal);
    if (at === undefined) throw new RangeError(`No partition has a record ${ordinal}`);
    return { partition: at.partition, offset: at.start + BigInt(ordinal - at.ordinal) };
  }

  /** Tells the partition of each record, in ascending order of the ordinals. */
  partitions(): (ordinal: number) => number {
    let at = 0;
    return (ordinal) => {
      while ((this.#starts[at + 1]?.ordinal ?? Infinity) <= ordinal) at += 1;
      return this.#starts[at]?.partition ?? 0;
    };
  }

  [Symbol.dispose](): void {
    this.entries[Symbol.dispose]();
  }

  async #readPartition({ partition, start, end }: PartitionOffsets): Promise<void> {
    const { log, topic, isCompacted, signal, onProgress } = this.#options;
    const latest = new Map<string, StoredRecord>();
    const base = this.ordinals;
    const add = (record: StoredRecord) => this.#add(record, base + Number(record.offset - start));
    for await (const records of readAhead(log.read(topic, partition, { from: start, to: end, signal }))) {
      for (const record of records) {
        const id = idOf(record.value);
        if (id !== null && this.#schemas.known(id) === undefined) await this.#schemas.meaningOf(id);
        // A compacted topic keeps only the latest value of a key, so each version is audited by itself.
        if (!isCompacted) add(record);
        else if (record.value !== null && this.#isAudited(id)) keepLatest(latest, record);
        else this.others += 1;
      }
      this.#read += records.length;
      onProgress?.(this.#read);
    }
    for (const record of latest.values()) add(record);
  }

  /** Whether an id stands for the audited version; true of a value that is not framed. */
  #isAudited(id: number | null): boolean {
    return id === null || this.#schemas.known(id)?.version === this.#options.version;
  }

  #add(record: StoredRecord, ordinal: number): void {
    const { value } = record, id = idOf(value);
    if (value === null || !this.#isAudited(id)) {
      this.others += 1;
      return;
    }
    const meaning = id === null ? null : this.#schemas.known(id) ?? null;
    if (id === null || meaning === null) {
      this.undecodable += 1;
      return;
    }
    this.#schemaIds.set(id, (this.#schemaIds.get(id) ?? 0) + 1);
    const content = this.#contentOf(meaning.kind);
    try {
      content.read(value, { from: HEADER_BYTES, end: value.length, isOurs: false });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.undecodable += 1;
      return;
    }
    this.#addContent(record, content, ordinal);
  }

  #addContent(record: StoredRecord, content: RecordContent, ordinal: number): void {
    const entry = this.#entry, id = this.#id, { digest } = content;
    const range = { from: content.symbolFrom, end: content.symbolEnd, time: content.time };
    let flags = this.#expected.covers(content.bytes, range) ? COVERED : 0;
    if (this.#options.match === "values") {
      id.set(digest);
      entry[RECORD.content] = entry[RECORD.content + 1] = 0;
    } else {
      const first = entry[RECORD.content] = digest[0] ?? 0, second = entry[RECORD.content + 1] = digest[1] ?? 0;
      if (!putRecordId(id, record, content)) {
        // Somewhere, so that not all of them are in one bucket.
        id.set([first, second, 0, 0]);
        flags |= NO_ID;
      }
    }
    if (isReplayed(record)) flags |= REPLAYED;
    entry.set(id, RECORD.key);
    const source = sourceValueOf(record), row = source === null ? null : rowOf(source);
    const isNamed = source !== null && row !== null && row < ROW_LIMIT;
    entry[RECORD.ordinal] = ordinal;
    entry[RECORD.more] = recordMore(ordinal, { row: isNamed ? row : 0, flags });
    entry[RECORD.recordKey] = record.key === null ? ByteTable.NONE : this.#keys.add(record.key, 0, record.key.length);
    entry[RECORD.origin] = isNamed ? this.#origins.add(source, 0, ORIGIN_BYTES) : NO_ORIGIN;
    entry[RECORD.row] = isNamed ? row : 0;
    this.entries.add(bucketOf(id[0] ?? 0, id[1] ?? 0, id[2] ?? 0, id[3] ?? 0), entry);
  }

  #contentOf(kind: RecordKind): RecordContent {
    const content = this.#contents.get(kind) ?? new RecordContent(kind, this.#options.version);
    this.#contents.set(kind, content);
    return content;
  }
}

/** The schema's id; null for a value that is not framed. As `parseFrame`, without an object for each record. */
function idOf(value: Uint8Array | null): number | null {
  if (value === null || value.length < HEADER_BYTES || value[0] !== MAGIC_BYTE) return null;
  const id = (value[1] ?? 0) << 24 | (value[2] ?? 0) << 16 | (value[3] ?? 0) << 8 | (value[4] ?? 0);
  return id < 0 ? null : id;
}

/** Keeps a record, but not the memory of the many that came with it. */
function keepLatest(latest: Map<string, StoredRecord>, record: StoredRecord): void {
  const key = record.key === null ? "" : new TextDecoder().decode(record.key);
  const copied = (bytes: Uint8Array | null) => bytes === null ? null : bytes.slice();
  latest.delete(key);
  latest.set(key, {
    ...record,
    key: copied(record.key),
    value: copied(record.value),
    headers: record.headers.map(([name, value]) => [name, value.slice()]),
  });
}
