/**
 * The checkpoint of a source in one run: where it began, and what the next one says. It outlives the source's incarnations.
 *
 * @module
 */
import type { VersionFlag } from "../config/settings.ts";
import type { RowSource } from "../sources/source.ts";
import type { Checkpoint, SourceFlags, StoredCheckpoint } from "../state/checkpoint.ts";
import type { DeliveryWindow } from "./delivery_window.ts";
import type { CheckpointSave, Target } from "./messages.ts";
import { RowCounts } from "./row_counts.ts";
import { SettledRows } from "./settled_rows.ts";
import type { SourceMarker, StartPoint } from "./start_point.ts";

/** A marker that holds a file open. */
export interface OpenMarker extends SourceMarker {
  close(): void;
}

/** Options of a source's checkpoint. */
export interface SourceCheckpointOptions {
  readonly source: RowSource;
  readonly flags: SourceFlags;
  readonly window: DeliveryWindow;
  /** At most so many rows are sent past a checkpoint. */
  readonly checkpointRows: number;
  readonly openMarker: () => Promise<OpenMarker>;
  /** Finds out where the source starts, and stores that. */
  readonly start: (
    marker: SourceMarker,
    wanted: { readonly versions: VersionFlag; readonly targets: readonly Target[]; readonly signal: AbortSignal },
  ) => Promise<StartPoint>;
}

/** Where a source has gone on. */
export interface ResumePoint {
  readonly row: number;
  readonly offset: number;
  /** Rows after it that were found in the topics. */
  readonly found: number;
  /** True if there was nothing to do. */
  readonly complete: boolean;
}

/** Letters are kept in memory until the next checkpoint; this many bytes of them make one due. */
const LETTER_BYTES = 1024 * 1024;

export class SourceCheckpoint {
  readonly #options: SourceCheckpointOptions;
  #marker: OpenMarker | null = null;
  #point: StartPoint | null = null;
  #saved: StoredCheckpoint | Checkpoint | null = null;
  #left = false;

  constructor(options: SourceCheckpointOptions) {
    this.#options = options;
  }

  /** The version flag that it is of; null before {@link begin}, and after {@link leave}. */
  get versions(): VersionFlag | null {
    return this.#left ? null : this.#saved?.versions ?? null;
  }

  /** True once the version flag has changed: what follows is under no checkpoint. */
  get left(): boolean {
    return this.#left;
  }

  /** Where the source has gone on; null if it began at its start. */
  get resumed(): ResumePoint | null {
    if (this.#point === null) return null;
    const { checkpoint: { position: { row, offset } }, found, complete } = this.#point;
    return row === 0 && found === 0 ? null : { row, offset, found, complete };
  }

  /** Finds the start of the source, for a version flag; again if that has changed before the first row was read. */
  async begin(
    wanted: { readonly versions: VersionFlag; readonly targets: readonly Target[]; readonly signal: AbortSignal },
  ): Promise<StartPoint> {
    this.#marker ??= await this.#options.openMarker();
    const point = await this.#options.start(this.#marker, wanted);
    this.#point = point;
    this.#saved = point.checkpoint;
    const { position, counts } = point.checkpoint;
    const settled = new SettledRows(RowCounts.of(counts));
    this.#options.window.resume({ position, settled, written: point.written });
    return point;
  }

  /** How many more rows may be read before the next checkpoint is on disk. */
  get room(): number {
    if (this.versions === null || this.#saved === null) return Infinity;
    const read = this.#options.window.readPosition?.row ?? 0;
    return Math.max(0, this.#saved.position.row + this.#options.checkpointRows - read);
  }

  /** Rows that have settled since the last one. */
  get rowsToSave(): number {
    if (this.versions === null) return 0;
    return (this.#options.window.frontier?.row ?? 0) - (this.#saved?.position.row ?? 0);
  }

  /** True if it should be stored now, without waiting for the time. */
  get due(): boolean {
    if (this.versions === null) return false;
    const letters = this.#options.window.settled?.letters ?? [];
    return this.rowsToSave >= this.#options.checkpointRows / 2 ||
      letters.reduce((bytes, letter) => bytes + letter.bytes.length, 0) >= LETTER_BYTES;
  }

  /**
   * What the next one says. At the end, with nothing on its way, it says that nothing was sent past it.
   *
   * @throws {FileShrunkError} If the file is not what was read any more.
   */
  async next({ atEnd }: { readonly atEnd: boolean }): Promise<CheckpointSave> {
    const { window } = this.#options;
    const { frontier: position, settled } = window;
    if (this.#saved === null || this.#marker === null || position === null || settled === null) {
      throw new TypeError(`Source "${this.#options.source.name}" has no checkpoint to go on from`);
    }
    // All of it before the first wait: rows go on settling meanwhile.
    const finished = atEnd && window.complete && window.exhausted;
    const { versions, source, flags, clusterId, topics } = this.#saved;
    const checkpoint = {
      source,
      versions,
      flags,
      clusterId,
      position,
      counts: settled.counts.stored(),
      finished: finished ? { rows: position.row } : null,
      ahead: finished ? 0 : this.#ahead(position.row, atEnd && window.unsettledRows === 0),
      topics: topics.map((topic) => ({ ...topic, next: settled.marksOf(topic.name).raised(topic.next) })),
    };
    const deadLetters = settled.letters.toSorted((one, other) => one.row - other.row);
    return { checkpoint: { ...checkpoint, file: await this.#marker.identify(position.offset) }, deadLetters };
  }

  /** It is on disk. */
  saved({ checkpoint, deadLetters }: CheckpointSave): void {
    this.#saved = checkpoint;
    this.#options.window.settled?.forgetLetters(deadLetters.length);
  }

  /** True if everything that is settled, and that nothing else is on its way, is on disk. */
  get isFinal(): boolean {
    if (this.versions === null || this.#saved === null) return true;
    const { window } = this.#options;
    const { position, finished, ahead } = this.#saved;
    if (position.row !== window.frontier?.row || (window.settled?.letters.length ?? 0) > 0) return false;
    if (window.complete && window.exhausted) return finished !== null;
    return window.unsettledRows > 0 || ahead === this.#ahead(position.row, true);
  }

  /** The version flag has changed. To be called when it {@link isFinal} and nothing is on its way. */
  leave(): void {
    this.#left = true;
    this.#options.window.endCheckpoints();
  }

  /** Idempotent. */
  close(): void {
    this.#marker?.close();
    this.#marker = null;
  }

  /** How many rows past a position may be in the topics, sent by this run or by the one before. */
  #ahead(row: number, drained: boolean): number | null {
    const point = this.#point;
    if (point === null || point.checkpoint.ahead === null) return null;
    const earlier = point.found > 0 ? Math.max(0, (point.written?.lastRow ?? 0) - row) : 0;
    return drained ? earlier : Math.max(earlier, this.#options.checkpointRows);
  }
}
