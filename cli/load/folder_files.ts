/**
 * Files of a folder by what they are, whatever their names: a rotation gives a file any name. All files of the folder are looked at
 * for that, so that what a look has found is kept for a while.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { type FileStamp, isSameFile, stampOf } from "../../records/content/file_stamp.ts";
import { fileIdentity } from "../../sources/files/growth.ts";
import type { DescriptorRoom } from "./descriptor_room.ts";

/** Which file is looked for. */
export interface FileSought {
  /** Device and inode; null where there are none. */
  readonly inode: string | null;
  isIt(info: Deno.FileInfo): boolean;
}

/** Where it stands. */
export interface FoundFile {
  readonly path: string;
  readonly bytes: number;
  /** In milliseconds; null where it is not known. */
  readonly modifiedAt: number | null;
}

/** The file that a checkpoint is of. */
export function ofStamp(stamp: FileStamp): FileSought {
  const { device, inode } = stamp;
  return {
    inode: inode === null ? null : `${device}/${inode}`,
    isIt: (info) => isSameFile(stamp, stampOf(info, 0, null)),
  };
}

/** A file that was seen in this run; see {@link fileIdentity}. */
export function ofIdentity(identity: string): FileSought {
  const [device, inode] = identity.split("/");
  return { inode: `${device}/${inode}`, isIt: (info) => fileIdentity(info) === identity };
}

/** What a look at a folder has found: paths by device and inode. */
interface Look {
  readonly at: number;
  readonly tookMs: number;
  readonly paths: ReadonlyMap<string, string>;
}

/** How often a file is looked for before it counts as gone: it may get another name meanwhile. */
export const LOOKS = 3;
const KEPT_MS = 1_000;
/** A look at thousands of files takes a hundredth of the time. */
const LOOK_SHARE = 100;
const KEPT_FOLDERS = 8;

export class FolderFiles {
  readonly #clock: Clock;
  readonly #room: Pick<DescriptorRoom, "run">;
  readonly #looks = new Map<string, Look>();

  constructor({ clock, room }: { readonly clock: Clock; readonly room: Pick<DescriptorRoom, "run"> }) {
    this.#clock = clock;
    this.#room = room;
  }

  /**
   * A file beside a path, also one that has the path.
   *
   * @param options.now another look is made if the latest one has not found it, however short ago that was
   * @returns null if it is not in the folder
   * @throws An error of the file system.
   */
  async find(path: string, sought: FileSought, { now = false } = {}): Promise<FoundFile | null> {
    const { inode } = sought, folder = dirname(path);
    if (inode === null) return null;
    const known = this.#looks.get(folder), time = this.#clock.monotonic();
    const isRecent = known !== undefined && time - known.at < Math.max(KEPT_MS, known.tookMs * LOOK_SHARE);
    const place = known?.paths.get(inode);
    const found = place === undefined ? null : await lookAt(place, sought);
    if (found !== null) return found;
    // It has another name since, which a look finds.
    if (isRecent && place === undefined && !now) return null;
    const again = (await this.#room.run(folder, () => this.#look(folder))).paths.get(inode);
    return again === undefined ? null : await lookAt(again, sought);
  }

  async #look(folder: string): Promise<Look> {
    const began = this.#clock.monotonic(), paths = new Map<string, string>();
    for (const path of await filesIn(folder)) {
      const info = await statOf(path);
      if (info !== null && info.ino !== null) paths.set(`${info.dev}/${info.ino}`, path);
    }
    const at = this.#clock.monotonic(), look = { at, tookMs: at - began, paths };
    this.#looks.delete(folder);
    this.#looks.set(folder, look);
    const [oldest] = this.#looks.keys();
    if (oldest !== undefined && this.#looks.size > KEPT_FOLDERS) this.#looks.delete(oldest);
    return look;
  }
}

/** None if there is no such folder now. */
async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.filter(({ isFile }) => isFile).map(({ name }) => join(folder, name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function lookAt(path: string, { isIt }: FileSought): Promise<FoundFile | null> {
  const info = await statOf(path);
  return info !== null && isIt(info) ? { path, bytes: info.size, modifiedAt: info.mtime?.getTime() ?? null } : null;
}

/** Null if there is none of the name. */
export async function statOf(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
