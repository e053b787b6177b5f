/**
 * Why the store of checkpoints refuses one.
 *
 * @module
 */
import { type CheckpointKey, keyText } from "./checkpoint.ts";

/** Why a checkpoint is refused. */
export type CheckpointErrorCode =
  | "damaged" // what is stored is not what was written
  | "exists" // a load of this source has begun already
  | "not_begun" // no load of this source has begun
  | "went_back" // it is behind the one that is stored
  | "other_load" // it is of other flags, topics or another cluster than the one that is stored
  | "invalid"; // it is not consistent in itself

/** A checkpoint that is refused. The message says what to do. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
  constructor(
    readonly code: CheckpointErrorCode,
    readonly key: CheckpointKey,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The error of a checkpoint that is not consistent in itself. */
export function invalid(key: CheckpointKey, problem: string): CheckpointError {
  return new CheckpointError("invalid", key, `The checkpoint of ${keyText(key)} cannot be: ${problem}.`);
}
