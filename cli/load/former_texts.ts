/**
 * Files that were followed under a name before: what is in them that no run has read. A run may have ended between the cut of
 * a file and the reading of its copy, and a file may have been written to after another one had its name.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import type { VersionFlag } from "../../config/version_flag.ts";
import { isSameFile, stampOf } from "../../records/content/file_stamp.ts";
import { placeBeside } from "../../runtime/resuming/content_place.ts";
import type { RowSource } from "../../sources/source.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import { isReplaced, namedSourceOf } from "../../state/replaced_source.ts";

/** Of each name the latest: older ones have no writer, and are often gone. */
const KEPT = 3;

/** One for a run: what the run itself puts aside, it reads itself. */
export class FormerTexts {
  readonly #store: Pick<CheckpointStore, "list">;
  readonly #versions: VersionFlag;
  /** By the source that has the name; made at the first question, as all checkpoints are read for it. */
  #former: Map<string, StoredCheckpoint[]> | null = null;

  constructor({ store, versions }: { readonly store: Pick<CheckpointStore, "list">; readonly versions: VersionFlag }) {
    this.#store = store;
    this.#versions = versions;
  }

  /** The paths of files that had the name of a source before the run, and have more than was read of them, the oldest first. */
  async unreadOf({ id }: Pick<RowSource, "id">): Promise<string[]> {
    const all = this.#former ??= this.#read(), former = all.get(id) ?? [];
    all.delete(id);
    const paths: string[] = [];
    for (const checkpoint of former.toSorted((one, other) => one.writtenAt - other.writtenAt)) {
      const path = await unreadPlace(checkpoint);
      if (path !== null) paths.push(path);
    }
    return paths;
  }

  #read(): Map<string, StoredCheckpoint[]> {
    const all = new Map<string, StoredCheckpoint[]>();
    for (const entry of this.#store.list()) {
      if (!entry.ok) continue;
      const { checkpoint } = entry, { source, versions } = checkpoint;
      if (!isReplaced(source) || versions !== this.#versions) continue;
      const named = namedSourceOf(source);
      const latest = [...all.get(named) ?? [], checkpoint].toSorted((one, other) => other.writtenAt - one.writtenAt);
      all.set(named, latest.slice(0, KEPT));
    }
    return all;
  }
}

async function unreadPlace(checkpoint: StoredCheckpoint): Promise<string | null> {
  const { file, finished } = checkpoint;
  if (file === null) return null;
  try {
    if (finished === null) return await placeBeside(checkpoint);
    const found = await siblingOf(file.path, (info) => isSameFile(file.stamp, stampOf(info, 0)));
    return found !== null && found.bytes > (finished.bytes ?? Infinity) ? found.path : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
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
