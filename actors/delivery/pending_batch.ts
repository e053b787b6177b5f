/**
 * A batch from its admission until every one of its rows has settled for every target.
 *
 * @module
 */
import { badRows, type RowBatch, rowsAlone, type SourcePosition } from "../../sources/source.ts";
import type { BatchOutcome } from "./account.ts";
import { type DeliveryRecord, ROW } from "./delivery.ts";
import type { Target } from "../messages.ts";
import type { PartitionMarks } from "./partition_marks.ts";
import type { SettledRows } from "./settled_rows.ts";

/** A batch that has been admitted and is not settled for all its rows and targets. */
export interface PendingBatch {
  readonly batch: RowBatch;
  /** The number that its first row has in the source. */
  readonly firstRow: number;
  readonly epoch: number;
  readonly targets: readonly Target[];
  readonly record: DeliveryRecord;
  /** Rows of the source before it, also those of earlier runs; of parts of a batch, before the whole. */
  readonly rowsBefore: number;
  /** Monotonic time of reading, for latency. */
  readonly readAt: number;
  /** Position that is settled with this batch; null for all but the last part of a batch that was halved. */
  next: SourcePosition | null;
  /** What rows near this batch have come to, whose place in the source is reached only with it; null without a checkpoint. */
  readonly settled: SettledRows | null;
  /** How many actors that look at rows crashed with this batch in hand. */
  crashes: number;
  /** Why its only row is to be refused as soon as it is known not to be in a topic; absent for every other batch. */
  suspicion?: string;
  /** `asking`: whether its only row is in a topic. `held`: it has a dead letter too many, and stays as it is. */
  state: "queued" | "in_flight" | "asking" | "storing" | "held";
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
  readonly refusals: DeliveryRecord["refusals"];
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
