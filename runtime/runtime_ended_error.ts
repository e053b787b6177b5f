/**
 * Why a runtime has ended.
 *
 * @module
 */
import { ActorFailedError, type ActorSystem } from "../kernel/mod.ts";

/**
 * The runtime has ended: by `stop`, or because an actor that every source needs could not do its work. Then `failed` says
 * which, and how often it failed in what time; `cause` is what ended it last.
 */
export class RuntimeEndedError extends Error {
  override readonly name = "RuntimeEndedError";
  readonly failed: ActorFailedError | null;

  constructor(message: string, options: { readonly failed?: ActorFailedError; readonly cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.failed = options.failed ?? null;
  }

  /** @param next what the caller may do about it */
  static of({ reason, cause }: Awaited<ActorSystem["done"]>, next?: string): RuntimeEndedError {
    const hint = next === undefined ? "" : `: ${next}`;
    const orderly = reason === "shutdown" || reason === "killed";
    if (orderly) return new RuntimeEndedError(`The runtime was stopped before every row had settled${hint}`);
    if (!(cause instanceof ActorFailedError)) return new RuntimeEndedError(`The runtime gave up${hint}`, { cause });
    return new RuntimeEndedError(`The runtime gave up: ${cause.message}${hint}`, { failed: cause, cause: cause.cause });
  }
}
