/**
 * Says how far a source was read before it failed.
 *
 * @module
 */
import { SourceError } from "../source.ts";

/** How far it was read, by its name for people. */
export interface ReadPlace {
  readonly name: string;
  readonly row: number;
  readonly line: number;
  readonly offset: number;
}

/** A failure of reading, with its place: a {@link SourceError}, or what is none and is thrown as it is. */
export function readFailure(cause: unknown, { name, row, line, offset }: ReadPlace): unknown {
  const place = `It was read up to row ${row}, line ${line}, byte ${offset}`;
  // It says where.
  if (cause instanceof SourceError && cause.code === "other_header") return cause;
  if (cause instanceof SourceError) return new SourceError(cause.code, `${cause.message} ${place}.`, { cause });
  // Only the system's errors are about the source; anything else is a bug, and stays what it is.
  if (!(cause instanceof Error) || !("code" in cause)) return cause;
  const what = `Reading ${name} failed: ${cause.message}. ${place}.`;
  return new SourceError("read_failed", `${what} Check the disk, then run again.`, { cause });
}
