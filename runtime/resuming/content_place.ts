/**
 * Whether a file still has the content that a load has read of it: a name or an inode may have another one by now.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import type { FilePlace } from "../../records/content/file_position.ts";
import { isSameFile, isUntouched, stampOf } from "../../records/content/file_stamp.ts";
import { fileOf, memberOf, memberPath } from "../../storage/archive_path.ts";
import { beginsAs, compareContent, type ContentFile } from "../../sources/files/compare_content.ts";
import { compressionOf } from "../../sources/files/file_input.ts";
import { sourceErrorOf } from "../../sources/files/source_path.ts";
import { SourceError, type SourceErrorCode } from "../../sources/source.ts";
import type { CheckpointFile } from "../../state/checkpoint.ts";
import { isOutOfDescriptors } from "../../storage/system_limits.ts";
import { isRelatedName } from "./rotated_names.ts";

const OF_ANOTHER_FILE: ReadonlySet<SourceErrorCode> = new Set<SourceErrorCode>(["wrong_compression", "foreign_format"]);

/** Where a load has read what. */
export interface ReadContent {
  readonly file: CheckpointFile | null;
  readonly position: { readonly at: Pick<FilePlace, "content"> };
}

/**
 * True if its file is where it was and has all that was read of it. It is read only if the file system does not tell. One
 * that cannot be looked at may have it.
 *
 * @throws {SourceError} `out_of_descriptors`
 */
export async function isInPlace({ file: then, position: { at: { content } } }: ReadContent): Promise<boolean> {
  if (then === null) return true;
  try {
    const info = await Deno.stat(fileOf(then.path));
    // A pipe that is opened waits for a writer.
    if (!info.isFile) return false;
    // When it is looked at plays no part in this comparison.
    const now = stampOf(info, then.stamp.takenAt, memberOf(then.path));
    if (isUntouched(then.stamp, now) || content === undefined) return true;
    using file = await Deno.open(fileOf(then.path));
    // Of rows in quotes their lines are looked at too, so that this holds for every format.
    const compression = compressionOf(then.path);
    const opened: ContentFile = { path: then.path, file, compression, quoted: true, mayBeArray: true };
    if (content.bytes > 0) return (await compareContent(opened, content)).type === "same";
    // No settled row tells the file from others, but perhaps its first row does.
    if (!isSameFile(then.stamp, now) || now.size < then.stamp.size) return false;
    return content.samples.first === null || await beginsAs(opened, content);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    refuseToGuess(error, then.path);
    // Its first bytes are those of another file; with any other error of the path, the content may be there.
    return !(error instanceof SourceError && OF_ANOTHER_FILE.has(error.code));
  }
}

/** True if {@link placeBeside} finds what was read. A folder that cannot be listed may have it. */
export async function isBeside(read: ReadContent): Promise<boolean> {
  try {
    return await placeBeside(read) !== null;
  } catch (error) {
    refuseToGuess(error, read.file?.path ?? "");
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** What cannot be opened now can be opened later. @throws {SourceError} `out_of_descriptors` */
function refuseToGuess(error: unknown, path: string): void {
  if (isOutOfDescriptors(error)) throw sourceErrorOf(error, path);
}

/**
 * The path of what was read, if it stands in its folder under another name, as after a rotation: the file itself, or one whose
 * name a rotation may have made of its own. Null if there is none.
 *
 * @throws {SourceError} `out_of_descriptors`
 * @throws An error of the file system.
 */
export async function placeBeside(
  read: ReadContent,
  isThere: (read: ReadContent) => Promise<boolean> = isInPlace,
): Promise<string | null> {
  try {
    return await findBeside(read, isThere);
  } catch (error) {
    refuseToGuess(error, read.file?.path ?? "");
    throw error;
  }
}

async function findBeside(
  read: ReadContent,
  isThere: (read: ReadContent) => Promise<boolean>,
): Promise<string | null> {
  const { file: then } = read;
  if (then === null) return null;
  const own = fileOf(then.path), member = memberOf(then.path);
  const folder = dirname(own), name = basename(own);
  const others: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isFile || entry.name === name) continue;
    const other = join(folder, entry.name);
    const path = member === null ? other : memberPath(other, member);
    // The file itself before its copies.
    if (await isStillAt({ ...then, path })) others.unshift(path);
    else if (isRelatedName(entry.name, name)) others.push(path);
  }
  for (const path of others) if (await isThere({ ...read, file: { ...then, path } })) return path;
  return null;
}

/**
 * The path of the file itself that a load has read, if it stands in its folder under another name and has what was read of it: as
 * it was, or compressed since. What has its name now is another file then, also if that begins with all of its rows. Null if
 * it has its name, or is not there; a copy is another file.
 *
 * @throws An error of the file system.
 */
export async function movedPlaceOf(read: ReadContent): Promise<string | null> {
  const { file: then } = read;
  if (then === null || await isStillAt(then)) return null;
  return await placeBeside(read, async (there) => await isItOrCompressed(there) && await isInPlace(there));
}

/** What compresses a file keeps the time of its last change. */
async function isItOrCompressed({ file }: ReadContent): Promise<boolean> {
  if (file === null || await isStillAt(file)) return file !== null;
  const { path, stamp: { modifiedAt } } = file;
  try {
    if (compressionOf(path) === null || modifiedAt === null) return false;
    const info = await Deno.stat(fileOf(path));
    return info.mtime !== null && info.mtime.getTime() >= modifiedAt;
  } catch (error) {
    // It got another name, or was compressed, since the folder was looked at.
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * True if a file begins with the first row that a load has met. That is all that is known of a file before any of its rows is
 * settled.
 */
export async function beginsThere({ file, position: { at: { content } } }: ReadContent): Promise<boolean> {
  if (file === null || content === undefined) return false;
  try {
    using opened = await Deno.open(fileOf(file.path));
    return await beginsAs(
      { path: file.path, file: opened, compression: compressionOf(file.path), quoted: true, mayBeArray: true },
      content,
    );
  } catch (error) {
    const isAnother = error instanceof SourceError && OF_ANOTHER_FILE.has(error.code);
    if (isAnother || error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether the file itself has the path. */
async function isStillAt({ path, stamp }: CheckpointFile): Promise<boolean> {
  try {
    return isSameFile(stamp, stampOf(await Deno.stat(fileOf(path)), stamp.takenAt, memberOf(path)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
