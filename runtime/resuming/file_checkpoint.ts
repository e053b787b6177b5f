/**
 * The checkpoint that is of a file, under one setting of the version flag: its own, or that of a file that no longer
 * has its name. It is told by its content; so a checkpoint whose file was replaced is put aside instead of forgotten,
 * and a file without one of its own looks among the others.
 *
 * @module
 */
import { isSameFile, isUntouched } from "../../records/content/file_stamp.ts";
import { type ExaminedFile, SourceError, type SourceFile } from "../../sources/source.ts";
import type { CheckpointKey, StoredCheckpoint } from "../../state/checkpoint.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import { movedPlaceOf } from "./content_place.ts";
import { isStillThere } from "./former_file.ts";
import { fileOfSource } from "../../state/replaced_source.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { FilesOfRun } from "./files_of_run.ts";
import type { LiveCluster } from "./live_topics.ts";
import { allRefused, type FileSought, isBlank, type OtherCheckpoints, reachOf } from "./other_checkpoints.ts";
import {
  type CheckpointReason,
  type CheckpointVerdict,
  type LoadCandidate,
  otherSettingsOf,
  verifyCheckpoint,
} from "./verify_checkpoint.ts";

/** What a source is compared with. */
export interface CheckpointSought extends FileSought {
  readonly source: SourceFile;
  /** The file as it is now. */
  readonly file: ExaminedFile;
  readonly live: LiveCluster;
  /** For events. */
  readonly name: string;
  readonly signal: AbortSignal;
}

/** A checkpoint, and what it is worth for the file. */
export type Verified = CheckpointVerdict & {
  readonly checkpoint: StoredCheckpoint;
  /** It stood under another source until now. */
  readonly adopted?: true;
};

/** Options of {@link FileCheckpoints}. */
export interface FileCheckpointsOptions {
  readonly store: CheckpointStore;
  readonly others: OtherCheckpoints;
  readonly files: FilesOfRun;
  readonly observe: Observer;
}

export class FileCheckpoints {
  readonly #options: FileCheckpointsOptions;

  constructor(options: FileCheckpointsOptions) {
    this.#options = options;
  }

  /**
   * Finds it and stores it under the source, unless it is refused; what stood there of another file is put aside. Null if
   * there is none.
   *
   * @throws {CheckpointError} `damaged`, of the setting of the flag that the load has
   * @throws {StorageError}
   * @throws {SourceError}
   */
  async find(sought: CheckpointSought, versions = sought.key.versions): Promise<Verified | null> {
    const { store, others, observe } = this.#options;
    const { file, name, signal } = sought;
    const key = { source: sought.key.source, versions };
    const isOfLoad = versions === sought.key.versions;
    const stored = isOfLoad ? store.load(key) : others.undamaged(key);
    const own = stored === null ? null : await this.#verified(stored, sought);
    signal.throwIfAborted();
    if (own !== null && isOfLoad) await refuseUnfollowed(own, sought);
    others.delete(key);
    // Its content may be in a copy, which comes later.
    if (own?.verdict === "refused") others.note(own.checkpoint);
    if (own !== null && isCertain(own, file)) return own;
    if (own !== null && own.verdict === "other_file" && !isBlank(own.checkpoint)) {
      const reasons = own.reasons.map(({ text }) => text);
      if (isOfLoad) observe({ type: "checkpoint_discarded", stage: "receiving", source: name, reasons });
      others.putAside(own.checkpoint);
    }
    const kept = own === null || own.verdict === "other_file" ? null : own;
    const moved = await this.#findMoved({ ...sought, key }, kept);
    signal.throwIfAborted();
    if (moved === null || moved.verdict === "refused") return moved ?? kept;
    const { checkpoint } = moved;
    if (kept !== null) others.putAside(kept.checkpoint);
    if (isOfLoad) {
      observe({ type: "checkpoint_adopted", stage: "receiving", source: name, from: fileOfSource(checkpoint.source) });
    }
    others.delete({ source: checkpoint.source, versions });
    const adopted = { checkpoint: store.rename(checkpoint, key.source, { file: name }), adopted: true } as const;
    if (moved.verdict !== "complete" || !isOvertaken(checkpoint, sought)) return { ...moved, ...adopted };
    const text = "Other rows may have been loaded since, into a topic that keeps only the latest record of each key.";
    return { verdict: "only_missing", reasons: [{ code: "other_inode", text }], ...adopted };
  }

  /**
   * Why no load may write a file with the settings that are wanted now, though it writes only what is absent: rows of other
   * settings are other rows. Null if it was not loaded with others into topics that are written now.
   *
   * @throws {StorageError}
   * @throws {SourceError}
   */
  async otherSettings(sought: CheckpointSought, versions: CheckpointKey["versions"]): Promise<CheckpointReason | null> {
    const { others } = this.#options;
    const key = { ...sought.key, versions };
    const own = others.undamaged(key);
    for (const checkpoint of [...own === null ? [] : [own], ...await others.displaced({ ...sought, key }, -1)]) {
      const reason = otherSettingsOf(checkpoint, sought.source);
      if (reason === null || isBlank(checkpoint) || !sharesTopic(checkpoint, sought.live)) continue;
      if ((await this.#verified(checkpoint, sought)).verdict !== "other_file") return reason;
    }
    return null;
  }

  /**
   * The checkpoint of a file that has another name now: a log that was rotated, a folder that was moved. Of several the
   * one that knows the most of the file, and only one that knows more than the file's own: one that knows little fits
   * many files. It is refused if it is of this very file, and a person has to choose.
   */
  async #findMoved(sought: CheckpointSought, own: Verified | null): Promise<Verified | null> {
    const reach = own === null ? -Infinity : own.verdict === "refused" ? -1 : reachOf(own.checkpoint);
    let refused: Verified | null = null;
    for (const checkpoint of await this.#options.others.displaced(sought, reach)) {
      const found = await this.#verified(checkpoint, sought);
      if (found.verdict === "refused") refused ??= isOfFile(found, sought) ? found : null;
      else if (found.verdict !== "other_file") return found;
    }
    return own === null || isBlank(own.checkpoint) ? refused : null;
  }

  /**
   * The old text of a file that was changed here may stand in another file of the run: then the checkpoint is of that
   * one.
   */
  async #verified(checkpoint: StoredCheckpoint, sought: CheckpointSought): Promise<Verified> {
    const found = { checkpoint, ...await verifyCheckpoint(checkpoint, candidateOf(sought)) };
    if (found.verdict === "other_file" && this.#mayBeReplayed(checkpoint, sought)) {
      const text =
        "All rows that were read of it were refused, some of them were replayed or dropped since, and now it has others: if " +
        "it was mended, rows of it may be in the topics.";
      return { checkpoint, verdict: "refused", reasons: [{ code: "replayed", text }] };
    }
    if (found.verdict === "other_file" || hasOtherSettings(found)) return found;
    const moved = await movedFrom(checkpoint, sought);
    if (moved !== null) {
      const text = `It is another file that begins as it does: the one that was read is ${moved} by now.`;
      return { checkpoint, verdict: "other_file", reasons: [{ code: "other_inode", text }] };
    }
    if (found.verdict !== "refused") return found;
    if (this.#hasWrittenNothing(checkpoint)) {
      const text = "All rows that were read of it were refused, and it was changed since: nothing of it was written.";
      return { checkpoint, verdict: "other_file", reasons: [{ code: "content_changed", text }] };
    }
    const holder = await this.#options.files.holderOf(checkpoint);
    if (holder === null) return found;
    const text = `It is another file by now: what was read of it stands in ${holder}.`;
    return { checkpoint, verdict: "other_file", reasons: [{ code: "other_content", text }] };
  }

  /** No row of its former text is a record by which that text could be known again. */
  #mayBeReplayed(checkpoint: StoredCheckpoint, { key }: CheckpointSought): boolean {
    if (checkpoint.source !== key.source || checkpoint.ahead !== 0 || !allRefused(checkpoint)) return false;
    return this.#options.store.openLetters(checkpoint) < checkpoint.position.row;
  }

  /** Not even by a replay, which removes the letter of the row that it writes. */
  #hasWrittenNothing(checkpoint: StoredCheckpoint): boolean {
    if (checkpoint.ahead !== 0 || !allRefused(checkpoint)) return false;
    return this.#options.store.openLetters(checkpoint) === checkpoint.position.row;
  }
}

/**
 * Where the file of a checkpoint stands that is followed, if it is another one than the one that is looked for: a new file may begin
 * with all rows of the one that was rotated. Elsewhere a file that is written anew, with more, takes the place of the first one.
 */
async function movedFrom(
  checkpoint: StoredCheckpoint,
  { source: { path, followed = false, formerPath }, file: { stamp } }: CheckpointSought,
): Promise<string | null> {
  const { file } = checkpoint;
  if ((!followed && formerPath === undefined) || file === null || isSameFile(file.stamp, stamp)) return null;
  const moved = await movedPlaceOf(checkpoint);
  return moved === path ? null : moved;
}

/**
 * What became of the text that was followed under a name is decided before the next one begins: it was rotated or cut since.
 *
 * @throws {SourceError} `replaced`
 */
async function refuseUnfollowed({ checkpoint, verdict }: Verified, { source, name }: CheckpointSought): Promise<void> {
  if (source.followed !== true || (verdict !== "refused" && verdict !== "other_file")) return;
  // Nothing was read of it, so that nothing is put aside.
  if (isBlank(checkpoint)) return;
  if (await isStillThere(checkpoint, source.path)) return;
  throw new SourceError("replaced", `${name} was replaced by another file while it was opened. Run again.`);
}

/** True if it has records where this load writes. */
export function sharesTopic({ topics }: StoredCheckpoint, live: LiveCluster): boolean {
  return live.topics.some(({ name, target }) =>
    topics.some((topic) => topic.name === name && topic.version === target.version)
  );
}

/**
 * True if the file may be another one that says the same as an earlier one: what came between has the last word of its keys. A
 * new file may get the inode of one that is gone, and not its time.
 */
function isOvertaken({ file: then }: StoredCheckpoint, { file: { stamp }, live }: CheckpointSought): boolean {
  const isIt = then !== null && isSameFile(then.stamp, stamp) && then.stamp.modifiedAt === stamp.modifiedAt;
  return !isIt && live.topics.some(({ compacted }) => compacted);
}

/** Whether the content is the file's, and the settings are not. */
export function hasOtherSettings({ reasons }: Pick<Verified, "reasons">): boolean {
  return reasons.some(({ code }) => code === "flags_differ");
}

/**
 * Whether a checkpoint that is refused is that of the file: a changed file is known by its inode or by all that is marked,
 * another one by nothing.
 */
function isOfFile(found: Verified, { file, live }: CheckpointSought): boolean {
  const { checkpoint } = found;
  if (checkpoint.file !== null && isSameFile(checkpoint.file.stamp, file.stamp)) return true;
  if (found.reasons.some(({ code }) => code === "cut_short")) return true;
  return hasOtherSettings(found) && sharesTopic(checkpoint, live);
}

/** True if a file's own checkpoint needs no comparison with those of other files: it is this file, and has rows. */
function isCertain({ checkpoint, verdict }: Verified, { stamp }: ExaminedFile): boolean {
  const then = checkpoint.file?.stamp;
  if (then === undefined || verdict === "other_file" || !isSameFile(then, stamp)) return false;
  return verdict === "refused" || checkpoint.position.row > 0 || isUntouched(then, stamp);
}

function candidateOf({ source, file, live: { clusterId, topics } }: CheckpointSought): LoadCandidate {
  const ends = topics.map(({ name, id, offsets }) => ({ name, id, ends: offsets.map(({ end }) => end) }));
  return { source, file, clusterId, topics: ends };
}
