/**
 * Supervision: what happens to children when one of them, or their supervisor, starts, fails or stops.
 *
 * @module
 */
import { ActorNode } from "./actor_node.ts";
import type { Environment } from "./environment.ts";
import { type ActorFailedError, ActorStartError, ActorStoppedError } from "./errors.ts";
import { SupervisedChild } from "./supervised_child.ts";
import { type Ending, type Owner, TreeNode, type Verdict, type WorkAtEnd } from "./tree_node.ts";
import type {
  ActorRef,
  ActorSpec,
  DeadLetterReason,
  Notice,
  StopPurpose,
  SupervisorSlot,
  SupervisorSpec,
  TreeSnapshot,
} from "./types.ts";

/** A supervisor's place in the tree: starts children in order, stops them in reverse, decides on restarts (K9, K11). */
export class SupervisorNode extends TreeNode implements SupervisorSlot, Owner {
  readonly significant = true;
  readonly ref = undefined;
  readonly #spec: SupervisorSpec;
  readonly #children: SupervisedChild[];
  #state: TreeSnapshot["state"] = "starting";
  /** Whether children should run: from a start to the next stop or collapse. */
  #active = false;
  #incarnation = 0;
  #runningSince: number | undefined;
  /** Set by an order to stop, until the next start: an end that was ordered is not reported as a failure. */
  #ordered: StopPurpose | undefined;
  /** Why this incarnation gave up. */
  #failure: Ending | undefined;
  /** The stop or collapse under way, or the latest one. */
  #ending: Promise<void> = Promise.resolve();
  /** The start of all children under way, or the latest one; the next waits for it. */
  #starting: Promise<void> = Promise.resolve();

  constructor(spec: SupervisorSpec) {
    super(spec.id);
    this.#spec = spec;
    this.#children = spec.children.map((slot) => {
      if (!(slot instanceof TreeNode)) {
        throw new TypeError(`Cannot supervise "${slot.id}" as it was not made by defineActor or defineSupervisor`);
      }
      slot.attach(this);
      return new SupervisedChild(slot, { dynamic: false });
    });
  }

  get state(): TreeSnapshot["state"] {
    return this.#state;
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  get runningSince(): number | undefined {
    return this.#runningSince;
  }

  override bind(environment: Environment): void {
    super.bind(environment);
    for (const child of this.#children) child.node.bind(environment);
  }

  async startChild<Message, Internal>(spec: ActorSpec<Message, Internal>): Promise<ActorRef<Message>> {
    const present = await this.#departed(spec.id) ?? this.#find(spec.id);
    if (present === undefined) {
      const node = new ActorNode(spec);
      await this.#introduce(node);
      return node.ref;
    }
    await present.introduction;
    const { ref, path } = present.node;
    if (ref === undefined) throw new TypeError(`Cannot start actor "${path}" as a supervisor has that id`);
    // The id stands for the message type: two specs of one id under one supervisor describe the same actor.
    return ref as ActorRef<Message>;
  }

  start(): Promise<void> {
    this.#ordered = undefined;
    this.#failure = undefined;
    this.#state = "starting";
    this.#active = true;
    this.#incarnation += 1;
    for (const child of this.#children) child.renew(this.#spec, this.environment);
    const started = this.#starting.then(() => this.#startAll());
    this.#starting = started.catch(() => {});
    return started;
  }

  stop(purpose: StopPurpose): Promise<void> {
    if (this.#ordered !== "stop") this.#ordered = purpose;
    this.#deactivate();
    this.#ending = this.#ending.then(() => this.#stopChildren(purpose)).then(() => {
      if (purpose === "stop") this.retire("actor_ended");
      else if (this.#state !== "ended") this.#state = "restarting";
      this.#runningSince = undefined;
    });
    return this.#ending;
  }

  kill(): void {
    this.#ordered = "stop";
    this.#deactivate();
    for (const child of this.#children.toReversed()) child.node.kill();
    this.retire("killed");
  }

  discard(reason: DeadLetterReason): void {
    for (const child of [...this.#children]) child.node.discard(reason);
  }

  retire(reason: DeadLetterReason): void {
    this.#state = "ended";
    for (const child of [...this.#children]) child.node.retire(reason);
  }

  notify(notice: Notice): void {
    for (const child of [...this.#children]) child.node.notify(notice);
  }

  fail(path: string, cause: unknown): boolean {
    return this.#children.some((child) => child.node.fail(path, cause));
  }

  snapshot(inARow = 0): TreeSnapshot {
    return {
      id: this.id,
      path: this.path,
      kind: "supervisor",
      state: this.#state,
      incarnation: this.#incarnation,
      restarts: Math.max(0, this.#incarnation - 1),
      inARow,
      queued: 0,
      children: this.#children.map((child) => child.node.snapshot(child.inARow)),
    };
  }

  childEnded(node: TreeNode, ending: Ending): Verdict {
    const { clock, events } = this.environment;
    const child = this.#children.find((candidate) => candidate.node === node);
    if (child === undefined || this.#ordered === "stop") return "ended";
    // This supervisor ends too, and its own supervisor will decide for all its children.
    if (!this.#active) return "restart";
    if (node.runningSince === undefined) {
      if (child.introduction !== undefined) return "ended";
      if (this.#state === "starting" && child.starting !== undefined) return "restart";
    }
    const now = clock.monotonic();
    child.ran(now);
    if (ending.reason === "normal") {
      if (child.dynamic) this.#leave(child);
      return "ended";
    }
    const { cause } = ending;
    const work = node.workAtEnd();
    const failure = child.spend(now, { work, cause });
    if (failure !== null) return this.#giveUp(child, failure);
    const { waiting } = work;
    const plan = child.schedule(this.environment, () => {
      child.start().catch(() => {}); // failures come through childEnded
    });
    events.emit({
      type: "restart_scheduled",
      path: node.path,
      incarnation: node.incarnation + 1,
      cause,
      waiting,
      ...plan,
    });
    return "restart";
  }

  /** Gives up a child that has failed once too often: the child ends alone, or this supervisor ends with it. */
  #giveUp(child: SupervisedChild, failure: ActorFailedError): Verdict {
    const { path, significant } = child.node;
    this.environment.events.emit({
      type: "budget_exhausted",
      path: this.path,
      child: path,
      significant,
      cause: failure,
    });
    if (significant) this.#collapse({ reason: "budget_exhausted", cause: failure });
    else if (child.dynamic) this.#leave(child);
    return { failure, forGood: !significant };
  }

  async #startAll(): Promise<void> {
    for (let child = this.#firstMissing(); this.#active && child !== undefined; child = this.#firstMissing()) {
      try {
        await child.start();
      } catch (failure) {
        const cause = ActorStartError.of(child.node.path, failure);
        if (this.#active) this.#collapse({ reason: "failed", cause });
      }
    }
    if (!this.#active) {
      await this.#ending;
      throw this.#failure?.cause ?? new ActorStoppedError(this.path, "shutdown");
    }
    this.#state = "running";
    this.#runningSince = this.environment.clock.monotonic();
  }

  /** Ends all children in reverse and leaves the rest to the supervisor above (K9, K10). */
  #collapse(failure: Ending): void {
    this.#failure = failure;
    this.#deactivate();
    this.#ending = this.#ending.then(() => this.#stopChildren("restart")).then(() => {
      if (this.#ordered !== undefined) return;
      const verdict = this.owner.childEnded(this, failure);
      this.#runningSince = undefined;
      this.#state = "restarting";
      const reason = failure.reason === "budget_exhausted" ? "budget_exhausted" : "actor_ended";
      if (verdict === "ended") this.retire(reason);
      else if (verdict !== "restart") this.discard("budget_exhausted");
    }).catch((cause) => this.environment.events.report(cause));
  }

  #deactivate(): void {
    this.#active = false;
    if (this.#state !== "ended") this.#state = "stopping";
    for (const child of this.#children) child.cancel();
  }

  async #stopChildren(purpose: StopPurpose): Promise<void> {
    for (const child of this.#children.toReversed()) {
      if (!child.over && purpose === "restart") child.ran(this.environment.clock.monotonic());
      await child.node.stop(purpose);
      if (child.over && child.dynamic) this.#forget(child);
    }
  }

  /** Lets a child that has ended for good release its resources, then forgets it; resolves when its id is free. */
  #leave(child: SupervisedChild): Promise<void> {
    child.cancel();
    // A turn later, since a caller may be in the middle of the child's end.
    child.leaving ??= Promise.resolve().then(() => child.node.stop("stop")).then(() => this.#forget(child))
      .catch((cause) => this.boundEnvironment?.events.report(cause));
    return child.leaving;
  }

  #firstMissing(): SupervisedChild | undefined {
    return this.#children.find((child) => child.missing);
  }

  #find(id: string): SupervisedChild | undefined {
    return this.#children.find((child) => child.node.id === id);
  }

  /** Waits until a child of that id that has ended for good has released its resources. */
  async #departed(id: string): Promise<undefined> {
    for (let child = this.#find(id); child?.over; child = this.#find(id)) {
      await this.#leave(child);
    }
  }

  /** A supervisor gives up only over waiting work. */
  workAtEnd(): WorkAtEnd {
    return { done: false, waiting: 1 };
  }

  /** Adds a new child synchronously, and starts it if this supervisor runs. */
  async #introduce(node: TreeNode): Promise<void> {
    if (this.#state === "ended" || this.#ordered === "stop") throw new ActorStoppedError(this.path, "shutdown");
    node.attach(this);
    const child = new SupervisedChild(node, { dynamic: true });
    this.#children.push(child);
    if (this.boundEnvironment === undefined) return;
    node.bind(this.environment);
    child.renew(this.#spec, this.environment);
    if (this.#state !== "running") return;
    child.introduction = child.start().catch((cause) => {
      this.#forget(child);
      throw ActorStartError.of(node.path, cause);
    }).finally(() => {
      child.introduction = undefined;
    });
    await child.introduction;
  }

  #forget(child: SupervisedChild): void {
    const index = this.#children.indexOf(child);
    if (index !== -1) this.#children.splice(index, 1);
    child.cancel();
    child.node.retire("actor_ended");
  }
}
