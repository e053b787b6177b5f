/**
 * The checkpoint of a source in one run: where it began, and what the next one says. It outlives the source's incarnations.
 *
 * @module
 */
import type { VersionFlag } from "../../config/version_flag.ts";
import { type FileStamp, isSameFile } from "../../records/content/file_stamp.ts";
import { type FilePosition, filePositionOf, type HalfRow } from "../../records/content/file_position.ts";
import { isSame, withHalf } from "../../records/content/half_rows.ts";
import type { RowSamples } from "../../records/content/row_samples.ts";
import { type HeldBack, type RowSource, SourceError, type SourcePosition } from "../../sources/source.ts";
import type { Checkpoint, CheckpointCounts, CheckpointTopic, StoredCheckpoint } from "../../state/checkpoint.ts";
import type { DeliveryWindow } from "../delivery/delivery_window.ts";
import type { CheckpointSave, Target } from "../messages.ts";
import { OneAtATime } from "../../kernel/one_at_a_time.ts";
import { RowCounts } from "../delivery/row_counts.ts";
import { SettledRows } from "../delivery/settled_rows.ts";
import type { StartPoint } from "./start_point.ts";

/** Options of a source's checkpoint. */
export interface SourceCheckpointOptions {
  readonly source: RowSource;
  readonly window: DeliveryWindow;
  /** Maximum number of rows that are sent past a checkpoint. */
  readonly checkpointRows: number;
  /** Finds out where the source starts, and stores that. */
  readonly start: (
    wanted: { readonly versions: VersionFlag; readonly targets: readonly Target[]; readonly signal: AbortSignal },
  ) => Promise<StartPoint>;
  /** How many partitions the records of a topic are spread over by now; 0 before the first. */
  readonly partitionsOf: (topic: string) => number;
  /** How many rows have open dead letters of the load under a version flag. */
  readonly openLetters: (versions: VersionFlag) => number;
  /** Marks the checkpoint of another version flag, if there is one, as doubted: rows are written past it. */
  readonly doubt: (versions: VersionFlag) => void;
}

/** Where a source has resumed. */
export interface ResumePoint {
  readonly row: number;
  readonly offset: number;
  /** Rows after it that were found in the topics. */
  readonly found: number;
  /** True if there was nothing to do. */
  readonly complete: boolean;
  /** What the rows before it have come to. */
  readonly counts: Pick<CheckpointCounts, "acked" | "dead_lettered" | "duplicates_skipped">;
}

/** Letters are kept in memory until the next checkpoint; this many bytes of them make one due. */
const LETTER_BYTES = 1024 * 1024;

export class SourceCheckpoint {
  readonly #options: SourceCheckpointOptions;
  /** Two incarnations may look for the start. */
  readonly #turns = new OneAtATime();
  #point: StartPoint | null = null;
  #saved: StoredCheckpoint | Checkpoint | null = null;
  #left = false;
  /** The half row that may be sent without its line end. */
  #half: HalfRow | null = null;
  /** Samples of what is about to be sent, of a file that had no row when it was begun. */
  #first: RowSamples | null = null;
  /** What the end of the source turned out to be. */
  #end: "unknown" | "confirmed" | "rewritten" = "unknown";

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

  /** What an earlier run has held back, if this one has nothing to do. */
  get heldBackBefore(): HeldBack | null {
    return this.#point?.complete === true ? this.#point.checkpoint.finished?.heldBack ?? null : null;
  }

  /** Where the source has resumed; null if it began at its start. */
  get resumed(): ResumePoint | null {
    if (this.#point === null) return null;
    const { checkpoint: { position: { row, at: { offset } }, counts }, found, complete } = this.#point;
    return row === 0 && found === 0 && !complete ? null : { row, offset, found, complete, counts };
  }

  /**
   * Finds the start of the source, for a version flag; again if that has changed before the first row was read. A
   * search that an earlier incarnation has left under way ends first: it must not set the source back after rows were
   * sent.
   */
  begin(
    wanted: { readonly versions: VersionFlag; readonly targets: readonly Target[]; readonly signal: AbortSignal },
  ): Promise<StartPoint> {
    return this.#turns.run(async () => {
      wanted.signal.throwIfAborted();
      const point = await this.#options.start(wanted);
      this.#point = point;
      this.#saved = point.checkpoint;
      const { position, counts, origin } = point.checkpoint;
      const settled = new SettledRows(RowCounts.of(counts));
      const from = origin === null ? null : Uint8Array.fromHex(origin);
      const openLetters = this.#options.openLetters(wanted.versions);
      this.#options.window.resume({ position, settled, written: point.written, origin: from, openLetters });
      return point;
    });
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
    return (this.#options.window.books.frontier?.row ?? 0) - (this.#saved?.position.row ?? 0);
  }

  /** True if it should be stored now, without waiting for the time. */
  get due(): boolean {
    if (this.versions === null) return false;
    const letters = this.#options.window.books.settled?.letters ?? [];
    return this.rowsToSave >= this.#options.checkpointRows / 2 ||
      letters.reduce((bytes, letter) => bytes + letter.bytes.length, 0) >= LETTER_BYTES;
  }

  /** The file when it was compared with what earlier runs have read of it; null before {@link begin}, and of what is no file. */
  get stamp(): FileStamp | null {
    return this.#saved?.file?.stamp ?? null;
  }

  /** @throws {SourceError} If what was opened is another file than the one that was looked at. */
  checkOpened(stamp: FileStamp | null): void {
    const file = this.versions === null ? null : this.#saved?.file ?? null;
    if (file === null || stamp === null || isSameFile(file.stamp, stamp)) return;
    throw new SourceError("replaced", `${file.path} was replaced by another file while it was opened. Run again.`);
  }

  /**
   * The source has been read to its end, and that is its end: the next one says so.
   *
   * @param stamp The file as it stood when it was looked at for that; null if it has more by now.
   */
  confirmEnd(stamp: FileStamp | null): void {
    this.#end = "confirmed";
    const saved = this.#saved;
    if (stamp !== null && saved !== null && saved.file !== null) {
      this.#saved = { ...saved, file: { ...saved.file, stamp } };
    }
  }

  /** What was read is not what stands in the file: the next one says so. */
  refuteEnd(): void {
    this.#end = "rewritten";
  }

  /** What the next one says. At the end, with nothing on its way, it says that nothing was sent past it. */
  next({ atEnd }: { readonly atEnd: boolean }): CheckpointSave {
    const { window } = this.#options;
    const { frontier, settled } = window.books;
    if (this.#saved === null || frontier === null || settled === null) {
      throw new TypeError(`Source "${this.#options.source.name}" has no checkpoint to resume from`);
    }
    const read = filePositionOf(frontier);
    const known = this.#first === null ? read : withFirst(read, this.#first);
    const position = this.#half === null ? known : withHalf(known, this.#half);
    const finished = atEnd && this.#isFinished;
    const { versions, source, origin, flags, clusterId, topics, file } = this.#saved;
    const { bytes, heldBack } = window.end.met ?? { bytes: null, heldBack: null };
    const checkpoint: Checkpoint = {
      source,
      versions,
      origin,
      file,
      flags,
      clusterId,
      position,
      counts: settled.counts.stored(),
      finished: finished ? { rows: position.row, bytes, heldBack } : null,
      ...(this.#end === "rewritten" ? { rewritten: true } : {}),
      ahead: finished ? 0 : this.#ahead(position.row, atEnd && window.unsettledRows === 0),
      topics: topics.map((topic) => this.#movedOn(topic, settled)),
    };
    const deadLetters = settled.letters.toSorted((one, other) => one.row - other.row);
    return { checkpoint, deadLetters, superseded: settled.superseded };
  }

  /** It is on disk. */
  saved({ checkpoint, deadLetters, superseded }: CheckpointSave): void {
    this.#saved = checkpoint;
    this.#options.window.books.settled?.forgetLetters([...superseded, ...deadLetters]);
  }

  /**
   * Whether the checkpoint on disk tells the file from others, though no row is settled; true also without a
   * checkpoint.
   */
  get knowsFirst(): boolean {
    return this.versions === null || this.#saved === null || !isWithoutRow(this.#saved.position);
  }

  /** The next ones say what the file begins with. False if that is not known, as of what is no file. */
  noteFirst(read: SourcePosition): boolean {
    const { content } = filePositionOf(read).at;
    this.#first = content === undefined || content.samples.first === null ? null : content.samples;
    return this.#first !== null;
  }

  /** The next ones say that this half row may have been sent, until they are past it. */
  note(half: HalfRow): void {
    this.#half = half;
  }

  /** Whether the checkpoint on disk says so; true also without a checkpoint. */
  hasNoted(half: HalfRow): boolean {
    if (this.versions === null || this.#saved === null) return true;
    return this.#saved.position.at.halves?.some((one) => isSame(one, half)) ?? false;
  }

  /** True if everything that is settled, and that nothing else is on its way, is on disk. */
  get isFinal(): boolean {
    if (this.versions === null || this.#saved === null) return true;
    const { window } = this.#options;
    const { position, finished, rewritten, ahead } = this.#saved;
    const { letters = [], superseded = [] } = window.books.settled ?? {};
    if (position.row !== window.books.frontier?.row || letters.length + superseded.length > 0) return false;
    if (this.#end === "rewritten") return rewritten === true;
    if (this.#isFinished) return finished !== null;
    return window.unsettledRows > 0 || ahead === this.#ahead(position.row, true);
  }

  /** Notes the new version flag. Call only when {@link isFinal} is true and nothing is on its way. */
  leave(versions: VersionFlag): void {
    this.#options.doubt(versions);
    this.#left = true;
    this.#options.window.books.endCheckpoints();
  }

  get #isFinished(): boolean {
    const { window } = this.#options;
    return this.#end === "confirmed" && window.complete && window.end.exhausted;
  }

  /**
   * Once a topic has grown, or has keys by two rules, keys stand in other partitions than before, and a row may stand
   * before one that is earlier in the source. So the place from which the partitions are read stays where it was until
   * the next run.
   */
  #movedOn(topic: CheckpointTopic, settled: SettledRows): CheckpointTopic {
    const partitions = Math.max(this.#options.partitionsOf(topic.name), topic.next.length);
    if (partitions > topic.partitions || topic.partitioner === null) return topic;
    return { ...topic, next: settled.marksOf(topic.name).raised(topic.next) };
  }

  /** How many rows past a position may be in the topics, sent by this run or by the one before. */
  #ahead(row: number, drained: boolean): number | null {
    const point = this.#point;
    if (point === null || point.checkpoint.ahead === null) return null;
    const earlier = Math.max(0, point.sentTo - row);
    return drained ? earlier : Math.max(earlier, this.#options.checkpointRows);
  }
}

/** True if no row is settled, and nothing tells the file from others. */
function isWithoutRow({ row, at: { content } }: FilePosition): boolean {
  return row === 0 && content?.samples.first === null;
}

/** The position, with what the file begins with, unless its settled rows say that themselves. */
function withFirst(position: FilePosition, samples: RowSamples): FilePosition {
  const { row, at } = position;
  return at.content === undefined || !isWithoutRow(position)
    ? position
    : { row, at: { ...at, content: { ...at.content, samples } } };
}
