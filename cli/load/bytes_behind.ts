/**
 * How many bytes of files are not acknowledged yet.
 *
 * @module
 */
import { isSameFile, stampOf } from "../../records/content/file_stamp.ts";
import type { SourceHandle } from "../../runtime.ts";
import { fileIdentity, type Growth } from "../../sources/files/growth.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import type { OpenFile } from "./open_file.ts";
import { statOf } from "./folder_files.ts";

/** A file that is behind. */
export interface FileBehind {
  /** For people. */
  readonly source: string;
  readonly bytes: number;
}

/**
 * The bytes that are in a file and not acknowledged.
 *
 * @param known what is stored of its source, if that has not begun yet
 */
export async function bytesBehind(
  { file, growth, handle }: Pick<OpenFile, "file" | "growth" | "handle">,
  known: StoredCheckpoint | null,
): Promise<number> {
  if (handle === null) return await bytesUnread(file, known);
  return Math.max(0, (await sizeOf(growth) ?? growth.bytes) - handle.bytesSettled());
}

/** The same of a file that is read before another one; of a compressed one, that has no growth, compressed bytes. */
export async function bytesLeft(growth: Growth | undefined, handle: SourceHandle): Promise<number> {
  const size = growth === undefined ? handle.source.bytes ?? 0 : await sizeOf(growth) ?? growth.bytes;
  return Math.max(0, size - handle.bytesSettled());
}

/**
 * The bytes of a file that no run has read, as far as a checkpoint tells that is of it.
 *
 * @param file.identity the bytes of another file do not count
 */
export async function bytesUnread(
  { path, identity }: { readonly path: string; readonly identity: string },
  known: Pick<StoredCheckpoint, "file" | "position"> | null,
): Promise<number> {
  const info = await statOf(path);
  if (info === null || (fileIdentity(info) ?? path) !== identity) return 0;
  const isKnown = known !== null && known.file !== null && isSameFile(known.file.stamp, stampOf(info, 0, null));
  return Math.max(0, info.size - (isKnown ? known.position.at.offset : 0));
}

async function sizeOf({ file }: Growth): Promise<number | null> {
  try {
    return (await file?.stat())?.size ?? null;
  } catch (error) {
    if (error instanceof Deno.errors.BadResource) return null;
    throw error;
  }
}
