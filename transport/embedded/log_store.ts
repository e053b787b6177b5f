/**
 * The embedded log's tables. Every method is synchronous and short; callers must give the event loop its turns.
 *
 * A partition is a slot, and a record's row id is `slot * 2^33 + offset`: the records of a partition lie together, in
 * order, and a JavaScript number holds the id exactly. No slot is used twice.
 *
 * @module
 */
import type { StatementSync } from "node:sqlite";
import { bytesOrNullIn, integerIn, textIn } from "../../storage/row_values.ts";
import { SqliteFile, type SqliteFormat, type SqliteOptions } from "../../storage/sqlite_file.ts";
import { MalformedError } from "../../storage/storage_error.ts";
import { recordBytes } from "../batch_size.ts";
import {
  LogError,
  type LogRecords,
  type PartitionOffsets,
  type StoredRecord,
  type TopicDescription,
  type TopicSpec,
} from "../log.ts";
import { checkTopicSpec, refusalOf } from "../log_rules.ts";
import { decodeHeaders, encodeHeaders } from "./header_bytes.ts";
import { allHeaders } from "../source_header.ts";

const FORMAT: SqliteFormat = {
  applicationId: 0x74666c67, // "tflg"
  migrations: [`
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE topics (
      name TEXT PRIMARY KEY,
      id TEXT NOT NULL,
      first_slot INTEGER NOT NULL,
      partitions INTEGER NOT NULL,
      config TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE records (id INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL, key BLOB, headers BLOB, value BLOB) STRICT;
    CREATE TABLE sends (id INTEGER PRIMARY KEY, latest_timestamp INTEGER NOT NULL) STRICT`],
};

const OFFSETS_PER_SLOT = 2 ** 33;
const MAX_SLOTS = 2 ** 20;
/** Rows of one INSERT: a call costs as much as inserting a row. */
const ROWS_PER_INSERT = 50;
const COLUMNS = 5;

/** Bounds of one chunk of a read: the next chunk brings the rest. */
const CHUNK_RECORDS = 1_000;
const CHUNK_BYTES = 1_048_576;

/** A topic as it is stored. */
export interface StoredTopic extends TopicDescription {
  readonly id: string;
  readonly firstSlot: number;
}

type InsertValue = number | Uint8Array | null;

/** The tables of an embedded log. Methods throw `LogError`, {@link StorageError} and what node:sqlite throws. */
export class LogStore {
  readonly #store: SqliteFile;
  readonly #selectMeta: StatementSync;
  readonly #selectTopic: StatementSync;
  readonly #selectTopics: StatementSync;
  readonly #selectLast: StatementSync;
  readonly #selectChunk: StatementSync;
  readonly #selectSendAtTime: StatementSync;
  readonly #selectRecordAtTime: StatementSync;
  /** Statements that write; a file opened for reading refuses them. */
  readonly #insertRecord: StatementSync;
  readonly #insertRecords: StatementSync;
  readonly #insertSend: StatementSync;

  /** @throws {StorageError} */
  constructor(file: string, options: SqliteOptions) {
    this.#store = new SqliteFile(file, FORMAT, options);
    const prepare = (sql: string) => this.#store.prepare(sql);
    this.#selectMeta = prepare("SELECT value FROM meta WHERE name = ?");
    this.#selectTopic = prepare("SELECT name, id, first_slot, partitions, config FROM topics WHERE name = ?");
    this.#selectTopics = prepare("SELECT name FROM topics ORDER BY name");
    this.#selectLast = prepare("SELECT id FROM records WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1");
    this.#selectChunk = prepare(
      `SELECT id, timestamp, key, headers, value FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ${CHUNK_RECORDS}`,
    );
    this.#selectSendAtTime = prepare(
      "SELECT id FROM sends WHERE id >= ? AND id < ? AND latest_timestamp >= ? ORDER BY id LIMIT 1",
    );
    this.#selectRecordAtTime = prepare(
      "SELECT id FROM records WHERE id >= ? AND id < ? AND timestamp >= ? ORDER BY id LIMIT 1",
    );
    const row = "(?, ?, ?, ?, ?)";
    this.#insertRecord = prepare(`INSERT INTO records VALUES ${row}`);
    this.#insertRecords = prepare(`INSERT INTO records VALUES ${Array(ROWS_PER_INSERT).fill(row).join(", ")}`);
    this.#insertSend = prepare("INSERT INTO sends VALUES (?, ?)");
    if (!options.readOnly) this.#initialise();
  }

  get clusterId(): string {
    return this.#meta("cluster_id");
  }

  /** Names of the topics, sorted. */
  topicNames(): readonly string[] {
    return this.#selectTopics.all().map((row) => textIn(row, "name"));
  }

  /** The topic, null if it is not there. */
  topic(name: string): StoredTopic | null {
    const row = this.#selectTopic.get(name);
    if (row === undefined) return null;
    return {
      name,
      id: textIn(row, "id"),
      firstSlot: integerIn(row, "first_slot"),
      partitions: integerIn(row, "partitions"),
      replicationFactor: 1,
      config: configOf(textIn(row, "config")),
    };
  }

  /** The topic; code `unknown_topic`. */
  requireTopic(name: string): StoredTopic {
    const topic = this.topic(name);
    if (topic === null) throw new LogError("unknown_topic", `There is no topic "${name}"`);
    return topic;
  }

  /** The row id of a partition's offset 0; codes `unknown_topic`, `unknown_partition`. */
  baseOf(name: string, partition: number): number {
    const { firstSlot, partitions } = this.requireTopic(name);
    if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) {
      throw new LogError("unknown_partition", `Topic "${name}" has ${partitions} partition(s), none is ${partition}`);
    }
    return (firstSlot + partition) * OFFSETS_PER_SLOT;
  }

  /** One past the last offset of the partition with this base row id. */
  endOf(base: number): number {
    const last = this.#selectLast.get(base, base + OFFSETS_PER_SLOT);
    return last === undefined ? 0 : integerIn(last, "id") - base + 1;
  }

  /** First offset and one past the last, of each partition; code `unknown_topic`. */
  offsets(name: string): readonly PartitionOffsets[] {
    const { partitions } = this.requireTopic(name);
    return Array.from({ length: partitions }, (_, partition) => (
      { partition, start: 0n, end: BigInt(this.endOf(this.baseOf(name, partition))) }
    ));
  }

  /** Makes a topic; codes `topic_exists`, `invalid_request`. */
  createTopic(spec: TopicSpec): void {
    checkTopicSpec(spec, 1);
    this.#store.transaction(() => {
      if (this.topic(spec.name) !== null) throw new LogError("topic_exists", `Topic "${spec.name}" exists already`);
      const firstSlot = Number(this.#meta("next_slot"));
      const nextSlot = firstSlot + spec.partitions;
      if (nextSlot > MAX_SLOTS) {
        throw new LogError(
          "invalid_request",
          `The embedded log has had ${MAX_SLOTS} partitions: start with another folder`,
        );
      }
      this.#store.prepare("INSERT INTO topics VALUES (?, ?, ?, ?, ?)")
        .run(spec.name, crypto.randomUUID(), firstSlot, spec.partitions, JSON.stringify(spec.config ?? {}));
      this.#store.prepare("UPDATE meta SET value = ? WHERE name = 'next_slot'").run(String(nextSlot));
    });
  }

  /** Deletes a topic with its records; code `unknown_topic`. */
  deleteTopic(name: string): void {
    this.#store.transaction(() => {
      const { firstSlot, partitions } = this.requireTopic(name);
      const bounds = [firstSlot * OFFSETS_PER_SLOT, (firstSlot + partitions) * OFFSETS_PER_SLOT];
      this.#store.prepare("DELETE FROM topics WHERE name = ?").run(name);
      this.#store.prepare("DELETE FROM records WHERE id >= ? AND id < ?").run(...bounds);
      this.#store.prepare("DELETE FROM sends WHERE id >= ? AND id < ?").run(...bounds);
    });
  }

  /**
   * Writes records in one transaction; returns their base offset, or why they are refused.
   *
   * @throws {CommitError} if it is not known whether they were stored
   */
  append(topic: string, partition: number, records: LogRecords): bigint | LogError {
    return this.#store.transaction(() => {
      const base = this.baseOf(topic, partition);
      const refusal = refusalOf(records, this.requireTopic(topic).config);
      if (refusal !== null) return refusal;
      const offset = this.endOf(base);
      if (offset + records.length > OFFSETS_PER_SLOT) {
        return new LogError("invalid_request", `Partition ${topic}/${partition} is full: ${OFFSETS_PER_SLOT} records`);
      }
      this.#insert(records, base + offset);
      return BigInt(offset);
    });
  }

  /**
   * Records of the partition with this base, from an offset to another, as many as a chunk holds. There are no
   * holes: a missing record means a damaged file.
   */
  chunk(base: number, { from, to }: { readonly from: number; readonly to: number }): StoredRecord[] {
    const chunk: StoredRecord[] = [];
    let bytes = 0;
    for (const row of this.#selectChunk.iterate(base + from, base + to)) {
      const expected = from + chunk.length;
      if (integerIn(row, "id") !== base + expected) {
        throw new MalformedError(`partition: offset ${expected} is missing`);
      }
      const record = {
        offset: BigInt(expected),
        timestamp: integerIn(row, "timestamp"),
        key: bytesOrNullIn(row, "key"),
        headers: decodeHeaders(bytesOrNullIn(row, "headers")),
        value: bytesOrNullIn(row, "value"),
      };
      chunk.push(record);
      bytes += recordBytes(record);
      if (bytes >= CHUNK_BYTES) break;
    }
    if (chunk.length === 0) throw new MalformedError(`partition: offset ${from} is missing`);
    return chunk;
  }

  /** The first offset at or after a time (ms), one past the end if there is none; codes as {@link baseOf}. */
  offsetForTime(topic: string, partition: number, timestamp: number): number {
    const base = this.baseOf(topic, partition);
    const end = base + OFFSETS_PER_SLOT;
    // The table of sends says where to look, so that this compares the records of one send only.
    const send = this.#selectSendAtTime.get(base, end, timestamp);
    const record = send && this.#selectRecordAtTime.get(integerIn(send, "id"), end, timestamp);
    return record === undefined ? this.endOf(base) : integerIn(record, "id") - base;
  }

  /** Reads one state of the file, even while another process writes. */
  snapshot<T>(work: () => T): T {
    return this.#store.snapshot(work);
  }

  close(): void {
    this.#store.close();
  }

  #insert(records: LogRecords, firstId: number): void {
    let latest = 0;
    let id = firstId;
    let row: InsertValue[] = [];
    for (const record of records) {
      const { timestamp, key, value } = record;
      if (timestamp > latest) latest = timestamp;
      row.push(id, timestamp, key, encodeHeaders(allHeaders(record)), value);
      id += 1;
      if (row.length === ROWS_PER_INSERT * COLUMNS) {
        this.#insertRecords.run(...row);
        row = [];
      }
    }
    for (let at = 0; at < row.length; at += COLUMNS) this.#insertRecord.run(...row.slice(at, at + COLUMNS));
    this.#insertSend.run(firstId, latest);
  }

  #initialise(): void {
    this.#store.transaction(() => {
      const insert = this.#store.prepare("INSERT OR IGNORE INTO meta VALUES (?, ?)");
      insert.run("cluster_id", crypto.randomUUID());
      insert.run("next_slot", "0");
    });
  }

  #meta(name: string): string {
    return textIn(this.#selectMeta.get(name), "value");
  }
}

function configOf(text: string): Record<string, string> {
  const stored: unknown = JSON.parse(text);
  if (typeof stored !== "object" || stored === null) throw new MalformedError("configuration of a topic");
  return Object.fromEntries(Object.entries(stored).map(([name, value]) => [name, String(value)]));
}
