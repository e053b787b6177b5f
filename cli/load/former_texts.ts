/**
 * What had the name of a followed file before it, as far as earlier runs know: what is in those files that no run has read. A
 * log may have been rotated, several times, while no process followed it; a process may have ended while it read the rest of
 * such a file, or between the cut of a file and the reading of its copy; and a file may have been written to after another one
 * had its name.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import type { VersionFlag } from "../../config/version_flag.ts";
import { type FileStamp, isSameFile, stampOf } from "../../records/content/file_stamp.ts";
import { beginsThere } from "../../runtime/resuming/content_place.ts";
import { type FileBeside, fileBeside, formerPlaceOf, isStillThere } from "../../runtime/resuming/former_file.ts";
import { guarded } from "../../sources/files/source_path.ts";
import { SourceError } from "../../sources/source.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import { isReplaced, namedSourceOf } from "../../state/replaced_source.ts";
import type { SeenName, SeenNames } from "../../state/seen_names.ts";
import type { FormerFile } from "./doubtful_files.ts";
import type { BeforeNext, UnreadFile } from "./files_before.ts";
import { type FolderFiles, LOOKS, ofStamp } from "./folder_files.ts";
import { checkpointOf, isAmong, type KnownFile, knownFileOf } from "./known_files.ts";
import type { Originals } from "./originals.ts";

/** Of the files that had a name the latest: older ones have no writer, and are often gone. */
const KEPT = 3;

/** What is to be read before a file. */
export interface Before extends BeforeNext {
  /** How the file whose checkpoint stands under its name has lost it; null if it has not, or nothing is known. */
  readonly lost: "renamed" | "truncated" | null;
  /** Names that files which had the name before had when earlier runs read them. */
  readonly names: readonly string[];
}

/** A file that is about to be followed. */
export interface FormerSought {
  /** Id of its source; null if it is not there, and none is known of its name. */
  readonly id: string | null;
  readonly path: string;
  /** False: it is waited for. */
  readonly isThere: boolean;
}

/** Options of {@link FormerTexts}. */
export interface FormerTextsOptions {
  readonly store: Pick<CheckpointStore, "load">;
  readonly seen: Pick<SeenNames, "get">;
  readonly versions: VersionFlag;
  readonly folderFiles: FolderFiles;
  readonly originals: Pick<Originals, "earlier">;
}

/** One for a run: what the run itself puts aside, it reads itself. */
export class FormerTexts {
  readonly #store: Pick<CheckpointStore, "load">;
  readonly #seen: Pick<SeenNames, "get">;
  readonly #versions: VersionFlag;
  readonly #folders: FolderFiles;
  readonly #originals: Pick<Originals, "earlier">;
  /** Sources that were asked for, of those of which earlier runs know something. */
  readonly #asked = new Set<string>();

  constructor({ store, seen, versions, folderFiles, originals }: FormerTextsOptions) {
    this.#store = store;
    this.#seen = seen;
    this.#versions = versions;
    this.#folders = folderFiles;
    this.#originals = originals;
  }

  /**
   * What is to be read before a file is followed.
   *
   * @throws {SourceError} `changed` if what was read of it is gone, so that rows of it may be lost
   * @throws {CheckpointError} `damaged`
   */
  async before({ id, path, isThere: hasFile }: FormerSought): Promise<Before> {
    const stored = id === null ? null : this.#store.load({ source: id, versions: this.#versions });
    // Of a file that was seen without a row nothing is known but which one it was.
    const seen = stored === null ? this.#seenUnder(path) : hasNothing(stored) ? seenOf(stored) : null;
    const own = seen === null ? stored : null;
    const former = id === null || this.#asked.has(id)
      ? []
      : formerOf({ id, path, own: stored }, this.#originals.earlier);
    const names = former.filter(({ formerPath }) => formerPath === path).map(({ path }) => basename(path));
    const [last] = former.toSorted((one, other) => other.writtenAt - one.writtenAt);
    const isThere = own !== null && hasFile && await isStillThere(own, path);
    const files: UnreadFile[] = [], formers: FormerFile[] = [], starts: number[] = [];
    const ofOwn = own === null || isThere ? null : knownFileOf(own);
    for (const known of [...ofOwn === null ? [] : [ofOwn], ...former]) {
      const isWhole = known !== ofOwn && known.end !== null;
      const isSearched = known === ofOwn || (known === last && own === null);
      const file = await this.#placeOf(known, path, { isWhole, isSearched });
      if (file === null) {
        // What is not there may come back together with it.
        const isMissed = known === ofOwn && own !== null && hasFile && this.#isOfEarlierRun(own);
        if (isMissed) throw await goneError(own, path);
        continue;
      }
      formers.push({ name: basename(file.path), wroteAt: file.modifiedAt });
      if (isWhole && !file.hasMore) continue;
      files.push({ ...file, known: checkpointOf(known, this.#store) });
      starts.push(sinceOf(known));
    }
    // All that had the name before it was read when it was seen; a copy of it is younger than it is.
    if (seen !== null) starts.push(seen.since);
    else if (last !== undefined) starts.push(sinceOf(last));
    const isSeen = seen !== null && hasFile && await isSameAt(seen.stamp, path);
    const unread = seen === null || isSeen ? null : await this.#placeOfSeen(seen, path);
    if (unread !== null) {
      files.push(unread);
      formers.push({ name: basename(unread.path), wroteAt: unread.modifiedAt });
    }
    // It may have been compressed, under a name that tells nothing, or it was removed while it was empty.
    if (seen !== null && seen.stamp !== null && !isSeen && unread === null) {
      formers.push({ name: basename(path), wroteAt: seen.since });
    }
    // What had the name between was written to after the first of these was, as it stood when its load began.
    const isFound = hasFile || files.length > 0 || formers.length > 0;
    const isCut = own !== null && hasFile && await isAt(own, path);
    const lost = own === null || isThere || !isFound ? null : isCut ? "truncated" : "renamed";
    // Nothing will be known of the others then, either.
    if (id !== null && (former.length > 0 || own !== null)) this.#asked.add(id);
    return { files, than: isThere ? Infinity : Math.min(...starts), formers, lost, names };
  }

  /** Whether this run has read nothing of a file. What it reads itself, it reads to its end, as far as there is something. */
  #isOfEarlierRun({ source, startedAt, writtenAt }: StoredCheckpoint): boolean {
    return this.#originals.earlier.some((known) =>
      known.key.source === source && known.startedAt === startedAt && known.writtenAt === writtenAt
    );
  }

  /** Id of the source of which something is known under a name that no file has; null if nothing is. */
  sourceUnder(path: string): string | null {
    const ofName = this.#originals.earlier.find(({ key: { source }, path: known, formerPath }) =>
      known === path && formerPath === undefined && !isReplaced(source)
    );
    return ofName?.key.source ?? null;
  }

  /** @throws {SourceError} `changed` if it is damaged */
  #seenUnder(path: string): SeenName | null {
    const seen = this.#seen.get(path);
    if (seen !== "damaged") return seen;
    throw new SourceError(
      "changed",
      `What the data folder knows of ${path} is damaged: which files had that name before it was first read is not known. Load ` +
        "those that were not, and it, without --follow, and then follow it again.",
    );
  }

  /** Where the file stands that was seen without a row, if it has another name by now. */
  async #placeOfSeen({ stamp }: SeenName, path: string): Promise<FileBeside | null> {
    const found = stamp === null ? null : await this.#folders.find(path, ofStamp(stamp), { now: true });
    return found === null || found.path === path ? null : await fileBeside(found.path);
  }

  /** Whether the checkpoint of a source is of a file that has another name by now. @throws {SourceError} */
  async isOfAnother(id: string, path: string): Promise<boolean> {
    const own = this.#store.load({ source: id, versions: this.#versions });
    return own !== null && !(await isStillThere(own, path));
  }

  /** Whether some run has read of a file, under any name. */
  knows(info: Deno.FileInfo): boolean {
    return isAmong(stampOf(info, 0, null), this.#originals.earlier);
  }

  /**
   * Where the file of a checkpoint stands. One that was read to its end is known by what it is; by its content only if it is
   * searched.
   */
  async #placeOf(
    known: KnownFile,
    path: string,
    { isWhole, isSearched }: { readonly isWhole: boolean; readonly isSearched: boolean },
  ): Promise<FileBeside & { readonly hasMore: boolean } | null> {
    const checkpoint = isWhole && !isSearched ? null : checkpointOf(known, this.#store);
    // What another source of this run has by now is known by what it is, and waited for.
    if (isWhole || checkpoint === null) {
      const found = await this.#folders.find(path, ofStamp(known.stamp));
      const beside = found === null || found.path === path ? null : await fileBeside(found.path);
      const end = isWhole ? known.end?.bytes ?? Infinity : 0;
      if (found !== null && beside !== null) return { ...beside, hasMore: found.bytes > end };
      if (checkpoint === null) return null;
    }
    const beside = await foundBeside(() => formerPlaceOf(checkpoint, path), isSearched && !isWhole ? LOOKS : 1);
    return beside === null ? null : { ...beside, hasMore: false };
  }
}

/** Whether the path has the file of a checkpoint, whatever is in it. */
async function isAt({ file }: StoredCheckpoint, path: string): Promise<boolean> {
  return file !== null && await isSameAt(file.stamp, path);
}

async function isSameAt(stamp: FileStamp | null, path: string): Promise<boolean> {
  return stamp !== null && isSameFile(stamp, stampOf(await guarded(() => Deno.stat(path), path), 0, null));
}

/** Whether no row was read, and none was sent: before that it is marked which row is the first one. */
function hasNothing(checkpoint: StoredCheckpoint): boolean {
  const { file, position: { row, at: { content } }, ahead } = checkpoint;
  if (file === null || row > 0) return false;
  return ahead === 0 || (ahead !== null && content?.bytes === 0 && content.samples.first === null);
}

function seenOf({ file, startedAt }: StoredCheckpoint): SeenName {
  const { stamp = null } = file ?? {};
  return { stamp, since: stamp?.modifiedAt ?? startedAt };
}

/** A load may begin long after its file was written, and with it those that had the name next. */
function sinceOf({ startedAt, stamp: { modifiedAt } }: KnownFile): number {
  return Math.min(startedAt, modifiedAt ?? startedAt);
}

/** Files may get other names while they are looked for: what is not found is looked for again. */
async function foundBeside(find: () => Promise<string | null>, looks: number): Promise<FileBeside | null> {
  for (let look = 0; look < looks; look++) {
    const place = await find();
    const file = place === null ? null : await fileBeside(place);
    if (file !== null) return file;
  }
  return null;
}

/**
 * Of what had the name, or has one beside it that begins with it, what was not read to its end, and the latest of the others.
 *
 * @param sought.own the checkpoint of the source by now
 */
function formerOf(
  { id, path, own }: Pick<FormerSought, "id" | "path"> & { readonly own: StoredCheckpoint | null },
  known: readonly KnownFile[],
) {
  const former = known.filter(({ key: { source }, path: name, formerPath, startedAt }) => {
    // In a folder its file may be followed under another name by now, and what was known of it with it.
    if (source === id) return startedAt !== own?.startedAt;
    if (namedSourceOf(source) === id || formerPath === path) return true;
    return name.startsWith(path) && dirname(name) === dirname(path);
  });
  const whole = former.filter(({ end }) => end !== null);
  const latest = whole.toSorted((one, other) => other.writtenAt - one.writtenAt).slice(0, KEPT);
  return [...former.filter(({ end }) => end === null), ...latest];
}

/** Whether what has the path has the first row that was read, at least. */
async function beginsAt(own: StoredCheckpoint, path: string): Promise<boolean> {
  return await beginsThere({ ...own, file: own.file === null ? null : { ...own.file, path } });
}

async function goneError(own: StoredCheckpoint, path: string): Promise<SourceError> {
  const { row, at: { offset } } = own.position;
  const read = row === 0
    ? "of which no row is marked as read: that process was killed before its first checkpoint, and the topics may have rows of it"
    : `of which ${row} rows (${offset} bytes) were read`;
  // Where it may be the file that was loaded, or have rows of it, a load from the start is refused.
  const loads = row === 0 || await isAt(own, path) || await beginsAt(own, path)
    ? "with --only-missing instead of --follow, which writes the rows of this file that the topics do not have"
    : "without --follow, which loads this file as a new one";
  return new SourceError(
    "changed",
    `${path} is another file than the one that was followed, ${read}, and that one is not beside it under any name, also not ` +
      "compressed: rows that were written to it later cannot be read. If it was moved, put it back beside it under a name that " +
      `begins with its own, and run again. If it is gone, run the same command once ${loads}, and then follow it again.`,
  );
}
