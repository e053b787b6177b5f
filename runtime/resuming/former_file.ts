/**
 * Where the file is that a load has read under a name: a log that was rotated while no process followed it has another name
 * by now, and rows of it may not have been read.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { goToMark, openFileInput } from "../../sources/files/file_input.ts";
import { SourceError } from "../../sources/source.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import { compressionOfName, uncompressedName } from "../../storage/compression.ts";
import { beginsThere, isInPlace, placeBeside } from "./content_place.ts";
import { isBlank } from "./other_checkpoints.ts";

/** Where it is. */
export type FormerFile =
  /** Under its name, as far as the latest bytes that were read of it tell. */
  | { readonly type: "in_place" }
  /**
   * Under another name. After it, files beside it whose names begin as its own and that were written to since the load knew the
   * last of it, the oldest first: what had the name between.
   */
  | { readonly type: "moved"; readonly paths: readonly string[] }
  | { readonly type: "gone" };

/**
 * Looks for what a load has read.
 *
 * @param path where another file may stand by now
 * @throws {SourceError}
 * @throws An error of the file system.
 */
export async function formerFileOf(stored: StoredCheckpoint, path: string): Promise<FormerFile> {
  if (stored.file === null || isBlank(stored) || await isAt(stored, path)) return { type: "in_place" };
  const { content } = stored.position.at;
  const isThere = content?.bytes === 0 ? beginsThere : isInPlace;
  const place = await placeBeside({ ...stored, file: { ...stored.file, path } }, isThere);
  if (place === null) return { type: "gone" };
  return { type: "moved", paths: [place, ...await laterBeside(path, { than: stored.writtenAt, but: place })] };
}

/** Of what was read only the latest bytes are compared, since all of it is before a load resumes. */
async function isAt(stored: StoredCheckpoint, path: string): Promise<boolean> {
  const { file, position: { at: { content } } } = stored;
  if (file === null || content === undefined || content.bytes === 0) {
    return await isInPlace({ ...stored, file: file === null ? null : { ...file, path } });
  }
  const input = await openFileInput(path, { compression: null });
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

async function laterBeside(
  path: string,
  { than, but }: { readonly than: number; readonly but: string },
): Promise<string[]> {
  const name = basename(path), folder = dirname(path);
  const found = new Map<string, { readonly path: string; readonly modifiedAt: number }>();
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isFile || entry.name === name || !entry.name.startsWith(name)) continue;
    const beside = join(folder, entry.name), plain = uncompressedName(beside);
    if (plain === uncompressedName(but) || plain === path) continue;
    // Of a file that is being compressed the plain one is whole.
    if (found.has(plain) && compressionOfName(beside) !== null) continue;
    const modifiedAt = (await Deno.stat(beside)).mtime?.getTime() ?? Infinity;
    if (modifiedAt > than) found.set(plain, { path: beside, modifiedAt });
  }
  return [...found.values()].toSorted((one, other) => one.modifiedAt - other.modifiedAt).map(({ path }) => path);
}
