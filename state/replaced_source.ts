/**
 * The id of a source whose file has lost its name to another one: its checkpoint and its dead letters stand under it until
 * the file is found under another name.
 *
 * @module
 */
import type { FileStamp } from "../records/content/file_stamp.ts";

/** Begins the ids; those of sources begin with a data type. */
const PREFIX = "replaced:";

/** The id for what is known of the file that had the name of a source. */
export function replacedIdOf(
  source: string,
  { device, inode, startedAt }: Pick<FileStamp, "device" | "inode"> & { readonly startedAt: number },
): string {
  return `${PREFIX}${device}/${inode}/${startedAt}:${source}`;
}

/** Whether it is the id of a file that has lost its name. */
export function isReplaced(source: string): boolean {
  return source.startsWith(PREFIX);
}

/** The id of the source that has the name now: of any other source its own. */
export function namedSourceOf(source: string): string {
  return isReplaced(source) ? source.slice(source.indexOf(":", PREFIX.length) + 1) : source;
}

/** For people: the path of a source's file, where its id has one. */
export function fileOfSource(source: string): string {
  const named = namedSourceOf(source);
  return named.slice(named.indexOf(":") + 1);
}

/** SQL: the id of the source that has the name now, of a row with a column `source`. */
export const NAMED_SOURCE = `iif(substr(source, 1, ${PREFIX.length}) = '${PREFIX}',
  substr(substr(source, ${PREFIX.length + 1}), instr(substr(source, ${PREFIX.length + 1}), ':') + 1), source)`;
