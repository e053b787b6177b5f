/**
 * What becomes of a batch of records.
 *
 * @module
 */
import { messageOf } from "../kernel/message_of.ts";
import { RecordError } from "../records/errors.ts";
import { RecordRefusedError } from "./errors.ts";
import type { PendingCalls, Wave } from "./pending_calls.ts";
import type { ProduceReceipt } from "./receipt.ts";
import type { RowCall } from "./row_call.ts";

/** One record of a batch that was not acknowledged. */
export interface BatchFailure {
  /** Place in the batch, from 0. */
  readonly index: number;
  /** Why: a `RecordError`, a `RecordRefusedError`, or what ended the batch. */
  readonly cause: unknown;
}

/**
 * Some records of a batch were not acknowledged, or it ended early; the others were, and have their receipts. `cause` is the
 * first failure's.
 *
 * A record that breaks a rule does not keep the others from being written. Any other failure ends the batch, as does a
 * generator that throws: then the last failure is at index `receipts.length`, and nothing from there on was handed over.
 *
 * @example
 * ```ts
 * import { BatchError, buildTradeV2, MarketDataProducer, RecordError } from "tickflume";
 * import { MemoryLog, MemoryRegistry } from "tickflume/testing";
 * import assert from "node:assert/strict";
 *
 * const ports = { log: new MemoryLog(), registry: new MemoryRegistry() };
 * await using producer = await MarketDataProducer.start({ ports });
 * const good = buildTradeV2({
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   timestamp: new Date(),
 *   price: "45.67",
 *   quantity: 1000,
 * });
 * const batch = producer.produceTrades("equities", "ASX", [good, { ...good, symbol: "" }]);
 * const error = await batch.catch((cause) => cause);
 * assert.ok(error instanceof BatchError && error.cause instanceof RecordError);
 * assert.deepEqual(error.failures.map(({ index }) => index), [1]);
 * assert.equal(error.receipts[0]?.messageId, good.message_id);
 * ```
 */
export class BatchError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "BatchError";
  /**
   * Made once all records that were handed over have settled.
   *
   * @param failures at least one, in the order of the batch
   * @param receipts one for each record that was handed over, in the order of the batch; null where it failed
   */
  constructor(readonly failures: readonly BatchFailure[], readonly receipts: readonly (ProduceReceipt | null)[]) {
    super(textOf(failures, receipts.length), { cause: failures[0]?.cause });
  }
}

/** A failure after the last record that was handed over is why the batch ended. */
function textOf(failures: readonly BatchFailure[], handedOver: number): string {
  const failed = failures.filter(({ index }) => index < handedOver);
  const ended = failures.find(({ index }) => index >= handedOver);
  const [first] = failed;
  const parts = first === undefined ? [] : [
    `${failed.length} of ${handedOver} records of the batch were not acknowledged, ` +
    `the first at index ${first.index}: ${messageOf(first.cause)}`,
  ];
  if (ended !== undefined) {
    const others = first === undefined ? ", all of which were acknowledged" : "";
    parts.push(`the batch ended after ${handedOver} records${others}: ${messageOf(ended.cause)}`);
  }
  return parts.join("; ");
}

/** A batch on its way: one call for all of its records. */
export class Batch implements RowCall {
  readonly #calls: PendingCalls;
  /** In the order of the records; null until one is acknowledged. */
  readonly #receipts: (ProduceReceipt | null)[] = [];
  readonly #waves: Wave[] = [];
  readonly #bytes: number[] = [];
  readonly #failures: BatchFailure[] = [];
  #pending = 0;
  #broken = false;
  #onSettled: (() => void) | null = null;

  constructor(calls: PendingCalls) {
    this.#calls = calls;
  }

  /** True once a record has failed in a way that says something of the next ones. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Counts the next record, which takes so many bytes; returns its slot. */
  begin(bytes: number): number {
    const slot = this.#receipts.push(null) - 1;
    this.#bytes[slot] = bytes;
    this.#waves[slot] = this.#calls.begin(bytes);
    this.#pending++;
    return slot;
  }

  /** The next record is not taken. */
  refuse(cause: unknown): void {
    this.#calls.countRefused();
    this.#fail(this.#receipts.push(null) - 1, cause);
  }

  resolve(receipt: ProduceReceipt, slot: number): void {
    this.#receipts[slot] = receipt;
    this.#end(slot, "acked");
  }

  reject(cause: unknown, slot: number): void {
    this.#fail(slot, cause);
    this.#end(slot, "rejected");
  }

  /**
   * The receipts, once all records have settled.
   *
   * @param ended why the batch ended early, if not because of a record that failed; null if all was taken
   *
   * @throws {BatchError} If a record failed, or the batch ended early.
   */
  async receipts(ended: { readonly cause: unknown } | null): Promise<ProduceReceipt[]> {
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#onSettled = resolve);
    const failures = this.#failures.sort((one, other) => one.index - other.index);
    if (ended !== null) failures.push({ index: this.#receipts.length, cause: ended.cause });
    if (failures.length > 0) throw new BatchError(failures, this.#receipts);
    return this.#receipts.filter((receipt) => receipt !== null);
  }

  #fail(index: number, cause: unknown): void {
    // What is wrong with one record says nothing about the next.
    this.#broken ||= !(cause instanceof RecordError || cause instanceof RecordRefusedError);
    this.#failures.push({ index, cause });
  }

  #end(slot: number, as: "acked" | "rejected"): void {
    const wave = this.#waves[slot];
    if (wave !== undefined) this.#calls.end(wave, this.#bytes[slot] ?? 0, as);
    this.#pending--;
    if (this.#pending === 0) this.#onSettled?.();
  }
}
