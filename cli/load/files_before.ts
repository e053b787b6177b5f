/**
 * The files that had the name of another one before it, and are to be read before it, the oldest first. They may get other names
 * while they are read.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { compressionOfName, uncompressedName } from "../../storage/compression.ts";
import { type FileBeside, fileBeside, laterBeside } from "../../runtime/resuming/former_file.ts";
import { isRelatedName, RotatedNames } from "../../runtime/resuming/rotated_names.ts";
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
  /** Names of files that had this one before those. */
  readonly formerNames: readonly string[];
  readonly folders: FolderFiles;
  /** Whether a file is read under some other name, or was. */
  readonly isKnown: (info: Deno.FileInfo) => boolean;
  /** Whether a file that has such a name is a copy, and never had the name. */
  readonly isCopy: (identity: string) => boolean;
}

export class FilesBefore {
  readonly #path: string;
  readonly #options: FilesBeforeOptions;
  readonly #done = new Set<string>();
  /** Names of files that had this one. */
  readonly #names: Set<string>;
  #left: readonly UnreadFile[] = [];
  /** By identity of files that were compressed since they were found, what that has made of them. */
  readonly #compressed = new Map<string, FileBeside>();

  /** @param path of the file that has the name now */
  constructor(path: string, options: FilesBeforeOptions) {
    this.#path = path;
    this.#options = options;
    this.#names = new Set([...options.before.formers.map(({ name }) => name), ...options.formerNames]);
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
    const { before: { files, than, formers }, isKnown, isCopy } = this.#options;
    const left: UnreadFile[] = [], missing: UnreadFile[] = [];
    for (const given of files) {
      const place = await this.#placeOf(given);
      if (place === null) {
        missing.push(given);
        continue;
      }
      const file = this.#compressed.get(given.identity) ?? given;
      if (this.#done.has(file.identity)) continue;
      // Under that name it is read as any other.
      if (place === this.#path) continue;
      this.#names.add(basename(place));
      left.push({ ...file, path: place });
    }
    const names = new RotatedNames(basename(this.#path), [...this.#names]);
    if (than !== Infinity) await refuseDoubtful(this.#path, { formers, names, isKnown });
    const known = new Set(left.map(({ identity }) => identity));
    const later = (await laterBeside(this.#path, { than, names })).filter(({ identity }) => !known.has(identity));
    refuseMissing(missing, later);
    left.push(...later.filter(({ identity }) => !isCopy(identity)));
    this.#left = left.filter(({ identity }) => !this.#done.has(identity)).toSorted(byAge);
    return this.#left[0] ?? null;
  }

  async #placeOf(file: FileBeside): Promise<string | null> {
    const { path: then, identity } = this.#compressed.get(file.identity) ?? file;
    if (this.#done.has(identity)) return then;
    for (let look = 0; look < LOOKS; look++) {
      if ((await fileBeside(then))?.identity === identity) return then;
      const found = await this.#options.folders.find(this.#path, ofIdentity(identity), { now: true });
      if (found !== null) return found.path;
      const compressed = await compressedOf(file);
      if (compressed === null) continue;
      this.#compressed.set(file.identity, compressed);
      return compressed.path;
    }
    return null;
  }
}

/**
 * A file of which nothing was read may have been written to until it was compressed: then it is one of those that are read as they
 * stand beside the path.
 *
 * @throws {SourceError} `read_failed`
 */
function refuseMissing(missing: readonly UnreadFile[], later: readonly FileBeside[]): void {
  const compressed = later.filter(({ path }) => compressionOfName(path) !== null);
  for (const { path, known, modifiedAt } of missing) {
    const at = known ? -1 : compressed.findIndex((file) => file.modifiedAt >= modifiedAt);
    if (at === -1) throw new SourceError("read_failed", `${path} is not found any more. Run again.`);
    compressed.splice(at, 1);
  }
}

/**
 * What a program has made of a file that compresses it as soon as it is rotated. Such programs keep the time of its last change, by which
 * it is known if it has got the next number meanwhile.
 */
async function compressedOf({ path, modifiedAt }: FileBeside): Promise<FileBeside | null> {
  const folder = dirname(path), found: FileBeside[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    const plain = join(folder, uncompressedName(name));
    if (!isFile || plain === join(folder, name) || !isRelatedName(name, basename(path).replace(/[.\d]+$/, ""))) {
      continue;
    }
    const file = await fileBeside(join(folder, name));
    if (file !== null && (plain === path || file.modifiedAt === modifiedAt)) found.push(file);
  }
  return found.find((file) => file.modifiedAt === modifiedAt) ?? found[0] ?? null;
}
