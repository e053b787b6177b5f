/**
 * The latest record of each key in topics that keep only that one. A record that a file has of a key may have been
 * there and be gone: it is older than the latest record if that one is a row of the same file that comes later, or of a
 * file that comes later in the run.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ContentDigest } from "../records/record_digest.ts";
import type { SchemaVersion } from "../schemas/record_types.ts";
import { integerIn, type Row } from "../storage/row_values.ts";
import { namedSourceOf } from "./replaced_source.ts";
import { type CopySource, idBytes, type StoredCopy } from "./stored_copy.ts";

/** Where a record stands. */
export interface KeyPlace {
  readonly topic: string;
  readonly key: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** A row, as the records of each version would have it. */
export interface RowOfKey extends Pick<KeyPlace, "topic" | "key"> {
  readonly messageId: string;
  readonly row: number;
  /** Id of the source that it is of. */
  readonly file: string;
  readonly digestOf: (version: SchemaVersion) => ContentDigest | null;
}

/** A row that has a record. */
export interface PresentRow extends Pick<KeyPlace, "topic" | "key"> {
  readonly version: SchemaVersion;
  readonly source: CopySource;
  readonly file: string;
}

/** A row that has no record of its own. */
export interface AbsentRow extends Pick<KeyPlace, "topic" | "key"> {
  readonly version: SchemaVersion;
  readonly row: number;
  readonly file: string;
}

/**
 * What the latest record of a key says of a row that has none of its own: it may be older, and gone; it was not
 * written; or nothing, since it is not known which of the two is the newer one.
 */
export type KeyStanding = "superseded" | "absent" | UnknownPlace;

/** A record that may be older or newer. */
export interface UnknownPlace {
  readonly unknown: Omit<KeyPlace, "key">;
}

/** How the statements are run. */
export interface IndexStatements {
  readonly database: DatabaseSync;
  all(statement: StatementSync, values: readonly IndexValue[]): Row[];
  write(statement: StatementSync, values: readonly IndexValue[]): void;
}

type IndexValue = string | number | bigint | Uint8Array | null;

const SCHEMA = `
  CREATE TABLE latest (
    n INTEGER PRIMARY KEY, topic TEXT NOT NULL, key TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    version TEXT, id BLOB, digest INTEGER, origin BLOB, row INTEGER, replayed INTEGER NOT NULL, UNIQUE (topic, key, partition)
  ) STRICT;
  -- Rows of the files of the run that the record may be of, by its content.
  CREATE TABLE rows_of_latest (
    latest INTEGER, place INTEGER, row INTEGER, PRIMARY KEY (latest, place, row)
  ) STRICT, WITHOUT ROWID;
  -- The last row of the run that has a key.
  CREATE TABLE last_rows (
    topic TEXT, key TEXT, place INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (topic, key)
  ) STRICT, WITHOUT ROWID;
`;

export class LatestOfKeys {
  readonly #statements: IndexStatements;
  readonly #sql: ReturnType<typeof statementsOf>;
  /** Places of the files in the run. */
  readonly #places = new Map<string, number>();
  /** By origin, the file that its records are of. */
  readonly #owners = new Map<string, string>();

  constructor(statements: IndexStatements) {
    statements.database.exec(SCHEMA);
    this.#statements = statements;
    this.#sql = statementsOf(statements.database);
  }

  /**
   * Notes a record. Of each partition its records have to be noted in their order.
   *
   * @param copy null for what is no record of ours, as a tombstone
   * @throws {StorageError}
   */
  note({ topic, key, partition, offset }: KeyPlace, copy: StoredCopy | null): void {
    const id = copy === null ? null : idBytes(copy.messageId);
    const { version = null, digest = null, replayed = false } = copy ?? {};
    const { origin = null, row = null } = copy?.source ?? {};
    const source = origin === null ? null : Uint8Array.fromHex(origin);
    const about = [version, id, digest, source, row, replayed ? 1 : 0];
    this.#statements.write(this.#sql.note, [topic, key, partition, offset, ...about]);
  }

  /** A file is in the run, at this place among the files. */
  notePlace(file: string, place: number): void {
    this.#places.set(file, place);
  }

  /**
   * Notes that an origin has written this file, also if the file has other rows by now. The first file that is named
   * counts.
   */
  noteOwner(origin: CopySource["origin"], file: string): void {
    if (!this.#owners.has(origin)) this.#owners.set(origin, file);
  }

  /** The latest record of its key may be that of this row, if it holds the same. @throws {StorageError} */
  noteRow({ topic, key, messageId, row, file, digestOf }: RowOfKey): void {
    const place = this.#places.get(file);
    const id = idBytes(messageId);
    if (place === undefined || id === null) return;
    this.#statements.write(this.#sql.noteLast, [topic, key, place, row]);
    for (const found of this.#statements.all(this.#sql.equal, [topic, key, id])) {
      const version = found["version"] === "v1" ? "v1" : "v2";
      if (digestOf(version) !== found["digest"]) continue;
      this.#statements.write(this.#sql.noteRow, [integerIn(found, "n"), place, row]);
    }
  }

  /** @throws {StorageError} */
  standingOf(absent: AbsentRow): KeyStanding {
    const { topic, key, version, row, file } = absent;
    const place = this.#places.get(file);
    let standing: KeyStanding = "absent";
    for (const latest of this.#statements.all(this.#sql.latest, [topic, key])) {
      const found = this.#rowOf(latest);
      const order = found === null || place === undefined ? null : found.place - place || found.row - row;
      if (order !== null && order > 0) return "superseded";
      // Of one row v2 takes the place of v1; the other way round may be an older v1 or a wanted one.
      if (order !== null && (order < 0 || latest["version"] === version || version === "v2")) continue;
      standing = unknownPlaceOf(topic, latest);
    }
    return standing;
  }

  /**
   * What has come after the record of a row: an older one, such as a text that a file of the run no longer has, or an
   * earlier file of the run; or a record that may be older or newer. Null if the row has the last word, or a later row
   * of the run has it.
   *
   * @throws {StorageError}
   */
  overtakenBy({ topic, key, version, source: { origin, row }, file }: PresentRow): "older" | UnknownPlace | null {
    const place = this.#places.get(file);
    for (const latest of this.#statements.all(this.#sql.latest, [topic, key])) {
      const written = latest["origin"] instanceof Uint8Array ? latest["origin"].toHex() : null;
      if (written === origin && (latest["replayed"] === 1 || latest["row"] === row)) continue;
      const owner = written === null ? undefined : this.#owners.get(written);
      const found = this.#rowOf(latest);
      if (found === null) {
        if (written === origin || (owner !== undefined && namedSourceOf(owner) === file)) return "older";
        return unknownPlaceOf(topic, latest);
      }
      const order = place === undefined ? 0 : found.place - place || found.row - row;
      // Of one key v1 never takes the place of v2.
      if (order < 0 && (latest["version"] === version || version === "v2")) return "older";
    }
    return null;
  }

  /** Which row of the run a latest record is of: its own number in the file that its origin is of, before all others. */
  #rowOf(latest: Row): { place: number; row: number } | null {
    const { origin } = latest;
    const owner = origin instanceof Uint8Array ? this.#owners.get(origin.toHex()) : undefined;
    const place = owner === undefined ? undefined : this.#places.get(owner);
    // A file that is not in the run has come before or after its files: which is not known.
    if (owner !== undefined && place === undefined) return null;
    const rows = this.#statements.all(this.#sql.rows, [integerIn(latest, "n")])
      .map((found) => ({ place: integerIn(found, "place"), row: integerIn(found, "row") }));
    const own = rows.filter(({ row }) => row === latest["row"]);
    return own.find((row) => row.place === place) ?? own.at(-1) ??
      (place === undefined ? rows.at(-1) ?? null : this.#beforeLastWord(latest));
  }

  /** What a file has no more: older than the last row that the files have of its key now, and newer than all before that one. */
  #beforeLastWord(latest: Row): { place: number; row: number } {
    const [last] = this.#statements.all(this.#sql.lastRow, [integerIn(latest, "n")]);
    return last === undefined
      ? { place: -1, row: 0 }
      : { place: integerIn(last, "place"), row: integerIn(last, "row") - 0.5 };
  }
}

function unknownPlaceOf(topic: string, latest: Row): UnknownPlace {
  return { unknown: { topic, partition: integerIn(latest, "partition"), offset: BigInt(integerIn(latest, "offset")) } };
}

function statementsOf(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    note: prepare(
      `INSERT INTO latest (topic, key, partition, offset, version, id, digest, origin, row, replayed)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (topic, key, partition) DO UPDATE SET offset = excluded.offset, version = excluded.version,
         id = excluded.id, digest = excluded.digest, origin = excluded.origin, row = excluded.row,
         replayed = excluded.replayed`,
    ),
    equal: prepare("SELECT n, version, digest FROM latest WHERE topic = ? AND key = ? AND id = ?"),
    noteLast: prepare(
      `INSERT INTO last_rows VALUES (?, ?, ?, ?) ON CONFLICT (topic, key) DO UPDATE SET place = excluded.place, row = excluded.row
       WHERE (excluded.place, excluded.row) > (place, row)`,
    ),
    lastRow: prepare(
      "SELECT place, row FROM last_rows WHERE (topic, key) = (SELECT topic, key FROM latest WHERE n = ?)",
    ),
    noteRow: prepare("INSERT OR IGNORE INTO rows_of_latest VALUES (?, ?, ?)"),
    latest: prepare(
      "SELECT n, partition, offset, version, origin, row, replayed FROM latest WHERE topic = ? AND key = ?",
    ),
    rows: prepare("SELECT place, row FROM rows_of_latest WHERE latest = ? ORDER BY place, row"),
  };
}
