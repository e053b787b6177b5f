/**
 * What the file system says of a file. It tells, without reading the file, that nothing was written to it since.
 *
 * @module
 */

/** What the file system said of a file at a moment. Plain JSON, so that a checkpoint can hold it. */
export interface FileStamp {
  readonly size: number;
  /** Time of the last change of its content, in milliseconds since the epoch; null if unknown. */
  readonly modifiedAt: number | null;
  /** Time of the last change of its content or its metadata, which no program can set freely. */
  readonly changedAt: number | null;
  /** Null where the system has none. */
  readonly device: number | null;
  /** Null where the system has none. */
  readonly inode: number | null;
  /** When the file got its inode, since a new file may get that of a removed one. Null if unknown. */
  readonly bornAt?: number | null | undefined;
  /** The name of the archive's member, of which the stamp is. @default the file itself */
  readonly member?: string | undefined;
  /** When the stamp was taken. */
  readonly takenAt: number;
}

/** The tick of the coarsest file system (FAT): a second write within one tick changes no time. */
const TICK_MS = 2_000;

/**
 * The stamp of a file.
 *
 * @param member The name of a member, if the file is an archive and the stamp is of that.
 */
export function stampOf(info: Deno.FileInfo, now: number, member: string | null): FileStamp {
  return {
    size: info.size,
    modifiedAt: info.mtime?.getTime() ?? null,
    changedAt: info.ctime?.getTime() ?? null,
    device: info.dev,
    inode: info.ino,
    bornAt: info.birthtime?.getTime() ?? null,
    ...(member === null ? {} : { member }),
    takenAt: now,
  };
}

/** True if nothing can have been written to the file between the two stamps. */
export function isUntouched(then: FileStamp, now: FileStamp): boolean {
  const { modifiedAt, changedAt, takenAt } = then;
  // A file written just before its stamp may be written again within the same tick, and look the same.
  if (modifiedAt === null || changedAt === null || takenAt - Math.max(modifiedAt, changedAt) < TICK_MS) return false;
  return isSameFile(then, now) && then.size === now.size && modifiedAt === now.modifiedAt &&
    changedAt === now.changedAt;
}

/** True if both are of one file, or of one member of it, under any name and with any content. */
export function isSameFile(one: FileStamp, other: FileStamp): boolean {
  if (one.inode === null || one.inode !== other.inode || one.device !== other.device) return false;
  if (one.member !== other.member) return false;
  const [born, otherBorn] = [one.bornAt ?? null, other.bornAt ?? null];
  return born === null || otherBorn === null || born === otherBorn;
}
