/**
 * Files that were rotated while they were followed. A writer that has one open may write to it after another file has its
 * name: that comes late, and is not lost.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { type FolderFiles, ofIdentity } from "./folder_files.ts";
import type { ListedFile } from "./followed_paths.ts";

interface Rotated {
  readonly identity: string;
  /** The name that it had while it was followed. */
  readonly path: string;
  /** What was read of it. */
  bytes: number;
  /** Its name now, as far as it is known. */
  place: string | null;
  readonly until: number;
}

/** A rotated file that has more by now. */
export interface GrownFile {
  readonly place: string;
  readonly identity: string;
  /** The name that it had while it was followed. */
  readonly path: string;
}

const KEPT = 64;
const KEPT_MS = 10 * 60_000;

export class RotatedFiles {
  readonly #clock: Clock;
  readonly #folders: FolderFiles;
  #files: Rotated[] = [];

  constructor({ clock, folders }: { readonly clock: Clock; readonly folders: FolderFiles }) {
    this.#clock = clock;
    this.#folders = folders;
  }

  /** A file has lost its name after so much of it was read. */
  add({ identity, path }: Pick<ListedFile, "identity" | "path">, bytes: number): void {
    const until = this.#clock.monotonic() + KEPT_MS, others = this.#files.filter((file) => file.identity !== identity);
    this.#files = [...others.slice(1 - KEPT), { identity, path, bytes, place: null, until }];
  }

  /**
   * Where those stand that have more by now; each once for what has come.
   *
   * @param isAwaited whether the next file of a name is waited for: until then what had it before is no late one
   */
  async grown(isAwaited: (path: string) => boolean): Promise<GrownFile[]> {
    const now = this.#clock.monotonic(), grown: GrownFile[] = [];
    this.#files = this.#files.filter(({ until, path }) => until > now || isAwaited(path));
    for (const file of this.#files) {
      const bytes = await this.#sizeOf(file);
      if (bytes === null || bytes <= file.bytes || file.place === null) continue;
      file.bytes = bytes;
      grown.push({ place: file.place, identity: file.identity, path: file.path });
    }
    return grown;
  }

  /** What has come to a file was not read: it is to be told again. */
  forgetSize(identity: string): void {
    for (const file of this.#files) if (file.identity === identity) file.bytes = 0;
  }

  /** Null if it is not found: it may be gone, or in another folder. */
  async #sizeOf(file: Rotated): Promise<number | null> {
    const found = await this.#folders.find(file.path, ofIdentity(file.identity));
    file.place = found?.path ?? null;
    return found?.bytes ?? null;
  }
}
