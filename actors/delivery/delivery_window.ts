/**
 * What a source has sent and what became of it: the per-batch ledger from which the account is made. It outlives the
 * source's incarnations, as a checkpoint does: a source that is started again resumes from here.
 *
 * Delivery is go-back-N. Batches are admitted in order, up to `windowRows` unsettled rows. When an attempt comes back with
 * rows still pending, nothing new is admitted until everything in flight has settled or come back; then the returned
 * batches go out again, in order, as a new run. A batch that was in hand at too many crashes goes out alone ({@link Suspects}).
 *
 * @module
 */
import { type FileEnd, type RowBatch, rowCount, type SourcePosition } from "../../sources/source.ts";
import type { DeadLetter } from "../../state/dead_letters.ts";
import { Account } from "./account.ts";
import { CheckpointBooks, type EarlierRun } from "./checkpoint_books.ts";
import { Delivery, type Refusal, ROW, type RowReceipt } from "./delivery.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { StreamPlace } from "../messages.ts";
import type { RowsSoFar } from "./letter_limit.ts";
import {
  type Admission,
  type BatchKeeping,
  dividedAt,
  hasPendingRows,
  keepMarks,
  outcomeOf,
  type PendingBatch,
  pendingBatch,
  refuseBadRows,
  type RowAcknowledged,
} from "./pending_batch.ts";
import { type BatchOrigin, replayOf } from "../encoding/encoded_records.ts";
import { ReadEnd } from "./read_end.ts";
import { condemn, type Doubt, doubtsOf, settleDoubt, Suspects } from "./suspects.ts";

/** Options of a window. */
export interface DeliveryWindowOptions {
  readonly source: string;
  /** Maximum number of unsettled rows. */
  readonly windowRows: number;
  /** Crashes after which a batch is suspected of causing them. */
  readonly maxAttempts: number;
  readonly clock: Clock;
  /** Where reading starts. */
  readonly start: SourcePosition | null;
  /** Whether the books are kept for checkpoints. @default false */
  readonly checkpointed?: boolean;
  readonly onReceipt?: (acknowledged: RowAcknowledged) => void;
  /** Sees each batch once. */
  readonly onAdmitted?: (batch: RowBatch) => void;
  /** Told each time that {@link CheckpointBooks.frontier} has moved. */
  readonly onSettled?: (frontier: SourcePosition) => void;
}

/** A batch to send. */
export interface AdmittedBatch {
  readonly pending: PendingBatch;
  readonly from: BatchOrigin | null;
  readonly place: StreamPlace;
  readonly delivery: Delivery;
}

/** What the window asks of its source when something changed. */
export interface WindowListener {
  /** Something settled or came back: look again. */
  changed(): void;
  /** A batch came back with rows pending. */
  returned(pending: PendingBatch, cause: unknown): void;
}

export class DeliveryWindow {
  readonly account = new Account();
  /** How far everything has settled. */
  readonly books: CheckpointBooks;
  /** The end of the reading; {@link markEnd} marks it. */
  readonly end = new ReadEnd();
  readonly #options: DeliveryWindowOptions;
  readonly #suspects: Suspects;
  readonly #stream: { readonly source: string; ended: boolean };
  #batches: PendingBatch[] = [];
  #unsettledRows = 0;
  #lettersUpTo = 0;
  #readPosition: SourcePosition | null;
  #stoppedBy: Error | null = null;
  #run = 1;
  #index = 0;
  #recovering = false;
  #listener: WindowListener | null = null;

  constructor(options: DeliveryWindowOptions) {
    const { source, start, checkpointed = false, maxAttempts } = options;
    this.#options = options;
    this.#suspects = new Suspects(maxAttempts);
    this.#stream = { source, ended: false };
    this.#readPosition = start;
    this.books = new CheckpointBooks({ start, checkpointed });
  }

  /** The current incarnation of the source. The one before hears nothing more. */
  attach(listener: WindowListener): void {
    this.#listener = listener;
  }

  /** Continues where an earlier run has left off. Call it before the first {@link admit}. */
  resume(at: EarlierRun): void {
    this.#readPosition = at.position;
    this.books.resume(at);
  }

  /** Position after the last admitted row. */
  get readPosition(): SourcePosition | null {
    return this.#readPosition;
  }

  /** True while returned batches wait to go out again; nothing new may be admitted. */
  get recovering(): boolean {
    return this.#recovering && this.#batches.length > 0;
  }

  get unsettledRows(): number {
    return this.#unsettledRows;
  }

  /** How many more rows may be read and admitted. */
  get room(): number {
    if (this.recovering || this.end.reached) return 0;
    if (this.#batches.some((pending) => this.#suspects.has(pending))) return 0;
    return Math.max(0, this.#options.windowRows - this.#unsettledRows);
  }

  /** True once the source has ended and every row has settled. */
  get complete(): boolean {
    return this.end.reached && this.#batches.length === 0;
  }

  /** True while any batch is on its way or its dead letters are being stored. */
  get inFlight(): boolean {
    return this.#batches.some(({ state }) => state !== "queued" && state !== "held");
  }

  /** Rows that were read, also by earlier runs; of their dead letters, those that are open. */
  get rowsSoFar(): RowsSoFar {
    const { rows, deadLettered } = this.books.earlier;
    return { rows: rows + this.account.read, deadLettered: deadLettered + this.account.deadLettered };
  }

  /** How many of these rows there were up to the last batch with letters. */
  get lettersUpTo(): number {
    return this.#lettersUpTo;
  }

  /** Nothing more will be admitted: there is nothing more (`exhausted`), it cannot be read (`failure`), or it is enough. */
  markEnd(
    { exhausted, failure, end = null }: {
      readonly exhausted: boolean;
      readonly failure?: unknown;
      readonly end?: FileEnd | null;
    },
  ): void {
    const cause = failure ?? (exhausted ? this.books.rowsPastEnd(this.#readPosition, end) : null);
    this.end.mark({ exhausted, met: end, cause });
  }

  /** The source has ended: what has not settled will not be sent again. */
  close(): void {
    this.#stream.ended = true;
  }

  /**
   * Takes a batch that was read at {@link readPosition}.
   *
   * @throws {RowConflictError} Nothing of it is taken.
   * @throws {UnknownOrderError} Nor then.
   */
  admit(batch: RowBatch, options: Pick<Admission, "epoch" | "targets" | "readAt">): PendingBatch {
    const rows = rowCount(batch);
    const none = () => options.targets.map(() => new Uint8Array(rows));
    const firstRow = batch.from.row + 1, rowsBefore = this.rowsSoFar.rows;
    const more = { states: none(), sent: none(), refusals: [], next: batch.next, crashes: 0 };
    const pending = pendingBatch(batch, { ...options, ...more, firstRow, rowsBefore }, this.#keeping);
    this.books.markWritten(pending, this.account);
    refuseBadRows(pending);
    if (pending.record.refusals.length > 0 && !hasPendingRows(pending)) pending.state = "storing";
    this.#batches.push(pending);
    this.#unsettledRows += rows;
    this.#readPosition = batch.next;
    this.account.countRead(rows);
    this.#options.onAdmitted?.(batch);
    if (pending.state === "storing") this.#listener?.changed();
    return pending;
  }

  /**
   * The batch to send now, with its place in the stream, oldest first; null if there is none, or while a recovery has to
   * wait. A suspect comes alone.
   */
  takeNext(): AdmittedBatch | null {
    if (this.#recovering) {
      if (this.inFlight) return null;
      this.#run += 1;
      this.#index = 0;
      this.#recovering = false;
    }
    for (const pending of this.#batches) {
      const suspect = this.#suspects.has(pending);
      if (suspect && (pending.state !== "queued" || this.inFlight)) return null;
      if (pending.state !== "queued") continue;
      pending.state = "in_flight";
      const place = { stream: this.#stream, run: this.#run, index: this.#index++ };
      const delivery = new Delivery(
        pending.record,
        (cause, crash) => this.#attemptEnded(pending, { cause, crash }),
      );
      return { pending, from: this.#fromOf(pending), place, delivery };
    }
    return null;
  }

  /** Keeps a batch with refused rows, one of whose letters is too many, as it is; nothing more may be sent. */
  hold(pending: PendingBatch, cause: Error): void {
    pending.state = "held";
    this.#stoppedBy ??= cause;
  }

  /** Why a batch is held; null if none is. */
  get stoppedBy(): Error | null {
    return this.#stoppedBy;
  }

  /** The batch that is held, once everything before it has settled. */
  get firstHeld(): PendingBatch | null {
    const [first] = this.#batches;
    return first?.state === "held" ? first : null;
  }

  /**
   * The first rows of the batch that is held settle, and the rest of it stays.
   *
   * @param rows some of them, not all
   * @param at where the source stands after them; null for a source that cannot resume there anyway
   * @returns these rows as a batch
   */
  settleHeld(held: PendingBatch, rows: number, at: SourcePosition | null): PendingBatch {
    // Without its offsets: rows of the rest that are in a topic are looked for from before these rows on.
    const [kept, left] = dividedAt(held, rows, at, this.#keeping);
    left.state = "held";
    this.#batches.splice(this.#batches.indexOf(held), 1, kept, left);
    this.#storeOrSettle(kept);
    return kept;
  }

  /** Rows that were refused and are not stored as dead letters yet, oldest batch first. */
  *refused(): Iterable<{ pending: PendingBatch; refusals: readonly Refusal[] }> {
    for (const pending of this.#batches) {
      if (pending.state === "storing") yield { pending, refusals: pending.record.refusals };
    }
  }

  /** The dead letters of this batch are durable, or will be with the next checkpoint: it is settled. */
  deadLettersStored(pending: PendingBatch, toStore: readonly DeadLetter[] = []): void {
    if (pending.state !== "storing") return;
    pending.settled?.addLetters(toStore);
    this.#settle(pending);
  }

  /** Suspected rows that may be in a topic: the source must ask it. */
  *doubts(): Iterable<Doubt> {
    for (const pending of this.#batches) {
      if (pending.state === "asking") yield* doubtsOf(pending, this.books.origin);
    }
  }

  /** The topic was read: the row is there, or it is not. */
  answered(doubt: Doubt, found: Omit<RowReceipt, "topic"> | null): void {
    if (!settleDoubt(doubt, found)) return;
    this.#condemn(doubt.pending);
    this.#listener?.changed();
  }

  /** The topic cannot be asked: what is known of the row stays as it is. */
  unanswerable({ pending }: Doubt): void {
    if (pending.state === "asking") pending.state = "queued";
  }

  /** Numbers of the rows that are not settled and may be in a topic all the same, or are in one and not in another. */
  rowsInDoubt(): Set<number> {
    const rows = new Set<number>();
    for (const { batch, state, record: { states, sent = [] } } of this.#batches) {
      for (const [index, { row }] of batch.rows.entries()) {
        // What is under way may be sent at any time, also after its source has ended.
        if (state === "in_flight" || sent.some((ofTarget) => ofTarget[index] === 1)) rows.add(row);
        else if (states.some((ofTarget) => ofTarget[index] === ROW.acknowledged)) rows.add(row);
      }
    }
    return rows;
  }

  /**
   * Makes the account final, because the source has ended. Rows whose dead letters are only in memory do not count as
   * dead-lettered, and rows that have not settled are told apart from lost ones. Idempotent.
   */
  closeAccount(): void {
    const waiting = [this.books.settled, ...this.#batches.map(({ settled }) => settled)];
    for (const settled of waiting) {
      const letters = [...settled?.superseded ?? [], ...settled?.letters ?? []];
      this.account.takeBack(letters);
      settled?.forgetLetters(letters);
    }
    this.account.leaveUnsettled();
  }

  get #keeping(): BatchKeeping {
    return { checkpointed: this.books.settled !== null, onReceipt: this.#options.onReceipt };
  }

  #fromOf({ batch, firstRow }: PendingBatch): BatchOrigin | null {
    const { origin } = this.books;
    if (origin !== null) return { origin, firstRow };
    const replayed = batch.events === undefined && batch.rows.some((row) => replayOf(row) !== null);
    return replayed ? { replayed: batch.rows } : null;
  }

  #attemptEnded(
    pending: PendingBatch,
    { cause, crash }: { readonly cause: unknown; readonly crash: { readonly cause: unknown } | null },
  ): void {
    if (hasPendingRows(pending)) {
      pending.state = "queued";
      this.#recovering = true;
      if (crash !== null) this.#crashed(pending, crash.cause);
      this.#listener?.returned(pending, cause);
    } else {
      this.#storeOrSettle(pending);
    }
    this.#listener?.changed();
  }

  #crashed(pending: PendingBatch, cause: unknown): void {
    const then = this.#suspects.crashed(pending, cause);
    if (then === "halve") this.#halve(pending);
    if (then === "condemn") this.#condemn(pending);
  }

  #condemn(pending: PendingBatch): void {
    if (condemn(pending, this.books.origin)) this.#storeOrSettle(pending);
  }

  #halve(pending: PendingBatch): void {
    const halves = dividedAt(pending, Math.ceil(pending.record.rows / 2), null, this.#keeping);
    // Too late is safe: what is there is found by reading from a lower offset too.
    keepMarks(halves[1], pending.record.marks);
    this.#batches.splice(this.#batches.indexOf(pending), 1, ...halves);
    for (const half of halves) {
      if (!hasPendingRows(half)) this.#storeOrSettle(half);
    }
  }

  /** Stores what was refused of a batch without pending rows, or settles the batch at once. */
  #storeOrSettle(pending: PendingBatch): void {
    if (pending.record.refusals.length > 0) pending.state = "storing";
    else this.#settle(pending);
  }

  #settle(pending: PendingBatch): void {
    const at = this.#batches.indexOf(pending);
    if (at < 0) return;
    this.#unsettledRows -= pending.record.rows;
    const counts = this.account.countSettled(outcomeOf(pending, this.#options.clock.monotonic()));
    if (counts.dead_lettered > 0) {
      this.#lettersUpTo = Math.max(this.#lettersUpTo, pending.rowsBefore + pending.record.rows);
    }
    pending.settled?.counts.add(counts);
    keepMarks(pending);
    const before = this.books.frontier;
    this.books.settle(pending, { before: this.#batches[at - 1], after: this.#batches[at + 1] });
    this.#batches.splice(at, 1);
    const { frontier } = this.books;
    if (frontier !== null && frontier !== before) this.#options.onSettled?.(frontier);
  }
}
