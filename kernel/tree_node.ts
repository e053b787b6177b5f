import type { Environment } from "./environment.ts";
import type { ActorFailedError } from "./errors.ts";
import type { ActorRef, DeadLetterReason, Notice, Slot, StopPurpose, StopReason, TreeSnapshot } from "./types.ts";

/** How an incarnation ended. */
export interface Ending {
  readonly reason: StopReason;
  readonly cause?: unknown;
}

/**
 * What becomes of a slot whose incarnation has ended: it is started again, it is over for good, or its budget is spent; then
 * it is over for good unless its supervisor gives up with it and is restarted.
 */
export type Verdict = "restart" | "ended" | { readonly failure: ActorFailedError; readonly forGood: boolean };

/** What a node was there for when it ended. */
export interface WorkAtEnd {
  /** Whether its incarnation has done any. */
  readonly done: boolean;
  /** How much of it waits now. */
  readonly waiting: number;
}

/** Who decides on the fate of a node: its supervisor, or the system for the root. */
export interface Owner {
  readonly path: string;
  /** Told, synchronously, of every end that was not ordered. */
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

  /** Whether its supervisor gives up with it. */
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

  /** To be asked once at each failure, before obligations are failed. */
  abstract workAtEnd(): WorkAtEnd;
  /** Starts the next incarnation; rejects with the cause if it fails, after the owner was told. */
  abstract start(): Promise<void>;
  /** Ordered stop; idempotent. */
  abstract stop(purpose: StopPurpose): Promise<void>;
  /** Ends at once and for good. */
  abstract kill(): void;
  /** Fails what is queued, so that it is not lost with a slot that may never run again. */
  abstract discard(reason: DeadLetterReason): void;
  /** Over for good: everything queued is failed, everything sent from now on is refused. */
  abstract retire(reason: DeadLetterReason): void;
  abstract notify(notice: Notice): void;
  /** @param inARow restarts in a row, which the supervisor knows */
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
