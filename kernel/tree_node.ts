/**
 * What actors and supervisors have in common as nodes of the tree.
 *
 * @module
 */
import type { Environment } from "./environment.ts";
import type { ActorFailedError } from "./errors.ts";
import type { ActorRef, DeadLetterReason, Notice, Slot, StopPurpose, StopReason, TreeSnapshot } from "./types.ts";

/** How an incarnation ended. */
export interface Ending {
  readonly reason: StopReason;
  readonly cause?: unknown;
}

/**
 * What becomes of a slot whose incarnation has ended: it starts again, it is over for good, or its budget is spent. A
 * spent budget ends it for good, unless its supervisor gives up with it and is restarted.
 */
export type Verdict = "restart" | "ended" | { readonly failure: ActorFailedError; readonly forGood: boolean };

/** The work of a node at its end. */
export interface WorkAtEnd {
  /** Whether its incarnation has done some. */
  readonly done: boolean;
  /** How much of it waits now. */
  readonly waiting: number;
}

/** The supervisor of a node, or the system for the root. It decides what becomes of the node. */
export interface Owner {
  readonly path: string;
  /** The node calls it, synchronously, at every end that was not ordered. */
  childEnded(node: TreeNode, ending: Ending): Verdict;
}

/** A place in the tree, as supervisors see it. */
export abstract class TreeNode implements Slot {
  readonly id: string;
  #owner: Owner | undefined;
  #environment: Environment | undefined;

  constructor(id: string) {
    if (id === "" || id.includes("/")) {
      throw new TypeError(`Cannot define "${id}" as an id must have at least one character and no slash`);
    }
    this.id = id;
  }

  /** Whether its supervisor gives up when the node does. */
  abstract readonly significant: boolean;
  abstract readonly ref: ActorRef<never> | undefined;
  /** Monotonic time since which the present incarnation runs; undefined if none does. */
  abstract readonly runningSince: number | undefined;
  abstract readonly state: TreeSnapshot["state"];
  /** Number of the latest incarnation; 0 before the first. */
  abstract readonly incarnation: number;

  /** Path in the tree; only the id until the node has its place. */
  get path(): string {
    return this.#owner === undefined || this.#owner.path === "" ? this.id : `${this.#owner.path}/${this.id}`;
  }

  /** Gives the node its place; it can have only one. */
  attach(owner: Owner): void {
    if (this.#owner !== undefined) {
      throw new TypeError(`Cannot use "${this.path}" twice: a slot has one place in one tree, define another`);
    }
    this.#owner = owner;
  }

  bind(environment: Environment): void {
    this.#environment = environment;
  }

  /** Call once at each failure, before the obligations are failed. */
  abstract workAtEnd(): WorkAtEnd;
  /** Starts the next incarnation; if that fails, tells the owner and then rejects with the cause. */
  abstract start(): Promise<void>;
  /** Ordered stop; idempotent. */
  abstract stop(purpose: StopPurpose): Promise<void>;
  /** Ends at once and for good. */
  abstract kill(): void;
  /** Fails the queued messages, so that none is lost with a slot that may never run again. */
  abstract discard(reason: DeadLetterReason): void;
  /** Ends the slot for good: fails the queued messages, and refuses every later one. */
  abstract retire(reason: DeadLetterReason): void;
  abstract notify(notice: Notice): void;
  /** @param inARow restarts in a row, by the supervisor's count */
  abstract snapshot(inARow?: number): TreeSnapshot;
  /** Makes the actor at that path fail as if it had thrown now; false if none runs there. */
  abstract fail(path: string, cause: unknown): boolean;

  protected get environment(): Environment {
    if (this.#environment === undefined) throw new TypeError(`Cannot start "${this.path}" before its tree`);
    return this.#environment;
  }

  protected get boundEnvironment(): Environment | undefined {
    return this.#environment;
  }

  protected get owner(): Owner {
    if (this.#owner === undefined) throw new TypeError(`Cannot start "${this.path}" outside a tree`);
    return this.#owner;
  }
}
