/**
 * The files that had the name of another one before it, and are to be read before it, the oldest first. They may get other names
 * while they are read.
 *
 * @module
 */
import { basename } from "node:path";
import { type FileBeside, fileBeside, laterBeside } from "../../runtime/resuming/former_file.ts";
import { RotatedNames } from "../../runtime/resuming/rotated_names.ts";
import { SourceError } from "../../sources/source.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import { type FormerFile, refuseDoubtful } from "./doubtful_files.ts";
import { type FolderFiles, LOOKS, ofIdentity } from "./folder_files.ts";
import { byAge } from "./rotation_order.ts";

/** A file that is to be read before the next one of a name. */
export interface UnreadFile extends FileBeside {
  /** What an earlier run has read of it. @default nothing is known */
  readonly known?: Pick<StoredCheckpoint, "file" | "position"> | null | undefined;
}

/** What is to be read before the next file of a name. */
export interface BeforeNext {
  /** What is known to have rows that were not read. */
  readonly files: readonly UnreadFile[];
  /** What was written to beside it after this time may have had the name between, in milliseconds. */
  readonly than: number;
  /** Some of the files that had the name, by which others are known by their names. */
  readonly formers: readonly FormerFile[];
}

/** Options of {@link FilesBefore}. */
export interface FilesBeforeOptions {
  readonly before: BeforeNext;
  readonly folders: FolderFiles;
  /** Whether a file is read under some other name, or was. */
  readonly isKnown: (info: Deno.FileInfo) => boolean;
}

export class FilesBefore {
  readonly #path: string;
  readonly #options: FilesBeforeOptions;
  readonly #done = new Set<string>();
  /** Names of files that had this one. */
  readonly #names: Set<string>;
  #left: readonly UnreadFile[] = [];

  /** @param path of the file that has the name now */
  constructor(path: string, options: FilesBeforeOptions) {
    this.#path = path;
    this.#options = options;
    this.#names = new Set(options.before.formers.map(({ name }) => name));
  }

  /** What was left at the latest look, the oldest first. */
  get left(): readonly UnreadFile[] {
    return this.#left;
  }

  /** A file was read to its end. */
  done(identity: string): void {
    this.#done.add(identity);
  }

  /**
   * The oldest one that was not read, as files are named now; null if there is none.
   *
   * @throws {SourceError} `read_failed` if one is not found any more; `changed` if it is in doubt whether a file had the name
   */
  async next(): Promise<FileBeside | null> {
    const { before: { files, than, formers }, isKnown } = this.#options;
    const left: UnreadFile[] = [];
    for (const file of files) {
      if (this.#done.has(file.identity)) continue;
      const place = await this.#placeOf(file);
      if (place === null) throw new SourceError("read_failed", `${file.path} is not found any more. Run again.`);
      // Under that name it is read as any other.
      if (place === this.#path) continue;
      this.#names.add(basename(place));
      left.push({ ...file, path: place });
    }
    const names = new RotatedNames(basename(this.#path), [...this.#names]);
    if (than !== Infinity) await refuseDoubtful(this.#path, { formers, names, isKnown });
    const known = new Set(left.map(({ identity }) => identity));
    for (const file of await laterBeside(this.#path, { than, names })) if (!known.has(file.identity)) left.push(file);
    this.#left = left.filter(({ identity }) => !this.#done.has(identity)).toSorted(byAge);
    return this.#left[0] ?? null;
  }

  async #placeOf({ path: then, identity }: FileBeside): Promise<string | null> {
    for (let look = 0; look < LOOKS; look++) {
      if ((await fileBeside(then))?.identity === identity) return then;
      const found = await this.#options.folders.find(this.#path, ofIdentity(identity), { now: true });
      if (found !== null) return found.path;
    }
    return null;
  }
}
