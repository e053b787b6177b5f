/**
 * The caller that waits for a record which it has handed over.
 *
 * @module
 */
import type { ProduceReceipt } from "./receipt.ts";

/** One of the two is called, once for each record. A call of many records has a slot for each. */
export interface RowCall {
  /** The record is written. */
  resolve(receipt: ProduceReceipt, slot: number): void;
  /** It is not written, or not known to be; `cause` says which. */
  reject(cause: unknown, slot: number): void;
}
