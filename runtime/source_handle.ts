/**
 * How a source is read, and what the caller learns about it.
 *
 * @module
 */
import type { Account } from "../actors/delivery/account.ts";
import type { Refusal } from "../actors/delivery/delivery.ts";
import type { RowAcknowledged } from "../actors/delivery/pending_batch.ts";
import type { LetterLimit } from "../actors/delivery/letter_limit.ts";
import type { VersionFlag } from "../config/version_flag.ts";
import type { RowPace } from "../actors/sources/row_pace.ts";
import type { SourceEnd } from "../actors/sources/source_actor_options.ts";
import type { ResumePoint } from "../actors/sources/source_checkpoint.ts";
import type { HeldBack, RowBatch, RowSource } from "../sources/source.ts";
import type { Overlap, StartMode } from "./resuming/find_start_point.ts";
import type { MovedRows } from "./resuming/indexed_rows.ts";

/** How one source is read. */
export interface SourceOptions {
  /**
   * How a file starts that may have been loaded before; without {@link CheckpointPorts} there is nothing to resume
   * from. @default "resume"
   * @internal
   */
  readonly start?: StartMode | undefined;
  /**
   * What becomes of a row of a file whose id another file has too. @default "write"
   * @internal
   */
  readonly overlap?: Overlap | undefined;
  /**
   * What a load that writes only what is absent makes of a row that the topics have as one of another file, which no longer has it.
   * @default "refuse"
   * @internal
   */
  readonly moved?: MovedRows | undefined;
  /** Sees each batch once, when its rows are about to be sent. */
  readonly onAdmitted?: ((batch: RowBatch) => void) | undefined;
  /** Stop after this many rows. */
  readonly limitRows?: number | undefined;
  /** Maximum of rows a second of this source. */
  readonly rowsPerSecond?: number | undefined;
  /**
   * Maximum of rows a second of this source and the others that have the same pace; takes the place of `rowsPerSecond`.
   */
  readonly pace?: RowPace | undefined;
  /**
   * Gives an error if there are too many dead letters to continue. @default stops when the first 1,000 rows are all bad
   */
  readonly tooManyDeadLetters?: LetterLimit;
  /** Called for each acknowledged row. An error that it throws is reported to the observer as `observer_failed`. */
  readonly onReceipt?: (acknowledged: RowAcknowledged) => void;
  /** Takes the rows that cannot be written, instead of the dead-letter store. */
  readonly onRefused?: (batch: RowBatch, refusals: readonly Refusal[]) => void;
  /** Writes every row under this flag, also after the version flag has changed. @default the version flag */
  readonly flag?: VersionFlag | undefined;
  /** Called when the source stops taking rows before its end; what is under way still settles. */
  readonly onStopping?: (() => void) | undefined;
}

/** A source that is being read. */
export interface SourceHandle {
  /** The source as it was added. */
  readonly source: RowSource;
  /** What has become of its rows so far. */
  readonly account: Account;
  /** Bytes read so far. */
  readonly bytesRead: () => number;
  /** Bytes of it before the first row that has not settled; of a source with checkpoints. */
  readonly bytesSettled: () => number;
  /**
   * Where it has resumed; null before that is known, and for a source that began at its start.
   * @internal
   */
  readonly resumed: () => ResumePoint | null;
  /** What a file ends with after its last line end, if that was not read; null before its end. */
  readonly heldBack: () => HeldBack | null;
  /** Numbers of the rows that may be in a topic although they have not settled. Final once {@link done} has settled. */
  readonly rowsInDoubt: () => ReadonlySet<number>;
  /** Resolves when every row has settled or the source was stopped; rejects only if the whole tree gave up. */
  readonly done: Promise<SourceEnd>;
}
