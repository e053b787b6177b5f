/**
 * Starts a tree, stops it, and reports its end.
 *
 * @module
 */
import { type Clock, systemClock } from "./clock.ts";
import type { Environment } from "./environment.ts";
import { ActorStartError } from "./errors.ts";
import { EventHub } from "./event_hub.ts";
import { registerSystem } from "./system_registry.ts";
import { type Ending, type Owner, TreeNode, type Verdict } from "./tree_node.ts";
import { Turn } from "./turn.ts";
import type { ActorSystem, KernelObserver, Notice, SupervisorSlot, TreeSnapshot } from "./types.ts";

/** Options of {@link startSystem}. */
export interface SystemOptions {
  /** @default systemClock */
  readonly clock?: Clock;
  /** They hear of everything that the kernel does; a failing one disturbs neither it nor the others (K15). @default [] */
  readonly observers?: readonly KernelObserver[];
  /** Uniform in [0, 1), for the jitter of restarts. @default Math.random */
  readonly random?: () => number;
}

/** @default of `deadlineMs` of `ActorSystem.stop` */
const STOP_DEADLINE_MS = 30_000;

/**
 * Starts a tree: every actor, in order. The first failure of a start stops what has started, in reverse, and becomes
 * the reason of the rejection; later failures are for the supervisors to handle (K7, K9).
 *
 * @throws {ActorStartError} if an actor does not start; `cause` is what its `start` threw
 */
export async function startSystem(root: SupervisorSlot, options: SystemOptions = {}): Promise<ActorSystem> {
  if (!(root instanceof TreeNode)) {
    throw new TypeError(`Cannot start "${root.id}" as it was not made by defineSupervisor`);
  }
  const { clock = systemClock, observers = [], random = Math.random } = options;
  const events = new EventHub(observers);
  const system = new RunningSystem(root, { clock, random, events, turn: new Turn(clock), notices: new Map() });
  try {
    await root.start();
  } catch (cause) {
    throw ActorStartError.of(root.path, cause);
  }
  return system;
}

class RunningSystem implements ActorSystem, Owner {
  readonly path = "";
  readonly done: Promise<Ending>;
  readonly #root: TreeNode;
  readonly #environment: Environment;
  readonly #resolveDone: (ending: Ending) => void;
  #stopping: Promise<void> | undefined;

  constructor(root: TreeNode, environment: Environment) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.done = promise;
    this.#resolveDone = resolve;
    this.#root = root;
    this.#environment = environment;
    root.attach(this);
    root.bind(environment);
    registerSystem(this, root);
  }

  stop(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    const { clock } = this.#environment;
    const { deadlineMs = this.#stopping === undefined ? STOP_DEADLINE_MS : undefined } = options;
    this.#stopping ??= this.#root.stop("stop").then(() => this.#resolveDone({ reason: "shutdown" }));
    if (deadlineMs === undefined) return this.#stopping;
    // A later caller may allow less time than the first; the earliest deadline holds.
    const deadline = clock.schedule(deadlineMs, () => {
      this.#root.kill();
      this.#resolveDone({ reason: "killed" });
    });
    this.done.then(() => deadline.cancel());
    return this.#stopping;
  }

  notify(notice: Notice): void {
    const { notices } = this.#environment;
    notices.delete(notice.type); // so that the map stays in order of arrival
    notices.set(notice.type, notice);
    this.#root.notify(notice);
  }

  snapshot(): TreeSnapshot {
    return this.#root.snapshot();
  }

  /** The root gave up: no supervisor is above it to restart it (K10). */
  childEnded(_root: TreeNode, ending: Ending): Verdict {
    this.#resolveDone(ending);
    return "ended";
  }
}
