/**
 * Why a state file cannot be used: one closed list, whatever SQLite and the system call it.
 *
 * @module
 */

import {
  isKeptFromOpening,
  isOutOfDescriptors,
  isOutOfSpace,
  outOfSpaceText,
  TOO_MANY_OPEN,
} from "../storage/system_limits.ts";

/** Why a state file cannot be used. */
export type StateFileErrorCode =
  | "newer_format" // written by a newer version of this program
  | "older_format" // only to be read, and written by an earlier version
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

/** The error for a file that is damaged. */
export function corruptFile(file: string, what: string, options?: ErrorOptions): StateFileError {
  return new StateFileError("corrupt", file, `${file} cannot be used: ${what}. ${RESTORE}`, options);
}

/** The error for a file that is not ours. */
export function foreignFile(file: string, options?: ErrorOptions): StateFileError {
  const message = `${file} is not a state file of tickflume. Move it away, or use another data folder.`;
  return new StateFileError("foreign_file", file, message, options);
}

const RESTORE = "It is damaged. Restore it from a copy, or use another data folder.";

/** By SQLite's own sentences: its numeric codes are absent from many errors of node:sqlite under Deno. */
const SENTENCES: readonly (readonly [pattern: RegExp, code: StateFileErrorCode, next: string])[] = [
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
];

function stateFileErrorOf(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error instanceof StateFileError) return error;
  if (/is not a database/.test(error.message)) return foreignFile(file, { cause: error });
  if (isOutOfSpace(error)) {
    return new StateFileError("full", file, `${outOfSpaceText(file)}. Make room, then run again.`, { cause: error });
  }
  if (isOutOfDescriptors(error) || (/unable to open/.test(error.message) && isKeptFromOpening(file))) {
    const message = `${file} cannot be opened: ${TOO_MANY_OPEN}.`;
    return new StateFileError("inaccessible", file, message, { cause: error });
  }
  const system = error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.AlreadyExists || error instanceof Deno.errors.NotADirectory;
  const known = SENTENCES.find(([pattern]) => pattern.test(error.message));
  if (known === undefined && !system) return error;
  const [, code, next] = known ?? [null, "inaccessible" as const, "Use a data folder that can be written to."];
  return new StateFileError(code, file, `${file} cannot be used: ${error.message}. ${next}`, { cause: error });
}
