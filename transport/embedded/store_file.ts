/**
 * Opens a SQLite file of ours, and only of ours.
 *
 * @module
 */
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { makePrivateFile, makePrivateFolder } from "../../storage/private_files.ts";
import { EmbeddedFileError, fileErrorOf } from "./file_error.ts";
import { numberIn } from "./row_values.ts";

/** What makes a file one of ours. */
export interface StoreFormat {
  /** SQLite's `application_id`: four letters as a number. */
  readonly applicationId: number;
  /** SQLite's `user_version`. */
  readonly version: number;
  /** Statements that make an empty file one of ours. */
  readonly schema: string;
}

/** How a file is opened. */
export interface StoreOptions {
  readonly readOnly: boolean;
  /** Full: an ack survives a power cut. Normal: it survives a crash of the process. */
  readonly sync: "full" | "normal";
}

/** How long a call may wait for a file that another process holds, in milliseconds. It blocks the loop meanwhile. */
const BUSY_MS = 2_000;

/**
 * Opens the file, and makes it if it is not there and may be written.
 *
 * @throws {EmbeddedFileError}
 */
export function openStoreFile(
  file: string,
  { format, options }: { format: StoreFormat; options: StoreOptions },
): StoreFile {
  try {
    if (options.readOnly && !exists(file)) {
      throw new EmbeddedFileError(
        "missing",
        file,
        "There is no such file yet: load something first, or name another folder",
      );
    }
    if (!options.readOnly) {
      makePrivateFolder(dirname(file));
      makePrivateFile(file);
    }
    const database = new DatabaseSync(file, { readOnly: options.readOnly, timeout: BUSY_MS });
    try {
      prepareFile(database, { file, format, options });
      return new StoreFile(database, file);
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw fileErrorOf(error, file);
  }
}

/** An open file of ours. */
export class StoreFile {
  readonly #database: DatabaseSync;
  readonly #beginReading: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;

  constructor(database: DatabaseSync, readonly file: string) {
    this.#database = database;
    this.#beginReading = database.prepare("BEGIN");
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
  }

  /** A prepared statement; it lives as long as the file is open. */
  prepare(sql: string): StatementSync {
    return this.#database.prepare(sql);
  }

  /**
   * Runs in one transaction: all or nothing. What `work` throws is thrown after the rollback.
   *
   * @throws {CommitError} if it is not known whether the work was stored
   */
  transact<T>(work: () => T): T {
    this.#begin.run();
    let result: T;
    try {
      result = work();
    } catch (error) {
      this.#undo();
      throw error;
    }
    try {
      this.#commit.run();
    } catch (cause) {
      this.#undo();
      throw new CommitError("The commit failed, so what it wrote may or may not be there", { cause });
    }
    return result;
  }

  /** Reads one state of the file, whatever another process writes meanwhile. */
  snapshot<T>(work: () => T): T {
    this.#beginReading.run();
    try {
      return work();
    } finally {
      this.#undo();
    }
  }

  /** Closes the file. Idempotent. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** Some errors (a full disk) have ended the transaction already. */
  #undo(): void {
    if (this.#database.isTransaction) this.#rollback.run();
  }
}

/** A commit failed half-way: only reading tells what became of it. */
export class CommitError extends Error {
  override readonly name = "CommitError";
}

function prepareFile(
  database: DatabaseSync,
  { file, format, options }: { file: string; format: StoreFormat; options: StoreOptions },
): void {
  const found = pragma(database, "application_id");
  const version = pragma(database, "user_version");
  const empty = database.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
  if (found === 0 && version === 0 && empty) {
    if (options.readOnly) throw new EmbeddedFileError("missing", file, "The file is empty: load something first");
  } else if (found !== format.applicationId) {
    throw new EmbeddedFileError("foreign_file", file, "The file belongs to another program; name another folder");
  } else if (version > format.version) {
    throw new EmbeddedFileError(
      "newer_format",
      file,
      `The file has format ${version} and this program knows formats up to ${format.version}; use a newer version of it`,
    );
  }
  if (options.readOnly) return;
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(`PRAGMA synchronous = ${options.sync === "full" ? "FULL" : "NORMAL"}`);
  if (empty) {
    database.exec(
      `BEGIN IMMEDIATE; PRAGMA application_id = ${format.applicationId}; PRAGMA user_version = ${format.version}; ` +
        `${format.schema}; COMMIT`,
    );
  }
}

function pragma(database: DatabaseSync, name: "application_id" | "user_version"): number {
  return numberIn(database.prepare(`PRAGMA ${name}`).get(), name);
}

function exists(file: string): boolean {
  try {
    Deno.statSync(file);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
