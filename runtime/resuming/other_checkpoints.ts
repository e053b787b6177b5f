/**
 * The checkpoints of earlier runs that no source of this run has resumed. Each may be of a file that has another name now: a
 * rotated file keeps its content, and another file takes its name.
 *
 * @module
 */
import { isSameFile } from "../../records/content/file_stamp.ts";
import type { ExaminedFile } from "../../sources/source.ts";
import { type CheckpointFile, type CheckpointKey, keyText, type StoredCheckpoint } from "../../state/checkpoint.ts";
import { CheckpointError } from "../../state/checkpoint_error.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import { isReplaced } from "../../state/replaced_source.ts";
import { isInPlace } from "./content_place.ts";
import { KnownEnds } from "./written_since.ts";

/** What is kept in memory of one of them: a folder may have thousands. */
export interface OtherCheckpoint {
  readonly key: CheckpointKey;
  readonly file: CheckpointFile;
  /** See {@link reachOf}. */
  readonly reach: number;
  readonly origin: string | null;
  /** Hash of the first row, null if it is not known. */
  readonly firstRow: string | null;
  readonly startedAt: number;
  /** Whether its content is not where it was; null while that is not known. */
  isGone: boolean | null;
}

/** A file whose checkpoint is looked for. */
export interface FileSought {
  readonly key: CheckpointKey;
  readonly file: Pick<ExaminedFile, "stamp" | "beginsAs">;
  /** Hash of its first row, null if it has none. */
  readonly firstRow: string | null;
  /** The path that it had while it was followed: what is known under that one may be of it. @default none */
  readonly formerPath?: string | undefined;
}

export class OtherCheckpoints {
  readonly #store: Pick<CheckpointStore, "list" | "load" | "putAside">;
  /** By {@link keyText}; read once. */
  readonly #others = new Map<string, OtherCheckpoint>();
  /** Where the topics ended as far as earlier runs knew. */
  readonly ends = new KnownEnds();

  constructor(store: Pick<CheckpointStore, "list" | "load" | "putAside">) {
    this.#store = store;
    for (const entry of store.list()) {
      if (!entry.ok) continue;
      this.note(entry.checkpoint);
      this.ends.add(entry.checkpoint);
    }
  }

  all(): Iterable<OtherCheckpoint> {
    return this.#others.values();
  }

  /** A source of this run has it from now on. */
  delete(key: CheckpointKey): void {
    this.#others.delete(keyText(key));
  }

  note(checkpoint: StoredCheckpoint): void {
    const { source, versions, file, origin, startedAt, position: { at: { content } } } = checkpoint;
    if (file === null) return;
    const key = { source, versions };
    const firstRow = content?.samples.first ?? null;
    this.#others.set(keyText(key), {
      key,
      file,
      origin,
      firstRow,
      startedAt,
      reach: reachOf(checkpoint),
      isGone: null,
    });
  }

  /** Null if there is nothing to keep. */
  putAside(own: StoredCheckpoint): StoredCheckpoint | null {
    if (own.file === null || isBlank(own)) return null;
    const aside = this.#store.putAside(own, own.file.stamp);
    this.note(aside);
    return aside;
  }

  /**
   * Null also if it is damaged: it is about to be replaced, or is of another setting of the flag, which reports it
   * itself.
   */
  undamaged(key: CheckpointKey): StoredCheckpoint | null {
    try {
      return this.#store.load(key);
    } catch (error) {
      if (error instanceof CheckpointError && error.code === "damaged") return null;
      throw error;
    }
  }

  /** Asked only of what begins as the file that is looked for: it may have to be read. */
  async isGone(other: OtherCheckpoint): Promise<boolean> {
    const checkpoint = other.isGone === null ? this.#store.load(other.key) : null;
    if (checkpoint !== null) other.isGone = !(await isInPlace(checkpoint));
    return other.isGone ?? false;
  }

  /**
   * Those that may be of a file under another name and know more than so much of it, in descending order of how much
   * they know. Of thousands that were rotated away, those that begin as other files do are not asked for what is stored.
   */
  async displaced({ key, file, firstRow, formerPath }: FileSought, reach: number): Promise<StoredCheckpoint[]> {
    const candidates: StoredCheckpoint[] = [];
    const former = formerPath === undefined ? null : key.source.slice(0, key.source.indexOf(":") + 1) + formerPath;
    for (const other of this.#others.values()) {
      if (other.key.versions !== key.versions || other.key.source === key.source || other.reach <= reach) continue;
      const { source } = other.key;
      const isSame = isSameFile(other.file.stamp, file.stamp);
      const mayBeIt = isReplaced(source) || source === former || isSame;
      if (!mayBeIt && (other.firstRow !== firstRow || !(await this.isGone(other)))) continue;
      // Only then is it worth to read all of the file.
      if (!isSame && !(await file.beginsAs({ samples: { first: other.firstRow } }))) continue;
      const checkpoint = this.#store.load(other.key);
      if (checkpoint?.position.at.content !== undefined) candidates.push(checkpoint);
    }
    return candidates.sort((one, next) => reachOf(next) - reachOf(one));
  }
}

/** How much of a file tells that it is the one: bytes that are marked; less than nothing where nothing was written. */
export function reachOf(checkpoint: StoredCheckpoint): number {
  return isBlank(checkpoint) ? -1 : checkpoint.position.at.content?.bytes ?? 0;
}

/** True if nothing was sent, as of an empty file: there is nothing to resume. */
export function isBlank({ position, ahead }: Pick<StoredCheckpoint, "position" | "ahead">): boolean {
  return position.row === 0 && ahead === 0;
}

/** Every row that was read is a dead letter, or was one: none of them was written. */
export function allRefused({ position, counts }: Pick<StoredCheckpoint, "position" | "counts">): boolean {
  const { acked, duplicates_skipped: skipped, versions } = counts;
  const written = Object.values(versions).reduce((sum, { acked }) => sum + acked, acked);
  return position.row > 0 && written === 0 && skipped === 0;
}
