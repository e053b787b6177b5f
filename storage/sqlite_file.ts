/**
 * A SQLite file of ours, and only of ours: it survives a crash of the process and of the machine (write-ahead log, synced at
 * each commit), and is brought up to date when it is opened.
 *
 * @module
 */
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { makePrivateFile, makePrivateFolder } from "./private_files.ts";
import { integerIn } from "./row_values.ts";
import { CommitError, corruptFile, foreignFile, guarded, StorageError, storageErrorOf } from "./storage_error.ts";

/** What makes a file one of ours. */
export interface SqliteFormat {
  /** SQLite's `application_id`: four letters as a number. */
  readonly applicationId: number;
  /** Element `n` turns format `n` into format `n + 1`. Only ever appended to: files of every earlier format exist. */
  readonly migrations: readonly string[];
}

/** How a file is opened. */
export interface SqliteOptions {
  /** It must be there, and stays as it is: also what a crash has left in its write-ahead log. @default false */
  readonly readOnly?: boolean;
  /** `full`: a commit survives a power cut. `normal`: it survives a crash of the process. @default "full" */
  readonly sync?: "full" | "normal";
}

/** How long a call may wait for a file that another process writes to, in milliseconds. It blocks the loop meanwhile. */
const BUSY_MS = 5_000;
/** "SQL error or missing database": what SQLite has no code of its own for. */
const SQLITE_ERROR = 1;

/** An open file. */
export class SqliteFile implements Disposable {
  /** Path of the file. */
  readonly file: string;
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #beginReading: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  #isWriting = false;

  /**
   * Opens the file; makes it and its folder if they are not there, and brings an older format up to date.
   *
   * @throws {StorageError}
   * @internal
   */
  constructor(file: string, format: SqliteFormat, { readOnly = false, sync = "full" }: SqliteOptions = {}) {
    this.file = file;
    this.#database = openDatabase(file, readOnly);
    try {
      this.#begin = this.prepare("BEGIN IMMEDIATE");
      this.#beginReading = this.prepare("BEGIN");
      this.#commit = this.prepare("COMMIT");
      this.#rollback = this.prepare("ROLLBACK");
      guarded(file, () =>
        orCorrupt(file, () => {
          this.#checkOwner(format);
          if (readOnly) return this.#checkFormat(format);
          this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${sync}`);
          this.#migrate(format);
        }));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * A statement, to be kept and used again. The tables are made with the file, so that one that does not take it is damaged.
   *
   * @throws {StorageError}
   * @internal
   */
  prepare(sql: string): StatementSync {
    return guarded(this.file, () => orCorrupt(this.file, () => this.#database.prepare(sql)));
  }

  /**
   * Runs statements as one transaction: all of them are on disk when it returns, or none ever will be. Within another
   * transaction it is part of that one.
   *
   * @throws {CommitError} It is not known whether they are there.
   * @throws {StorageError} If the database fails before that; what `work` itself throws is thrown on.
   * @internal
   */
  transaction<T>(work: () => T): T {
    if (this.#isWriting) return work();
    return guarded(this.file, () => {
      this.#begin.run();
      this.#isWriting = true;
      try {
        const result = work();
        this.#commitWork();
        return result;
      } finally {
        this.#isWriting = false;
        this.#undo();
      }
    });
  }

  /**
   * Reads one state of the file, whatever another process writes meanwhile.
   *
   * @throws {StorageError} If the database fails; what `work` itself throws is thrown on.
   * @internal
   */
  snapshot<T>(work: () => T): T {
    return guarded(this.file, () => {
      this.#beginReading.run();
      try {
        return work();
      } finally {
        this.#undo();
      }
    });
  }

  /**
   * Reads one of the tables from end to end.
   *
   * @throws {StorageError} `corrupt`, if SQLite finds its structure damaged.
   * @internal
   */
  checkStructure(table: string): void {
    const [row] = guarded(this.file, () => this.#database.prepare(`PRAGMA integrity_check(${table})`).all());
    const found = String(row?.integrity_check);
    if (found !== "ok") throw corruptFile(this.file, found.replaceAll(/\s+/g, " "));
  }

  /** Idempotent. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #commitWork(): void {
    try {
      this.#commit.run();
    } catch (cause) {
      const known = storageErrorOf(cause, this.file);
      const { code, message } = known instanceof StorageError
        ? known
        : { code: "inaccessible" as const, message: `${this.file} cannot be used: ${messageOf(cause)}` };
      throw new CommitError(code, this.file, message, { cause });
    }
  }

  /** Ends what has not ended: SQLite has rolled back by itself after some errors, such as a full disk. */
  #undo(): void {
    if (this.#database.isTransaction) this.#rollback.run();
  }

  /** Before anything is written: a file of another program must stay as it is. */
  #checkOwner({ applicationId, migrations }: SqliteFormat): void {
    const version = this.#pragma("user_version"), owner = this.#pragma("application_id");
    if (owner === applicationId) {
      // No version of this program writes it, and from a negative number to the newest format is a long way.
      if (version < 1) throw corruptFile(this.file, `it has format ${version}`);
      if (version <= migrations.length) return;
      throw new StorageError(
        "newer_format",
        this.file,
        `${this.file} has format ${version}, and this version of tickflume knows formats up to ${migrations.length}. ` +
          "Use the newer version, or another data folder.",
      );
    }
    const isEmpty = this.#database.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
    if (!isEmpty || version !== 0 || owner !== 0) throw foreignFile(this.file);
  }

  /** A file that is only read is not brought up to date. */
  #checkFormat({ migrations }: SqliteFormat): void {
    const version = this.#pragma("user_version");
    if (version === migrations.length) return;
    if (version === 0) throw missingFile(this.file);
    throw new StorageError(
      "older_format",
      this.file,
      `${this.file} has format ${version}, and is open only for reading. A command that writes, such as load, brings it up to ` +
        `format ${migrations.length}.`,
    );
  }

  #migrate({ applicationId, migrations }: SqliteFormat): void {
    if (this.#pragma("user_version") === migrations.length) return;
    this.transaction(() => {
      // Again, now that no other process can write: one may have been quicker.
      for (let version = this.#pragma("user_version"); version < migrations.length; version++) {
        this.#database.exec(migrations[version] ?? "");
      }
      this.#database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length};`);
    });
  }

  #pragma(name: "application_id" | "user_version"): number {
    return integerIn(this.#database.prepare(`PRAGMA ${name}`).get(), name);
  }
}

function openDatabase(file: string, readOnly: boolean): DatabaseSync {
  return guarded(file, () => {
    if (readOnly) checkIsThere(file);
    else {
      makePrivateFolder(dirname(file));
      makePrivateFile(file);
    }
    return new DatabaseSync(file, { timeout: BUSY_MS, readOnly });
  });
}

function checkIsThere(file: string): void {
  try {
    Deno.statSync(file);
  } catch (error) {
    throw error instanceof Deno.errors.NotFound ? missingFile(file) : error;
  }
}

function missingFile(file: string): StorageError {
  const message = `There is nothing in ${file} yet: load something first, or use another data folder.`;
  return new StorageError("missing", file, message);
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
