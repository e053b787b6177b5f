/**
 * Why a record of the embedded producer was not written.
 *
 * @module
 */
import type { WrittenCopy } from "./receipt.ts";

/** A call to a producer that was closed, or a record that was not acknowledged before the producer closed. */
export class ProducerClosedError extends Error {
  override readonly name = "ProducerClosedError";
}

/** A record that cannot be written in the version asked for: its rule, and why. Handing it over again changes nothing. */
export class RecordRefusedError extends Error {
  override readonly name = "RecordRefusedError";
  /**
   * @param rule code of the rule, e.g. `lossy`
   * @param reason one sentence that names field and value
   * @param written the copy that was written nevertheless: under the flag `both` one version may take what the other refuses
   */
  constructor(readonly rule: string, readonly reason: string, readonly written: readonly WrittenCopy[] = []) {
    super(`Cannot produce the record (${rule}): ${reason}`);
  }
}
