/**
 * Whether a file still has the content that a load has read of it: a name or an inode may have another one by now.
 *
 * @module
 */
import { isSameFile, isUntouched, stampOf } from "../records/file_stamp.ts";
import { beginsAs, compareContent, type ContentFile } from "../sources/compare_content.ts";
import { compressionOf } from "../sources/file_input.ts";
import { SourceError, type SourceErrorCode } from "../sources/source.ts";
import type { CheckpointFile, CheckpointPosition } from "../state/checkpoint.ts";

const OF_ANOTHER_FILE: ReadonlySet<SourceErrorCode> = new Set<SourceErrorCode>(["wrong_compression", "foreign_format"]);

/** Where a load has read what. */
export interface ReadContent {
  readonly file: CheckpointFile | null;
  readonly position: Pick<CheckpointPosition, "content">;
}

/**
 * True if its file is where it was and has all that was read of it. It is read only if the file system does not tell. One
 * that cannot be looked at may have it.
 */
export async function isInPlace({ file: then, position: { content } }: ReadContent): Promise<boolean> {
  if (then === null) return true;
  try {
    const info = await Deno.stat(then.path);
    // A pipe that is opened waits for a writer.
    if (!info.isFile) return false;
    // When it is looked at plays no part in this comparison.
    const now = stampOf(info, then.stamp.takenAt);
    if (isUntouched(then.stamp, now) || content === undefined) return true;
    using file = await Deno.open(then.path);
    // Of rows in quotes their lines are looked at too, so that this holds for every format.
    const opened: ContentFile = { path: then.path, file, compression: compressionOf(then.path), quoted: true };
    if (content.bytes > 0) return (await compareContent(opened, content)).type === "same";
    // Nothing was settled by which it could be known, but perhaps its first row.
    if (!isSameFile(then.stamp, now) || now.size < then.stamp.size) return false;
    return content.samples.first === null || await beginsAs(opened, content);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    // Its first bytes are those of another file; whatever else is wrong with the path, it may be there.
    return !(error instanceof SourceError && OF_ANOTHER_FILE.has(error.code));
  }
}
