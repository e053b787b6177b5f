/**
 * What the data folder knows of a source that is about to begin: the checkpoint that it can be resumed from, what loads as
 * other settings of the version flag have written of it, and whether a load of it was killed before anything was marked.
 *
 * @module
 */
import { OneAtATime } from "../../kernel/one_at_a_time.ts";
import { isSameFile } from "../../records/content/file_stamp.ts";
import type { RowSource } from "../../sources/source.ts";
import type { CheckpointKey, StoredCheckpoint } from "../../state/checkpoint.ts";
import { VERSION_FLAGS } from "../../config/version_flag.ts";
import type { CheckpointStore, CopiedLoad } from "../../state/checkpoints.ts";
import { isReplaced, namedSourceOf } from "../../state/replaced_source.ts";
import type { Observer } from "../../telemetry/events.ts";
import { isBeside } from "./content_place.ts";
import {
  type CheckpointSought,
  FileCheckpoints,
  hasOtherSettings,
  sharesTopic,
  type Verified,
} from "./file_checkpoint.ts";
import { FilesOfRun } from "./files_of_run.ts";
import { type OtherFiles, refuseJoined, refuseParts } from "./gone_files.ts";
import { LoadRefusedError } from "./load_refused_error.ts";
import { allRefused, isBlank, OtherCheckpoints } from "./other_checkpoints.ts";
import { besideOwn } from "./other_flags.ts";
import type { CheckpointReason } from "./verify_checkpoint.ts";
import type { KnownEnds } from "./written_since.ts";

/** A checkpoint of this very file, under its source's key. */
export interface KnownCheckpoint {
  readonly checkpoint: StoredCheckpoint;
  /** Whether there is nothing to do, the load resumes at its position, or the topics must be read first. */
  readonly verdict: "complete" | "go_on" | "only_missing";
}

/**
 * No checkpoint that is known to be of this file, and one that may be: the topics must tell.
 *
 * - `only_missing`: records of the file are there, written under another setting of the version flag.
 * - `look_for_origin`: if the topics have the records of a load that was of this file row by row, that load resumes;
 * else the file is another one, whose rows are its own, equal or not; unless it is a part of that one.
 */
export type DoubtedStart =
  | { readonly checkpoint: null; readonly verdict: "only_missing" }
  | {
    readonly checkpoint: null;
    readonly verdict: "look_for_origin";
    readonly origin: string | null;
    /** If the topics have what that has written in part as this file. */
    readonly refusal: LoadRefusedError;
  };

/**
 * The file was changed since its load was killed, before anything was marked. If the topics have that load's rows as
 * the rows of another file of the run, it is that one's load, and this file is a new one; else the load is refused.
 */
export interface DisputedStart {
  readonly checkpoint: null;
  readonly verdict: "look_for_owner";
  readonly origin: string;
  readonly refusal: LoadRefusedError;
}

/** Options of {@link KnownCheckpoints}. */
export interface KnownCheckpointsOptions {
  readonly store: CheckpointStore;
  /** The files of the run, as far as they are known before they begin. */
  readonly files: readonly RowSource[];
  readonly observe: Observer;
}

/**
 * The checkpoints of earlier runs, for the sources of one run. One source is looked up after the other: of two files that
 * have changed their names, one may take what the other is about to put aside.
 */
export class KnownCheckpoints {
  readonly #options: KnownCheckpointsOptions;
  readonly #turns = new OneAtATime();
  readonly #files: FilesOfRun;
  /** Made when it is needed: all checkpoints are read for it. */
  #others: OtherCheckpoints | null = null;

  constructor(options: KnownCheckpointsOptions) {
    this.#options = options;
    const { files } = options;
    this.#files = new FilesOfRun({ files, checkpointOf: (key) => this.#earlier.undamaged(key) });
  }

  /**
   * Null if there is none, so that the source is to be loaded from its start; if there was one of another file, the
   * observer is told.
   *
   * @throws {LoadRefusedError} If a person has to choose.
   * @throws {CheckpointError} `damaged`
   * @throws {StorageError}
   * @throws {SourceError}
   */
  find(sought: CheckpointSought): Promise<KnownCheckpoint | DoubtedStart | DisputedStart | null> {
    return this.#turns.run(() => {
      this.#files.begin(sought.key.source);
      return this.#find(sought);
    });
  }

  /**
   * Call before a source is loaded from its start without regard to what is known of it. What is known of another file
   * that had its name is kept, and what is known of this very file under another name becomes its own, also if it was
   * changed since: its records are this file's.
   *
   * @throws {StorageError}
   * @throws {SourceError}
   */
  claim({ key, file }: Pick<CheckpointSought, "key" | "file">): Promise<void> {
    return this.#turns.run(async () => {
      this.#files.begin(key.source);
      const others = this.#earlier;
      const own = others.undamaged(key);
      if (own !== null && own.file !== null) {
        if (isSameFile(own.file.stamp, file.stamp)) return;
        others.putAside(own);
      }
      for (const other of others.all()) {
        const isIt = other.key.versions === key.versions && isSameFile(other.file.stamp, file.stamp);
        const known = isIt ? others.undamaged(other.key) : null;
        const { content } = known?.position.at ?? {};
        if (known === null || content === undefined || !(await file.isRelated(content))) continue;
        others.delete(known);
        this.#options.store.rename(known, key.source);
        return;
      }
    });
  }

  /**
   * The load of the text that the file had before, if the file as it is now takes that one's place: all that was read of it
   * was refused, or some of it is in the file still. A load of the file from its start then says what is to be said of its
   * dead letters. Null if that text is in a file of another name, which a rotation or a copy has left, or is another one.
   *
   * @throws {StorageError}
   * @throws {SourceError}
   */
  formerTextOf({ key, file, firstRow }: CheckpointSought): Promise<CheckpointKey | null> {
    return this.#turns.run(async () => {
      const former = firstRow === null ? null : this.#formerOf(key);
      const { content } = former?.position.at ?? {};
      if (former === null || content === undefined) return null;
      if (!allRefused(former) && !(await file.isRelated(content))) return null;
      const isElsewhere = await this.#files.holderOf(former) !== null || await isBeside(former);
      return isElsewhere ? null : former;
    });
  }

  /** Of the loads of files that had a name before, the last one. */
  #formerOf({ source, versions }: CheckpointKey): StoredCheckpoint | null {
    const ofName = [...this.#earlier.all()].filter(({ key }) =>
      isReplaced(key.source) && namedSourceOf(key.source) === source && key.versions === versions
    );
    // Of thousands that were rotated away, the others are not asked for what is stored.
    for (const { key } of ofName.reverse().sort((one, other) => other.startedAt - one.startedAt)) {
      const former = this.#earlier.undamaged(key);
      if (former !== null) return former;
    }
    return null;
  }

  /**
   * Call before only absent rows of a source are written: if it was loaded with other settings, no row is there as the
   * wanted settings make it, so that all would be written again.
   *
   * @throws {LoadRefusedError}
   * @throws {StorageError}
   * @throws {SourceError}
   */
  refuseOtherSettings(sought: CheckpointSought): Promise<void> {
    return this.#turns.run(async () => {
      for (const versions of VERSION_FLAGS) {
        const reason = await this.#ofFile().otherSettings(sought, versions);
        if (reason !== null) throw new LoadRefusedError(sought.name, [reason]);
      }
    });
  }

  /** Where the topics ended as far as earlier runs knew. */
  get ends(): KnownEnds {
    return this.#earlier.ends;
  }

  /**
   * What an origin has written is in the topics row by row as a source: the checkpoint of that load becomes the source's own,
   * so that no other file is taken for it.
   *
   * @throws {StorageError}
   */
  adopt(origin: string, { key, name }: { readonly key: CheckpointKey; readonly name: string }): Promise<void> {
    return this.#turns.run(() => {
      const others = this.#earlier;
      for (const other of others.all()) {
        if (other.origin !== origin || other.key.versions !== key.versions || other.key.source === key.source) continue;
        others.delete(other.key);
        // Its file may have begun anew since.
        if (others.undamaged(other.key)?.origin === origin) {
          this.#options.store.rename(other.key, key.source, { file: name });
        }
      }
      return Promise.resolve();
    });
  }

  /**
   * The file of a source was read to its end, and this process has seen that another file has its name, or that it has another
   * content (`"truncated"`): the checkpoint waits for what was read, until that is found under another name.
   *
   * @returns null if nothing is known of it
   * @throws {CheckpointError} `damaged`
   * @throws {StorageError}
   */
  putAside(key: CheckpointKey, how: "renamed" | "truncated"): Promise<StoredCheckpoint | null> {
    return this.#turns.run(() => {
      const own = this.#options.store.load(key);
      if (own === null || own.file === null) return Promise.resolve(null);
      const { file } = own;
      // What was read is not in the file any more: its inode tells nothing of another one, and a copy may have more.
      const known = how === "renamed" ? own : this.#options.store.save({
        ...own,
        finished: null,
        file: { ...file, stamp: { ...file.stamp, inode: null } },
      });
      this.#earlier.delete(key);
      return Promise.resolve(this.#earlier.putAside(known));
    });
  }

  /**
   * A source of a file that is followed has ended, and its file may get another name while this process runs: its checkpoint may
   * be that of a source to come.
   *
   * @throws {CheckpointError} `damaged`
   */
  leave(key: CheckpointKey): Promise<void> {
    return this.#turns.run(() => {
      const own = this.#options.store.load(key);
      if (own !== null) this.#earlier.note(own);
      return Promise.resolve();
    });
  }

  /**
   * The file of a source has all that was read of another one, whose rows are written: its load goes on behind them.
   *
   * @throws {CheckpointError} `exists` if something is known of the source
   * @throws {StorageError}
   */
  noteCopy({ of, ...copy }: { readonly of: StoredCheckpoint } & CopiedLoad): Promise<void> {
    return this.#turns.run(() => {
      this.#options.store.beginBehind(of, copy);
      return Promise.resolve();
    });
  }

  /**
   * What an origin has written is another file's of the run: the checkpoint that the source has of it waits for that one.
   *
   * @throws {StorageError}
   */
  release(
    origin: string,
    { key, name, owner }: { readonly key: CheckpointKey; readonly name: string; readonly owner: string },
  ): Promise<void> {
    return this.#turns.run(() => {
      const others = this.#earlier;
      const own = others.undamaged(key);
      // The owner may have had its turn.
      if (own !== null && own.origin === origin) {
        others.delete(key);
        others.putAside(own);
      }
      const reasons = [`It is another file by now: what was written of it is that of ${owner}, by the topics.`];
      this.#options.observe({ type: "checkpoint_discarded", stage: "receiving", source: name, reasons });
      return Promise.resolve();
    });
  }

  async #find(sought: CheckpointSought): Promise<KnownCheckpoint | DoubtedStart | DisputedStart | null> {
    const { name, signal } = sought;
    const own = await this.#ofFile().find(sought);
    if (own?.verdict === "refused") return await this.#disputed(own, sought);
    const beside = await besideOwn(sought, own, this.#ofFile());
    signal.throwIfAborted();
    const beginsAnew = own === null || (isBlank(own.checkpoint) && own.verdict === "go_on");
    if (beginsAnew) {
      if (beside !== null) return this.#doubt(name, { verdict: "only_missing", reasons: [beside] });
      const killed = await this.#killedLoad(sought);
      signal.throwIfAborted();
      if (killed !== null) return this.#lookFor(killed, sought);
    }
    if (own === null) {
      await refuseParts(sought, this.#about);
      return null;
    }
    if (own.verdict === "go_on") await refuseJoined(own.checkpoint, sought, this.#about);
    const doubt = this.#otherOrder(own.checkpoint, sought) ?? beside;
    const isDoubted = doubt !== null && (own.verdict === "go_on" || own.verdict === "complete");
    return this.#known(isDoubted ? { ...own, verdict: "only_missing", reasons: [doubt, ...own.reasons] } : own, name);
  }

  /** @throws {LoadRefusedError} If no other file of the run can be the one. */
  async #disputed({ checkpoint, ...own }: Verified, { key, name }: CheckpointSought): Promise<DisputedStart> {
    const { origin } = checkpoint;
    const refusal = new LoadRefusedError(name, own.reasons);
    if (origin === null || hasOtherSettings(own)) throw refusal;
    if (!(await this.#files.mayBeElsewhere(checkpoint, key.source))) throw refusal;
    return { checkpoint: null, verdict: "look_for_owner", origin, refusal };
  }

  /**
   * The reason for a doubt if another file has the last word of keys which this one, by the order of the run, is to
   * have.
   */
  #otherOrder(own: StoredCheckpoint, { live }: CheckpointSought): CheckpointReason | null {
    if (!live.topics.some(({ compacted }) => compacted)) return null;
    const later = this.#files.loadedAfter(own);
    if (later === null) return null;
    const text =
      `${later} was loaded after it, and comes before it in this run, whose last file is to have the last word.`;
    return { code: "other_order", text };
  }

  #known({ checkpoint, verdict, reasons }: Verified, name: string): KnownCheckpoint | null {
    if (verdict === "other_file") return null;
    if (verdict === "refused") throw new LoadRefusedError(name, reasons);
    const texts = reasons.map(({ text }) => text);
    const type = verdict === "only_missing" ? "checkpoint_doubted" : "checkpoint_noted";
    if (texts.length > 0) this.#options.observe({ type, stage: "receiving", source: name, reasons: texts });
    return { checkpoint, verdict };
  }

  #doubt(
    source: string,
    { verdict, reasons }: { verdict: "only_missing"; reasons: readonly CheckpointReason[] },
  ): DoubtedStart {
    this.#tellDoubt(source, reasons);
    return { checkpoint: null, verdict };
  }

  #lookFor({ file, origin }: StoredCheckpoint, { name }: CheckpointSought): DoubtedStart {
    const killed = `A load of ${file?.path} was killed before its first checkpoint`;
    this.#tellDoubt(name, [{
      code: "killed",
      text: `${killed}, so that only the topics tell whether it was of this file.`,
    }]);
    const text =
      `${killed}, and the topics have some of its rows as this file has them, and others not: it was cut or split.`;
    const refusal = new LoadRefusedError(name, [{ code: "cut_short", text }]);
    return { checkpoint: null, verdict: "look_for_origin", origin, refusal };
  }

  #tellDoubt(source: string, reasons: readonly CheckpointReason[]): void {
    const texts = reasons.map(({ text }) => text);
    this.#options.observe({ type: "checkpoint_doubted", stage: "receiving", source, reasons: texts });
  }

  /**
   * The checkpoint of a load that was killed before anything was marked by which its file could be known, and that may
   * have been a load of this file.
   */
  async #killedLoad({ key, file, firstRow, live }: CheckpointSought): Promise<StoredCheckpoint | null> {
    const others = this.#earlier;
    for (const other of others.all()) {
      const isOfName = namedSourceOf(other.key.source) === key.source;
      if (other.reach !== 0) continue;
      const mayBeIt = isOfName || isSameFile(other.file.stamp, file.stamp);
      if (!mayBeIt && (other.firstRow !== firstRow || !(await others.isGone(other)))) continue;
      const checkpoint = this.#options.store.load(other.key);
      if (checkpoint === null || !sharesTopic(checkpoint, live)) continue;
      const { content } = checkpoint.position.at;
      if (content === undefined || content.bytes > 0 || checkpoint.ahead === 0) continue;
      const begins = content.samples.first === null ? isOfName : await file.beginsAs(content);
      if (!begins) continue;
      return checkpoint;
    }
    return null;
  }

  get #earlier(): OtherCheckpoints {
    return this.#others ??= new OtherCheckpoints(this.#options.store);
  }

  get #about(): OtherFiles {
    return { others: this.#earlier, files: this.#files };
  }

  #ofFile(): FileCheckpoints {
    const { store, observe } = this.#options;
    return new FileCheckpoints({ store, observe, ...this.#about });
  }
}
