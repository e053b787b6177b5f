/**
 * Recognizes that the machine has run out of disk space or open files, and says what to do.
 *
 * @module
 */
import { statfsSync } from "node:fs";
import { basename, dirname } from "node:path";

/** Enough for any load: at most 256 files at a time, two descriptors each, beside connections and the data folder. */
const ENOUGH_DESCRIPTORS = 1024;

/** The cause, and what to do about it. */
export const TOO_MANY_OPEN = "this process, or the machine, has too many files open. " +
  `Raise the limit (ulimit -n ${ENOUGH_DESCRIPTORS} is enough for every load)`;

/** True if any library's error says that the process, or the machine, has too many files open. */
export function isOutOfDescriptors(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /\b(EMFILE|ENFILE)\b|\(os error (24|23)\)/.test(error.message) || isOutOfDescriptors(error.cause);
}

/** True if a file cannot be opened because too many others are open. SQLite's error does not say so. */
export function isKeptFromOpening(file: string): boolean {
  try {
    Deno.openSync(file, { read: true }).close();
    return false;
  } catch (error) {
    return isOutOfDescriptors(error);
  }
}

/** True if a disk is full, as the system and SQLite say it. */
export function isOutOfSpace(error: unknown): boolean {
  return error instanceof Error && /\(os error 28\)|database or disk is full/.test(error.message);
}

/** One sentence about the disk of a file that cannot grow. */
export function outOfSpaceText(file: string): string {
  const folder = dirname(file);
  const free = freeBytes(folder);
  const has = free === null ? "is full" : `has ${Math.floor(free / 1024).toLocaleString("en-US")} KiB free`;
  return `No space left on device: ${folder} ${has}, and ${basename(file)} cannot grow`;
}

/** Null if the system does not tell it, or if asking needs a permission that is not granted: this must not prompt. */
function freeBytes(folder: string): number | null {
  if (Deno.permissions.querySync({ name: "sys", kind: "statfs" }).state !== "granted") return null;
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null; // The message is useful without it.
  }
}
