/**
 * Files that only their owner may read: dead letters hold original rows, an embedded log holds everything. On Windows a
 * folder hands its rights down to its files, and this file changes nothing.
 *
 * @module
 */
import { join } from "node:path";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** The rights of group and others. */
const WIDE = 0o077;

/**
 * Makes a folder that only its owner may enter. An existing folder stays as it is: others may have a reason to be in
 * it.
 */
export function makePrivateFolder(folder: string): void {
  Deno.mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
}

/**
 * Makes an empty file that only its owner may read, if there is none. SQLite gives the files beside a database its mode.
 * An existing file is not even opened: closing it would release the locks that this process has on it.
 */
export function makePrivateFile(file: string): void {
  try {
    Deno.openSync(file, { write: true, createNew: true, mode: FILE_MODE }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/**
 * Takes the rights of group and others from the files in a folder whose names begin with one of these; returns the
 * names of the files that it changed. Leaves files of other owners alone.
 */
export function narrowFiles(folder: string, beginnings: readonly string[]): readonly string[] {
  if (Deno.build.os === "windows") return [];
  const found = Array.from(Deno.readDirSync(folder)).filter(({ name, isFile }) =>
    isFile && beginnings.some((beginning) => name.startsWith(beginning))
  );
  return found.map(({ name }) => name).filter((name) => narrow(join(folder, name))).sort();
}

function narrow(file: string): boolean {
  try {
    const { mode } = Deno.statSync(file);
    if (mode === null || (mode & WIDE) === 0) return false;
    Deno.chmodSync(file, mode & 0o7777 & ~WIDE);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
