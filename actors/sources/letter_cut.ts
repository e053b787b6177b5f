/**
 * Stops a source at its limit of dead letters: one incarnation's part of the work. A batch with a letter too many is
 * held back. Once everything before it has settled, its rows up to that letter settle too, and the source's checkpoint
 * stands before the row of that letter: a later run with a higher limit resumes there.
 *
 * @module
 */
import { rowCount, type RowSource, type SourcePosition } from "../../sources/source.ts";
import type { DeliveryWindow } from "../delivery/delivery_window.ts";
import type { PartContext } from "../../kernel/part_context.ts";
import { type LetterLimit, refusedIndexes, type RowsBefore, withinLimit } from "../delivery/letter_limit.ts";
import type { PendingBatch } from "../delivery/pending_batch.ts";

/** What it tells itself, through its actor. */
export type LetterCutMessage =
  | {
    readonly type: "cut_found";
    readonly held: PendingBatch;
    readonly rows: number;
    readonly at: SourcePosition | null;
  }
  /** The source can no longer be read there. */
  | { readonly type: "cut_not_found" };

/** Options of {@link LetterCut}. */
export interface LetterCutOptions {
  readonly source: RowSource;
  readonly window: DeliveryWindow;
  readonly limit: LetterLimit;
  readonly context: Pick<PartContext<LetterCutMessage>, "pipeToSelf">;
}

export class LetterCut {
  readonly #options: LetterCutOptions;
  #state: "none" | "looking" | "done" = "none";
  /** The rows of the held batch that may settle. */
  #kept: PendingBatch | null = null;

  constructor(options: LetterCutOptions) {
    this.#options = options;
  }

  /**
   * Whether the letters of a batch may be stored; else it is held back, and the source must stop.
   *
   * @param storing batches whose letters are on their way
   */
  allows(pending: PendingBatch, storing: Iterable<PendingBatch>): boolean {
    if (pending === this.#kept) return true;
    const { window, limit } = this.#options;
    let { rowsSoFar: { deadLettered }, lettersUpTo } = window;
    for (const { record: { refusals, rows }, rowsBefore } of storing) {
      deadLettered += refusedIndexes(refusals).length;
      lettersUpTo = Math.max(lettersUpTo, rowsBefore + rows);
    }
    // Rows before it that are under way are rows too: of a source whose first rows are good, not all rows are bad.
    const before = { rows: pending.rowsBefore, deadLettered, lettersUpTo };
    const cause = window.stoppedBy ?? this.#within(pending, before, limit).error;
    if (cause === null) return true;
    window.hold(pending, cause);
    return false;
  }

  /** Why the source must stop; null while it may continue, and while no row has come that could be one too many. */
  get stoppedBy(): Error | null {
    const { window, limit } = this.#options;
    return window.stoppedBy ?? (window.account.settled === 0 ? null : limit(window.rowsSoFar));
  }

  /** True once everything has settled that may. */
  get finished(): boolean {
    return this.#state === "done" || (this.#state === "none" && this.#options.window.firstHeld === null);
  }

  /** Settles the rows of the held batch that may settle. Call it after each message until it is {@link finished}. */
  finish(): void {
    const { window: { firstHeld: held, rowsSoFar, books: { settled, rowsBeforeFrontier } }, limit } = this.#options;
    if (held === null || this.#state !== "none") return;
    this.#state = "done";
    // All letters that count here are of rows before the batch.
    const { rows } = this.#within(held, { ...rowsBeforeFrontier ?? rowsSoFar, lettersUpTo: 0 }, limit);
    // At least one row stays: with nothing unsettled, nothing would be looked for past the checkpoint.
    const kept = Math.min(rows, held.record.rows - 1);
    if (kept <= 0) return;
    const { from, rows: [first] } = held.batch;
    const isPart = first?.row !== from.row + 1;
    // Half of a batch that was divided: the place between its rows cannot be found by reading it from its start.
    if (settled !== null && isPart) return;
    this.#look(held, kept, settled !== null);
  }

  receive(message: LetterCutMessage): void {
    this.#state = "done";
    if (message.type === "cut_found") this.#settle(message);
  }

  /** Without a checkpoint there is no place at which a later run could resume. */
  #look(held: PendingBatch, rows: number, checkpointed: boolean): void {
    const { source, context } = this.#options;
    this.#state = "looking";
    context.pipeToSelf(
      checkpointed ? positionAfter(source, held.batch.from, rows) : Promise.resolve(null),
      (at): LetterCutMessage =>
        at === null && checkpointed ? { type: "cut_not_found" } : { type: "cut_found", held, rows, at },
      // The source stops anyway, with its checkpoint before the batch: nothing is lost, fewer letters are kept.
      (): LetterCutMessage => ({ type: "cut_not_found" }),
    );
  }

  #settle({ held, rows, at }: { held: PendingBatch; rows: number; at: SourcePosition | null }): void {
    this.#kept = this.#options.window.settleHeld(held, rows, at);
  }

  #within({ record: { rows, refusals } }: PendingBatch, before: RowsBefore, limit: LetterLimit) {
    return withinLimit({ rows, refused: refusedIndexes(refusals) }, before, limit);
  }
}

/** The position after so many rows; only reading finds it, since that counts equal rows. Null if there are fewer. */
async function positionAfter(source: RowSource, from: SourcePosition, rows: number): Promise<SourcePosition | null> {
  const reader = await source.open(from);
  try {
    for (let left = rows;;) {
      const batch = await reader.next(left);
      if (batch === null) return null;
      left -= rowCount(batch);
      if (left === 0) return batch.next;
    }
  } finally {
    await reader.close();
  }
}
