/**
 * The checkpoint that a source can go on from: its own, or that of a file that has its name no more.
 *
 * A rotated file keeps its content under another name, and another file takes its name. So a checkpoint whose file was
 * replaced is put aside instead of forgotten, and a file without a checkpoint of its own looks among the others.
 *
 * @module
 */
import { OneAtATime } from "../actors/one_at_a_time.ts";
import { isSameFile, isUntouched } from "../records/file_stamp.ts";
import type { ExaminedFile, SourceFile } from "../sources/source.ts";
import { type CheckpointFile, type CheckpointKey, keyText, type StoredCheckpoint } from "../state/checkpoint.ts";
import { CheckpointError, type CheckpointStore, VERSION_FLAGS } from "../state/checkpoints.ts";
import { isReplaced, namedSourceOf } from "../state/replaced_source.ts";
import type { Observer } from "../telemetry/events.ts";
import { isInPlace } from "./content_place.ts";
import type { LiveCluster } from "./live_topics.ts";
import { KnownEnds } from "./written_since.ts";
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
  /** Hash of its first row, if it has one. */
  readonly firstRow: string | undefined;
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

/**
 * No checkpoint that is known to be of this file, and one that may be: what the topics have is to be found out.
 *
 * - `only_missing`: records of the file are there, written under another setting of the version flag.
 * - `look_for_origin`: if the topics have the records of a load that was of this file row by row, it is gone on with; else
 *   the file is another one, whose rows are its own, equal or not.
 */
export interface DoubtedStart {
  readonly checkpoint: null;
  readonly verdict: "only_missing" | "look_for_origin";
}

/** A checkpoint of an earlier run that no source of this run has gone on from. */
interface Other {
  readonly key: CheckpointKey;
  readonly file: CheckpointFile;
  /** See {@link reachOf}. */
  readonly reach: number;
  readonly origin: string | null;
  /** Hash of the first row. */
  readonly firstRow: string | undefined;
  /** Whether its content is not where it was; null while that is not known. */
  isGone: boolean | null;
}

/** A checkpoint, and what it is worth for the file. */
type Verified = CheckpointVerdict & { readonly checkpoint: StoredCheckpoint };

/** How much of a file tells that it is the one: bytes that are marked; less than nothing where nothing was written. */
function reachOf(checkpoint: StoredCheckpoint): number {
  return isBlank(checkpoint) ? -1 : checkpoint.position.content?.bytes ?? 0;
}

/** Nothing was sent, as of an empty file: there is nothing to go on with. */
function isBlank({ position, ahead }: StoredCheckpoint): boolean {
  return position.row === 0 && ahead === 0;
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
  readonly #ends = new KnownEnds();

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
  find(options: KnownCheckpointOptions): Promise<KnownCheckpoint | DoubtedStart | null> {
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
        this.#putAside(own);
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

  /** Where the topics ended as far as earlier runs knew. */
  get ends(): KnownEnds {
    this.#others ??= this.#readOthers();
    return this.#ends;
  }

  /**
   * What an origin has written is in the topics row by row as a source: the checkpoint of that load becomes the source's own,
   * so that no other file is taken for it.
   *
   * @throws {StateFileError}
   */
  adopt(origin: string, { key, name }: { readonly key: CheckpointKey; readonly name: string }): Promise<void> {
    return this.#turns.run(() => {
      for (const other of (this.#others ??= this.#readOthers()).values()) {
        if (other.origin !== origin || other.key.versions !== key.versions || other.key.source === key.source) continue;
        this.#others.delete(keyText(other.key));
        // Its file may have begun anew since.
        if (this.#undamaged(other.key)?.origin === origin) this.#store.rename(other.key, key.source, { file: name });
      }
      return Promise.resolve();
    });
  }

  async #find(options: KnownCheckpointOptions): Promise<KnownCheckpoint | DoubtedStart | null> {
    const { key, file, name, signal } = options;
    const others = this.#others ??= this.#readOthers();
    const stored = this.#store.load(key);
    const own = stored === null ? null : await verified(stored, options);
    signal.throwIfAborted();
    others.delete(keyText(key));
    // Its content may be in a copy, which comes later.
    if (own?.verdict === "refused") this.#note(own.checkpoint);
    if (own !== null && isCertain(own, file)) return this.#known(this.#besideOtherFlags(own, options), name);
    if (own !== null && own.verdict === "other_file" && !isBlank(own.checkpoint)) {
      const texts = own.reasons.map(({ text }) => text);
      this.#observe({ type: "checkpoint_discarded", stage: "receiving", source: name, reasons: texts });
      this.#putAside(own.checkpoint);
    }
    const kept = own === null || own.verdict === "other_file" ? null : own;
    const moved = await this.#findMoved(options, kept);
    signal.throwIfAborted();
    if (moved !== null) {
      const { checkpoint } = moved;
      if (kept !== null) this.#putAside(kept.checkpoint);
      this.#observe({ type: "checkpoint_adopted", stage: "receiving", source: name, from: checkpoint.source });
      others.delete(keyText(checkpoint));
      const renamed = this.#store.rename(checkpoint, key.source, { file: name });
      return this.#known(this.#besideOtherFlags({ ...moved, checkpoint: renamed }, options), name);
    }
    if (kept === null || (isBlank(kept.checkpoint) && kept.verdict === "go_on")) {
      const doubted = await this.#doubted(options);
      signal.throwIfAborted();
      if (doubted !== null) return doubted;
    }
    return kept === null ? null : this.#known(this.#besideOtherFlags(kept, options), name);
  }

  #known({ checkpoint, verdict, reasons }: Verified, name: string): KnownCheckpoint | null {
    if (verdict === "other_file") return null;
    if (verdict === "refused") throw new LoadRefusedError(name, reasons);
    const texts = reasons.map(({ text }) => text);
    const type = verdict === "only_missing" ? "checkpoint_doubted" : "checkpoint_noted";
    if (texts.length > 0) this.#observe({ type, stage: "receiving", source: name, reasons: texts });
    return { checkpoint, verdict };
  }

  /**
   * The checkpoint of a file that has another name now: a log that was rotated, a folder that was moved. Of several the one
   * that knows most of the file, and only one that knows more than the file's own: what knows little is true of many.
   *
   * @throws {LoadRefusedError} If it is this very file, and was changed besides.
   */
  async #findMoved(options: KnownCheckpointOptions, own: Verified | null): Promise<Verified | null> {
    const { file, name } = options;
    const reach = own === null ? -Infinity : own.verdict === "refused" ? -1 : reachOf(own.checkpoint);
    let refused: readonly CheckpointReason[] | null = null;
    for (const checkpoint of await this.#displaced(options, reach)) {
      const { content } = checkpoint.position;
      const isIt = checkpoint.file !== null && isSameFile(checkpoint.file.stamp, file.stamp);
      // Only then is it worth to read all of it.
      if (content === undefined || (!isIt && !(await file.beginsAs(content)))) continue;
      const found = await verified(checkpoint, options);
      if (found.verdict === "refused") refused ??= isIt ? found.reasons : null;
      else if (found.verdict !== "other_file") return found;
    }
    if (refused !== null && (own === null || isBlank(own.checkpoint))) throw new LoadRefusedError(name, refused);
    return null;
  }

  /**
   * What else may have been written of a file that would begin anew: under another setting of the version flag, or by a load
   * that was killed before anything was marked by which its file could be known.
   */
  async #doubted(options: KnownCheckpointOptions): Promise<DoubtedStart | null> {
    const { key, file, live, name } = options;
    let killed: string | null = null;
    for (const other of this.#others?.values() ?? []) {
      const isOfName = namedSourceOf(other.key.source) === key.source;
      const mayBeIt = isOfName || isSameFile(other.file.stamp, file.stamp);
      const isOther = other.key.versions !== key.versions;
      if (other.reach < 0 || (!(isOther && mayBeIt) && other.reach > 0)) continue;
      if (!mayBeIt && (other.firstRow !== options.firstRow || !(await this.#isGone(other)))) continue;
      const checkpoint = this.#store.load(other.key);
      if (checkpoint === null || !sharesTopic(checkpoint, live)) continue;
      if (isOther && mayBeIt && (await verified(checkpoint, options)).verdict !== "other_file") {
        this.#observeDoubt(name, [otherFlagText(checkpoint)]);
        return { checkpoint: null, verdict: "only_missing" };
      }
      const { content } = checkpoint.position;
      if (content === undefined || content.bytes > 0 || checkpoint.ahead === 0) continue;
      const begins = content.samples.length === 0 ? isOfName : await file.beginsAs(content);
      if (begins) killed ??= checkpoint.file?.path ?? null;
    }
    if (killed === null) return null;
    this.#observeDoubt(name, [
      `A load of ${killed} was killed before its first checkpoint, so that only the topics tell whether it was of this file.`,
    ]);
    return { checkpoint: null, verdict: "look_for_origin" };
  }

  /** Where rows after the position may have been written under another setting of the flag, the topics are read. */
  #besideOtherFlags(found: Verified, { key, live }: KnownCheckpointOptions): Verified {
    if (found.verdict !== "go_on") return found;
    const { row } = found.checkpoint.position;
    for (const versions of VERSION_FLAGS) {
      const other = versions === key.versions ? null : this.#undamaged({ source: key.source, versions });
      if (other === null || !sharesTopic(other, live)) continue;
      if (other.position.row + (other.ahead ?? Infinity) <= row) continue;
      const text = otherFlagText(other);
      return { ...found, verdict: "only_missing", reasons: [{ code: "other_versions", text }, ...found.reasons] };
    }
    return found;
  }

  #observeDoubt(source: string, reasons: readonly string[]): void {
    this.#observe({ type: "checkpoint_doubted", stage: "receiving", source, reasons });
  }

  #readOthers(): Map<string, Other> {
    this.#others = new Map();
    for (const entry of this.#store.list()) {
      if (!entry.ok) continue;
      this.#note(entry.checkpoint);
      this.#ends.add(entry.checkpoint);
    }
    return this.#others;
  }

  #note(checkpoint: StoredCheckpoint): void {
    const { source, versions, file, origin, position: { content } } = checkpoint;
    if (file === null) return;
    const key = { source, versions };
    const [firstRow] = content?.samples ?? [];
    this.#others?.set(keyText(key), { key, file, origin, firstRow, reach: reachOf(checkpoint), isGone: null });
  }

  #undamaged(key: CheckpointKey): StoredCheckpoint | null {
    try {
      return this.#store.load(key);
    } catch (error) {
      // It is about to be replaced, or is of another setting of the flag, which says so itself.
      if (error instanceof CheckpointError && error.code === "damaged") return null;
      throw error;
    }
  }

  #putAside(own: StoredCheckpoint): void {
    if (own.file === null || isBlank(own)) return;
    this.#note(this.#store.putAside(own, own.file.stamp));
  }

  /** Asked only of what begins as the file that is looked for: it may have to be read. */
  async #isGone(other: Other): Promise<boolean> {
    const checkpoint = other.isGone === null ? this.#store.load(other.key) : null;
    if (checkpoint !== null) other.isGone = !(await isInPlace(checkpoint));
    return other.isGone ?? false;
  }

  /** Checkpoints of files that are not where they were, of more than so many bytes, the longest first. */
  async #displaced({ key, file, firstRow }: KnownCheckpointOptions, reach: number): Promise<StoredCheckpoint[]> {
    const candidates: StoredCheckpoint[] = [];
    for (const other of this.#others?.values() ?? []) {
      if (other.key.versions !== key.versions || other.key.source === key.source || other.reach <= reach) continue;
      const isAside = isReplaced(other.key.source);
      const mayBeIt = isAside || isSameFile(other.file.stamp, file.stamp);
      if (!mayBeIt && (other.firstRow !== firstRow || !(await this.#isGone(other)))) continue;
      const checkpoint = this.#store.load(other.key);
      if (checkpoint !== null) candidates.push(checkpoint);
    }
    return candidates.sort((one, next) => reachOf(next) - reachOf(one));
  }
}

async function verified(checkpoint: StoredCheckpoint, options: KnownCheckpointOptions): Promise<Verified> {
  return { checkpoint, ...await verifyCheckpoint(checkpoint, candidateOf(options)) };
}

/** True if a file's own checkpoint needs no comparison with those of other files: it is this file, and has rows. */
function isCertain({ checkpoint, verdict }: Verified, { stamp }: ExaminedFile): boolean {
  const then = checkpoint.file?.stamp;
  if (then === undefined || verdict === "other_file" || !isSameFile(then, stamp)) return false;
  return verdict === "refused" || checkpoint.position.row > 0 || isUntouched(then, stamp);
}

/** True if it has records where this load writes. */
function sharesTopic({ topics }: StoredCheckpoint, live: LiveCluster): boolean {
  return live.topics.some(({ name, target }) =>
    topics.some((topic) => topic.name === name && topic.version === target.version)
  );
}

function otherFlagText({ versions }: StoredCheckpoint): string {
  return `It was loaded with --schema-version ${versions} too, into a topic that this load writes.`;
}

function candidateOf({ source, file, live: { clusterId, topics } }: KnownCheckpointOptions): LoadCandidate {
  const ends = topics.map(({ name, id, offsets }) => ({ name, id, ends: offsets.map(({ end }) => end) }));
  return { source, file, clusterId, topics: ends };
}
