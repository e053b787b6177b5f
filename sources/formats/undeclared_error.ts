/**
 * A value that a setting of its source must explain: not a fault of the row, and most likely in every row.
 *
 * @module
 */
import { RecordError, type RecordErrorOptions, type RecordRule } from "../../records/errors.ts";

/** The first row of a source that has it ends the source before anything is written; a later row is a dead letter. */
export class UndeclaredError extends RecordError {
  /** @param options.hint names the setting. */
  constructor(rule: RecordRule, options: RecordErrorOptions & { readonly hint: string }) {
    super(rule, options);
  }
}
