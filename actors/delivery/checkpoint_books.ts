/**
 * The books of a window from which checkpoints are made: how far every row has settled, what these rows have come to, and
 * what earlier runs have left, in the checkpoint and past it in the topics.
 *
 * @module
 */
import type { FileEnd, SourcePosition } from "../../sources/source.ts";
import type { Account } from "./account.ts";
import { ROW } from "./delivery.ts";
import type { RowsSoFar } from "./letter_limit.ts";
import type { PendingBatch } from "./pending_batch.ts";
import { SettledRows } from "./settled_rows.ts";
import { type AlreadyWritten, ID_REUSED, RowsPastEndError, soughtRows } from "./already_written.ts";

/** What an earlier run has left. */
export interface EarlierRun {
  readonly position: SourcePosition;
  readonly settled: SettledRows;
  readonly written: AlreadyWritten | null;
  /** What each record names as its origin. */
  readonly origin: Uint8Array | null;
  /** Rows of earlier runs that have open dead letters. @default all that were refused */
  readonly openLetters?: number;
}

export class CheckpointBooks {
  #frontier: SourcePosition | null;
  #settled: SettledRows | null;
  #written: AlreadyWritten | null = null;
  #origin: Uint8Array | null = null;
  #earlier: RowsSoFar = { rows: 0, deadLettered: 0 };
  /** Rows that earlier runs have refused, and whose letters were replayed or dropped. */
  #lettersGone = 0;

  /** @param checkpointed whether {@link settled} is kept */
  constructor({ start, checkpointed }: { readonly start: SourcePosition | null; readonly checkpointed: boolean }) {
    this.#frontier = start;
    this.#settled = checkpointed ? new SettledRows() : null;
  }

  /** Every row before this position has settled. */
  get frontier(): SourcePosition | null {
    return this.#frontier;
  }

  /** Totals of all rows before {@link frontier}, also of earlier runs; null unless there are checkpoints. */
  get settled(): SettledRows | null {
    return this.#settled;
  }

  /** What each record names as its origin; null without checkpoints. */
  get origin(): Uint8Array | null {
    return this.#origin;
  }

  /** Rows of earlier runs; of their dead letters, those that are open. */
  get earlier(): RowsSoFar {
    return this.#earlier;
  }

  /** Rows before {@link frontier}, of this run and earlier ones; null without a checkpoint. */
  get rowsBeforeFrontier(): RowsSoFar | null {
    if (this.#settled === null) return null;
    const { settled: rows, dead_lettered: deadLettered } = this.#settled.counts;
    return { rows, deadLettered: deadLettered - this.#lettersGone };
  }

  /** Continues the books of an earlier run. Call it before the first batch. */
  resume({ position, settled, written, origin, openLetters }: EarlierRun): void {
    this.#frontier = position;
    this.#settled = settled;
    const { settled: rows, dead_lettered: deadLettered } = settled.counts;
    this.#lettersGone = Math.max(0, deadLettered - (openLetters ?? deadLettered));
    this.#earlier = { rows, deadLettered: deadLettered - this.#lettersGone };
    this.#written = written;
    this.#origin = origin;
  }

  /** Stops keeping what checkpoints need. Call only while no batch is unsettled. */
  endCheckpoints(): void {
    this.#settled = null;
    this.#written = null;
  }

  /**
   * Rows that a topic has already are not sent to it.
   *
   * Their offsets may move the checkpoint's: a partition has the records of a source in row order, and was read from
   * the checkpoint to its end before the first send. So the records found in it are those of the first rows that belong
   * there, all that is sent now stands behind them, and no record of a row that is not settled stands before one of a
   * row that is. Where keys have moved because the topic has grown, offsets stay as they are ({@link
   * SourceCheckpoint}).
   *
   * @throws {RowConflictError}
   * @throws {UnknownOrderError}
   */
  markWritten({ batch, firstRow, targets, record }: PendingBatch, account: Account): void {
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
    account.countIdReused(reused.size, written.firstReused);
    if (batch.next.row >= written.lastRow) this.#written = null;
  }

  /** A batch has settled. Its position is settled only together with every batch before it: until then these keep it. */
  settle(
    { next, settled }: PendingBatch,
    { before, after }: { readonly before: PendingBatch | undefined; readonly after: PendingBatch | undefined },
  ): void {
    const heir = next === null ? after : before;
    if (settled !== null) (heir?.settled ?? this.#settled)?.append(settled);
    if (next === null) return;
    if (before === undefined) this.#frontier = next;
    else before.next = next;
  }

  /**
   * An error if topics have rows of the load after this last one of its file; a line that is held back is in the file.
   */
  rowsPastEnd(last: SourcePosition | null, end: FileEnd | null): RowsPastEndError | null {
    const row = last?.row ?? 0;
    const furthest = this.#written?.furthestRow ?? 0;
    return furthest > row + (end !== null && end.heldBack !== null ? 1 : 0)
      ? new RowsPastEndError(furthest, row)
      : null;
  }
}
