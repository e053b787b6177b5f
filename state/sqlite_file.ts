/**
 * A SQLite file of ours, and only of ours: it survives a crash of the process and of the machine (write-ahead log, synced at
 * each commit), and is brought up to date when it is opened.
 *
 * @module
 */
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { makePrivateFile, makePrivateFolder } from "../storage/private_files.ts";
import { corruptFile, foreignFile, guarded, StateFileError } from "./state_file_error.ts";

/** What makes a file one of ours. */
export interface SqliteFormat {
  /** SQLite's `application_id`: four letters as a number. */
  readonly applicationId: number;
  /** Element `n` turns format `n` into format `n + 1`. Only ever appended to: files of every earlier format exist. */
  readonly migrations: readonly string[];
}

const BUSY_MS = 5_000;
/** "SQL error or missing database": what SQLite has no code of its own for. */
const SQLITE_ERROR = 1;

export class SqliteFile implements Disposable {
  readonly file: string;
  readonly #database: DatabaseSync;
  #depth = 0;

  /**
   * Opens the file; makes it and its folder if they are not there, and brings an older format up to date. With `readOnly`
   * it must be there, and stays as it is: also what a crash has left in its write-ahead log.
   *
   * @throws {StateFileError}
   */
  constructor(file: string, format: SqliteFormat, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.file = file;
    this.#database = guarded(file, () => {
      if (!readOnly) {
        makePrivateFolder(dirname(file));
        makePrivateFile(file);
      }
      return new DatabaseSync(file, { timeout: BUSY_MS, readOnly });
    });
    try {
      const prepareFile = () => readOnly ? this.#checkFormat(format) : this.#prepareFile(format);
      guarded(file, () => orCorrupt(file, prepareFile));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * A statement, to be kept and used again. The tables are made with the file, so that one that does not take it is damaged.
   *
   * @throws {StateFileError}
   */
  prepare(sql: string): StatementSync {
    return guarded(this.file, () => orCorrupt(this.file, () => this.#database.prepare(sql)));
  }

  /**
   * Runs statements as one transaction: all of them are on disk when it returns, or none ever will be. Within another
   * transaction it is part of that one.
   *
   * @throws {StateFileError} If the database fails; what `work` itself throws is thrown on.
   */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    return guarded(this.file, () => {
      this.#database.exec("BEGIN IMMEDIATE");
      this.#depth = 1;
      try {
        const result = work();
        this.#database.exec("COMMIT");
        return result;
      } catch (error) {
        // SQLite has rolled back by itself after some errors, such as a full disk.
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      } finally {
        this.#depth = 0;
      }
    });
  }

  /**
   * Reads the file, or one of its tables, from end to end.
   *
   * @throws {StateFileError} `corrupt`, if SQLite finds its structure damaged.
   */
  checkStructure(table?: string): void {
    const [row] = guarded(
      this.file,
      () => this.#database.prepare(`PRAGMA integrity_check(${table ?? 1})`).all(),
    );
    const found = String(row?.integrity_check);
    if (found !== "ok") throw corruptFile(this.file, found.replaceAll(/\s+/g, " "));
  }

  /** Idempotent. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #prepareFile(format: SqliteFormat): void {
    this.#checkOwner(format);
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
    this.#migrate(format);
  }

  /** A file that is only read is not brought up to date. */
  #checkFormat(format: SqliteFormat): void {
    this.#checkOwner(format);
    const version = this.#pragma("user_version");
    if (version === format.migrations.length) return;
    throw new StateFileError(
      "older_format",
      this.file,
      `${this.file} has format ${version}, and is only to be read. A command that writes, such as load, brings it up to ` +
        `format ${format.migrations.length}.`,
    );
  }

  /** Before anything is written: a file of another program must stay as it is. */
  #checkOwner({ applicationId, migrations }: SqliteFormat): void {
    const version = this.#pragma("user_version");
    if (this.#pragma("application_id") === applicationId) {
      // Written by nobody, and from a negative number to the newest format is a long way.
      if (version < 1) throw corruptFile(this.file, `it has format ${version}`);
      if (version <= migrations.length) return;
      throw new StateFileError(
        "newer_format",
        this.file,
        `${this.file} has format ${version}, and this version of tickflume knows formats up to ${migrations.length}. ` +
          "Use the newer version, or another data folder.",
      );
    }
    const row = this.#database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get();
    if (row?.tables === 0 && version === 0) return;
    throw foreignFile(this.file);
  }

  #migrate({ applicationId, migrations }: SqliteFormat): void {
    if (this.#pragma("user_version") === migrations.length) return;
    this.transaction(() => {
      // Again, now that nobody else can write: another process may have been quicker.
      for (let version = this.#pragma("user_version"); version < migrations.length; version++) {
        this.#database.exec(migrations[version] ?? "");
      }
      this.#database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length};`);
    });
  }

  #pragma(name: "application_id" | "user_version"): number {
    return Number(this.#database.prepare(`PRAGMA ${name}`).get()?.[name]);
  }
}

/** Runs something that fails in a way of its own only on a damaged file: SQLite's general error has no sentence of its own. */
function orCorrupt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const general = error instanceof Error && "errcode" in error && error.errcode === SQLITE_ERROR;
    throw general ? corruptFile(file, error.message, { cause: error }) : error;
  }
}
