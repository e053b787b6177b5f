/**
 * What the kernel may do with a ref beyond sending: watch the slot behind it. Kept off the public type, so that whoever
 * holds a ref can only send.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { ActorRef, DeadLetterReason, StopReason } from "./types.ts";

/** The end of an incarnation as its slot saw it. */
export interface SlotEnd {
  readonly reason: StopReason;
  readonly cause?: unknown;
  readonly incarnation: number;
  /** Whether the slot will be started again. */
  readonly restarting: boolean;
}

/** The slot behind a ref. */
export interface RefHooks {
  /** Undefined until the tree has started. */
  readonly clock: Clock | undefined;
  /** How the latest incarnation ended; undefined while one runs or none has run. */
  readonly ended: SlotEnd | undefined;
  /** Calls back once at the next end; returns how to leave. */
  onNextEnd(callback: (end: SlotEnd) => void): () => void;
  deadLetter(reason: DeadLetterReason, message: unknown): void;
}

const registry = new WeakMap<object, RefHooks>();

export function registerRef(ref: ActorRef<never>, hooks: RefHooks): void {
  registry.set(ref, hooks);
}

/** Undefined for a ref that no slot stands behind, e.g. a probe. */
export function hooksOf(ref: ActorRef<never>): RefHooks | undefined {
  return registry.get(ref);
}
