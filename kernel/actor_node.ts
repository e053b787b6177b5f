/**
 * An actor's place in the tree: what survives the actor's restarts.
 *
 * @module
 */
import { Cell, type CellHost, type SystemEntry } from "./cell.ts";
import { type ActorFailedError, ActorRestartedError, ActorStoppedError } from "./errors.ts";
import { Mailbox } from "./mailbox.ts";
import { type Ending, TreeNode, type Verdict, type WorkAtEnd } from "./tree_node.ts";
import type {
  ActorRef,
  ActorSlot,
  ActorSpec,
  DeadLetterReason,
  Notice,
  StopPurpose,
  StopReason,
  TreeSnapshot,
} from "./types.ts";

/** @default of `ActorSpec.shutdownMs` */
const SHUTDOWN_MS = 5000;

/** Timers with a longer delay fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** An actor's place in the tree. It keeps the mailbox and the number of the incarnation over restarts (K8, K13). */
export class ActorNode<Message, Internal> extends TreeNode implements ActorSlot<Message>, CellHost<Message, Internal> {
  readonly shutdownMs: number;
  readonly ref: ActorRef<Message>;
  readonly spec: ActorSpec<Message, Internal>;
  readonly mailbox: Mailbox<Message, SystemEntry<Internal>>;
  #state: TreeSnapshot["state"] = "starting";
  #incarnation = 0;
  #cell: Cell<Message, Internal> | undefined;
  /** Why the latest incarnation ended; undefined while one runs. */
  #endCause: unknown;
  #runningSince: number | undefined;
  /** The failure with which it ended for good while its siblings run on. */
  #failure: ActorFailedError | undefined;
  /** `OwnWork.done()` when it was last called. */
  #ownDone = 0;
  /** Set by an order to stop, until the next start: an end that was ordered is not reported as a failure. */
  #ordered: StopPurpose | undefined;
  /** Moves with every order, so that a start that waited for the previous incarnation knows whether it is still wanted. */
  #orders = 0;

  constructor(spec: ActorSpec<Message, Internal>) {
    super(spec.id);
    const { capacity, shutdownMs = SHUTDOWN_MS } = spec;
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(
        `Cannot define actor "${spec.id}" as capacity must be a positive integer: it is ${capacity}`,
      );
    }
    if (!(shutdownMs >= 0 && shutdownMs <= LONGEST_TIMER_MS)) {
      throw new RangeError(
        `Cannot define actor "${spec.id}" as shutdownMs must be from 0 to ${LONGEST_TIMER_MS}: it is ${shutdownMs}`,
      );
    }
    this.spec = spec;
    this.shutdownMs = shutdownMs;
    this.mailbox = new Mailbox(capacity, (message) => this.#refuse(message, "actor_ended"));
    this.ref = makeRef(this);
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

  get significant(): boolean {
    return this.spec.significant ?? true;
  }

  async start(): Promise<void> {
    const order = ++this.#orders;
    this.#ordered = undefined;
    if (this.#state !== "ended") this.#state = "starting";
    await this.#cell?.released;
    if (order !== this.#orders || this.#state === "ended") throw new ActorStoppedError(this.path, "shutdown");
    this.#endCause = undefined;
    this.#cell = new Cell(this, this.environment, ++this.#incarnation);
    await this.#cell.start();
  }

  async stop(purpose: StopPurpose): Promise<void> {
    this.#orders += 1;
    if (this.#ordered !== "stop") this.#ordered = purpose;
    if (this.#cell === undefined || this.#cell.ended) {
      if (purpose === "stop") this.retire("actor_ended");
      else if (this.#state !== "ended") this.#state = "restarting";
    } else {
      this.#state = "stopping";
    }
    await this.#cell?.stop(purpose);
  }

  kill(): void {
    this.#orders += 1;
    this.#ordered = "stop";
    this.#cell?.kill();
    this.retire("killed");
  }

  cellStarted(): void {
    const { clock, events } = this.environment;
    this.#state = "running";
    this.#runningSince = clock.monotonic();
    events.emit({ type: "actor_started", path: this.path, incarnation: this.#incarnation });
  }

  cellEnded(cell: Cell<Message, Internal>, ending: Ending): void {
    const verdict = this.#judge(ending);
    const givenUp = typeof verdict === "string" ? undefined : verdict;
    const over = verdict === "ended" || givenUp?.forGood === true;
    const { incarnation } = cell;
    const unknown = verdict === "restart" || ending.reason === "failed" || ending.reason === "killed";
    this.#runningSince = undefined;
    this.#state = over ? "ended" : "restarting";
    this.#failure = givenUp?.forGood === true ? givenUp.failure : undefined;
    this.#endCause = givenUp?.failure ?? ending.cause;
    cell.failOpen(
      unknown
        ? new ActorRestartedError(this.path, incarnation, { cause: ending.cause })
        : new ActorStoppedError(this.path, ending.reason),
    );
    if (verdict === "ended") this.retire(ending.reason === "killed" ? "killed" : "actor_ended");
    else if (over) this.retire("budget_exhausted");
    else if (givenUp !== undefined) this.discard("budget_exhausted");
    if (over && givenUp !== undefined) this.#reportFailure(givenUp.failure);
  }

  discard(reason: DeadLetterReason): void {
    for (const message of this.mailbox.takeAll()) this.#refuse(message, reason);
  }

  retire(reason: DeadLetterReason): void {
    this.#state = "ended";
    this.mailbox.close();
    this.discard(reason);
  }

  workAtEnd(): WorkAtEnd {
    const { work } = this.spec;
    const before = this.#ownDone;
    this.#ownDone = work?.done() ?? 0;
    return {
      done: this.#cell?.worked === true || this.#ownDone > before,
      waiting: (this.#cell?.inHand ?? 0) + this.mailbox.waiting + (work?.waiting() === true ? 1 : 0),
    };
  }

  deadLetter(reason: DeadLetterReason, message: unknown): void {
    this.boundEnvironment?.events.emit({ type: "dead_letter", path: this.path, reason, message });
  }

  notify(notice: Notice): void {
    this.#cell?.notice(notice);
  }

  fail(path: string, cause: unknown): boolean {
    if (path !== this.path || this.#cell === undefined || this.#cell.ended) return false;
    this.#cell.fail(cause);
    return true;
  }

  snapshot(inARow = 0): TreeSnapshot {
    return {
      id: this.id,
      path: this.path,
      kind: "actor",
      state: this.#state,
      incarnation: this.#incarnation,
      restarts: Math.max(0, this.#incarnation - 1),
      inARow,
      queued: this.mailbox.size,
      children: [],
    };
  }

  #judge(ending: Ending): Verdict {
    if (this.#ordered === undefined) return this.owner.childEnded(this, ending);
    return this.#ordered === "restart" ? "restart" : "ended";
  }

  #reportFailure(failure: ActorFailedError): void {
    try {
      this.spec.onFailed?.(failure);
    } catch (cause) {
      this.environment.events.report(cause);
    }
  }

  /** Gives up a message that no incarnation will handle: fails its obligation and tells the observers. */
  #refuse(message: Message, reason: DeadLetterReason): void {
    const why: StopReason = reason === "budget_exhausted" || reason === "killed" ? reason : "shutdown";
    try {
      const obligation = this.spec.obligation?.(message);
      if (obligation?.settled === false) {
        obligation.fail(this.#failure ?? new ActorStoppedError(this.path, why, { cause: this.#endCause }));
      }
    } catch (cause) {
      this.boundEnvironment?.events.report(cause);
    }
    this.deadLetter(reason, message);
  }
}

function makeRef<Message, Internal>(node: ActorNode<Message, Internal>): ActorRef<Message> {
  return {
    get path() {
      return node.path;
    },
    send: (message, options) => node.mailbox.send(message, options?.signal),
  };
}

/**
 * Makes an actor's place in the tree. You may hand its `ref` to other actors before the tree starts; messages sent
 * until then wait in the mailbox.
 *
 * @throws {TypeError} if the id is empty or has a slash
 * @throws {RangeError} if capacity is not a positive integer, or shutdownMs is no possible delay
 */
export function defineActor<Message, Internal = never>(spec: ActorSpec<Message, Internal>): ActorSlot<Message> {
  return new ActorNode(spec);
}
