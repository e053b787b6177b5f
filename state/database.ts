/**
 * The file in a data folder that remembers what was done: one SQLite database, so that everything that belongs together is
 * committed together.
 *
 * @module
 */
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { MIGRATIONS } from "./migrations.ts";

/** Why a state file cannot be used. */
export type StateFileErrorCode =
  | "newer_format" // written by a newer version of this program
  | "foreign_file" // a database of another program, or no database at all
  | "corrupt" // damaged or truncated
  | "busy" // another process wrote to it for longer than the wait
  | "full" // the disk is full
  | "inaccessible"; // permissions, a folder in its place, an I/O error

/** A state file that cannot be used. The message says what to do. */
export class StateFileError extends Error {
  override readonly name = "StateFileError";
  constructor(readonly code: StateFileErrorCode, readonly file: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** File name of the database in a data folder. */
export const STATE_FILE = "state.sqlite";

/** "tflS" in ASCII: tells this file from other programs' databases. */
const APPLICATION_ID = 0x74666c53;
const BUSY_MS = 5_000;

/**
 * The state database. It survives a crash of the process and of the machine: write-ahead log, synced at each commit.
 */
export class StateDatabase implements Disposable {
  readonly file: string;
  readonly #database: DatabaseSync;
  #depth = 0;
  #closed = false;

  private constructor(file: string, database: DatabaseSync) {
    this.file = file;
    this.#database = database;
  }

  /**
   * Opens the database of a data folder; makes both if they are not there, and brings an older format up to date.
   *
   * @throws {StateFileError}
   */
  static open(dataDir: string): StateDatabase {
    const file = join(dataDir, STATE_FILE);
    return guarded(file, () => {
      Deno.mkdirSync(dataDir, { recursive: true });
      const database = new DatabaseSync(file, { timeout: BUSY_MS });
      const state = new StateDatabase(file, database);
      try {
        state.#checkOwner();
        database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
        state.#migrate();
        return state;
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  /** A statement, to be kept and used again. @throws {StateFileError} */
  prepare(sql: string): StatementSync {
    return guarded(this.file, () => this.#database.prepare(sql));
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

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Before anything is written: a file of another program must stay as it is. */
  #checkOwner(): void {
    const version = this.#pragma("user_version");
    if (this.#pragma("application_id") === APPLICATION_ID) {
      if (version <= MIGRATIONS.length) return;
      throw new StateFileError(
        "newer_format",
        this.file,
        `${this.file} has format ${version}, and this version of tickflume knows formats up to ${MIGRATIONS.length}. ` +
          "Use the newer version, or another data folder.",
      );
    }
    const row = this.#database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get();
    if (row?.tables === 0 && version === 0) return;
    throw foreignFile(this.file);
  }

  #migrate(): void {
    if (this.#pragma("user_version") === MIGRATIONS.length) return;
    this.transaction(() => {
      // Again, now that nobody else can write: another process may have been quicker.
      for (let version = this.#pragma("user_version"); version < MIGRATIONS.length; version++) {
        this.#database.exec(MIGRATIONS[version] ?? "");
      }
      this.#database.exec(
        `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length};`,
      );
    });
  }

  #pragma(name: "application_id" | "user_version"): number {
    return Number(this.#database.prepare(`PRAGMA ${name}`).get()?.[name]);
  }
}

/**
 * Runs something that uses a state file, and gives SQLite's and the system's errors the type {@link StateFileError}.
 */
export function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw stateFileErrorOf(error, file);
  }
}

/** By SQLite's own sentences: its numeric codes are absent from many errors of node:sqlite under Deno. */
const SENTENCES: readonly (readonly [pattern: RegExp, code: StateFileErrorCode, next: string])[] = [
  [/malformed|disk image/, "corrupt", "It is damaged. Restore it from a copy, or use another data folder."],
  [/is locked/, "busy", "Another process writes to it. Wait for that process, or use another data folder."],
  [/is full/, "full", "The disk is full. Make room, then run again."],
  [
    /unable to open|readonly|disk I\/O/,
    "inaccessible",
    "Check that the folder can be written to, or use another data folder.",
  ],
];

function stateFileErrorOf(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error instanceof StateFileError) return error;
  if (/is not a database/.test(error.message)) return foreignFile(file, error);
  const system = error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.AlreadyExists || error instanceof Deno.errors.NotADirectory;
  const known = SENTENCES.find(([pattern]) => pattern.test(error.message));
  if (known === undefined && !system) return error;
  const [, code, next] = known ?? [null, "inaccessible" as const, "Use a data folder that can be written to."];
  return new StateFileError(code, file, `${file} cannot be used: ${error.message}. ${next}`, { cause: error });
}

function foreignFile(file: string, cause?: unknown): StateFileError {
  const message = `${file} is not a state file of tickflume. Move it away, or use another data folder.`;
  return new StateFileError("foreign_file", file, message, { cause });
}
