/**
 * Why a SQLite file of ours cannot be used: one closed list for the errors of SQLite and of the system.
 *
 * @module
 */
import { isKeptFromOpening, isOutOfDescriptors, isOutOfSpace, outOfSpaceText, TOO_MANY_OPEN } from "./system_limits.ts";

/** Why a file cannot be used. */
export type StorageErrorCode =
  | "missing" // opened for reading, and there is no file or nothing in it
  | "newer_format" // written by a newer version of this program
  | "older_format" // opened for reading, and written by an earlier version
  | "foreign_file" // a database of another program, or no database at all
  | "corrupt" // damaged or truncated
  | "busy" // another process wrote to it for longer than the wait
  | "full" // the disk is full
  | "inaccessible"; // permissions, a folder in its place, an I/O error

/** A file that cannot be used. The message names it and says what to do. */
export class StorageError extends Error {
  override readonly name: string = "StorageError";
  constructor(readonly code: StorageErrorCode, readonly file: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** A commit failed half-way: only reading tells whether what it wrote is there. */
export class CommitError extends StorageError {
  override readonly name = "CommitError";
}

/** The stored data is not what this program writes. {@link guarded} adds the file's name. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
  constructor(what: string) {
    super(`malformed ${what}`);
  }
}

/** Runs work that uses a file, and turns SQLite's and the system's errors into a {@link StorageError}. */
export function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storageErrorOf(error, file);
  }
}

/** The error for a file that is damaged. */
export function corruptFile(file: string, what: string, options?: ErrorOptions): StorageError {
  return new StorageError("corrupt", file, `${file} cannot be used: ${what}. ${RESTORE}`, options);
}

/** The error for a file that is not ours. */
export function foreignFile(file: string, options?: ErrorOptions): StorageError {
  const message = `${file} is not a file of tickflume. Move it away, or use another data folder.`;
  return new StorageError("foreign_file", file, message, options);
}

const RESTORE = "It is damaged. Restore it from a copy, or use another data folder.";

/** Matches SQLite's sentences, since many errors of node:sqlite under Deno lack the numeric code. */
const SENTENCES: readonly (readonly [pattern: RegExp, code: StorageErrorCode, next: string])[] = [
  // A file is made with its tables, so a file with other tables is damaged.
  [
    /malformed|disk image|no such (table|column)|unsupported file format|too large to be represented/,
    "corrupt",
    RESTORE,
  ],
  [/is locked/, "busy", "Another process writes to it. Wait for that process, or use another data folder."],
  [
    /unable to open|readonly|disk I\/O/,
    "inaccessible",
    "Check that the folder can be written to, or use another data folder.",
  ],
  [/\(os error \d+\)|Requires \w+ access/, "inaccessible", "Use a data folder that can be written to."],
];

/** The typed form of an error that came while a file was used. Returns errors of other sources unchanged. */
export function storageErrorOf(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !isOfStorage(error)) return error;
  const { message } = error;
  const options = { cause: error };
  if (/is not a database/.test(message)) return foreignFile(file, options);
  if (isOutOfSpace(error)) {
    return new StorageError("full", file, `${outOfSpaceText(file)}. Make room, then run again.`, options);
  }
  if (isOutOfDescriptors(error) || (/unable to open/.test(message) && isKeptFromOpening(file))) {
    return new StorageError("inaccessible", file, `${file} cannot be opened: ${TOO_MANY_OPEN}.`, options);
  }
  const known = SENTENCES.find(([pattern]) => pattern.test(message));
  if (known === undefined) return error;
  const [, code, next] = known;
  return new StorageError(code, file, `${file} cannot be used: ${message}. ${next}`, options);
}

/**
 * True for errors of SQLite and of the system. What a caller throws within a transaction is none, even with their
 * words.
 */
function isOfStorage(error: Error): boolean {
  if (error instanceof MalformedError || error instanceof Deno.errors.NotCapable) return true;
  const fromSqlite = "code" in error && (error.code === "ERR_SQLITE_ERROR" || error.code === "ERR_OUT_OF_RANGE");
  return fromSqlite || /\(os error \d+\)/.test(error.message);
}
