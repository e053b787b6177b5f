/**
 * Why a runtime has ended.
 *
 * @module
 */
import { ActorFailedError } from "../kernel/errors.ts";
import type { SystemEnd } from "../kernel/types.ts";

/**
 * The runtime has ended: by `stop`, or because an actor that every source needs could not do its work. Then `failed` says
 * which, and how often it failed in what time; `cause` is what ended it last.
 */
export class RuntimeEndedError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "RuntimeEndedError";
  /** The actor that gave up; null after a stop, or where no actor is known. */
  readonly failed: ActorFailedError | null;

  /** Made when the tree has ended, or before it has started. */
  constructor(message: string, options: { readonly failed?: ActorFailedError; readonly cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.failed = options.failed ?? null;
  }

  /**
   * The error for a system that has ended.
   *
   * @param next what the caller may do about it
   */
  static of({ reason, cause }: SystemEnd, next?: string): RuntimeEndedError {
    const hint = next === undefined ? "" : `: ${next}`;
    const orderly = reason === "shutdown" || reason === "killed";
    if (orderly) return new RuntimeEndedError(`The runtime was stopped before every row had settled${hint}`);
    if (!(cause instanceof ActorFailedError)) return new RuntimeEndedError(`The runtime gave up${hint}`, { cause });
    return new RuntimeEndedError(`The runtime gave up: ${cause.message}${hint}`, { failed: cause, cause: cause.cause });
  }
}
