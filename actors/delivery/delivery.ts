/**
 * One attempt to deliver a batch: which actor owes which answer. The source hands a {@link Delivery} to the converter;
 * the converter opens a {@link TopicPart} for each target and hands it to that topic's producer; what each stage owes
 * is an obligation of the kernel, so that a stage that dies fails it and the rows return to their source.
 *
 * The state of each row lives with the batch, outside any actor: a row acknowledged just before a crash stays
 * acknowledged.
 *
 * @module
 */
import { messageOf } from "../../kernel/message_of.ts";
import { Obligation } from "../../kernel/obligation.ts";
import { ActorFailedError, ActorRestartedError, ActorStoppedError, ShutdownTimeoutError } from "../../kernel/errors.ts";
import type { PartitionMarks } from "./partition_marks.ts";

/** How one row stands for one target. A skipped one was in the topic before the load began. */
export const ROW = { pending: 0, acknowledged: 1, refused: 2, skipped: 3 } as const;

/** Where an acknowledged row is. */
export interface RowReceipt {
  /** Name of the topic. */
  readonly topic: string;
  /** Number of the partition, from 0. */
  readonly partition: number;
  /** Offset of the record in its partition. */
  readonly offset: bigint;
}

/** A row that cannot be written as this target's version. */
export interface Refusal {
  /** Index of the row in its batch, from 0. */
  readonly index: number;
  /** Index of the target, in the order of the targets of the batch. */
  readonly target: number;
  /** Code of the rule that the row breaks, such as `lossy`. */
  readonly rule: string;
  /** One sentence that names field and value. */
  readonly reason: string;
}

/** What a delivery writes to as rows settle; kept by the source's window. */
export interface RowStates {
  /** Number of rows of the batch. */
  readonly rows: number;
  /** For each target, the {@link ROW} state of each row. */
  readonly states: readonly Uint8Array[];
  readonly refusals: Refusal[];
  /** For each target, 1 for each row that a client was ever given, delivered or not; absent where it is not asked for. */
  readonly sent?: readonly Uint8Array[] | undefined;
  /** For each target, how far its partitions have acknowledged rows of the batch; absent without a checkpoint. */
  readonly marks?: readonly PartitionMarks[] | undefined;
  /** Called for each acknowledged row, if receipts are wanted. */
  readonly onReceipt?: ((index: number, target: number, receipt: RowReceipt) => void) | undefined;
}

/** A batch reached a producer out of its stream's order; it goes back and comes again in order. Not a failure of a row. */
export class OutOfSequenceError extends Error {
  override readonly name = "OutOfSequenceError";
}

/** The topic cannot be written to until a person changes something outside. */
export class TopicParkedError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "TopicParkedError";
  /**
   * Made when a topic lacks what a send needs.
   *
   * @param topic name of the topic
   * @param cause what the topic lacks, or what the broker said
   */
  constructor(readonly topic: string, cause: unknown) {
    super(`Topic "${topic}" is parked: ${messageOf(cause)}`, { cause });
  }
}

/** True if an actor ended through its own failure: an actor that is stopped together with others has not failed. */
function isCrash(cause: unknown): boolean {
  if (cause instanceof OutOfSequenceError || cause instanceof ActorStoppedError || cause instanceof ActorFailedError) {
    return false;
  }
  if (!(cause instanceof ActorRestartedError)) return true;
  return cause.cause !== undefined && !(cause.cause instanceof ShutdownTimeoutError);
}

/** True if nothing that is sent to the topic again would arrive: it is parked, or its producer was given up. */
export function endsTopic(cause: unknown): boolean {
  return cause instanceof TopicParkedError || cause instanceof ActorFailedError;
}

/**
 * Of two causes, the one that the source must react to: a topic that accepts nothing, then a crash, then mere order.
 */
function graver(known: unknown, cause: unknown): unknown {
  if (known === undefined) return cause;
  const rank = (value: unknown) => {
    if (endsTopic(value)) return 2;
    return value instanceof OutOfSequenceError ? 0 : 1;
  };
  return rank(cause) > rank(known) ? cause : known;
}

/** The rows of one delivery that go to one topic: the debt of that topic's producer. */
export class TopicPart extends Obligation {
  readonly #record: RowStates;
  readonly #onCause: (cause: unknown) => void;
  #remaining: number;

  constructor(
    readonly target: number,
    readonly topic: string,
    options: { record: RowStates; rows: number; onCause: (cause: unknown) => void },
  ) {
    super();
    this.#record = options.record;
    this.#remaining = options.rows;
    this.#onCause = options.onCause;
  }

  /** Settles a part that carries no rows. */
  settleIfEmpty(): void {
    if (this.#remaining === 0) this.settleOnce();
  }

  /**
   * Notes that rows may be in the log from now on, also if no answer comes: a client is about to get them.
   *
   * @param from the place of the first one among the indexes
   * @param to one past the place of the last one
   */
  sending(indexes: ArrayLike<number>, from = 0, to = indexes.length): void {
    const sent = this.#record.sent?.[this.target];
    if (sent === undefined) return;
    for (let at = from; at < to; at++) sent[indexes[at] ?? -1] = 1;
  }

  /**
   * Rows that are in the log, one after the other from an offset on. A row that settled before (by an earlier attempt) is
   * left as it is.
   *
   * @param from the place of the first one among the indexes
   * @param to one past the place of the last one
   */
  acknowledge(
    indexes: ArrayLike<number>,
    partition: number,
    baseOffset: bigint,
    from = 0,
    to = indexes.length,
  ): void {
    const states = this.#record.states[this.target];
    if (states === undefined) return;
    const { onReceipt, marks } = this.#record;
    let settled = 0;
    for (let at = from; at < to; at++) {
      const index = indexes[at] ?? -1;
      if (states[index] !== ROW.pending) continue;
      states[index] = ROW.acknowledged;
      settled += 1;
      onReceipt?.(index, this.target, { topic: this.topic, partition, offset: baseOffset + BigInt(at - from) });
    }
    if (settled === 0) return;
    marks?.[this.target]?.raise(partition, baseOffset + BigInt(to - from - 1));
    this.#rowsSettled(settled);
  }

  /** The log will not take this row, ever. */
  refuse(index: number, rule: string, reason: string): void {
    const states = this.#record.states[this.target];
    if (states === undefined || states[index] !== ROW.pending) return;
    states[index] = ROW.refused;
    this.#record.refusals.push({ index, target: this.target, rule, reason });
    this.#rowsSettled(1);
  }

  /** Gives the part back: what is not acknowledged or refused stays pending and returns to the source. */
  override fail(cause: unknown): void {
    if (this.settled) return;
    this.#onCause(cause);
    this.settleOnce({ failed: true });
  }

  #rowsSettled(rows: number): void {
    this.#remaining -= rows;
    if (this.#remaining === 0) this.settleOnce();
  }
}

/**
 * Called once, when every stage is done with an attempt.
 *
 * @param cause what went wrong, if anything
 * @param crash why the actor that looks at the rows crashed; null if it did not. A producer carries bytes: its end says
 * nothing about them.
 */
export type OnAttemptEnded = (cause: unknown, crash: { readonly cause: unknown } | null) => void;

/** One attempt to deliver a batch: the debt of the converter, and the parent of the producers' debts. */
export class Delivery extends Obligation {
  readonly record: RowStates;
  readonly #onComplete: OnAttemptEnded;
  #openParts = 0;
  #completed = false;
  #cause: unknown = undefined;
  #crash: { readonly cause: unknown } | null = null;

  constructor(record: RowStates, onComplete: OnAttemptEnded) {
    super();
    this.record = record;
    this.#onComplete = onComplete;
  }

  /** True if this row has still to be written for this target. */
  isPending(target: number, index: number): boolean {
    return this.record.states[target]?.[index] === ROW.pending;
  }

  /** A row that cannot be converted or encoded for a target. */
  refuse(refusal: Refusal): void {
    const states = this.record.states[refusal.target];
    if (states === undefined || states[refusal.index] !== ROW.pending) return;
    states[refusal.index] = ROW.refused;
    this.record.refusals.push(refusal);
  }

  /** Opens the debt of one target's producer. Hand it over at once, or fail it. */
  openPart(target: number, topic: string, rows: number): TopicPart {
    this.#openParts += 1;
    const part = new TopicPart(target, topic, {
      record: this.record,
      rows,
      onCause: (cause) => this.#cause = graver(this.#cause, cause),
    });
    part.onSettled(() => {
      this.#openParts -= 1;
      this.#completeIfDone();
    });
    return part;
  }

  /** The converter has handed over every part. */
  finish(): void {
    this.#end({ failed: false });
  }

  override fail(cause: unknown): void {
    if (this.settled) return;
    this.#cause = graver(this.#cause, cause);
    if (isCrash(cause)) this.#crash = { cause };
    this.#end({ failed: true });
  }

  #end(how: { readonly failed: boolean }): void {
    if (this.settleOnce(how)) this.#completeIfDone();
  }

  /** Once: a converter that was killed in the middle of a batch may open and fail another part afterwards. */
  #completeIfDone(): void {
    if (!this.settled || this.#openParts > 0 || this.#completed) return;
    this.#completed = true;
    this.#onComplete(this.#cause, this.#crash);
  }
}
