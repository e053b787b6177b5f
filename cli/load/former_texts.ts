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
import { type FileBeside, formerPlaceOf, isStillThere, laterBeside } from "../../runtime/resuming/former_file.ts";
import { SourceError } from "../../sources/source.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import { isReplaced, namedSourceOf } from "../../state/replaced_source.ts";

/** Of the files that had a name the latest: older ones have no writer, and are often gone. */
const KEPT = 3;

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
  /** Sources that were asked for. */
  readonly #asked = new Set<string>();

  constructor(
    { store, versions }: { readonly store: Pick<CheckpointStore, "load" | "list">; readonly versions: VersionFlag },
  ) {
    this.#store = store;
    this.#versions = versions;
  }

  /**
   * The files to be read before one is followed, the oldest first.
   *
   * @throws {SourceError} `changed` if what was read of it is gone, so that rows of it may be lost
   * @throws {CheckpointError} `damaged`
   */
  async before({ id, path, isNamed }: FormerSought): Promise<FileBeside[]> {
    const known = this.#known ??= this.#read();
    const own = this.#store.load({ source: id, versions: this.#versions });
    const former = this.#asked.has(id) ? [] : formerOf({ id, path }, known);
    this.#asked.add(id);
    const isThere = own !== null && await isStillThere(own, path);
    const places = new Map<string, StoredCheckpoint>();
    for (const checkpoint of [...own === null || isThere ? [] : [own], ...former]) {
      const isWhole = checkpoint !== own && checkpoint.finished !== null;
      const place = await (isWhole ? grownPlaceOf(checkpoint, path) : formerPlaceOf(checkpoint, path));
      if (place !== null) places.set(place, checkpoint);
      else if (checkpoint === own && (isNamed || own.finished === null)) throw goneError(path, own.position);
    }
    // What had the name between was written to after the load of the first of these had begun.
    const [last] = former.filter(({ source }) => isReplaced(source));
    const before = [...places.values(), ...last === undefined ? [] : [last]].map(({ startedAt }) => startedAt);
    const than = isThere ? Infinity : Math.min(...before);
    return await laterBeside(path, { than, also: new Set(places.keys()) });
  }

  #read(): StoredCheckpoint[] {
    const all: StoredCheckpoint[] = [];
    for (const entry of this.#store.list()) {
      if (entry.ok && entry.checkpoint.versions === this.#versions) all.push(entry.checkpoint);
    }
    return all;
  }
}

/** Of what had the name the latest, and what stands beside it under a name that begins with it and was not read to its end. */
function formerOf({ id, path }: Pick<FormerSought, "id" | "path">, known: readonly StoredCheckpoint[]) {
  const aside = known.filter(({ source }) => isReplaced(source) && namedSourceOf(source) === id);
  const latest = aside.toSorted((one, other) => other.writtenAt - one.writtenAt).slice(0, KEPT);
  const beside = known.filter(({ source, finished, file }) =>
    finished === null && source !== id && !isReplaced(source) && (file?.path.startsWith(path) ?? false) &&
    dirname(file?.path ?? "") === dirname(path)
  );
  return [...latest, ...beside];
}

/** Of a file that was read to its end, where it stands if it has more by now. */
async function grownPlaceOf({ file, finished }: StoredCheckpoint, path: string): Promise<string | null> {
  if (file === null || finished === null) return null;
  const found = await siblingOf(path, (info) => isSameFile(file.stamp, stampOf(info, 0)));
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
