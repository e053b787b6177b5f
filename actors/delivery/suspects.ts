/**
 * Suspects: batches that were in the hands of actors that look at rows each time one of these crashed. A suspect is sent
 * alone, and halved each time it crashes one again, until the one poisonous row is alone. That row is refused, unless it was
 * ever given to a client: then its topics are asked first ({@link doubtsOf}), and where it is, it is acknowledged.
 *
 * @module
 */
import { messageOf } from "../../kernel/message_of.ts";
import type { Target } from "../messages.ts";
import { replayOf } from "../encoding/encoded_records.ts";
import { ROW, type RowReceipt } from "./delivery.ts";
import type { PendingBatch } from "./pending_batch.ts";
import type { SourceRowRef } from "../../transport/source_header.ts";

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

/** What is to become of a batch that was in hand at a crash. */
export type AfterCrash = "send_again" | "halve" | "condemn";

export class Suspects {
  readonly #maxAttempts: number;

  /** @param maxAttempts crashes after which a batch is suspected of causing them */
  constructor(maxAttempts: number) {
    this.#maxAttempts = maxAttempts;
  }

  has({ crashes }: PendingBatch): boolean {
    return crashes >= this.#maxAttempts;
  }

  /** An actor crashed with this batch in hand. One row that was alone is suspected for good from then on. */
  crashed(pending: PendingBatch, cause: unknown): AfterCrash {
    const wasAlone = this.has(pending);
    pending.crashes += 1;
    if (!wasAlone) return "send_again";
    if (pending.batch.rows.length > 1) return "halve";
    pending.suspicion = `Crashed the pipeline each time it was processed alone: ${messageOf(cause)}`;
    pending.state = "asking";
    return "condemn";
  }
}

/**
 * Refuses a row that was alone in the pipeline each time it crashed an actor: it is the poison. Where a topic may have
 * it, nothing is decided before that topic was asked.
 *
 * @returns whether the row is settled or refused for every target now
 */
export function condemn(pending: PendingBatch, origin: Uint8Array | null): boolean {
  const { suspicion, record } = pending;
  if (suspicion === undefined || doubtsOf(pending, origin).length > 0) return false;
  record.states.forEach((states, target) => {
    if (states[0] !== ROW.pending) return;
    states[0] = ROW.refused;
    record.refusals.push({ index: 0, target, rule: "poison_row", reason: suspicion });
  });
  return true;
}

/** Of a batch of one row, the targets whose topics may have it although it is not acknowledged. */
export function doubtsOf(pending: PendingBatch, origin: Uint8Array | null): Doubt[] {
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

/**
 * The topic was read: the row is there, or it is not.
 *
 * @returns false if the question is already answered otherwise
 */
export function settleDoubt({ pending, at, target }: Doubt, found: Omit<RowReceipt, "topic"> | null): boolean {
  const { states, sent, marks, onReceipt } = pending.record;
  const ofTarget = states[at];
  if (pending.state !== "asking" || ofTarget === undefined) return false;
  sent?.[at]?.fill(0);
  if (found !== null && ofTarget[0] === ROW.pending) {
    ofTarget[0] = ROW.acknowledged;
    marks?.[at]?.raise(found.partition, found.offset);
    onReceipt?.(0, at, { topic: target.topic, ...found });
  }
  return true;
}
