/**
 * The kernel's vocabulary: refs, behaviours, contexts, specs. Domain-free. Rules K1 to K18 are listed in
 * docs/semantics.md; each comment here names the rule it rests on.
 *
 * @module
 */
import type { BackoffPolicy } from "./backoff.ts";
import type { Clock, Timer } from "./clock.ts";
import type { Obligation, ReplyPort } from "./obligation.ts";

/** Why an incarnation ended (K12). */
export type StopReason = "normal" | "shutdown" | "failed" | "killed" | "budget_exhausted";

/** The error of an actor that was given up, its budget spent (K9); its class is `ActorFailedError`. */
export interface ActorFailure extends Error {
  /** Path of the actor in the tree, such as `root/lookup/registry`. */
  readonly path: string;
  /** How often it failed since it last did any work. */
  readonly failures: number;
  /** From the first of these failures to the last. */
  readonly withinMs: number;
}

/** Why an ordered stop happens: for good, or because the supervisor failed and will start its children again. */
export type StopPurpose = "stop" | "restart";

/** The address of an actor. It names the slot, so it stays valid over restarts (K8). */
export interface ActorRef<in Message> {
  /** Slash-separated path in the tree, e.g. `root/producers/market.equities.trades.asx`. */
  readonly path: string;
  /**
   * Waits for room in the mailbox (back-pressure) and resolves once the message is queued. Rejects only with the reason
   * of `signal`. If the actor has ended for good, the message becomes a dead letter and its obligation is failed (K3).
   */
  send(message: Message, options?: { readonly signal?: AbortSignal }): Promise<void>;
}

/** System-lane message to every actor below a supervisor, e.g. a new epoch of a flag (K2, K17). */
export interface Notice {
  readonly type: string;
}

/** One incarnation of an actor: what the factory returns. */
export interface Behaviour<Message> {
  /** Handles one message; the next user message waits until the promise resolves (K1). A throw ends the incarnation (K6). */
  receive(message: Message): void | Promise<void>;
  /** A system-lane notice; comes before any user message (K2). */
  notice?(notice: Notice): void | Promise<void>;
  /**
   * Ordered stop (K11). Called when every queued user message has been handled; resolve it when all work in hand is
   * done. Internal messages (pipeToSelf, timers, reply ports) still arrive meanwhile. Bounded by the spec's
   * `shutdownMs`. With `restart` the supervisor has given up over a sibling and will start this actor again: the next
   * incarnation gets the queue. Leave work that waits for the failed sibling.
   */
  drain?(purpose: StopPurpose): void | Promise<void>;
  /**
   * Releases resources at the end of an incarnation, for any reason. Must not wait for messages. The next incarnation
   * starts when it has finished, or after `shutdownMs`. A throw is reported as `observer_failed`.
   */
  end?(reason: StopReason): void | Promise<void>;
}

/** What an incarnation may use. All timers and pipes die with the incarnation (K13, K14). */
export interface ActorContext<Internal = never> {
  /** 1 for the first incarnation. */
  readonly incarnation: number;
  readonly clock: Clock;
  /**
   * Aborted when this incarnation ends or is killed, and when a start is no longer wanted. Pass it to every `send` and
   * every wait: a killed `receive` that still waits for room elsewhere would deliver a message that its sender counts
   * as lost.
   */
  readonly signal: AbortSignal;
  /** Posts the result of a promise to this incarnation's own system lane; never an unhandled rejection (K5, K15). */
  pipeToSelf<T>(work: Promise<T>, onValue: (value: T) => Internal, onError: (cause: unknown) => Internal): void;
  /**
   * A one-shot port whose answer arrives as an internal message, made by `onError` if the port is failed. The port is
   * the obligation of the message that carries it.
   */
  replyPort<T>(onValue: (value: T) => Internal, onError: (cause: unknown) => Internal): ReplyPort<T>;
  /** Delivers an internal message after a delay. */
  schedule(delayMs: number, message: Internal): Timer;
  /** Queues an internal message to itself. */
  tellSelf(message: Internal): void;
  /** Ends this actor for good after the message in hand, without `drain`. */
  stop(): void;
}

/** Work of an actor that does not arrive as messages. */
export interface OwnWork {
  /** Whether there is something for it to do. */
  waiting(): boolean;
  /** A count that grows as work is done. */
  done(): number;
}

/** What an actor is: identity, mailbox bound and the factory of its incarnations (K7). */
export interface ActorSpec<Message, Internal = never> {
  /** Unique among its siblings; no slash. */
  readonly id: string;
  /** Bound of the user lane, in messages (K2). */
  readonly capacity: number;
  /** Time for an ordered stop before the actor is killed. @default 5000 */
  readonly shutdownMs?: number;
  /**
   * An incarnation that has had one message in hand for this long is hung, and fails (K10). Do not set it for an actor
   * that may have to wait for room in another mailbox. @default never
   */
  readonly hungMs?: number;
  /**
   * The obligation that a message carries, if any. One obligation is for one mailbox: an actor that hands the work on gives
   * the next one an obligation of its own, and settles this one when the next mailbox has it.
   */
  readonly obligation?: (message: Message) => Obligation | undefined;
  /** Its work besides messages. @default none */
  readonly work?: OwnWork;
  /**
   * False: when its budget is spent it ends for good alone, and its siblings run on. True: its supervisor gives up with it,
   * since its siblings are of no use without it (K9). @default true
   */
  readonly significant?: boolean;
  /** Called when its budget is spent and it has ended for good alone. */
  readonly onFailed?: (failure: ActorFailure) => void;
  /** Called once per incarnation. A throw at first start fails the start of the tree; on a restart it spends budget. */
  readonly start: (
    context: ActorContext<Internal>,
  ) => Behaviour<Message | Internal> | Promise<Behaviour<Message | Internal>>;
}

/**
 * Counted for each child separately: after `intensity` failures within `periodMs` that held work up, with no work done
 * in between, the next failure is one too many (K9).
 */
export interface RestartBudget {
  readonly intensity: number;
  readonly periodMs: number;
}

/** A node that starts children in order, stops them in reverse and restarts each that fails by itself. */
export interface SupervisorSpec {
  readonly id: string;
  readonly budget: RestartBudget;
  readonly backoff: BackoffPolicy;
  readonly children: readonly Slot[];
}

/** A place in the tree, made by `defineActor` or `defineSupervisor`; you can refer to it before the tree starts. */
export interface Slot {
  readonly id: string;
}

/** An actor's place: its mailbox lives here and survives restarts. */
export interface ActorSlot<Message> extends Slot {
  readonly ref: ActorRef<Message>;
}

/** A supervisor's place. You may add children while it runs; they survive its restarts. */
export interface SupervisorSlot extends Slot {
  readonly path: string;
  /**
   * Starts one more child (last in start order). If there is a child of that id, returns its ref. If the supervisor
   * does not run yet, only adds the child, which starts with the others. If the first start fails, rejects with
   * `ActorStartError` and forgets the child.
   */
  startChild<Message, Internal>(spec: ActorSpec<Message, Internal>): Promise<ActorRef<Message>>;
}

/** What the kernel tells its observers. Observers run isolated (K15). */
export type KernelEvent =
  | { readonly type: "actor_started"; readonly path: string; readonly incarnation: number }
  | {
    readonly type: "actor_ended";
    readonly path: string;
    readonly incarnation: number;
    readonly reason: StopReason;
    readonly cause?: unknown;
  }
  | {
    readonly type: "restart_scheduled";
    readonly path: string;
    /** Number of the next incarnation. */
    readonly incarnation: number;
    readonly cause: unknown;
    readonly delayMs: number;
    readonly budgetLeft: number;
    /** Messages that wait for it: queued, or taken and not settled. */
    readonly waiting: number;
    /** How many restarts in a row without a healthy interval; the log level rises with it (K10). */
    readonly inARow: number;
  }
  | {
    readonly type: "budget_exhausted";
    /** The supervisor of the child. */
    readonly path: string;
    /** Path of the child whose failure was one too many. */
    readonly child: string;
    /** True: the supervisor gives up with it; false: the child ends alone. */
    readonly significant: boolean;
    readonly cause: ActorFailure;
  }
  | {
    readonly type: "dead_letter";
    readonly path: string;
    readonly reason: DeadLetterReason;
    readonly message: unknown;
  }
  | { readonly type: "observer_failed"; readonly cause: unknown };

/**
 * Why a message could not be delivered or answered:
 *
 * - `actor_ended`: sent to, or still queued in, an actor that has ended for good
 * - `late_reply`: an answer that came after the end of the incarnation that asked
 * - `budget_exhausted`: still queued when the restart budget was spent
 * - `killed`: still queued when an ordered stop ran out of time
 * - `in_hand`: in hand, without an obligation, when the incarnation failed or was killed
 */
export type DeadLetterReason = "actor_ended" | "late_reply" | "budget_exhausted" | "killed" | "in_hand";

/**
 * Hears of what the kernel does. The kernel reports what it throws as `observer_failed` and never propagates it (K15).
 */
export type KernelObserver = (event: KernelEvent) => void;

/** How a tree has ended. */
export interface SystemEnd {
  /** `shutdown` or `killed` after a stop; `budget_exhausted` if the tree gave up. */
  readonly reason: StopReason;
  /** Why the tree gave up; absent after a stop. */
  readonly cause?: unknown;
}

/** A running tree. */
export interface ActorSystem {
  /**
   * Ordered stop in reverse start order. At one overall deadline the system kills what is left. Idempotent; the
   * earliest deadline of all callers holds (K11).
   *
   * @param options `deadlineMs` is 30,000 by default
   */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>;
  /** Resolves when the root has ended: by `stop`, or because it gave up (K10). */
  readonly done: Promise<SystemEnd>;
  /**
   * Sends a notice to every actor below the root; the latest per type reaches later incarnations first (K2, K17).
   * @internal
   */
  notify(notice: Notice): void;
  /** The tree as it stands, for status pages and tests. */
  snapshot(): TreeSnapshot;
}

/** A node of the tree as it stands. */
export interface TreeSnapshot {
  /** Name within the supervisor. */
  readonly id: string;
  /** Where it stands in the tree, such as `root/lookup/registry`. */
  readonly path: string;
  /** Whether it works itself, or starts and restarts others. */
  readonly kind: "actor" | "supervisor";
  /** What it is doing; `restarting` is the wait before the next incarnation. */
  readonly state: "starting" | "running" | "restarting" | "stopping" | "ended";
  /** Number of its present life, from 1: one more with each restart. */
  readonly incarnation: number;
  /** How often it was restarted since the start of the system. */
  readonly restarts: number;
  /** Restarts in a row without a healthy interval; 0 for one that has never failed, and for the root. */
  readonly inARow: number;
  /** Queued messages in the user lane; 0 for supervisors. */
  readonly queued: number;
  /** What it supervises, in start order; empty for an actor. */
  readonly children: readonly TreeSnapshot[];
}
