/**
 * What was read of files, under the names that they had: what a new file of a followed folder may be a copy of. A rotation takes a
 * file's name, and its content stays what it was.
 *
 * @module
 */
import { dirname, sep } from "node:path";
import type { VersionFlag } from "../../config/version_flag.ts";
import type { FileStamp } from "../../records/content/file_stamp.ts";
import type { CheckpointKey, StoredCheckpoint } from "../../state/checkpoint.ts";
import { CheckpointError } from "../../state/checkpoint_error.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import type { WatchedFolder } from "./followed_paths.ts";
import { type KnownFile, knownFileOf, knownFilesIn } from "./known_files.ts";

/** Options of {@link Originals}. */
export interface OriginalsOptions {
  readonly store: Pick<CheckpointStore, "load" | "list">;
  readonly versions: VersionFlag;
  /** What is elsewhere is no original: each load writes the rows of its own files. */
  readonly folders: readonly WatchedFolder[];
}

/** Of files that this run has read and that are gone, so many are kept. */
const KEPT_GONE = 1_000;

export class Originals {
  readonly #options: OriginalsOptions;
  /** Of earlier runs; made at the first question, as all checkpoints are read for it. */
  #earlier: readonly KnownFile[] | null = null;
  #earlierByFirst: ReadonlyMap<string, readonly KnownFile[]> | null = null;
  /** Of this run, by key, in the order in which they have ended. */
  readonly #ended = new Map<string, KnownFile>();

  constructor(options: OriginalsOptions) {
    this.#options = options;
  }

  /** The files that earlier runs have read of, as their checkpoints stood before this one began a file. */
  get earlier(): readonly KnownFile[] {
    const { store, versions } = this.#options;
    return this.#earlier ??= knownFilesIn(store, versions);
  }

  /** What this run has read of a source, which has ended. */
  noteSource(id: string): void {
    const checkpoint = this.ofSource(id);
    if (checkpoint !== null) this.note(checkpoint);
  }

  /** The same, under the key that its checkpoint has by now. */
  note(checkpoint: StoredCheckpoint): void {
    const known = knownFileOf(checkpoint);
    if (known === null || known.first === null) return;
    this.#ended.delete(known.key.source);
    this.#ended.set(known.key.source, known);
  }

  /**
   * Those that begin with a row. A file may be among them twice.
   *
   * @param options.isFirstLook what is there at the first look, and not known yet, is a file of its own, equal to another one or not
   */
  beginningWith(first: string, { isFirstLook }: { readonly isFirstLook: boolean }): readonly KnownFile[] {
    const ended = isFirstLook ? [] : [...this.#ended.values()].filter((known) => known.first === first);
    return [...this.#byFirst.get(first) ?? [], ...ended];
  }

  /** The checkpoint of a load, under the key that it has by now: its file may be read under another name. Null if there is none. */
  checkpointOf(known: KnownFile): StoredCheckpoint | null {
    const { store } = this.#options;
    const isIt = ({ versions, startedAt, position: { at: { content } } }: StoredCheckpoint) =>
      versions === known.key.versions && startedAt === known.startedAt && content?.samples.first === known.first;
    const stored = undamaged(store, known.key);
    if (stored !== null && isIt(stored)) return stored;
    // That is rare, and an index of all keys would have to be kept up to date.
    for (const entry of store.list()) if (entry.ok && isIt(entry.checkpoint)) return entry.checkpoint;
    return null;
  }

  /** What is known of a source by now. */
  ofSource(id: string): StoredCheckpoint | null {
    const { store, versions } = this.#options;
    return undamaged(store, { source: id, versions });
  }

  /** @param present identities of the files that are there */
  forget(present: ReadonlySet<string>): void {
    let many = this.#ended.size - present.size - KEPT_GONE;
    for (const [source, { stamp }] of this.#ended) {
      if (many-- > 0 && !present.has(identityOf(stamp) ?? "")) this.#ended.delete(source);
    }
  }

  get #byFirst(): ReadonlyMap<string, readonly KnownFile[]> {
    const { folders } = this.#options;
    const isFollowed = ({ path }: KnownFile) =>
      folders.some(({ folder, recursive }) => dirname(path) === folder || (recursive && path.startsWith(folder + sep)));
    return this.#earlierByFirst ??= Map.groupBy(this.earlier.filter(isFollowed), ({ first }) => first ?? "");
  }
}

/** As `fileIdentity` of the file that a stamp is of; null where it has no inode. */
export function identityOf({ device, inode, bornAt }: FileStamp): string | null {
  return inode === null ? null : `${device}/${inode}/${bornAt ?? ""}`;
}

/** A damaged one is reported when its source is begun. */
function undamaged(store: Pick<CheckpointStore, "load">, key: CheckpointKey): StoredCheckpoint | null {
  try {
    return store.load(key);
  } catch (error) {
    if (error instanceof CheckpointError && error.code === "damaged") return null;
    throw error;
  }
}
