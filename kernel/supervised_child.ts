/**
 * The state that a supervisor keeps for each child.
 *
 * @module
 */
import { BackoffSeries } from "./backoff.ts";
import type { Timer } from "./clock.ts";
import type { Environment } from "./environment.ts";
import { ActorFailedError } from "./errors.ts";
import { ChildBudget } from "./restart_budget.ts";
import type { TreeNode, WorkAtEnd } from "./tree_node.ts";
import type { SupervisorSpec } from "./types.ts";

/** The numbers of a scheduled restart. */
export interface RestartPlan {
  readonly delayMs: number;
  readonly budgetLeft: number;
  readonly inARow: number;
}

/** What a supervisor knows of one child: its budget, its backoff, and the start or restart under way. */
export class SupervisedChild {
  readonly node: TreeNode;
  /** True if `startChild` added it; the supervisor forgets it when it has ended for good. */
  readonly dynamic: boolean;
  /** Its very first start, by `startChild`: the caller gets a failure, and the budget is not charged. */
  introduction: Promise<void> | undefined;
  /** The start that is under way. */
  starting: Promise<void> | undefined;
  /** The release of a dynamic child that has ended for good, while it is under way; resolves when the child is forgotten. */
  leaving: Promise<void> | undefined;
  #budget: ChildBudget | undefined;
  #backoff: BackoffSeries | undefined;
  #pending: Timer | undefined;

  constructor(node: TreeNode, options: { readonly dynamic: boolean }) {
    this.node = node;
    this.dynamic = options.dynamic;
  }

  /** Whether a restart is scheduled. */
  get pending(): boolean {
    return this.#pending !== undefined;
  }

  /** Whether an incarnation runs, starts or stops. */
  get up(): boolean {
    return this.starting !== undefined || this.node.state === "running" || this.node.state === "stopping";
  }

  /** Whether it has ended for good. */
  get over(): boolean {
    return this.node.state === "ended";
  }

  /** Whether it should run but does not, and no start is under way or scheduled. */
  get missing(): boolean {
    return !this.up && !this.over && !this.pending;
  }

  /** Budget and backoff begin anew with each incarnation of the supervisor. */
  renew(spec: SupervisorSpec, environment: Environment): void {
    this.#budget = new ChildBudget(spec.budget);
    this.#backoff = new BackoffSeries(spec.backoff, environment.random);
  }

  start(): Promise<void> {
    this.cancel();
    const starting = this.node.start().finally(() => {
      this.starting = undefined;
    });
    this.starting = starting;
    return starting;
  }

  /** Tells the backoff how long the incarnation ran that ends now. */
  ran(now: number): void {
    if (this.node.runningSince !== undefined) this.#backoff?.ran(now - this.node.runningSince);
  }

  /** Judges a failure: null if the supervisor should start the child again, else the error to give it up with. */
  spend(now: number, { work, cause }: { readonly work: WorkAtEnd; readonly cause: unknown }): ActorFailedError | null {
    const { done, waiting } = work;
    if (done) this.#budget?.restore();
    // A child that holds nothing up may keep failing: it costs no more than its backoff.
    if (waiting === 0 || this.#budget === undefined || this.#budget.spend(now)) return null;
    // The innermost failure explains the others.
    if (cause instanceof ActorFailedError) return cause;
    return new ActorFailedError(this.node.path, { ...this.#budget.spent, cause });
  }

  /** Restarts in a row without a healthy interval. */
  get inARow(): number {
    return this.#backoff?.inARow ?? 0;
  }

  /** Schedules a restart after the backoff's next delay. */
  schedule(environment: Environment, restart: () => void): RestartPlan {
    const { clock } = environment;
    const delayMs = this.#backoff?.next() ?? 0;
    this.cancel();
    this.#pending = clock.schedule(delayMs, () => {
      this.#pending = undefined;
      restart();
    });
    const budgetLeft = this.#budget?.left(clock.monotonic()) ?? 0;
    return { delayMs, budgetLeft, inARow: this.inARow };
  }

  /** Cancels the scheduled restart, if there is one. */
  cancel(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
  }
}
