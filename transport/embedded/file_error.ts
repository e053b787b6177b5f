/**
 * What can be wrong with a file of the embedded log or registry, and how SQLite's errors become the ports' own.
 *
 * @module
 */
import { LogError } from "../log.ts";
import { RegistryError } from "../registry.ts";
import { isOutOfSpace, outOfSpaceText } from "../../storage/system_limits.ts";

/** Why a file cannot be used. */
export type EmbeddedFileErrorCode =
  | "missing" // opened for reading, and nobody has written it yet
  | "foreign_file" // a file of another program, or no database at all
  | "newer_format" // written by a newer version of this program
  | "corrupt" // damaged or truncated
  | "busy" // another process holds it for longer than the wait
  | "full" // the disk is full
  | "inaccessible"; // permissions, a folder in its place, an I/O error

/** A file of the embedded log or registry cannot be used. */
export class EmbeddedFileError extends Error {
  override readonly name = "EmbeddedFileError";
  constructor(readonly code: EmbeddedFileErrorCode, readonly file: string, message: string, options?: ErrorOptions) {
    super(`${message}: ${file}`, options);
  }
}

/** SQLite's own sentences. Its numeric codes are absent from many errors of node:sqlite under Deno. */
const SENTENCES: readonly (readonly [pattern: RegExp, code: EmbeddedFileErrorCode, message: string])[] = [
  [/is not a database/, "foreign_file", "The file is not a database"],
  [
    /malformed|out of range|too large to be represented/,
    "corrupt",
    "The file is damaged or truncated; restore it from a copy or start with another one",
  ],
  [/is locked/, "busy", "The file is held by another process"],
];

/** The typed form of an error that node:sqlite threw while it used a file. */
export function fileErrorOf(cause: unknown, file: string): EmbeddedFileError {
  if (cause instanceof EmbeddedFileError) return cause;
  if (isOutOfSpace(cause)) return new EmbeddedFileError("full", file, outOfSpaceText(file), { cause });
  const text = cause instanceof Error ? cause.message : String(cause);
  const known = SENTENCES.find(([pattern]) => pattern.test(text));
  if (known !== undefined) return new EmbeddedFileError(known[1], file, known[2], { cause });
  return new EmbeddedFileError("inaccessible", file, `The file cannot be used (${text})`, { cause });
}

/** The log's form of any error: a `LogError` as it is, a busy file as `timed_out`, another one as `client`. */
export function logErrorOf(cause: unknown, file: string): LogError {
  if (cause instanceof LogError) return cause;
  const error = fileErrorOf(cause, file);
  return new LogError(error.code === "busy" ? "timed_out" : "client", error.message, { cause: error });
}

/** The registry's form of any error: a `RegistryError` as it is, anything else as `server_error`, as from a server. */
export function registryErrorOf(cause: unknown, file: string): RegistryError {
  if (cause instanceof RegistryError) return cause;
  const error = fileErrorOf(cause, file);
  return new RegistryError("server_error", error.message, { cause: error });
}
