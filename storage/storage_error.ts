/**
 * Why a SQLite file of ours cannot be used: one closed list, whatever SQLite and the system call it.
 *
 * @module
 */
import { isKeptFromOpening, isOutOfDescriptors, isOutOfSpace, outOfSpaceText, TOO_MANY_OPEN } from "./system_limits.ts";

/** Why a file cannot be used. */
export type StorageErrorCode =
  | "missing" // only to be read, and not there, or nothing is in it
  | "newer_format" // written by a newer version of this program
  | "older_format" // only to be read, and written by an earlier version
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

/** What is stored is not what this program writes. {@link guarded} gives it the file's name. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
  constructor(what: string) {
    super(`malformed ${what}`);
  }
}

/** Runs something that uses a file, and gives SQLite's and the system's errors the type {@link StorageError}. */
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

/** By SQLite's own sentences: its numeric codes are absent from many errors of node:sqlite under Deno. */
const SENTENCES: readonly (readonly [pattern: RegExp, code: StorageErrorCode, next: string])[] = [
  // The tables are made with the file, so that one of another shape is a damaged one.
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

/** The typed form of an error while a file was used; one that is neither SQLite's nor the system's as it is. */
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

/** What a caller throws within a transaction has its own meaning, whatever its words are. */
function isOfStorage(error: Error): boolean {
  if (error instanceof MalformedError || error instanceof Deno.errors.NotCapable) return true;
  const fromSqlite = "code" in error && (error.code === "ERR_SQLITE_ERROR" || error.code === "ERR_OUT_OF_RANGE");
  return fromSqlite || /\(os error \d+\)/.test(error.message);
}
