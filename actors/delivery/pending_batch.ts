/**
 * A batch from its admission until every one of its rows has settled for every target.
 *
 * @module
 */
import { badRows, type RowBatch, rowCount, rowsAlone, type SourcePosition } from "../../sources/source.ts";
import type { BatchOutcome } from "./account.ts";
import { ROW, type RowReceipt, type RowStates } from "./delivery.ts";
import type { RowTarget, Target } from "../messages.ts";
import { PartitionMarks } from "./partition_marks.ts";
import { RowCounts } from "./row_counts.ts";
import { SettledRows } from "./settled_rows.ts";

/** A batch that has been admitted and is not settled for all its rows and targets. */
export interface PendingBatch {
  readonly batch: RowBatch;
  /** The number that its first row has in the source. */
  readonly firstRow: number;
  readonly epoch: number;
  readonly targets: readonly Target[];
  readonly record: RowStates;
  /** Rows of the source before it, also those of earlier runs; of parts of a batch, before the part. */
  readonly rowsBefore: number;
  /** Monotonic time of reading, for latency. */
  readonly readAt: number;
  /** Position that is settled with this batch; null for all but the last part of a batch that was halved. */
  next: SourcePosition | null;
  /** Totals of later rows that settled first: they count once this batch settles; null without a checkpoint. */
  readonly settled: SettledRows | null;
  /** How many actors that look at rows crashed with this batch in hand. */
  crashes: number;
  /** Why its only row is refused once it is known that no topic has it; absent for every other batch. */
  suspicion?: string;
  /**
   * `asking`: a topic is asked whether it has the only row. `held`: one of its dead letters is too many, and it stays
   * as it is.
   */
  state: "queued" | "in_flight" | "asking" | "storing" | "held";
}

/** A row that one of its targets has. */
export interface RowAcknowledged {
  /** The batch that the row is in. */
  readonly batch: RowBatch;
  /** Index of the row in the batch. */
  readonly index: number;
  /** The target that has it. */
  readonly target: RowTarget;
  /** How many targets the batch was admitted for. */
  readonly targets: number;
  /** Where the record of the row stands. */
  readonly receipt: RowReceipt;
}

/** How a batch was admitted, and what its rows have come to so far. */
export type Admission =
  & Pick<PendingBatch, "firstRow" | "rowsBefore" | "epoch" | "targets" | "readAt" | "next" | "crashes">
  & Pick<BatchPart, "states" | "sent" | "refusals">;

/** What a window keeps of each of its batches. */
export interface BatchKeeping {
  /** Whether it counts for a checkpoint. */
  readonly checkpointed: boolean;
  readonly onReceipt: ((acknowledged: RowAcknowledged) => void) | undefined;
}

/** Makes a batch that waits to be sent. */
export function pendingBatch(
  batch: RowBatch,
  { states, sent, refusals, firstRow, rowsBefore, epoch, targets, readAt, next, crashes }: Admission,
  { checkpointed, onReceipt }: BatchKeeping,
): PendingBatch {
  const record: RowStates = {
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

/** True if a row of it is neither in its topic nor refused for it. */
export function hasPendingRows({ record: { states } }: Pick<PendingBatch, "record">): boolean {
  return states.some((ofTarget) => ofTarget.includes(ROW.pending));
}

/** The batch as its account counts it. */
export function outcomeOf(pending: PendingBatch, now: number): BatchOutcome {
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

/** Rows of a batch as a batch of their own, with the states and refusals that they have. */
export interface BatchPart {
  readonly batch: RowBatch;
  readonly states: readonly Uint8Array[];
  readonly sent: readonly Uint8Array[];
  readonly refusals: RowStates["refusals"];
}

/** The rows from one index up to another. */
export function partOf({ batch, record }: PendingBatch, from: number, to: number): BatchPart {
  return {
    batch: rowsAlone(batch, from, to),
    states: record.states.map((whole) => whole.slice(from, to)),
    sent: (record.sent ?? []).map((whole) => whole.slice(from, to)),
    refusals: record.refusals.flatMap((refusal) =>
      refusal.index >= from && refusal.index < to ? [{ ...refusal, index: refusal.index - from }] : []
    ),
  };
}

/**
 * A batch as two: its first rows, and the rest. The rest keeps what settled after the whole, but not the whole's offsets.
 *
 * @param next position that is settled with the first rows; null if only the rest settles one
 */
export function dividedAt(
  whole: PendingBatch,
  at: number,
  next: SourcePosition | null,
  keeping: BatchKeeping,
): [first: PendingBatch, rest: PendingBatch] {
  const part = (from: number, to: number, next: SourcePosition | null) => {
    const { batch, ...ofRows } = partOf(whole, from, to);
    const [firstRow, rowsBefore] = [whole.firstRow + from, whole.rowsBefore + from];
    return pendingBatch(batch, { ...whole, ...ofRows, firstRow, rowsBefore, next }, keeping);
  };
  const [first, rest] = [part(0, at, next), part(at, whole.record.rows, whole.next)];
  if (whole.settled !== null) rest.settled?.append(whole.settled);
  return [first, rest];
}

/** Rows that are no records are refused for every target that does not have them: they never leave their source. */
export function refuseBadRows({ batch, record }: Pick<PendingBatch, "batch" | "record">): void {
  for (const [index, { rule, reason }] of badRows(batch)) {
    record.states.forEach((states, target) => {
      if (states[index] !== ROW.pending) return;
      states[index] = ROW.refused;
      record.refusals.push({ index, target, rule, reason });
    });
  }
}

/** Gives acknowledged offsets to what keeps them for a checkpoint. */
export function keepMarks(
  { targets, settled, record }: PendingBatch,
  marks: readonly PartitionMarks[] = record.marks ?? [],
): void {
  marks.forEach((mark, index) => {
    const topic = targets[index]?.topic;
    if (topic !== undefined) settled?.marksOf(topic).merge(mark);
  });
}
