/**
 * Why a record of the embedded producer was not written, or is not known to be. Only an {@link OutcomeUnknownError} leaves
 * that open: after every other error the record is not in its topic, but for the copies that the error names.
 *
 * @module
 */
import { messageOf } from "../kernel/message_of.ts";
import type { WrittenCopy } from "./receipt.ts";

/** A call to a producer that was closed, or a record that was not sent before the producer closed. */
export class ProducerClosedError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "ProducerClosedError";
}

/**
 * The maximum of pending records or bytes is reached: nothing was handed over. `ready()` of the producer waits for
 * room.
 */
export class ProducerFullError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "ProducerFullError";
  /**
   * Made before anything of the call was handed over.
   *
   * @param pending records that have not settled, and about how many bytes of memory they take
   */
  constructor(readonly pending: { readonly records: number; readonly bytes: number }) {
    super(
      `${pending.records} records (about ${
        Math.ceil(pending.bytes / 2 ** 20)
      } MiB) have not settled, and no more are ` +
        "taken: wait for ready() between the calls, or raise the option maxPending",
    );
  }
}

/**
 * The record was sent, and whether it was written is not known: its topic could not be read before `cause` ended the wait.
 * Handed over again, the same v2 record has the same `message_id`, which tells readers.
 */
export class OutcomeUnknownError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "OutcomeUnknownError";
  /**
   * Made when the wait for an answer has ended.
   *
   * @param cause what ended the wait, e.g. a `TopicParkedError`, a `RuntimeEndedError` or a {@link ProducerClosedError}
   * @param written the copy that was written for certain: under the flag `both` one may be known and the other not
   */
  constructor(cause: unknown, readonly written: readonly WrittenCopy[] = []) {
    const why = messageOf(cause);
    super(`Whether the record was written is not known: ${why}`, { cause });
  }
}

/** A record that cannot be written in the version asked for: its rule, and why. Handing it over again changes nothing. */
export class RecordRefusedError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "RecordRefusedError";
  /**
   * Made when a version has refused the record.
   *
   * @param rule code of the rule, e.g. `lossy`
   * @param reason one sentence that names field and value
   * @param written the copy that was written nevertheless: under the flag `both` one version may take what the other refuses
   */
  constructor(readonly rule: string, readonly reason: string, readonly written: readonly WrittenCopy[] = []) {
    super(`Cannot produce the record (${rule}): ${reason}`);
  }
}
