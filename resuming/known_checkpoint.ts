/**
 * The checkpoint that a source can go on from: its own, or that of a file that has its name no more.
 *
 * A rotated file keeps its content under another name, and another file takes its name. So a checkpoint whose file was
 * replaced is put aside instead of forgotten, and a file without a checkpoint of its own looks among the others.
 *
 * @module
 */
import { OneAtATime } from "../actors/one_at_a_time.ts";
import { type CheckpointKey, keyText, type SourceFlags, type StoredCheckpoint } from "../state/checkpoint.ts";
import type { CheckpointStore } from "../state/checkpoints.ts";
import type { FileIdentity } from "../state/file_identity.ts";
import {
  type CheckpointReason,
  type CheckpointVerdict,
  findMovedCheckpoint,
  verifyCheckpoint,
  verifyTopics,
} from "../state/verify_checkpoint.ts";
import type { Observer } from "../telemetry/events.ts";
import type { LiveCluster } from "./live_topics.ts";

/** What a source is compared with. */
export interface KnownCheckpointOptions {
  readonly key: CheckpointKey;
  readonly flags: SourceFlags;
  /** The file as it is now. */
  readonly file: FileIdentity;
  readonly live: LiveCluster;
  /** For events. */
  readonly name: string;
  readonly signal: AbortSignal;
}

/** A checkpoint of this very load. */
export interface KnownCheckpoint {
  readonly checkpoint: StoredCheckpoint;
  /** True if the file has more now than when it was read. */
  readonly fileGrown: boolean;
}

/** A checkpoint of an earlier run that no source of this run has gone on from. */
interface Other {
  readonly key: CheckpointKey;
  readonly file: FileIdentity;
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
   * Null if there is none, so that the source is to be loaded from its start; if there was one, the observer is told why
   * it does not count.
   *
   * @throws {CheckpointError} `damaged`
   * @throws {StateFileError}
   */
  find(options: KnownCheckpointOptions): Promise<KnownCheckpoint | null> {
    return this.#turns.run(() => this.#find(options));
  }

  async #find(options: KnownCheckpointOptions): Promise<KnownCheckpoint | null> {
    const { key, file, name, signal } = options;
    const store = this.#store;
    const others = this.#others ??= this.#readOthers();
    const own = store.load(key);
    if (own !== null) {
      const judged = await judge(own, options);
      signal.throwIfAborted();
      if (judged.known === null) {
        const reasons = judged.reasons.map(({ text }) => text);
        this.#observe({ type: "checkpoint_discarded", stage: "receiving", source: name, reasons });
        if (own.file !== null && !isSameFile(own.file, file)) {
          this.#note(store.putAside(key, asideName(own, own.file)));
        }
      }
      others.delete(keyText(key));
      if (judged.known !== null) return judged.known;
    }
    const candidate = { path: file.path, versions: key.versions, flags: options.flags };
    const moved = await findMovedCheckpoint(await this.#displaced(options), candidate);
    signal.throwIfAborted();
    if (moved === null) return null;
    const { known } = judgeTopics(moved.checkpoint, moved.result, options);
    if (known === null) return null;
    const from = moved.checkpoint.source;
    this.#observe({ type: "checkpoint_adopted", stage: "receiving", source: name, from });
    others.delete(keyText(moved.checkpoint));
    return { ...known, checkpoint: store.rename(moved.checkpoint, key.source, { file: name }) };
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

  /** Checkpoints of files that are not where they were: candidates for a file that has none. */
  async #displaced({ key, file }: KnownCheckpointOptions): Promise<StoredCheckpoint[]> {
    const candidates: StoredCheckpoint[] = [];
    for (const other of this.#others?.values() ?? []) {
      if (other.key.versions !== key.versions || other.key.source === key.source) continue;
      if (!isSameFile(other.file, file) && !(other.missing ??= !await exists(other.file.path))) continue;
      const checkpoint = this.#store.load(other.key);
      if (checkpoint !== null) candidates.push(checkpoint);
    }
    return candidates;
  }
}

interface Judged {
  readonly known: KnownCheckpoint | null;
  readonly reasons: readonly CheckpointReason[];
}

async function judge(checkpoint: StoredCheckpoint, options: KnownCheckpointOptions): Promise<Judged> {
  const { key: { versions }, flags, file: { path } } = options;
  return judgeTopics(checkpoint, await verifyCheckpoint(checkpoint, { path, versions, flags }), options);
}

function judgeTopics(
  checkpoint: StoredCheckpoint,
  content: CheckpointVerdict,
  { live: { clusterId, topics } }: KnownCheckpointOptions,
): Judged {
  if (content.verdict !== "same" && content.verdict !== "grown") return { known: null, reasons: content.reasons };
  const live = topics.map(({ name, id, offsets }) => ({ name, id, ends: offsets.map(({ end }) => end) }));
  const { verdict, reasons } = verifyTopics(checkpoint, { clusterId, topics: live });
  if (verdict === "other_load") return { known: null, reasons };
  return { known: { checkpoint, fileGrown: content.verdict === "grown" }, reasons: [] };
}

function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.inode !== null && one.inode === other.inode && one.device === other.device;
}

/** Names no source: those begin with a data type and a path. */
function asideName({ source, startedAt }: StoredCheckpoint, { device, inode }: FileIdentity): string {
  return `replaced:${device}/${inode}/${startedAt}:${source}`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
