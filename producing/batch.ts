/**
 * What becomes of a batch of records.
 *
 * @module
 */
import type { ProduceReceipt } from "./receipt.ts";

/** One record of a batch that was not acknowledged. */
export interface BatchFailure {
  /** Place in the batch, from 0. */
  readonly index: number;
  readonly cause: unknown;
}

/**
 * Some records of a batch were not acknowledged; the others were, and have their receipts. `cause` is the first failure's.
 *
 * A record that breaks a rule does not keep the others from being written. Any other failure ends the batch: records after
 * `receipts.length` were not handed over.
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
  override readonly name = "BatchError";
  /**
   * @param failures at least one, in the order of the batch
   * @param receipts one for each record that was handed over, in the order of the batch; null where it failed
   */
  constructor(readonly failures: readonly BatchFailure[], readonly receipts: readonly (ProduceReceipt | null)[]) {
    const [first] = failures;
    const cause = first?.cause;
    super(
      `${failures.length} of ${receipts.length} records of the batch were not acknowledged, ` +
        `the first at index ${first?.index}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/**
 * The receipts of the calls of a batch, in their order, once all have settled.
 *
 * @param broken why the batch was given up before its end; null if it was not
 *
 * @throws {BatchError} If a call failed, or the batch was given up.
 */
export async function receiptsOf(
  calls: readonly Promise<ProduceReceipt>[],
  broken: { readonly cause: unknown } | null,
): Promise<ProduceReceipt[]> {
  const receipts: (ProduceReceipt | null)[] = [];
  const failures: BatchFailure[] = [];
  for (const [index, result] of (await Promise.allSettled(calls)).entries()) {
    receipts.push(result.status === "fulfilled" ? result.value : null);
    if (result.status === "rejected") failures.push({ index, cause: result.reason });
  }
  if (failures.length === 0 && broken !== null) failures.push({ index: calls.length, cause: broken.cause });
  if (failures.length > 0) throw new BatchError(failures, receipts);
  return receipts.filter((receipt) => receipt !== null);
}
