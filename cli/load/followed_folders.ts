/**
 * The folders of files that are followed: they are watched, and one that is not there is waited for, as it may be mounted, or made, in a
 * moment.
 *
 * @module
 */
import type { FileChange, FileWatch, OpenFileWatch } from "../../sources/files/file_watch.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { WatchedFolder } from "./followed_paths.ts";

/** Options of {@link FollowedFolders}. */
export interface FollowedFoldersOptions {
  readonly openWatch: OpenFileWatch;
  readonly folders: readonly WatchedFolder[];
  readonly observe: Observer;
  readonly changed: (change: FileChange) => void;
}

export class FollowedFolders implements Disposable {
  readonly #folders: readonly WatchedFolder[];
  readonly #observe: Observer;
  readonly #watch: FileWatch;
  /** Those that were not there at the latest look. */
  readonly #missing = new Set<string>();

  constructor({ openWatch, folders, observe, changed }: FollowedFoldersOptions) {
    this.#folders = folders;
    this.#observe = observe;
    this.#watch = openWatch({
      changed,
      failed: (folder, cause) => observe({ type: "folder_unwatched", stage: "receiving", folder, cause }),
    });
  }

  /**
   * Watches those that are there; one that is not is told once, until it is. Call before they are read: nothing comes between.
   *
   * @throws An error of the file system.
   */
  async look(): Promise<void> {
    for (const { folder, recursive } of this.#folders) {
      if (await isThere(folder)) {
        this.#missing.delete(folder);
        this.#watch.add(folder, { recursive });
      } else if (!this.#missing.has(folder)) {
        this.#missing.add(folder);
        this.#observe({ type: "folder_missing", stage: "receiving", folder });
      }
    }
  }

  /** Watches one more, in which a followed file is. */
  add(folder: string): void {
    this.#watch.add(folder, { recursive: false });
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }
}

async function isThere(folder: string): Promise<boolean> {
  try {
    return (await Deno.stat(folder)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
