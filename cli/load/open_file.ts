/**
 * A file that is followed, as long as it is open.
 *
 * @module
 */
import type { SourceHandle } from "../../runtime.ts";
import type { Growth } from "../../sources/files/growth.ts";
import type { RowSource } from "../../sources/source.ts";
import type { ListedFile } from "./followed_paths.ts";

/** Each has a descriptor, and a buffer of a quarter of a mebibyte. A process that may open few files has fewer. */
export const MAX_OPEN = 256;
/** A file of a folder that was not written to for so long makes room: most are never written to again. */
const IDLE_MS = 5 * 60_000;
/** A file that is being read, or is about to be. */
export interface OpenFile {
  readonly file: ListedFile;
  readonly growth: Growth;
  readonly source: RowSource;
  handle: SourceHandle | null;
  /** Settles when it is not open any more. */
  work: Promise<void>;
  /** Its source is being added, or was: no other one may have its id. */
  isBegun: boolean;
  /** Why it is to end; null: it goes on, or makes room for others. */
  ends: "rotated" | "removed" | null;
  /** When it had grown at the latest look. */
  grewAt: number;
  bytes: number;
  missingSince: number | null;
  /** Wall clock. */
  readonly beganAt: number;
}

/** The files that may be closed: too many are open, or they are in a folder and were not written to for long. */
export function idleFiles(
  open: ReadonlyMap<string, OpenFile>,
  { now, maxOpen }: { readonly now: number; readonly maxOpen: number },
): OpenFile[] {
  const idle: OpenFile[] = [];
  for (const each of open.values()) {
    const { growth, bytes, ends } = each;
    if (growth.bytes !== bytes || !growth.isWaiting) each.grewAt = now;
    each.bytes = growth.bytes;
    if (growth.isWaiting && ends === null) idle.push(each);
  }
  // Those that end already have made room.
  const many = [...open.values()].filter(({ growth }) => !growth.isLast).length - maxOpen;
  return idle.toSorted((one, other) => one.grewAt - other.grewAt)
    .filter(({ file, grewAt }, at) => at < many || (!file.isNamed && now - grewAt >= IDLE_MS));
}
