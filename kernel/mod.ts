/**
 * A small actor kernel: typed refs, bounded mailboxes that survive restarts, supervision trees with budgets and jittered
 * backoff, ordered draining stop. Domain-free; docs/semantics.md lists what it guarantees.
 *
 * @module
 */
// Defining and running a tree.
export { defineActor } from "./actor_node.ts";
export { defineSupervisor } from "./supervisor.ts";
export { startSystem, type SystemOptions } from "./system.ts";

// Inside and between actors.
export { assertNever } from "./assert_never.ts";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export {
  ActorFailedError,
  ActorHungError,
  ActorRestartedError,
  ActorStartError,
  ActorStoppedError,
  ShutdownTimeoutError,
} from "./errors.ts";
export { Obligation, ReplyPort } from "./obligation.ts";

// Vocabulary.
export type { BackoffPolicy } from "./backoff.ts";
export type {
  ActorContext,
  ActorRef,
  ActorSlot,
  ActorSpec,
  ActorSystem,
  Behaviour,
  DeadLetterReason,
  KernelEvent,
  KernelObserver,
  Notice,
  RestartBudget,
  Slot,
  StopPurpose,
  StopReason,
  SupervisorSlot,
  SupervisorSpec,
  TreeSnapshot,
} from "./types.ts";
