/**
 * The records of a topic, bucket by bucket of what they are known by.
 *
 * @module
 */
import { HEADER_BYTES, MAGIC_BYTE } from "../../schemas/avro/wire.ts";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import type { Log, PartitionOffsets, StoredRecord } from "../../transport/log.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";
import { readTables, tableOf } from "../../transport/read_tables.ts";
import { ABSENT, IS_REPLAYED, type RecordTable, STORED } from "../../transport/record_table.ts";
import { ORIGIN_BYTES, rowIn } from "../../transport/source_header.ts";
import { ByteTable } from "./byte_table.ts";
import { bucketOf, COVERED, NO_ID, NO_ORIGIN, RECORD, recordMore, REPLAYED, ROW_LIMIT } from "./entries.ts";
import type { ExpectedRows } from "./expected_rows.ts";
import { RecordContents } from "./record_contents.ts";
import { readAhead } from "./read_ahead.ts";
import { putIdBytes } from "./record_id.ts";
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

/** The first offset of a partition, and its ordinal. */
interface OrdinalPlace {
  readonly start: bigint;
  readonly ordinal: number;
}

/** Records that are looked at in one go. */
const PIECE_RECORDS = 10_000;
/** Values that are read in one go have so many bytes, or one more of any length. */
const PIECE_BYTES = 1024 * 1024;

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
  readonly #contents = new Map<RecordKind, RecordContents>();
  readonly #keys = new ByteTable();
  readonly #origins = new ByteTable();
  readonly #starts: { readonly partition: number; readonly start: bigint; readonly ordinal: number }[] = [];
  readonly #entry = new Uint32Array(RECORD.words);
  readonly #id = new Uint32Array(4);
  readonly #digest = new Uint32Array(4);
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

  async #readPartition(offsets: PartitionOffsets): Promise<void> {
    const { log, topic, isCompacted, signal } = this.#options, { partition, start, end } = offsets;
    const place = { ordinal: this.ordinals, start };
    if (isCompacted) return await this.#readLatest(offsets, place);
    for await (const table of readAhead(readTables(log, topic, partition, { from: start, to: end, signal }))) {
      await this.#addAll(table, place);
      this.#hasRead(table.size);
    }
  }

  /** A compacted topic keeps only the latest value of a key, so each version is audited by itself. */
  async #readLatest({ partition, start, end }: PartitionOffsets, place: OrdinalPlace): Promise<void> {
    const { log, topic, signal } = this.#options, latest = new Map<string, StoredRecord>();
    for await (const records of readAhead(log.read(topic, partition, { from: start, to: end, signal }))) {
      for (const record of records) {
        const id = record.value === null ? null : idIn(record.value, 0, record.value.length);
        if (id !== null) await this.#schemas.meaningOf(id);
        if (record.value !== null && this.#isAudited(id)) keepLatest(latest, record);
        else this.others += 1;
      }
      this.#hasRead(records.length);
    }
    const records = [...latest.values()];
    for (let at = 0; at < records.length; at += PIECE_RECORDS) {
      await this.#addAll(tableOf(records.slice(at, at + PIECE_RECORDS)), place);
    }
  }

  #hasRead(records: number): void {
    this.#read += records;
    this.#options.onProgress?.(this.#read);
  }

  /** Whether an id stands for the audited version; true of a value that is not framed. */
  #isAudited(id: number | null): boolean {
    return id === null || this.#schemas.known(id)?.version === this.#options.version;
  }

  async #addAll(table: RecordTable, place: OrdinalPlace): Promise<void> {
    for (let index = 0; index < table.size; index++) {
      const id = schemaIdAt(table, index);
      if (id !== null && this.#schemas.known(id) === undefined) await this.#schemas.meaningOf(id);
    }
    for (let from = 0; from < table.size;) from = this.#addRun(table, from, place);
  }

  /** Adds records of one schema that stand next to each other; @returns where those after them begin. */
  #addRun(table: RecordTable, from: number, place: OrdinalPlace): number {
    const id = schemaIdAt(table, from), ranges: number[] = [];
    let to = from, bytes = 0;
    for (; to < table.size && bytes < PIECE_BYTES && schemaIdAt(table, to) === id; to++) {
      const at = to * STORED.words;
      const valueFrom = table.words[at + STORED.valueFrom] ?? 0, valueEnd = table.words[at + STORED.valueEnd] ?? 0;
      // What has no schema is looked at one by one.
      if (id === null) {
        if (valueFrom === ABSENT) this.others += 1;
        else this.undecodable += 1;
        continue;
      }
      ranges.push(valueFrom + HEADER_BYTES, valueEnd);
      bytes += valueEnd - valueFrom;
    }
    const meaning = id === null ? null : this.#schemas.known(id) ?? null;
    if (id === null) return to;
    if (meaning?.version !== this.#options.version) {
      this.others += to - from;
      return to;
    }
    this.#schemaIds.set(id, (this.#schemaIds.get(id) ?? 0) + to - from);
    const contents = this.#contentsOf(meaning.kind);
    contents.read({ bytes: table.bytes, ranges: Uint32Array.from(ranges), isOurs: false });
    const first = place.ordinal + Number(table.base - place.start);
    for (let index = from; index < to; index++) {
      if (!contents.isRecord(index - from)) this.undecodable += 1;
      else this.#add({ table, index }, { contents, of: index - from }, first + (table.offsets[index] ?? 0));
    }
    return to;
  }

  #add(
    { table, index }: { readonly table: RecordTable; readonly index: number },
    { contents, of }: { readonly contents: RecordContents; readonly of: number },
    ordinal: number,
  ): void {
    const entry = this.#entry, id = this.#id, digest = this.#digest, { bytes, words } = table;
    const at = index * STORED.words, keyFrom = words[at + STORED.keyFrom] ?? ABSENT;
    const sourceFrom = words[at + STORED.sourceFrom] ?? ABSENT, idFrom = words[at + STORED.idFrom] ?? ABSENT;
    contents.putDigest(of, digest);
    let flags = this.#expected.covers(contents, of) ? COVERED : 0;
    if (this.#options.match === "values") {
      id.set(digest);
      entry[RECORD.content] = entry[RECORD.content + 1] = 0;
    } else {
      entry[RECORD.content] = digest[0] ?? 0;
      entry[RECORD.content + 1] = digest[1] ?? 0;
      if (idFrom !== ABSENT) putIdBytes(id, bytes, idFrom);
      else if (contents.hasId(of)) contents.putId(of, id);
      else {
        // Somewhere, so that not all of them are in one bucket.
        id[0] = digest[0] ?? 0;
        id[1] = digest[1] ?? 0;
        id[2] = id[3] = 0;
        flags |= NO_ID;
      }
    }
    if (((words[at + STORED.flags] ?? 0) & IS_REPLAYED) !== 0) flags |= REPLAYED;
    entry.set(id, RECORD.key);
    const row = sourceFrom === ABSENT ? ROW_LIMIT : rowIn(bytes, sourceFrom, words[at + STORED.sourceEnd] ?? 0);
    const isNamed = row < ROW_LIMIT;
    entry[RECORD.ordinal] = ordinal;
    entry[RECORD.more] = recordMore(ordinal, { row: isNamed ? row : 0, flags });
    entry[RECORD.recordKey] = keyFrom === ABSENT
      ? ByteTable.NONE
      : this.#keys.add(bytes, keyFrom, words[at + STORED.keyEnd] ?? 0);
    entry[RECORD.origin] = isNamed ? this.#origins.add(bytes, sourceFrom, sourceFrom + ORIGIN_BYTES) : NO_ORIGIN;
    entry[RECORD.row] = isNamed ? row : 0;
    this.entries.add(bucketOf(id[0] ?? 0, id[1] ?? 0, id[2] ?? 0, id[3] ?? 0), entry);
  }

  #contentsOf(kind: RecordKind): RecordContents {
    const contents = this.#contents.get(kind) ?? new RecordContents(kind, this.#options.version);
    this.#contents.set(kind, contents);
    return contents;
  }
}

function schemaIdAt({ bytes, words }: RecordTable, index: number): number | null {
  const from = words[index * STORED.words + STORED.valueFrom] ?? ABSENT;
  return from === ABSENT ? null : idIn(bytes, from, words[index * STORED.words + STORED.valueEnd] ?? 0);
}

/** The id of a value's schema; null if it is not framed. As `parseFrame`, without an object for each record. */
function idIn(bytes: Uint8Array, from: number, end: number): number | null {
  if (end - from < HEADER_BYTES || bytes[from] !== MAGIC_BYTE) return null;
  const id = (bytes[from + 1] ?? 0) << 24 | (bytes[from + 2] ?? 0) << 16 | (bytes[from + 3] ?? 0) << 8 |
    (bytes[from + 4] ?? 0);
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
