/**
 * What becomes of a batch of records.
 *
 * @module
 */
import { messageOf } from "../kernel/message_of.ts";
import type { ProduceReceipt } from "./receipt.ts";

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

/**
 * The receipts of the calls of a batch, in their order, once all have settled.
 *
 * @param ended why the batch ended early, if not because of a call that failed; null if all was taken
 *
 * @throws {BatchError} If a call failed, or the batch ended early.
 */
export async function receiptsOf(
  calls: readonly Promise<ProduceReceipt>[],
  ended: { readonly cause: unknown } | null,
): Promise<ProduceReceipt[]> {
  const receipts: (ProduceReceipt | null)[] = [];
  const failures: BatchFailure[] = [];
  for (const [index, result] of (await Promise.allSettled(calls)).entries()) {
    receipts.push(result.status === "fulfilled" ? result.value : null);
    if (result.status === "rejected") failures.push({ index, cause: result.reason });
  }
  if (ended !== null) failures.push({ index: calls.length, cause: ended.cause });
  if (failures.length > 0) throw new BatchError(failures, receipts);
  return receipts.filter((receipt) => receipt !== null);
}
