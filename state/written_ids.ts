/**
 * Which records a topic has, when they are too many for memory: an index on disk, for one run, of their message ids and of
 * where they come from. A record is the copy of one row: once a row has taken it, no other can.
 *
 * @module
 */
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { bytesToUuid } from "../records/ids/uuid_text.ts";
import type { ContentDigest } from "../records/record_digest.ts";
import type { StoredIdentity } from "../records/ids/stored_identity.ts";
import { makePrivateFile } from "../storage/private_files.ts";
import { bytesIn, integerIn } from "../storage/row_values.ts";
import { guarded } from "../storage/storage_error.ts";
import { LatestOfKeys } from "./latest_of_keys.ts";
import { ANY_FILE, SCHEMA, type Statements, statementsOf } from "./written_ids_sql.ts";
import { type CopySource, idBytes, type RecordPlace, type StoredCopy } from "./stored_copy.ts";

/** File name of the index in a data folder. */
export const WRITTEN_IDS_FILE = "written_ids.sqlite";

/** A record that an origin has written of a row. */
export interface OwnCopy {
  readonly messageId: Uint8Array;
  readonly digest: ContentDigest | null;
  readonly replayed: boolean;
}

/** A row whose record is looked for. */
export interface WantedCopy extends StoredIdentity {
  readonly topic: string;
  readonly source: CopySource;
  /** A record of other content is no copy of the row. */
  readonly digest: ContentDigest;
  /** Id of the source that it is of. */
  readonly file: string;
}

/** A row of a file, without its content. */
export type RowOfFile = Omit<WantedCopy, "messageId" | "digest">;
export type RowOfOrigin = Omit<RowOfFile, "file">;
export type SoughtContent = Pick<WantedCopy, "messageId" | "version" | "digest">;

/** A row that may have been replayed, under its id by row number. */
export interface ReplayedRow extends StoredIdentity {
  readonly topic: string;
  readonly row: number;
  /** Of the record under this id. */
  readonly digest: ContentDigest;
  /** Id of the source that it is of. */
  readonly file: string;
}

const STATEMENTS_A_TRANSACTION = 10_000;
/** The index. It belongs to the process that has the data folder's lock, and goes with it. */
export class WrittenIds implements Disposable {
  /** Of topics that keep only the latest record of each key. */
  readonly latest: LatestOfKeys;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  /** Topics, by name and version, and files: both by numbers of this index. */
  readonly #topics = new Map<string, number>();
  readonly #files = new Map<string, number>();
  /** Topics with records of replays. */
  readonly #replayed = new Set<number>();
  /** Numbers of the files of the run, and of those that have no file. */
  readonly #ofRun = new Set([ANY_FILE]);
  #inTransaction = 0;
  #closed = false;

  /** @throws {StorageError} */
  constructor(dataDir: string) {
    this.#path = join(dataDir, WRITTEN_IDS_FILE);
    this.#database = guarded(this.#path, () => {
      removeIfThere(this.#path);
      makePrivateFile(this.#path);
      return new DatabaseSync(this.#path);
    });
    this.#database.exec(SCHEMA);
    this.#statements = statementsOf(this.#database);
    this.latest = new LatestOfKeys({
      database: this.#database,
      all: (statement, values) => guarded(this.#path, () => statement.all(...values)),
      write: (statement, values) => this.#write(statement, values),
    });
  }

  /** Notes a record. @throws {StorageError} */
  add(topic: string, { messageId, version, source, digest, replayed = false, place }: StoredCopy): void {
    const id = idBytes(messageId);
    if (id === null) return;
    const origin = source === null ? null : Uint8Array.fromHex(source.origin);
    const number = this.#topicOf(topic, version);
    if (replayed) this.#replayed.add(number);
    const at = [place?.partition ?? null, place?.offset ?? null];
    this.#write(this.#statements.insert, [number, id, origin, source?.row ?? null, digest, replayed ? 1 : 0, ...at]);
  }

  /** Call after the last {@link add}. */
  flush(): void {
    if (this.#inTransaction > 0) guarded(this.#path, () => this.#database.exec("COMMIT"));
    this.#inTransaction = 0;
  }

  /** Gives what this origin has written to that file: no other one may take it. @throws {StorageError} */
  reserve(origin: string, file: string): void {
    this.latest.noteOwner(origin, file);
    this.#write(this.#statements.reserve, [this.#fileOf(file), Uint8Array.fromHex(origin)]);
  }

  /**
   * As {@link reserve}, of a file of the run, but for records that are a row of another file, by id and content, and none of this
   * one, by content.
   *
   * @param by.owner whose text it was: the file, or what is kept of it since it was replaced
   * @throws {StorageError}
   */
  reserveRest(origin: string, { owner, file }: { readonly owner: string; readonly file: string }): void {
    this.latest.noteOwner(origin, owner);
    const number = this.#fileOf(file);
    this.#write(this.#statements.reserveRest, [number, Uint8Array.fromHex(origin), number]);
  }

  /** As {@link reserve}, of one row. @throws {StorageError} */
  reserveRow({ topic, version, source: { origin, row }, file }: RowOfFile): void {
    const place = [Uint8Array.fromHex(origin), this.#topicOf(topic, version), row];
    this.#write(this.#statements.reserveRow, [this.#fileOf(file), ...place]);
  }

  /**
   * The records that a load has written of a row, the first ones: more than one if it was half once, or in a topic that has
   * it twice.
   *
   * @throws {StorageError}
   */
  own({ topic, version, source: { origin, row } }: RowOfOrigin): OwnCopy[] {
    const values = [Uint8Array.fromHex(origin), this.#topicOf(topic, version), row];
    return guarded(this.#path, () =>
      this.#statements.own.all(...values).map((found) => ({
        messageId: bytesIn(found, "id"),
        digest: found["digest"] === null ? null : integerIn(found, "digest"),
        replayed: integerIn(found, "replayed") === 1,
      })));
  }

  /**
   * Takes a record of this id and content that another origin has written, or one that tells no origin: one of the same row
   * number before any other.
   *
   * @returns whether there was one
   * @throws {StorageError}
   */
  takeOther(wanted: WantedCopy): boolean {
    const { topic, version, messageId, digest, source: { origin, row }, file } = wanted;
    const id = idBytes(messageId);
    if (id === null) return false;
    const own = Uint8Array.fromHex(origin), number = this.#topicOf(topic, version);
    const { sameRow, anyRow } = this.#statements;
    for (const owner of [ANY_FILE, this.#fileOf(file)]) {
      const alike = [number, id, owner, digest];
      const found = this.#get(sameRow, [...alike, row, own]) ?? this.#get(anyRow, [...alike, own]);
      if (found === undefined) continue;
      this.#take(integerIn(found, "n"), wanted);
      return true;
    }
    return false;
  }

  /** A row of a file of the run has this id and content: no row of another id may take its record. @throws {StorageError} */
  want({ topic, version, messageId, digest, file }: Omit<WantedCopy, "source">): void {
    const id = idBytes(messageId), number = this.#topicOf(topic, version);
    this.#ofRun.add(this.#fileOf(file));
    if (id === null || this.#get(this.#statements.content, [number, digest]) === undefined) return;
    this.#write(this.#statements.want, [number, digest, id, this.#fileOf(file)]);
  }

  /**
   * As {@link takeOther}, with any id of the record, because the id of a row that comes out of the order of time says
   * where it stood in its file. It takes no record whose id another row of the run has.
   *
   * @returns whether there was one
   * @throws {StorageError}
   */
  takeAlike(wanted: WantedCopy): boolean {
    return this.#takeByContent(this.#statements.alike, wanted);
  }

  /** As {@link takeAlike}, of those that a replay has written. @throws {StorageError} */
  takeReplayed(wanted: WantedCopy): boolean {
    return this.#takeByContent(this.#statements.alikeReplayed, wanted);
  }

  /**
   * Whether the topic has this content as often as the files of the run have it and more is not needed, though no record is known
   * to be that of the row: it was moved from another file, or is another one like it.
   *
   * @throws {StorageError}
   */
  hasSpare({ topic, version, digest }: WantedCopy): boolean {
    const content = [this.#topicOf(topic, version), digest];
    const { spare, rows } = this.#statements;
    const owners = guarded(this.#path, () => spare.all(...content));
    if (owners.length === 0) return false;
    const copies = owners.reduce((sum, found) => {
      return this.#ofRun.has(integerIn(found, "owner")) ? sum + integerIn(found, "copies") : sum;
    }, 0);
    const wanted = this.#get(rows, content);
    const needed = wanted === undefined ? 0 : integerIn(wanted, "rows");
    return needed > 0 && copies >= needed;
  }

  /** Notes that a row needs no record: it is going to be written, or counts as there. @throws {StorageError} */
  settle({ topic, version, messageId, digest, file }: WantedCopy): void {
    const row = [this.#topicOf(topic, version), digest, idBytes(messageId), this.#fileOf(file)];
    this.#write(this.#statements.served, row);
  }

  #takeByContent(statement: StatementSync, wanted: WantedCopy): boolean {
    const { topic, version, digest, source: { origin }, file } = wanted;
    const own = Uint8Array.fromHex(origin), number = this.#topicOf(topic, version);
    for (const owner of [ANY_FILE, this.#fileOf(file)]) {
      const found = this.#get(statement, [number, digest, owner, own]);
      if (found === undefined) continue;
      this.#take(integerIn(found, "n"), wanted);
      return true;
    }
    return false;
  }

  #take(n: number, { topic, version, messageId, digest, file }: WantedCopy): void {
    this.#write(this.#statements.take, [n]);
    this.#write(this.#statements.served, [
      this.#topicOf(topic, version),
      digest,
      idBytes(messageId),
      this.#fileOf(file),
    ]);
  }

  /**
   * True if an origin other than this one has written the id with this content, or one that is not told.
   *
   * @throws {StorageError}
   */
  hasOther({ topic, version, messageId, digest, source: { origin } }: Omit<WantedCopy, "file">): boolean {
    const id = idBytes(messageId);
    const wanted = [this.#topicOf(topic, version), id, digest, Uint8Array.fromHex(origin)];
    return id !== null && this.#get(this.#statements.other, wanted) !== undefined;
  }

  /**
   * True if another origin, or records that tell none, have so many rows of this content as this one has with this row,
   * those of {@link noteShared} included: under any ids, because the ids of rows out of the order of time say where
   * they stand.
   *
   * @throws {StorageError}
   */
  hasAlike({ topic, version, digest, source: { origin, row } }: Omit<WantedCopy, "file" | "messageId">): boolean {
    const number = this.#topicOf(topic, version), own = Uint8Array.fromHex(origin);
    if (this.#get(this.#statements.content, [number, digest]) === undefined) return false;
    return this.#get(this.#statements.alikeElsewhere, [number, digest, own, row]) !== undefined;
  }

  /** A row is not written, since another file has written it. @throws {StorageError} */
  noteShared({ topic, version, digest, source: { origin, row } }: Omit<WantedCopy, "file" | "messageId">): void {
    this.#write(this.#statements.noteShared, [this.#topicOf(topic, version), digest, Uint8Array.fromHex(origin), row]);
  }

  /** True if the id is there from elsewhere, and each time with other content. @throws {StorageError} */
  isReused({ topic, version, messageId, digest, source: { origin } }: Omit<WantedCopy, "file">): boolean {
    const id = idBytes(messageId);
    const number = this.#topicOf(topic, version);
    if (id === null || this.#get(this.#statements.elsewhere, [number, id, Uint8Array.fromHex(origin)]) === undefined) {
      return false;
    }
    return this.#get(this.#statements.equal, [number, id, digest]) === undefined;
  }

  /** Where a record of the id from elsewhere stands; null if none is in the topic yet. @throws {StorageError} */
  placeOfOther(
    { topic, version, messageId, source: { origin } }: Omit<WantedCopy, "file" | "digest">,
  ): RecordPlace | null {
    const wanted = [this.#topicOf(topic, version), idBytes(messageId), Uint8Array.fromHex(origin)];
    const found = this.#get(this.#statements.place, wanted);
    if (found === undefined) return null;
    return { partition: integerIn(found, "partition"), offset: BigInt(integerIn(found, "record_offset")) };
  }

  /** True if a replay has written the id. @throws {StorageError} */
  hasReplayed(topic: string, { messageId, version }: StoredIdentity): boolean {
    const id = idBytes(messageId);
    return id !== null && this.#get(this.#statements.byReplay, [this.#topicOf(topic, version), id]) !== undefined;
  }

  /** True if a replay has written any record of a topic. */
  hasAnyReplayed(topic: string, version: StoredIdentity["version"]): boolean {
    return this.#replayed.has(this.#topicOf(topic, version));
  }

  /** Notes the id by row number that a replay has given a row of a file. @throws {StorageError} */
  noteReplayed({ topic, version, messageId, digest, row, file }: ReplayedRow): void {
    const id = idBytes(messageId);
    if (id === null) return;
    this.#write(this.#statements.noteReplayed, [this.#topicOf(topic, version), this.#fileOf(file), row, id, digest]);
  }

  /** The id by row number that {@link noteReplayed} has noted; null if there is none. @throws {StorageError} */
  replayed({ topic, version, source: { row }, file }: RowOfFile): Pick<ReplayedRow, "messageId" | "digest"> | null {
    const found = this.#get(this.#statements.replayed, [this.#topicOf(topic, version), this.#fileOf(file), row]);
    if (found === undefined) return null;
    return { messageId: bytesToUuid(bytesIn(found, "id")), digest: integerIn(found, "digest") };
  }

  /** The origins that have written this id, with this content, as a row of this number. @throws {StorageError} */
  originsOf(topic: string, { messageId, version, digest }: SoughtContent, row: number): string[] {
    const id = idBytes(messageId);
    if (id === null) return [];
    const { origins } = this.#statements;
    const found = guarded(this.#path, () => origins.all(this.#topicOf(topic, version), id, digest, row));
    return found.map((copy) => bytesIn(copy, "origin").toHex());
  }

  /** How many rows an origin has written, but for those of its dead letters. @throws {StorageError} */
  rowsOf(topic: string, { version, origin }: { version: StoredIdentity["version"]; origin: string }): number {
    const found = this.#get(this.#statements.rowsOf, [Uint8Array.fromHex(origin), this.#topicOf(topic, version)]);
    return found === undefined ? 0 : integerIn(found, "rows");
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#database.close();
    removeIfThere(this.#path);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #topicOf(topic: string, version: string): number {
    return numberIn(this.#topics, `${version} ${topic}`);
  }

  #fileOf(file: string): number {
    return numberIn(this.#files, file);
  }

  #get(statement: StatementSync, values: readonly SqlValue[]) {
    return guarded(this.#path, () => statement.get(...values));
  }

  #write(statement: StatementSync, values: readonly SqlValue[]): void {
    guarded(this.#path, () => {
      if (this.#inTransaction === 0) this.#database.exec("BEGIN");
      statement.run(...values);
      this.#inTransaction += 1;
      if (this.#inTransaction >= STATEMENTS_A_TRANSACTION) this.flush();
    });
  }
}

type SqlValue = string | number | bigint | Uint8Array | null;

/** The number of a name, given from 1 on. */
function numberIn(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name) ?? numbers.size + 1;
  numbers.set(name, known);
  return known;
}

function removeIfThere(file: string): void {
  try {
    Deno.removeSync(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
