/**
 * Where the file is that a load has read under a name: a log that was rotated while no process followed it has another name
 * by now, and rows of it may not have been read.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { compressionOf, goToMark, openFileInput } from "../../sources/files/file_input.ts";
import { fileIdentity } from "../../sources/files/growth.ts";
import { guarded } from "../../sources/files/source_path.ts";
import { SourceError } from "../../sources/source.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import { uncompressedName } from "../../storage/compression.ts";
import { beginsThere, isInPlace, movedPlaceOf, placeBeside } from "./content_place.ts";
import { isBlank } from "./other_checkpoints.ts";
import type { RotatedNames } from "./rotated_names.ts";

/**
 * Whether what a load has read stands under its name still, as far as the latest bytes of it tell: all of it is compared before
 * the load resumes. It does not if the file itself has another name by now, whatever the one that has its name begins with.
 *
 * @throws {SourceError}
 */
export async function isStillThere(stored: StoredCheckpoint, path: string): Promise<boolean> {
  const { file } = stored;
  if (file === null) return true;
  if (await movedPlaceOf({ ...stored, file: { ...file, path } }) !== null) return false;
  return isBlank(stored) || await isAt(stored, path);
}

/**
 * The path of what a load has read, beside the name that it had; null if it is gone.
 *
 * @throws An error of the file system.
 */
export async function formerPlaceOf(stored: StoredCheckpoint, path: string): Promise<string | null> {
  const isThere = stored.position.at.content?.bytes === 0 ? beginsThere : isInPlace;
  return await placeBeside(stored.file === null ? stored : { ...stored, file: { ...stored.file, path } }, isThere);
}

/** Of what was read only the latest bytes are compared, since all of it is before a load resumes. */
async function isAt(stored: StoredCheckpoint, path: string): Promise<boolean> {
  const { file, position: { at: { content } } } = stored;
  if (file === null || content === undefined || content.bytes === 0) {
    return await isInPlace({ ...stored, file: file === null ? null : { ...file, path } });
  }
  const compression = await guarded(() => Promise.try(() => compressionOf(path)), path);
  const input = await openFileInput(path, { compression });
  try {
    await goToMark(input, content, path);
    return true;
  } catch (error) {
    if (error instanceof SourceError && error.code === "changed") return false;
    throw error;
  } finally {
    input.close();
  }
}

/** A file beside another one. */
export interface FileBeside {
  readonly path: string;
  /** See {@link fileIdentity}: it may get another name at any time. */
  readonly identity: string;
  readonly modifiedAt: number;
}

/**
 * The files beside one that have had its name, and were not written to earlier, the oldest first. Of two that are one file, plain and
 * compressed, the plain one.
 *
 * @param options.than what was written to earlier, in milliseconds, is left out
 * @param options.names which names files had that had the name before
 * @throws An error of the file system.
 */
export async function laterBeside(
  path: string,
  { than, names }: { readonly than: number; readonly names: Pick<RotatedNames, "includes"> },
): Promise<FileBeside[]> {
  if (than === Infinity) return [];
  for (let look = 1;; look++) {
    const { files, isMissing } = await laterNow(path, { than, names });
    if (!isMissing || look === LOOKS) return files;
  }
}

/** How often a folder is looked at whose files get other names, or are compressed, meanwhile. */
const LOOKS = 3;

async function laterNow(
  path: string,
  { than, names }: { readonly than: number; readonly names: Pick<RotatedNames, "includes"> },
): Promise<{ readonly files: FileBeside[]; readonly isMissing: boolean }> {
  const folder = dirname(path);
  const paths = new Set<string>();
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile && names.includes(entry.name)) paths.add(join(folder, entry.name));
  }
  const found = new Map<string, FileBeside>();
  let isMissing = false;
  for (const beside of paths) {
    const plain = uncompressedName(beside);
    if (plain === path || (plain !== beside && paths.has(plain))) continue;
    const file = await fileBeside(beside);
    isMissing ||= file === null;
    // Clocks of file systems are coarse: of two that were written to in one tick, none is left out.
    if (file !== null && file.modifiedAt >= than) found.set(plain, file);
  }
  return { files: [...found.values()].toSorted((one, other) => one.modifiedAt - other.modifiedAt), isMissing };
}

/** A file as it stands; null if it does not. */
export async function fileBeside(path: string): Promise<FileBeside | null> {
  try {
    const info = await Deno.stat(path);
    return { path, identity: fileIdentity(info) ?? path, modifiedAt: info.mtime?.getTime() ?? Infinity };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
