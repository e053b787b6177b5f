/**
 * What can be wrong with a path, as typed errors.
 *
 * @module
 */
import { isOutOfDescriptors, TOO_MANY_OPEN } from "../../storage/system_limits.ts";
import { SourceError } from "../source.ts";

/** Stands for standard input. */
export const STDIN = "-";

/** Other names of it, which this program may not open unless it may do everything. */
const NAMES_OF_STDIN: ReadonlySet<string> = new Set(["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]);

/** Whether a path means standard input. */
export function isStdin(path: string): boolean {
  return path === STDIN || NAMES_OF_STDIN.has(path);
}

/** Only programs that may do everything can open what is in there. */
const SYSTEM_FOLDERS = /^\/(dev|proc|sys)\//;

const ONCE =
  "Pipe what it holds into -, or write it to a file and name that: only the load of a file can be resumed after a kill.";

/** The error for what no rows are read from; null for files, folders and pipes. */
export function noFileError(path: string, info: Deno.FileInfo): SourceError | null {
  const what = info.isSocket ? "socket" : info.isCharDevice || info.isBlockDevice ? "device" : null;
  return what === null ? null : new SourceError("not_a_file", `${path} is a ${what}, not a file. ${ONCE}`);
}

/** The typed form of an error of the file system; any other error as it is. */
export function sourceErrorOf(cause: unknown, path: string): unknown {
  if (cause instanceof Deno.errors.NotFound) {
    return new SourceError("not_found", `There is no file ${path}. Check the path.`, { cause });
  }
  if (cause instanceof Deno.errors.PermissionDenied) {
    return new SourceError("not_readable", `${path} may not be read by this user. Change its permissions.`, { cause });
  }
  if (cause instanceof Deno.errors.NotCapable && SYSTEM_FOLDERS.test(path)) {
    return new SourceError("not_a_file", `${path} may not be opened: it belongs to the system. ${ONCE}`, { cause });
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

/** Does what reads or looks at a source's file; a failure names the source. */
export async function guarded<T>(work: () => Promise<T>, path: string): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw sourceErrorOf(cause, path);
  }
}
