/**
 * What a source has sent and what became of it: the per-batch ledger from which the account is made. It outlives the
 * source's incarnations, as a checkpoint does: a source that is started again goes on from here.
 *
 * Delivery is go-back-N. Batches are admitted in order, up to `windowRows` unsettled rows. When an attempt comes back with
 * rows still pending, nothing new is admitted until everything in flight has settled or come back; then the returned
 * batches go out again, in order, as a new run. A batch that was in the hands of actors that crashed too often is a
 * suspect: it goes out alone, and is halved each time it crashes somebody again, until the one poisonous row is alone.
 *
 * @module
 */
import { type RowBatch, rowCount, type SourcePosition } from "../sources/source.ts";
import { Account, type BatchOutcome } from "./account.ts";
import { Delivery, type DeliveryRecord, OutOfSequenceError, type Refusal, ROW, type RowReceipt } from "./delivery.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Stream, StreamPlace, Target } from "./messages.ts";

/** A batch that has been admitted and is not settled for all its rows and targets. */
export interface PendingBatch {
  readonly batch: RowBatch;
  readonly epoch: number;
  readonly targets: readonly Target[];
  readonly record: DeliveryRecord;
  /** Monotonic time of reading, for latency. */
  readonly readAt: number;
  /** Position that is settled with this batch; null for all but the last part of a batch that was halved. */
  next: SourcePosition | null;
  /** How many actors crashed with this batch in hand. */
  crashes: number;
  state: "queued" | "in_flight" | "storing";
}

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
  readonly onReceipt?: (acknowledged: RowAcknowledged) => void;
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
  readonly #stream: Stream;
  #batches: PendingBatch[] = [];
  #unsettledRows = 0;
  #readPosition: SourcePosition | null;
  #frontier: SourcePosition | null;
  #run = 1;
  #index = 0;
  #recovering = false;
  #endReached = false;
  #listener: WindowListener | null = null;

  constructor(options: DeliveryWindowOptions) {
    this.#options = options;
    this.#stream = { source: options.source };
    this.#readPosition = options.start;
    this.#frontier = options.start;
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
    return this.#batches.some((pending) => pending.state !== "queued");
  }

  markEnd(): void {
    this.#endReached = true;
  }

  /** Takes a batch that was read at {@link readPosition}. */
  admit(batch: RowBatch, options: { epoch: number; targets: readonly Target[]; readAt: number }): PendingBatch {
    const rows = rowCount(batch);
    const states = options.targets.map(() => new Uint8Array(rows));
    const pending = this.#pendingOf(batch, { ...options, states, next: batch.next, crashes: 0 });
    this.#batches.push(pending);
    this.#unsettledRows += rows;
    this.#readPosition = batch.next;
    this.account.countRead(rows);
    return pending;
  }

  /**
   * The batch to send now, with its place in the stream, oldest first; null if there is none, or while a recovery has to
   * wait. A suspect comes alone.
   */
  takeNext(): { pending: PendingBatch; place: StreamPlace; delivery: Delivery } | null {
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
      return { pending, place: this.#nextPlace(), delivery: this.#deliveryOf(pending) };
    }
    return null;
  }

  /** Rows that were refused and are not stored as dead letters yet, oldest batch first. */
  *refused(): Iterable<{ pending: PendingBatch; refusals: readonly Refusal[] }> {
    for (const pending of this.#batches) {
      if (pending.state === "storing") yield { pending, refusals: pending.record.refusals };
    }
  }

  /** The dead letters of this batch are durable: it is settled. */
  deadLettersStored(pending: PendingBatch): void {
    if (pending.state === "storing") this.#settle(pending);
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
      epoch: number;
      targets: readonly Target[];
      readAt: number;
      states: readonly Uint8Array[];
      next: SourcePosition | null;
      crashes: number;
    },
  ): PendingBatch {
    const { onReceipt } = this.#options;
    const { epoch, targets, readAt, states, next, crashes } = options;
    const record: DeliveryRecord = {
      rows: rowCount(batch),
      states,
      refusals: [],
      onReceipt: onReceipt === undefined ? undefined : (index, at, receipt) => {
        const target = targets[at];
        if (target !== undefined) onReceipt({ batch, index, target, targets: targets.length, receipt });
      },
    };
    return { batch, epoch, targets, record, readAt, next, crashes, state: "queued" };
  }

  #deliveryOf(pending: PendingBatch): Delivery {
    return new Delivery(pending.record, (cause) => this.#attemptEnded(pending, cause));
  }

  #attemptEnded(pending: PendingBatch, cause: unknown): void {
    const unsettled = pending.record.states.some((states) => states.includes(ROW.pending));
    if (unsettled) {
      pending.state = "queued";
      this.#recovering = true;
      if (!(cause instanceof OutOfSequenceError)) this.#crashed(pending, cause);
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
    if (pending.batch.rows.length === 1) this.#condemn(pending, cause);
    else this.#halve(pending);
  }

  /** The row was alone in the pipeline each time it crashed something: it is the poison. */
  #condemn(pending: PendingBatch, cause: unknown): void {
    const reason = `Crashed the pipeline each time it was processed alone: ${
      cause instanceof Error ? cause.message : String(cause)
    }`;
    pending.record.states.forEach((states, target) => {
      if (states[0] !== ROW.pending) return;
      states[0] = ROW.refused;
      pending.record.refusals.push({ index: 0, target, rule: "poison_row", reason });
    });
    pending.state = "storing";
  }

  #halve(pending: PendingBatch): void {
    const at = this.#batches.indexOf(pending);
    const middle = Math.ceil(pending.batch.rows.length / 2);
    const half = (from: number, to: number, next: SourcePosition | null): PendingBatch => {
      const rows = pending.batch.rows.slice(from, to);
      const batch: RowBatch = { ...pending.batch, rows, raw: (row) => pending.batch.raw(row) };
      const states = pending.record.states.map((whole) => whole.slice(from, to));
      const part = this.#pendingOf(batch, { ...pending, states, next });
      for (const refusal of pending.record.refusals) {
        if (refusal.index >= from && refusal.index < to) {
          part.record.refusals.push({ ...refusal, index: refusal.index - from });
        }
      }
      return part;
    };
    const halves = [half(0, middle, null), half(middle, pending.batch.rows.length, pending.next)];
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
    this.account.countSettled(outcomeOf(pending, this.#options.clock.monotonic()));
    if (pending.next !== null) {
      // A position is settled only together with every batch before it.
      const before = this.#batches[at - 1];
      if (before === undefined) this.#frontier = pending.next;
      else before.next = pending.next;
    }
    this.#batches.splice(at, 1);
  }
}

function outcomeOf(pending: PendingBatch, now: number): BatchOutcome {
  return {
    batch: pending.batch,
    targets: pending.targets.map((target, index) => ({
      topic: target.topic,
      version: target.version,
      states: pending.record.states[index] ?? new Uint8Array(0),
    })),
    refusals: pending.record.refusals,
    readAt: pending.readAt,
    settledAt: now,
  };
}
