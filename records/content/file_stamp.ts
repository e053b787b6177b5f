/**
 * What the file system says of a file: by it is known, without reading it, that nothing was written to it since.
 *
 * @module
 */

/** A file as the file system described it at a moment. Plain JSON, so that a checkpoint can hold it. */
export interface FileStamp {
  readonly size: number;
  /** Time of the last change of its content, in milliseconds since the epoch; null where it is not known. */
  readonly modifiedAt: number | null;
  /** Time of the last change of whatever the file system knows of it, which no program sets as it likes. */
  readonly changedAt: number | null;
  /** Null where the system has none. */
  readonly device: number | null;
  /** Null where the system has none. */
  readonly inode: number | null;
  /** When the inode was given to it: one that was removed leaves its inode to another file. Null where it is not known. */
  readonly bornAt?: number | null | undefined;
  /** When it was looked at. */
  readonly takenAt: number;
}

/** The coarsest clock of a file system (FAT): within one of its ticks a second write changes no time. */
const TICK_MS = 2_000;

/** The stamp of a file. */
export function stampOf(info: Deno.FileInfo, now: number): FileStamp {
  return {
    size: info.size,
    modifiedAt: info.mtime?.getTime() ?? null,
    changedAt: info.ctime?.getTime() ?? null,
    device: info.dev,
    inode: info.ino,
    bornAt: info.birthtime?.getTime() ?? null,
    takenAt: now,
  };
}

/** True if nothing can have been written to the file between the two stamps. */
export function isUntouched(then: FileStamp, now: FileStamp): boolean {
  const { modifiedAt, changedAt, takenAt } = then;
  // What was written just before it was looked at may be written again within the same tick, and look the same.
  if (modifiedAt === null || changedAt === null || takenAt - Math.max(modifiedAt, changedAt) < TICK_MS) return false;
  return isSameFile(then, now) && then.size === now.size && modifiedAt === now.modifiedAt &&
    changedAt === now.changedAt;
}

/** True if both are of one file, whatever its name and content. */
export function isSameFile(one: FileStamp, other: FileStamp): boolean {
  if (one.inode === null || one.inode !== other.inode || one.device !== other.device) return false;
  const [born, otherBorn] = [one.bornAt ?? null, other.bornAt ?? null];
  return born === null || otherBorn === null || born === otherBorn;
}
