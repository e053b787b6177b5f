/**
 * A SQLite file of this program: it survives a crash of the process and of the machine (write-ahead log, synced at each
 * commit, or beside the event loop), opening brings it up to date, and opening refuses the files of other programs.
 *
 * @module
 */
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { BackgroundSync } from "./background_sync.ts";
import { makePrivateFile, makePrivateFolder } from "./private_files.ts";
import { integerIn } from "./row_values.ts";
import { CommitError, corruptFile, foreignFile, guarded, StorageError, storageErrorOf } from "./storage_error.ts";

/** The format of a file of ours. */
export interface SqliteFormat {
  /** SQLite's `application_id`: four letters as a number. */
  readonly applicationId: number;
  /** Element `n` turns format `n` into format `n + 1`. Only append: files of every earlier format exist. */
  readonly migrations: readonly string[];
}

/** How a file is opened. */
export interface SqliteOptions {
  /** The file must exist, and stays as it is, with what a crash left in its write-ahead log. @default false */
  readonly readOnly?: boolean;
  /** `full`: a commit survives a power cut. `normal`: it survives a crash of the process. @default "full" */
  readonly sync?: "full" | "normal";
  /** Whether commits may be synced beside the event loop: {@link SqliteFile.durably}. @default false */
  readonly background?: boolean;
}

/** Milliseconds that a call waits for a file to which another process writes. The event loop is blocked meanwhile. */
const BUSY_MS = 5_000;
/** SQLite's general error: "SQL error or missing database". */
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
  readonly #sync: "full" | "normal";
  /** Of the write-ahead log; null where no commit is synced beside the event loop. */
  #logSync: BackgroundSync | null = null;
  #isWriting = false;

  /**
   * Opens the file; makes missing files and folders, and brings an older format up to date.
   *
   * @throws {StorageError}
   * @internal
   */
  constructor(
    file: string,
    format: SqliteFormat,
    { readOnly = false, sync = "full", background = false }: SqliteOptions = {},
  ) {
    this.file = file;
    this.#sync = sync;
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
      if (background && !readOnly) this.#logSync = new BackgroundSync(guarded(file, () => openLog(file)));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * A statement: keep it and use it again. The file was made with its tables, so a file that refuses the statement is
   * damaged.
   *
   * @throws {StorageError}
   * @internal
   */
  prepare(sql: string): StatementSync {
    return guarded(this.file, () => orCorrupt(this.file, () => this.#database.prepare(sql)));
  }

  /**
   * Runs statements as one transaction: all of them are on disk when it returns, or none ever will be. A transaction
   * inside another one is part of that one.
   *
   * @throws {CommitError} If it is not known whether they are on disk.
   * @throws {StorageError} If the database fails before that; what `work` itself throws is thrown on.
   * @internal
   */
  transaction<T>(work: () => T): T {
    if (this.#isWriting) return work();
    const failed = this.#logSync?.failed ?? null;
    if (failed !== null) throw this.#commitError(failed.cause);
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
   * Runs transactions, and resolves when they are on disk: the event loop runs on while the disk writes, and others may see
   * before that what they have changed. What `work` throws is thrown on, at once.
   *
   * @throws {CommitError} If it is not known whether they are on disk. The file then takes no more transactions.
   * @internal
   */
  async durably<T>(work: () => T): Promise<T> {
    const log = this.#logSync;
    if (log === null) throw new TypeError(`${this.file} was not opened to be synced beside the event loop`);
    const result = this.#sync === "full" ? this.#unsynced(work) : work();
    try {
      await log.synced();
    } catch (cause) {
      throw this.#commitError(cause);
    }
    return result;
  }

  /** Whether a sync has failed, so that it takes no more transactions. @internal */
  get isBroken(): boolean {
    return (this.#logSync?.failed ?? null) !== null;
  }

  /** A log that is not synced at each commit is still synced before its pages go to the file. */
  #unsynced<T>(work: () => T): T {
    this.#database.exec("PRAGMA synchronous = normal");
    try {
      return work();
    } finally {
      this.#database.exec(`PRAGMA synchronous = ${this.#sync}`);
    }
  }

  /**
   * Reads one state of the file, even while another process writes.
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
    this.#logSync?.[Symbol.dispose]();
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
      throw this.#commitError(cause);
    }
  }

  #commitError(cause: unknown): CommitError {
    const known = storageErrorOf(cause, this.file);
    const { code, message } = known instanceof StorageError
      ? known
      : { code: "inaccessible" as const, message: `${this.file} cannot be used: ${messageOf(cause)}` };
    return new CommitError(code, this.file, message, { cause });
  }

  /** Rolls back, unless SQLite has done so itself, as after some errors such as a full disk. */
  #undo(): void {
    if (this.#database.isTransaction) this.#rollback.run();
  }

  /** Call before any write: a file of another program must stay as it is. */
  #checkOwner({ applicationId, migrations }: SqliteFormat): void {
    const version = this.#pragma("user_version"), owner = this.#pragma("application_id");
    if (owner === applicationId) {
      // No version of this program writes it, and migrating from a negative number would take for ever.
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

  /** A file opened for reading is not brought up to date, so it must be. */
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
      // Checks the version again, now that no other process can write: one may have migrated first.
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

/** Runs work at which SQLite's general error, which has no code of its own, can only mean a damaged file. */
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

/** SQLite makes it when it first reads the file, and beside the file itself where the path is a link. */
function openLog(file: string): Deno.FsFile {
  return Deno.openSync(`${Deno.realPathSync(file)}-wal`, { read: true, write: true });
}
