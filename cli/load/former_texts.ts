/**
 * What had the name of a followed file before it, as far as earlier runs know: what is in those files that no run has read. A
 * log may have been rotated, several times, while no process followed it; a process may have ended while it read the rest of
 * such a file, or between the cut of a file and the reading of its copy; and a file may have been written to after another one
 * had its name.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import type { VersionFlag } from "../../config/version_flag.ts";
import { isSameFile, stampOf } from "../../records/content/file_stamp.ts";
import { type FileBeside, fileBeside, formerPlaceOf, isStillThere } from "../../runtime/resuming/former_file.ts";
import { guarded } from "../../sources/files/source_path.ts";
import { SourceError } from "../../sources/source.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import { namedSourceOf } from "../../state/replaced_source.ts";

/** Of the files that had a name the latest: older ones have no writer, and are often gone. */
const KEPT = 3;
/** Before a file counts as gone. */
export const LOOKS = 3;

/** What is to be read before a file. */
export interface Before {
  /** How the file whose checkpoint stands under its name has lost it; null if it has not, or nothing is known. */
  readonly lost: "renamed" | "truncated" | null;
  /** What is known to have rows that were not read. */
  readonly files: readonly FileBeside[];
  /** What was written to beside it after this time may have had the name between. */
  readonly than: number;
}

/** A file that is about to be followed. */
export interface FormerSought {
  /** Id of its source. */
  readonly id: string;
  readonly path: string;
  /** Whether the user has named it. */
  readonly isNamed: boolean;
}

/** One for a run: what the run itself puts aside, it reads itself. */
export class FormerTexts {
  readonly #store: Pick<CheckpointStore, "load" | "list">;
  readonly #versions: VersionFlag;
  /** Made at the first question, as all checkpoints are read for it. */
  #known: readonly StoredCheckpoint[] | null = null;
  /** Sources that were asked for, of those of which earlier runs know something. */
  readonly #asked = new Set<string>();

  constructor(
    { store, versions }: { readonly store: Pick<CheckpointStore, "load" | "list">; readonly versions: VersionFlag },
  ) {
    this.#store = store;
    this.#versions = versions;
  }

  /**
   * What is to be read before a file is followed.
   *
   * @throws {SourceError} `changed` if what was read of it is gone, so that rows of it may be lost
   * @throws {CheckpointError} `damaged`
   */
  async before({ id, path, isNamed }: FormerSought): Promise<Before> {
    const known = this.#known ??= this.#read();
    const own = this.#store.load({ source: id, versions: this.#versions });
    const former = this.#asked.has(id) ? [] : formerOf({ id, path }, known);
    const isThere = own !== null && await isStillThere(own, path);
    const files: FileBeside[] = [];
    const starts: number[] = [];
    for (const checkpoint of [...own === null || isThere ? [] : [own], ...former]) {
      const isWhole = checkpoint !== own && checkpoint.finished !== null;
      const find = () => isWhole ? grownPlaceOf(checkpoint, path) : formerPlaceOf(checkpoint, path);
      const file = await foundBeside(find, checkpoint === own ? LOOKS : 1);
      if (file !== null) {
        files.push(file);
        starts.push(sinceOf(checkpoint));
      } else if (checkpoint === own && (isNamed || own.finished === null)) throw goneError(path, own.position);
    }
    const [last] = former.toSorted((one, other) => other.writtenAt - one.writtenAt);
    if (last !== undefined) starts.push(sinceOf(last));
    // What had the name between was written to after the first of these was, as it stood when its load began.
    const lost = own === null || isThere ? null : await isAt(own, path) ? "truncated" : "renamed";
    // Nothing will be known of the others then, either.
    if (former.length > 0) this.#asked.add(id);
    return { files, than: isThere ? Infinity : Math.min(...starts), lost };
  }

  /** Whether the checkpoint of a source is of a file that has another name by now. @throws {SourceError} */
  async isOfAnother(id: string, path: string): Promise<boolean> {
    const own = this.#store.load({ source: id, versions: this.#versions });
    return own !== null && !(await isStillThere(own, path));
  }

  #read(): StoredCheckpoint[] {
    const all: StoredCheckpoint[] = [];
    for (const entry of this.#store.list()) {
      if (entry.ok && entry.checkpoint.versions === this.#versions) all.push(entry.checkpoint);
    }
    return all;
  }
}

/** Whether the path has the file of a checkpoint, whatever is in it. */
async function isAt({ file }: StoredCheckpoint, path: string): Promise<boolean> {
  return file !== null && isSameFile(file.stamp, stampOf(await guarded(() => Deno.stat(path), path), 0, null));
}

/** A load may begin long after its file was written, and with it those that had the name next. */
function sinceOf({ startedAt, file }: StoredCheckpoint): number {
  return Math.min(startedAt, file?.stamp.modifiedAt ?? startedAt);
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

/** Of what had the name, or has one beside it that begins with it, what was not read to its end, and the latest of the others. */
function formerOf({ id, path }: Pick<FormerSought, "id" | "path">, known: readonly StoredCheckpoint[]) {
  const former = known.filter(({ source, file }) => {
    if (source === id || file === null) return false;
    return namedSourceOf(source) === id || (file.path.startsWith(path) && dirname(file.path) === dirname(path));
  });
  const whole = former.filter(({ finished }) => finished !== null);
  const latest = whole.toSorted((one, other) => other.writtenAt - one.writtenAt).slice(0, KEPT);
  return [...former.filter(({ finished }) => finished === null), ...latest];
}

/** Of a file that was read to its end, where it stands if it has more by now. */
async function grownPlaceOf({ file, finished }: StoredCheckpoint, path: string): Promise<string | null> {
  if (file === null || finished === null) return null;
  const found = await siblingOf(path, (info) => isSameFile(file.stamp, stampOf(info, 0, null)));
  return found !== null && found.bytes > (finished.bytes ?? Infinity) ? found.path : null;
}

/**
 * The first file whose name begins as that of another one beside it, and of which that is true.
 *
 * @throws An error of the file system.
 */
export async function siblingOf(
  path: string,
  isIt: (info: Deno.FileInfo) => boolean,
): Promise<{ readonly path: string; readonly bytes: number } | null> {
  const name = basename(path), folder = dirname(path);
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isFile || entry.name === name || !entry.name.startsWith(name)) continue;
    const sibling = join(folder, entry.name);
    const info = await Deno.stat(sibling).catch(() => null);
    if (info !== null && isIt(info)) return { path: sibling, bytes: info.size };
  }
  return null;
}

function goneError(path: string, { row, at: { offset } }: { row: number; at: { offset: number } }): SourceError {
  return new SourceError(
    "changed",
    `${path} is another file than the one that was followed, of which ${row} rows (${offset} bytes) were read, and that one is ` +
      "not beside it under any name, also not compressed: rows that were written to it later cannot be read. If it was moved, " +
      "put it back beside it under a name that begins with its own, and run again. If it is gone, run the same command once " +
      "without --follow, which loads this file as a new one, and then follow it again.",
  );
}
