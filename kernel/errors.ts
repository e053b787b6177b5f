/**
 * The errors that callers of the kernel can catch.
 *
 * @module
 */
import { messageOf } from "./message_of.ts";
import type { StopReason } from "./types.ts";

/** The actor has ended for good and never took the message. Sending again is useless. */
export class ActorStoppedError extends Error {
  override readonly name = "ActorStoppedError";
  readonly path: string;
  readonly reason: StopReason;

  constructor(path: string, reason: StopReason, options: { readonly cause?: unknown } = {}) {
    super(`Actor "${path}" has ended (${reason})`, options);
    this.path = path;
    this.reason = reason;
  }
}

/**
 * The supervisor has given the actor up: it failed again and again with work waiting and did none of it. An actor that
 * ends alone refuses every message with this error. `cause` is what ended it last.
 */
export class ActorFailedError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "ActorFailedError";
  /** Path of the actor in the tree, such as `root/lookup/registry`. */
  readonly path: string;
  /** How often it failed in a row. */
  readonly failures: number;
  /** Milliseconds from the first of these failures to the last. */
  readonly withinMs: number;

  /**
   * Only the supervisor that gives the actor up makes one.
   *
   * @param path path of the actor in the tree
   */
  constructor(
    path: string,
    options: { readonly failures: number; readonly withinMs: number; readonly cause: unknown },
  ) {
    const { failures, withinMs, cause } = options;
    const last = messageOf(cause);
    const times = failures === 1 ? "once" : `${failures} times in ${(withinMs / 1000).toFixed(1)} s`;
    super(`Actor "${path}" failed ${times} with work waiting and none done: ${last}`, { cause });
    this.path = path;
    this.failures = failures;
    this.withinMs = withinMs;
  }
}

/**
 * The incarnation that had the work ended before it settled the work, so the outcome is unknown; `cause` is what ended
 * it. The slot stays valid: send the work again once you know its outcome.
 */
export class ActorRestartedError extends Error {
  override readonly name = "ActorRestartedError";
  readonly path: string;
  /** The incarnation that ended. */
  readonly incarnation: number;

  constructor(path: string, incarnation: number, options: { readonly cause?: unknown } = {}) {
    super(`Incarnation ${incarnation} of actor "${path}" ended before the work was settled`, options);
    this.path = path;
    this.incarnation = incarnation;
  }
}

/** The incarnation did not finish one message; the kernel cannot tell what it waits for. It has no effect any more. */
export class ActorHungError extends Error {
  override readonly name = "ActorHungError";
  readonly path: string;

  constructor(path: string, hungMs: number) {
    super(`Actor "${path}" has had one message in hand for ${hungMs} ms`);
    this.path = path;
  }
}

/** A first start failed; `cause` is what `start` threw, `path` says where in the tree (K7). */
export class ActorStartError extends Error {
  override readonly name = "ActorStartError";
  readonly path: string;

  constructor(path: string, options: { readonly cause: unknown }) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(`Actor "${path}" could not start: ${reason}`, options);
    this.path = path;
  }

  /** The failure of the innermost actor: that one explains the others. */
  static of(path: string, cause: unknown): ActorStartError {
    return cause instanceof ActorStartError ? cause : new ActorStartError(path, { cause });
  }
}

/** An ordered stop took longer than the spec's `shutdownMs`, so the actor was killed (K11). */
export class ShutdownTimeoutError extends Error {
  override readonly name = "ShutdownTimeoutError";
  readonly path: string;
  readonly shutdownMs: number;

  constructor(path: string, shutdownMs: number) {
    super(`Actor "${path}" did not stop within ${shutdownMs} ms and was killed`);
    this.path = path;
    this.shutdownMs = shutdownMs;
  }
}
