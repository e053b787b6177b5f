/**
 * The files that are followed: those that paths, folders and patterns stand for at a moment, by name and by what they are.
 *
 * @module
 */
import { basename, dirname, join, resolve, sep } from "node:path";
import { uncompressedName } from "../../storage/compression.ts";
import { expandPath } from "../../sources/files/expand_paths.ts";
import { fileIdentity } from "../../sources/files/growth.ts";
import { guarded, isStdin } from "../../sources/files/source_path.ts";
import { SourceError } from "../../sources/source.ts";
import { UsageError } from "../shared/usage_error.ts";

const PATTERN = /[*?]/;

/** A file as it stands. */
export interface ListedFile {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** See {@link fileIdentity}. */
  readonly identity: string;
  readonly bytes: number;
  readonly modifiedAt: number | null;
  /** Whether the user has named it; else it is in a folder, or a pattern fits it. */
  readonly isNamed: boolean;
}

/** A folder to watch. */
export interface WatchedFolder {
  readonly folder: string;
  /** Whether files of the folders in it count. */
  readonly recursive: boolean;
}

/** What a user names, which may stand for other files at each look. */
export interface FollowedPath {
  readonly given: string;
  readonly path: string;
  readonly isNamed: boolean;
  /** Whether it is a file that is not there yet: between the two steps of a rotation none has the name. */
  readonly isAwaited: boolean;
  readonly watched: WatchedFolder;
}

/**
 * What paths stand for, before the first look.
 *
 * @throws {UsageError} for what does not grow
 * @throws {SourceError} `not_found` for what is in a file as if that were a folder
 */
export async function followedPaths(given: readonly string[], cwd: string): Promise<FollowedPath[]> {
  return await Promise.all(given.map((one) => followedPath(one, cwd)));
}

async function followedPath(given: string, cwd: string): Promise<FollowedPath> {
  if (isStdin(given)) throw streamError("- is a stream");
  const path = resolve(cwd, given), named = { given, path, isNamed: true, isAwaited: false };
  const info = await Deno.stat(path).catch(() => null);
  if (isCompressed(path) && info?.isDirectory !== true) {
    throw new UsageError(
      `--follow takes files that grow, and ${given} is compressed`,
      "Load it without --follow: what was written of it under its former name is not written again.",
    );
  }
  if (info?.isFile) {
    // Of a link, where it can come to lead to another file; the folder of its file is watched once that is read.
    return { ...named, watched: { folder: await Deno.realPath(dirname(path)), recursive: false } };
  }
  if (info?.isDirectory) {
    return { ...named, isNamed: false, watched: { folder: await Deno.realPath(path), recursive: false } };
  }
  if (info !== null) throw streamError(`${given} is neither`);
  if (PATTERN.test(path)) return { ...named, isNamed: false, watched: await foldersOfPattern(path) };
  // It is said of a folder itself that it is not there.
  if (/[\\/]$/.test(given)) return { ...named, isNamed: false, watched: { folder: path, recursive: false } };
  const folder = await folderToCome(dirname(path));
  return { ...named, isAwaited: await isFolder(folder), watched: { folder, recursive: false } };
}

/** A folder that may not be there yet: without symbolic links as far as it is. @throws {SourceError} `not_readable` */
async function folderToCome(path: string): Promise<string> {
  const real = await guarded(() => Deno.realPath(path).catch(ignoreGone), path);
  return real ?? join(await folderToCome(dirname(path)), basename(path));
}

function ignoreGone(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}

async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}

/** @throws {SourceError} `not_readable` */
async function foldersOfPattern(path: string): Promise<WatchedFolder> {
  const parts = path.split(sep), first = parts.findIndex((part) => PATTERN.test(part));
  return { folder: await folderToCome(parts.slice(0, first).join(sep) || sep), recursive: first < parts.length - 1 };
}

function streamError(what: string): UsageError {
  return new UsageError(
    `--follow takes files and folders, and ${what}`,
    "Leave --follow out: a stream is read until it ends.",
  );
}

/** What is told of paths that are passed over. */
export interface PassedOver {
  /** Called with each path that is compressed. */
  readonly compressed?: (path: string) => void;
  /** Called with each path that is named and not there, though its folder is. */
  readonly absent?: (path: string) => void;
}

/**
 * The files that are there now, each once, in the order of the paths. What is compressed does not grow, and a file that is
 * about to get its name may not be there: both are passed over.
 *
 * @throws {SourceError} `not_readable`
 */
export async function listFollowed(
  paths: readonly FollowedPath[],
  { compressed = () => {}, absent = () => {} }: PassedOver = {},
): Promise<ListedFile[]> {
  const files = new Map<string, ListedFile>();
  for (const followed of paths) {
    const names = await listed(followed), { isNamed, watched: { folder }, path } = followed;
    if (isNamed && names.length === 0 && await isFolder(folder)) absent(join(folder, basename(path)));
    for (const name of names) {
      if (isCompressed(name)) {
        compressed(name);
        continue;
      }
      const file = await lookAtFile(name, isNamed);
      if (file !== null && !files.has(file.identity)) files.set(file.identity, file);
    }
  }
  return [...files.values()];
}

const ABSENT: ReadonlySet<string> = new Set(["not_found", "no_files"]);

async function listed({ given, path }: FollowedPath): Promise<readonly string[]> {
  try {
    return await expandPath(path, given, () => {});
  } catch (error) {
    if (error instanceof SourceError && ABSENT.has(error.code)) return [];
    throw error;
  }
}

/** A file as it stands; null if there is none of the name. @throws An error of the file system. */
export async function lookAtFile(name: string, isNamed: boolean): Promise<ListedFile | null> {
  try {
    const path = await Deno.realPath(name), info = await Deno.stat(path);
    const identity = fileIdentity(info) ?? path;
    if (!info.isFile) return null;
    return { path, identity, bytes: info.size, modifiedAt: info.mtime?.getTime() ?? null, isNamed };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function isCompressed(path: string): boolean {
  return uncompressedName(path) !== path;
}

/** A first line is longer than this only in a file of which nothing else is known either; so is a last one. */
const FIRST_LINE_BYTES = 64 * 1024;
const LF = 0x0a;

/** Whether a file has a whole line: before that nothing tells what it is. */
export async function hasFirstLine({ path, bytes }: ListedFile): Promise<boolean> {
  if (bytes === 0 || bytes > FIRST_LINE_BYTES) return bytes > 0;
  try {
    return (await Deno.readFile(path)).includes(LF);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether some line ends in a file after so many bytes. @throws An error of the file system. */
export async function hasLineFrom(path: string, bytes: number): Promise<boolean> {
  using file = await Deno.open(path);
  const found = new Uint8Array(FIRST_LINE_BYTES);
  await file.seek(bytes, Deno.SeekMode.Start);
  for (let count = await file.read(found), all = 0; count !== null; count = await file.read(found)) {
    all += count;
    if (all > FIRST_LINE_BYTES || found.subarray(0, count).includes(LF)) return true;
  }
  return false;
}
