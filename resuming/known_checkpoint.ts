/**
 * The checkpoint that a source can go on from: its own, or that of a file that has its name no more.
 *
 * A rotated file keeps its content under another name, and another file takes its name. So a checkpoint whose file was
 * replaced is put aside instead of forgotten, and a file without a checkpoint of its own looks among the others.
 *
 * @module
 */
import { OneAtATime } from "../actors/one_at_a_time.ts";
import { isSameFile } from "../records/file_stamp.ts";
import type { ExaminedFile, SourceFile } from "../sources/source.ts";
import { type CheckpointFile, type CheckpointKey, keyText, type StoredCheckpoint } from "../state/checkpoint.ts";
import { CheckpointError, type CheckpointStore } from "../state/checkpoints.ts";
import { isReplaced } from "../state/replaced_source.ts";
import type { Observer } from "../telemetry/events.ts";
import type { LiveCluster } from "./live_topics.ts";
import { LoadRefusedError } from "./load_refused_error.ts";
import {
  type CheckpointReason,
  type CheckpointVerdict,
  type LoadCandidate,
  verifyCheckpoint,
} from "./verify_checkpoint.ts";

/** What a source is compared with. */
export interface KnownCheckpointOptions {
  readonly key: CheckpointKey;
  readonly source: SourceFile;
  /** The file as it is now. */
  readonly file: ExaminedFile;
  readonly live: LiveCluster;
  /** For events. */
  readonly name: string;
  readonly signal: AbortSignal;
}

/** A checkpoint of this very file, under its source's key. */
export interface KnownCheckpoint {
  readonly checkpoint: StoredCheckpoint;
  /** Whether there is nothing to do, to go on at its position, or to find out what the topics have. */
  readonly verdict: "complete" | "go_on" | "only_missing";
}

/** A checkpoint of an earlier run that no source of this run has gone on from. */
interface Other {
  readonly key: CheckpointKey;
  readonly file: CheckpointFile;
  /** Whether nothing has its path; null while nobody has looked. */
  missing: boolean | null;
}

/**
 * The checkpoints of earlier runs, for the sources of one run. One source is looked up after the other: of two files that
 * have changed their names, one may take what the other is about to put aside.
 */
export class KnownCheckpoints {
  readonly #store: CheckpointStore;
  readonly #observe: Observer;
  readonly #turns = new OneAtATime();
  /** By {@link keyText}; read once, since a folder may have thousands of files. */
  #others: Map<string, Other> | null = null;

  constructor({ store, observe }: { readonly store: CheckpointStore; readonly observe: Observer }) {
    this.#store = store;
    this.#observe = observe;
  }

  /**
   * Null if there is none, so that the source is to be loaded from its start; if there was one of another file, the
   * observer is told.
   *
   * @throws {LoadRefusedError} If a person has to choose.
   * @throws {CheckpointError} `damaged`
   * @throws {StateFileError}
   * @throws {SourceError}
   */
  find(options: KnownCheckpointOptions): Promise<KnownCheckpoint | null> {
    return this.#turns.run(() => this.#find(options));
  }

  /**
   * To be called before a source is loaded from its start whatever is known of it: what is known of another file that had
   * its name is kept, and what is known of this very file under another name becomes its own, however it was changed
   * since: its records are this file's.
   *
   * @throws {StateFileError}
   * @throws {SourceError}
   */
  claim({ key, file }: Pick<KnownCheckpointOptions, "key" | "file">): Promise<void> {
    return this.#turns.run(async () => {
      const own = this.#undamaged(key);
      if (own !== null && own.file !== null) {
        if (isSameFile(own.file.stamp, file.stamp)) return;
        this.#putAside(own, own.file);
      }
      for (const other of (this.#others ??= this.#readOthers()).values()) {
        const isIt = other.key.versions === key.versions && isSameFile(other.file.stamp, file.stamp);
        const known = isIt ? this.#undamaged(other.key) : null;
        const { content } = known?.position ?? {};
        if (known === null || content === undefined || !(await file.isRelated(content))) continue;
        this.#others.delete(keyText(known));
        this.#store.rename(known, key.source);
        return;
      }
    });
  }

  async #find(options: KnownCheckpointOptions): Promise<KnownCheckpoint | null> {
    const { key, name, signal } = options;
    const store = this.#store;
    const others = this.#others ??= this.#readOthers();
    const own = store.load(key);
    if (own !== null) {
      const { verdict, reasons } = await verifyCheckpoint(own, candidateOf(options));
      signal.throwIfAborted();
      others.delete(keyText(key));
      if (verdict !== "other_file") return this.#known(own, { verdict, reasons, name });
      const texts = reasons.map(({ text }) => text);
      this.#observe({ type: "checkpoint_discarded", stage: "receiving", source: name, reasons: texts });
      if (own.file !== null) this.#putAside(own, own.file);
    }
    const moved = await this.#findMoved(options);
    signal.throwIfAborted();
    if (moved === null) return null;
    const { checkpoint, verdict, reasons } = moved;
    this.#observe({ type: "checkpoint_adopted", stage: "receiving", source: name, from: checkpoint.source });
    others.delete(keyText(checkpoint));
    return this.#known(store.rename(checkpoint, key.source, { file: name }), { verdict, reasons, name });
  }

  #known(
    checkpoint: StoredCheckpoint,
    { verdict, reasons, name }: {
      readonly verdict: Exclude<CheckpointVerdict["verdict"], "other_file">;
      readonly reasons: readonly CheckpointReason[];
      readonly name: string;
    },
  ): KnownCheckpoint {
    if (verdict === "refused") throw new LoadRefusedError(name, reasons);
    const texts = reasons.map(({ text }) => text);
    const type = verdict === "only_missing" ? "checkpoint_doubted" : "checkpoint_noted";
    if (texts.length > 0) this.#observe({ type, stage: "receiving", source: name, reasons: texts });
    return { checkpoint, verdict };
  }

  /**
   * The checkpoint of a file that has another name now: a log that was rotated, a folder that was moved.
   *
   * @throws {LoadRefusedError} If it is this very file, and was changed besides.
   */
  async #findMoved(
    options: KnownCheckpointOptions,
  ): Promise<(CheckpointVerdict & { checkpoint: StoredCheckpoint; verdict: KnownCheckpoint["verdict"] }) | null> {
    const { file, name } = options;
    let refused: readonly CheckpointReason[] | null = null;
    for (const checkpoint of await this.#displaced(options)) {
      const { content } = checkpoint.position;
      const isIt = checkpoint.file !== null && isSameFile(checkpoint.file.stamp, file.stamp);
      // Only then is it worth to read all of it.
      if (content === undefined || (!isIt && !(await file.beginsAs(content)))) continue;
      const { verdict, reasons } = await verifyCheckpoint(checkpoint, candidateOf(options));
      if (verdict === "refused") refused ??= isIt ? reasons : null;
      else if (verdict !== "other_file") return { checkpoint, verdict, reasons };
    }
    if (refused !== null) throw new LoadRefusedError(name, refused);
    return null;
  }

  #readOthers(): Map<string, Other> {
    this.#others = new Map();
    for (const entry of this.#store.list()) if (entry.ok) this.#note(entry.checkpoint);
    return this.#others;
  }

  #note({ source, versions, file }: StoredCheckpoint): void {
    if (file === null) return;
    const key = { source, versions };
    this.#others?.set(keyText(key), { key, file, missing: null });
  }

  #undamaged(key: CheckpointKey): StoredCheckpoint | null {
    try {
      return this.#store.load(key);
    } catch (error) {
      // It is about to be replaced.
      if (error instanceof CheckpointError && error.code === "damaged") return null;
      throw error;
    }
  }

  #putAside(own: StoredCheckpoint, { stamp }: CheckpointFile): void {
    this.#note(this.#store.putAside(own, stamp));
  }

  /** Checkpoints of files that are not where they were: candidates for a file that has none. */
  async #displaced({ key, file }: KnownCheckpointOptions): Promise<StoredCheckpoint[]> {
    const candidates: StoredCheckpoint[] = [];
    for (const other of this.#others?.values() ?? []) {
      if (other.key.versions !== key.versions || other.key.source === key.source) continue;
      const isAside = isReplaced(other.key.source);
      const mayBeIt = isAside || isSameFile(other.file.stamp, file.stamp);
      if (!mayBeIt && !(other.missing ??= await isMissing(other.file.path))) continue;
      const checkpoint = this.#store.load(other.key);
      if (checkpoint !== null) candidates.push(checkpoint);
    }
    return candidates;
  }
}

function candidateOf({ source, file, live: { clusterId, topics } }: KnownCheckpointOptions): LoadCandidate {
  const ends = topics.map(({ name, id, offsets }) => ({ name, id, ends: offsets.map(({ end }) => end) }));
  return { source, file, clusterId, topics: ends };
}

/** False also of a path that cannot be looked at: its file may be there. */
async function isMissing(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
  }
}
