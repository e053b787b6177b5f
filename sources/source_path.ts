/**
 * What can be wrong with a path, as typed errors.
 *
 * @module
 */
import { isOutOfDescriptors, TOO_MANY_OPEN } from "../storage/system_limits.ts";
import { SourceError } from "./source.ts";

/** Stands for standard input. */
export const STDIN = "-";

/** The typed form of an error of the file system; any other error as it is. */
export function sourceErrorOf(cause: unknown, path: string): unknown {
  if (cause instanceof Deno.errors.NotFound) {
    return new SourceError("not_found", `There is no file ${path}. Check the path.`, { cause });
  }
  if (cause instanceof Deno.errors.PermissionDenied) {
    return new SourceError("not_readable", `${path} may not be read by this user. Change its permissions.`, { cause });
  }
  if (cause instanceof Deno.errors.NotCapable) {
    return new SourceError("not_readable", `${path} may not be read: run with --allow-read for its folder.`, { cause });
  }
  if (cause instanceof Deno.errors.IsADirectory || cause instanceof Deno.errors.NotADirectory) {
    return new SourceError("not_readable", `${path} is not a file. Check the path.`, { cause });
  }
  if (isOutOfDescriptors(cause)) {
    const message = `${path} cannot be opened now: ${TOO_MANY_OPEN}, or lower --files-in-flight.`;
    return new SourceError("out_of_descriptors", message, { cause });
  }
  return cause;
}
