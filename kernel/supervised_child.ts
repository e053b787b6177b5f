import { BackoffSeries } from "./backoff.ts";
import type { Timer } from "./clock.ts";
import type { Environment } from "./environment.ts";
import { ActorFailedError } from "./errors.ts";
import { ChildBudget } from "./restart_budget.ts";
import type { TreeNode, WorkAtEnd } from "./tree_node.ts";
import type { SupervisorSpec } from "./types.ts";

/** The numbers of a restart that has been entered. */
export interface RestartPlan {
  readonly delayMs: number;
  readonly budgetLeft: number;
  readonly inARow: number;
}

/** What a supervisor knows of one child: its budget, its backoff, and what is under way with it. */
export class SupervisedChild {
  readonly node: TreeNode;
  /** Added by `startChild`; forgotten when it has ended for good. */
  readonly dynamic: boolean;
  /** Its very first start, asked for by `startChild`: a failure goes to who asked, not to the budget. */
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

  /** Whether it should run, does not, and nothing is under way that would start it. */
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

  /** Judges a failure: null if the child is to be started again, else what it is given up with. */
  spend(now: number, { work, cause }: { readonly work: WorkAtEnd; readonly cause: unknown }): ActorFailedError | null {
    const { done, waiting } = work;
    if (done) this.#budget?.restore();
    // What holds nothing up may take its time, and costs no more than its backoff.
    if (waiting === 0 || this.#budget === undefined || this.#budget.spend(now)) return null;
    // The innermost is the one to look at.
    if (cause instanceof ActorFailedError) return cause;
    return new ActorFailedError(this.node.path, { ...this.#budget.spent, cause });
  }

  /** Restarts in a row without a healthy interval. */
  get inARow(): number {
    return this.#backoff?.inARow ?? 0;
  }

  /** Enters a restart after the backoff's next delay. */
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

  /** Takes back the restart that is scheduled, if one is. */
  cancel(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
  }
}
