/**
 * What a source has sent and what became of it: the per-batch ledger from which the account is made. It outlives the
 * source's incarnations, as a checkpoint does: a source that is started again goes on from here.
 *
 * Delivery is go-back-N. Batches are admitted in order, up to `windowRows` unsettled rows. When an attempt comes back with
 * rows still pending, nothing new is admitted until everything in flight has settled or come back; then the returned
 * batches go out again, in order, as a new run. A batch that was in the hands of actors that look at rows and crashed too
 * often is a suspect: it goes out alone, and is halved each time it crashes one again, until the one poisonous row is
 * alone. That row is refused, unless it was ever given to a client: then its topics are asked first ({@link doubts}), and
 * where it is, it is acknowledged.
 *
 * @module
 */
import { messageOf } from "../../kernel/message_of.ts";
import { type RowBatch, rowCount, type SourceEnd, type SourcePosition } from "../../sources/source.ts";
import type { DeadLetter } from "../../state/dead_letters.ts";
import { Account } from "./account.ts";
import { Delivery, type DeliveryRecord, type Refusal, ROW, type RowReceipt } from "./delivery.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { StreamPlace, Target } from "../messages.ts";
import type { SourceRowRef } from "../../transport/source_header.ts";
import { PartitionMarks } from "./partition_marks.ts";
import type { RowsSoFar } from "./letter_limit.ts";
import { keepMarks, outcomeOf, partOf, type PendingBatch, refuseBadRows } from "./pending_batch.ts";
import { RowCounts } from "./row_counts.ts";
import { SettledRows } from "./settled_rows.ts";
import { type BatchOrigin, replayOf } from "../encoding/encoded_records.ts";
import { ID_REUSED, RowsPastEndError, soughtRows, type WrittenRows } from "./written_rows.ts";

export type { PendingBatch } from "./pending_batch.ts";

/** Options of a window. */
export interface DeliveryWindowOptions {
  readonly source: string;
  /** Most rows that may be unsettled at once. */
  readonly windowRows: number;
  /** Crashes after which a batch is suspected of causing them. */
  readonly maxAttempts: number;
  readonly clock: Clock;
  /** Where reading starts. */
  readonly start: SourcePosition | null;
  /** Whether {@link DeliveryWindow.settled} is kept, for checkpoints. @default false */
  readonly checkpointed?: boolean;
  readonly onReceipt?: (acknowledged: RowAcknowledged) => void;
  /** Sees each batch once. */
  readonly onAdmitted?: (batch: RowBatch) => void;
  /** Told each time that {@link DeliveryWindow.frontier} has moved on. */
  readonly onSettled?: (frontier: SourcePosition) => void;
}

/** A row that one of its targets has. */
export interface RowAcknowledged {
  readonly batch: RowBatch;
  /** Index of the row in the batch. */
  readonly index: number;
  readonly target: Target;
  /** How many targets the batch was admitted for. */
  readonly targets: number;
  readonly receipt: RowReceipt;
}

/** A batch that is to be sent. */
export interface AdmittedBatch {
  readonly pending: PendingBatch;
  readonly from: BatchOrigin | null;
  readonly place: StreamPlace;
  readonly delivery: Delivery;
}

/** A suspected row that may be in the topic of a target. */
export interface Doubt {
  readonly pending: PendingBatch;
  /** Index of the target. */
  readonly at: number;
  readonly target: Target;
  readonly messageId: string;
  /** What the record names as its source; null for nothing. */
  readonly source: SourceRowRef | null;
}

/** What the window asks of its source when something changed. */
export interface WindowListener {
  /** Something settled or came back: look again. */
  changed(): void;
  /** A batch came back with rows pending. */
  returned(pending: PendingBatch, cause: unknown): void;
}

export class DeliveryWindow {
  readonly account: Account;
  readonly #options: DeliveryWindowOptions;
  readonly #stream: { readonly source: string; ended: boolean };
  #batches: PendingBatch[] = [];
  #unsettledRows = 0;
  #readPosition: SourcePosition | null;
  #frontier: SourcePosition | null;
  #settled: SettledRows | null;
  #written: WrittenRows | null = null;
  /** What each record names as its origin; null without checkpoints. */
  #origin: Uint8Array | null = null;
  #before: RowsSoFar = { rows: 0, deadLettered: 0 };
  /** Rows that earlier runs have refused, and whose letters were replayed or dropped. */
  #lettersGone = 0;
  #stoppedBy: Error | null = null;
  #run = 1;
  #index = 0;
  #recovering = false;
  #endReached = false;
  #exhausted = false;
  #sourceEnd: SourceEnd | null = null;
  #failure: { readonly cause: unknown } | null = null;
  #listener: WindowListener | null = null;

  constructor(options: DeliveryWindowOptions) {
    this.#options = options;
    this.#stream = { source: options.source, ended: false };
    this.#readPosition = options.start;
    this.#frontier = options.start;
    this.#settled = options.checkpointed === true ? new SettledRows() : null;
    this.account = new Account();
  }

  /** The current incarnation of the source. The one before hears nothing more. */
  attach(listener: WindowListener): void {
    this.#listener = listener;
  }

  /** Position after the last admitted row. */
  get readPosition(): SourcePosition | null {
    return this.#readPosition;
  }

  /** Every row before this position has settled. */
  get frontier(): SourcePosition | null {
    return this.#frontier;
  }

  /** True while returned batches wait to go out again; nothing new may be admitted. */
  get recovering(): boolean {
    return this.#recovering && this.#batches.length > 0;
  }

  /** What every row before {@link frontier} has come to, also in earlier runs; null unless there are checkpoints. */
  get settled(): SettledRows | null {
    return this.#settled;
  }

  /** Goes on where an earlier run has left off; to be called before the first {@link admit}. */
  resume(
    at: {
      position: SourcePosition;
      settled: SettledRows;
      written: WrittenRows | null;
      origin: Uint8Array | null;
      /** Rows of earlier runs that have open dead letters. @default all that were refused */
      openLetters?: number;
    },
  ): void {
    this.#readPosition = at.position;
    this.#frontier = at.position;
    this.#settled = at.settled;
    const { settled, dead_lettered: deadLettered } = at.settled.counts;
    this.#lettersGone = Math.max(0, deadLettered - (at.openLetters ?? deadLettered));
    this.#before = { rows: settled, deadLettered: deadLettered - this.#lettersGone };
    this.#written = at.written;
    this.#origin = at.origin;
  }

  /** From now on nothing is kept for checkpoints. To be called while nothing is on its way. */
  endCheckpoints(): void {
    this.#settled = null;
    this.#written = null;
  }

  get unsettledRows(): number {
    return this.#unsettledRows;
  }

  /** How many more rows may be read and admitted. */
  get room(): number {
    if (this.recovering || this.#endReached) return 0;
    if (this.#batches.some((pending) => this.#isSuspect(pending))) return 0;
    return Math.max(0, this.#options.windowRows - this.#unsettledRows);
  }

  /** True once the source has ended and every row has settled. */
  get complete(): boolean {
    return this.#endReached && this.#batches.length === 0;
  }

  /** True while any batch is on its way or its dead letters are being stored. */
  get inFlight(): boolean {
    return this.#batches.some(({ state }) => state !== "queued" && state !== "held");
  }

  /** Nothing more will be admitted: there is nothing more (`exhausted`), it cannot be read (`failure`), or it is enough. */
  markEnd(
    { exhausted, failure, end = null }: {
      readonly exhausted: boolean;
      readonly failure?: unknown;
      readonly end?: SourceEnd | null;
    },
  ): void {
    this.#endReached = true;
    this.#exhausted ||= exhausted;
    this.#sourceEnd = end;
    const cause = failure ?? (exhausted ? this.#rowsPastEnd(end) : null);
    if (cause !== null) this.#failure ??= { cause };
  }

  /** That topics have rows of the load which its file has no more; a line that is held back is there. */
  #rowsPastEnd(end: SourceEnd | null): RowsPastEndError | null {
    const row = this.#readPosition?.row ?? 0;
    const furthest = this.#written?.furthestRow ?? 0;
    return furthest > row + (end !== null && end.heldBack !== null ? 1 : 0)
      ? new RowsPastEndError(furthest, row)
      : null;
  }

  /** There is more after the end that was met. To be called when it is {@link complete}. */
  unmarkEnd(): void {
    this.#endReached = false;
    this.#exhausted = false;
    this.#sourceEnd = null;
  }

  /** The end that was met, of a file. */
  get sourceEnd(): SourceEnd | null {
    return this.#sourceEnd;
  }

  /** The source has ended: what has not settled will not be sent again. */
  close(): void {
    this.#stream.ended = true;
  }

  /** Why the source could not be read to its end; null if it could, or has not ended. */
  get failure(): { readonly cause: unknown } | null {
    return this.#failure;
  }

  /** True once the source has been read to its end. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /**
   * Takes a batch that was read at {@link readPosition}.
   *
   * @throws {RowConflictError} Nothing of it is taken.
   * @throws {UnknownOrderError} Nor then.
   */
  admit(batch: RowBatch, options: { epoch: number; targets: readonly Target[]; readAt: number }): PendingBatch {
    const rows = rowCount(batch);
    const none = () => options.targets.map(() => new Uint8Array(rows));
    const firstRow = batch.from.row + 1, rowsBefore = this.rowsSoFar.rows;
    const more = { states: none(), sent: none(), refusals: [], next: batch.next, crashes: 0 };
    const pending = this.#pendingOf(batch, { ...options, ...more, firstRow, rowsBefore });
    this.#markWritten(pending);
    refuseBadRows(pending);
    if (hasOnlyRefused(pending)) pending.state = "storing";
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
      const suspect = this.#isSuspect(pending);
      if (suspect && (pending.state !== "queued" || this.inFlight)) return null;
      if (pending.state !== "queued") continue;
      pending.state = "in_flight";
      return { pending, from: this.#fromOf(pending), place: this.#nextPlace(), delivery: this.#deliveryOf(pending) };
    }
    return null;
  }

  #fromOf({ batch, firstRow }: PendingBatch): BatchOrigin | null {
    if (this.#origin !== null) return { origin: this.#origin, firstRow };
    const replayed = batch.events === undefined && batch.rows.some((row) => replayOf(row) !== null);
    return replayed ? { replayed: batch.rows } : null;
  }

  /** Rows that were read, also by earlier runs; of their dead letters, those that are open. */
  get rowsSoFar(): RowsSoFar {
    const { rows, deadLettered } = this.#before;
    return { rows: rows + this.account.read, deadLettered: deadLettered + this.account.deadLettered };
  }

  /** As {@link rowsSoFar}, of the rows before {@link frontier} alone; null without a checkpoint. */
  get rowsBeforeFrontier(): RowsSoFar | null {
    if (this.#settled === null) return null;
    const { settled: rows, dead_lettered: deadLettered } = this.#settled.counts;
    return { rows, deadLettered: deadLettered - this.#lettersGone };
  }

  /** The origin of the load; null without checkpoints. */
  get origin(): string | null {
    return this.#origin?.toHex() ?? null;
  }

  /** A batch that was refused rows has a letter too many: it stays as it is, and nothing more may be sent. */
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
   * @param at where the source stands after them; null for a source that cannot go on there anyway
   * @returns these rows as a batch
   */
  settleHeld(held: PendingBatch, rows: number, at: SourcePosition | null): PendingBatch {
    const { batch: first, ...ofFirst } = partOf(held, 0, rows);
    const { batch: rest, ...ofRest } = partOf(held, rows, held.record.rows);
    // Without its marks: rows of the rest that are in a topic are looked for from before these rows on.
    const kept = this.#pendingOf(first, { ...held, ...ofFirst, next: at });
    const left = this.#pendingOf(rest, { ...held, ...ofRest, rowsBefore: held.rowsBefore + rows, next: held.next });
    if (held.settled !== null) left.settled?.append(held.settled);
    left.state = "held";
    this.#batches.splice(this.#batches.indexOf(held), 1, kept, left);
    if (kept.record.refusals.length > 0) kept.state = "storing";
    else this.#settle(kept);
    return kept;
  }

  /**
   * The source has ended: the account says what is true from now on. Rows whose dead letters only memory has are no
   * dead-lettered ones, and rows that have not settled are told apart from those that are lost. Idempotent.
   */
  closeAccount(): void {
    const waiting = [this.#settled, ...this.#batches.map(({ settled }) => settled)];
    for (const settled of waiting) {
      const letters = [...settled?.superseded ?? [], ...settled?.letters ?? []];
      this.account.takeBack(letters);
      settled?.forgetLetters(letters);
    }
    this.account.leaveUnsettled();
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

  /** Suspected rows that may be in a topic: it is to be asked. */
  *doubts(): Iterable<Doubt> {
    for (const pending of this.#batches) {
      if (pending.state === "asking") yield* doubtsOf(pending, this.#origin);
    }
  }

  /** The topic was read: the row is there, or it is not. */
  answered({ pending, at, target }: Doubt, found: Omit<RowReceipt, "topic"> | null): void {
    const { states, sent, marks, onReceipt } = pending.record;
    const ofTarget = states[at];
    if (pending.state !== "asking" || ofTarget === undefined) return;
    sent?.[at]?.fill(0);
    if (found !== null && ofTarget[0] === ROW.pending) {
      ofTarget[0] = ROW.acknowledged;
      marks?.[at]?.raise(found.partition, found.offset);
      onReceipt?.(0, at, { topic: target.topic, ...found });
    }
    this.#condemn(pending);
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

  #isSuspect(pending: PendingBatch): boolean {
    return pending.crashes >= this.#options.maxAttempts;
  }

  #nextPlace(): StreamPlace {
    return { stream: this.#stream, run: this.#run, index: this.#index++ };
  }

  #pendingOf(
    batch: RowBatch,
    options: {
      firstRow: number;
      rowsBefore: number;
      epoch: number;
      targets: readonly Target[];
      readAt: number;
      states: readonly Uint8Array[];
      sent: readonly Uint8Array[];
      refusals: Refusal[];
      next: SourcePosition | null;
      crashes: number;
    },
  ): PendingBatch {
    const { onReceipt } = this.#options;
    const { firstRow, rowsBefore, epoch, targets, readAt, states, sent, refusals, next, crashes } = options;
    const checkpointed = this.#settled !== null;
    const record: DeliveryRecord = {
      rows: rowCount(batch),
      states,
      sent,
      refusals,
      marks: checkpointed ? targets.map(() => new PartitionMarks()) : undefined,
      onReceipt: onReceipt === undefined ? undefined : (index, at, receipt) => {
        const target = targets[at];
        if (target !== undefined) onReceipt({ batch, index, target, targets: targets.length, receipt });
      },
    };
    const rowsAgain = batch.supersedes?.map(({ row }) => row) ?? [];
    const readAgain = new Set(rowsAgain.filter((row) => row >= firstRow && row < firstRow + record.rows));
    const settled = checkpointed ? new SettledRows(new RowCounts(), readAgain) : null;
    return { batch, firstRow, rowsBefore, epoch, targets, record, readAt, next, settled, crashes, state: "queued" };
  }

  /**
   * Rows that a topic has already are not sent to it.
   *
   * Their offsets may move the checkpoint's: a partition has the records of a source in row order, and was read from the
   * checkpoint to its end before the first send. So what was found in it are the first rows that belong there, whatever is
   * sent now stands behind them, and no record of a row that is not settled stands before one of a row that is. Where keys
   * have moved because the topic has grown, offsets stay as they are ({@link SourceCheckpoint}).
   */
  #markWritten({ batch, firstRow, targets, record }: PendingBatch): void {
    const written = this.#written;
    if (written === null) return;
    const reused = new Set<number>();
    targets.forEach((target, at) => {
      const states = record.states[at];
      if (states === undefined) return;
      for (const row of soughtRows(batch, firstRow)) {
        const found = written.take(target, row);
        if (found === ID_REUSED) reused.add(row.row);
        if (found === null || found === ID_REUSED) continue;
        states[row.row - firstRow] = found.before ? ROW.skipped : ROW.acknowledged;
        if (found.place !== null) record.marks?.[at]?.raise(found.place.partition, found.place.offset);
      }
    });
    this.account.countIdReused(reused.size, written.firstReused);
    if (batch.next.row >= written.lastRow) this.#written = null;
  }

  #deliveryOf(pending: PendingBatch): Delivery {
    return new Delivery(pending.record, (cause, crash) => this.#attemptEnded(pending, { cause, crash }));
  }

  #attemptEnded(
    pending: PendingBatch,
    { cause, crash }: { readonly cause: unknown; readonly crash: { readonly cause: unknown } | null },
  ): void {
    const unsettled = pending.record.states.some((states) => states.includes(ROW.pending));
    if (unsettled) {
      pending.state = "queued";
      this.#recovering = true;
      if (crash !== null) this.#crashed(pending, crash.cause);
      this.#listener?.returned(pending, cause);
    } else if (pending.record.refusals.length > 0) {
      pending.state = "storing";
    } else {
      this.#settle(pending);
    }
    this.#listener?.changed();
  }

  #crashed(pending: PendingBatch, cause: unknown): void {
    const wasAlone = this.#isSuspect(pending);
    pending.crashes += 1;
    if (!wasAlone) return;
    if (pending.batch.rows.length > 1) return this.#halve(pending);
    pending.suspicion = `Crashed the pipeline each time it was processed alone: ${messageOf(cause)}`;
    pending.state = "asking";
    this.#condemn(pending);
  }

  /**
   * The row was alone in the pipeline each time it crashed something: it is the poison. Of a topic that may have it
   * nothing is said before it was asked.
   */
  #condemn(pending: PendingBatch): void {
    const { suspicion, record } = pending;
    if (suspicion === undefined || doubtsOf(pending, this.#origin).length > 0) return;
    record.states.forEach((states, target) => {
      if (states[0] !== ROW.pending) return;
      states[0] = ROW.refused;
      record.refusals.push({ index: 0, target, rule: "poison_row", reason: suspicion });
    });
    if (record.refusals.length > 0) pending.state = "storing";
    else this.#settle(pending);
  }

  #halve(pending: PendingBatch): void {
    const at = this.#batches.indexOf(pending);
    const middle = Math.ceil(pending.batch.rows.length / 2);
    const half = (from: number, to: number, next: SourcePosition | null) => {
      const { batch, ...part } = partOf(pending, from, to);
      const [firstRow, rowsBefore] = [pending.firstRow + from, pending.rowsBefore + from];
      return this.#pendingOf(batch, { ...pending, ...part, firstRow, rowsBefore, next });
    };
    const later = half(middle, pending.batch.rows.length, pending.next);
    const halves = [half(0, middle, null), later];
    // Too late is safe: what is there is found by reading from a lower offset too.
    keepMarks(later, pending.record.marks);
    if (pending.settled !== null) later.settled?.append(pending.settled);
    this.#batches.splice(at, 1, ...halves);
    for (const part of halves) {
      if (part.record.states.some((states) => states.includes(ROW.pending))) continue;
      if (part.record.refusals.length > 0) part.state = "storing";
      else this.#settle(part);
    }
  }

  #settle(pending: PendingBatch): void {
    const at = this.#batches.indexOf(pending);
    if (at < 0) return;
    this.#unsettledRows -= pending.record.rows;
    const counts = this.account.countSettled(outcomeOf(pending, this.#options.clock.monotonic()));
    pending.settled?.counts.add(counts);
    keepMarks(pending);
    this.#passOn(pending, at);
    this.#batches.splice(at, 1);
  }

  /** A position is settled only together with every batch before it. */
  #passOn({ next, settled }: PendingBatch, at: number): void {
    const before = this.#batches[at - 1];
    const heir = next === null ? this.#batches[at + 1] : before;
    if (settled !== null) (heir?.settled ?? this.#settled)?.append(settled);
    if (next === null) return;
    if (before !== undefined) return void (before.next = next);
    this.#frontier = next;
    this.#options.onSettled?.(next);
  }
}

/** True if nothing of a batch is to be sent, and something of it was refused. */
function hasOnlyRefused({ record: { states, refusals } }: PendingBatch): boolean {
  return refusals.length > 0 && !states.some((ofTarget) => ofTarget.includes(ROW.pending));
}

/** Of a batch of one row, the targets whose topics may have it although it is not acknowledged. */
function doubtsOf(pending: PendingBatch, origin: Uint8Array | null): Doubt[] {
  const { batch: { rows: [row] }, firstRow, record: { states, sent }, targets } = pending;
  if (row?.ok !== true) return [];
  const { messageId } = row;
  const replayed = replayOf(row);
  const source = origin !== null
    ? { origin: origin.toHex(), row: firstRow }
    : replayed === null
    ? null
    : { origin: replayed.toHex(), row: row.row };
  return targets.flatMap((target, at) =>
    states[at]?.[0] === ROW.pending && sent?.[at]?.[0] === 1 ? [{ pending, at, target, messageId, source }] : []
  );
}
