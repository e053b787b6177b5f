/**
 * One incarnation of an actor, from its start to its end: the loop that takes messages, and what dies with it.
 *
 * @module
 */
import { makeContext } from "./context.ts";
import type { Timer } from "./clock.ts";
import type { Environment } from "./environment.ts";
import { ActorHungError, ActorStoppedError, ShutdownTimeoutError } from "./errors.ts";
import type { Mailbox, Queued } from "./mailbox.ts";
import type { Obligation } from "./obligation.ts";
import type { Ending } from "./tree_node.ts";
import type { ActorSpec, Behaviour, DeadLetterReason, Notice, StopPurpose, StopReason } from "./types.ts";

/**
 * What the system lane carries. The actor makes an internal message when it takes it: a mapping that throws fails it.
 */
export type SystemEntry<Internal> =
  | { readonly type: "notice"; readonly notice: Notice }
  | { readonly type: "internal"; readonly make: () => Internal };

/** What an incarnation uses of its slot. */
export interface CellHost<Message, Internal> {
  readonly path: string;
  readonly spec: ActorSpec<Message, Internal>;
  readonly mailbox: Mailbox<Message, SystemEntry<Internal>>;
  readonly shutdownMs: number;
  cellStarted(): void;
  /** Must not throw. */
  cellEnded(cell: Cell<Message, Internal>, ending: Ending): void;
  deadLetter(reason: DeadLetterReason, message: unknown): void;
}

/**
 * One incarnation: it owns the loop, the timers and the work in hand. Once it has ended, nothing that it started has an
 * effect, even if one of its `receive` calls still waits for something (K13).
 */
export class Cell<Message, Internal> {
  readonly incarnation: number;
  readonly #host: CellHost<Message, Internal>;
  readonly #environment: Environment;
  readonly #abort = new AbortController();
  readonly #timers = new Set<Timer>();
  /** Obligations of messages taken by this incarnation, until they are settled (K8). */
  readonly #open = new Set<Obligation>();
  readonly #started = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();
  #state: "starting" | "running" | "ended" = "starting";
  #stopping: StopPurpose | undefined;
  #finishing = false;
  #drain: "not_begun" | "pending" | "done" = "not_begun";
  #behaviour: Behaviour<Message | Internal> | undefined;
  /** The user message in hand, if it carries no obligation. */
  #inHand: Queued<Message> | undefined;
  #worked = false;
  /** Bounds the ordered stop, and later the `end` hook. */
  #deadline: Timer | undefined;
  #wake: (() => void) | undefined;

  constructor(host: CellHost<Message, Internal>, environment: Environment, incarnation: number) {
    this.#host = host;
    this.#environment = environment;
    this.incarnation = incarnation;
  }

  get ended(): boolean {
    return this.#state === "ended";
  }

  /** Whether it has done the work of a message: handled the message to its end, or settled its obligation. */
  get worked(): boolean {
    return this.#worked;
  }

  /** Messages that it has taken and not done. */
  get inHand(): number {
    return this.#open.size + (this.#inHand === undefined ? 0 : 1);
  }

  /** Resolves when the `end` hook of this incarnation has finished or run out of time. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** Resolves when the factory has returned the behaviour; rejects with what `start` threw. */
  start(): Promise<void> {
    this.#live();
    return this.#started.promise;
  }

  /** Ordered stop: finishes the work in hand, or kills it after `shutdownMs`. Resolves like `released`. */
  stop(purpose: StopPurpose): Promise<void> {
    if (this.#state === "ended") return this.released;
    if (this.#stopping === undefined) {
      this.#stopping = purpose;
      if (this.#host.shutdownMs === 0) this.#runOutOfTime();
      else this.#deadline = this.#environment.clock.schedule(this.#host.shutdownMs, () => this.#runOutOfTime());
      if (this.#state === "starting") this.#abort.abort(new ActorStoppedError(this.#host.path, "shutdown"));
    } else if (purpose === "stop" && this.#drain === "not_begun") {
      this.#stopping = purpose;
    }
    this.#wakeUp();
    return this.released;
  }

  /** Ends now, without waiting for anything. */
  kill(): void {
    this.#end({ reason: "killed" });
    this.#deadline?.cancel();
    this.#released.resolve();
  }

  /** Ends now, as if the actor had thrown. */
  fail(cause: unknown): void {
    this.#end({ reason: "failed", cause });
  }

  notice(notice: Notice): void {
    // A cell that is still starting gets every retained notice once it has started.
    if (this.#state === "running") this.#host.mailbox.post({ type: "notice", notice });
  }

  /** Fails what this incarnation took and did not settle. */
  failOpen(cause: unknown): void {
    for (const obligation of [...this.#open]) {
      try {
        obligation.fail(cause);
      } catch (failure) {
        this.#environment.events.report(failure);
      }
    }
    this.#open.clear();
  }

  /** Runs from the first line of `start` to the last message; never rejects. */
  async #live(): Promise<void> {
    try {
      const behaviour = await this.#host.spec.start(this.#makeContext());
      if (this.ended) return this.#release(behaviour, "killed");
      this.#behaviour = behaviour;
      if (this.#stopping !== undefined) return this.#end({ reason: "shutdown" });
      this.#state = "running";
      this.#host.mailbox.onReady = () => this.#wakeUp();
      for (const notice of this.#environment.notices.values()) this.notice(notice);
      this.#host.cellStarted();
      this.#started.resolve();
      await this.#loop(behaviour);
    } catch (cause) {
      const interrupted = this.#state === "starting" && this.#stopping !== undefined;
      this.#end(interrupted ? { reason: "shutdown" } : { reason: "failed", cause });
    }
  }

  /** One message a pass (K1): a flat loop, so that a long queue neither grows the stack nor starves the event loop. */
  async #loop(behaviour: Behaviour<Message | Internal>): Promise<void> {
    const { mailbox } = this.#host;
    const { turn } = this.#environment;
    while (!this.ended) {
      if (this.#finishing) return this.#end({ reason: "normal" });
      // The drain begins at once: an actor that keeps itself busy with internal messages would otherwise never reach it.
      const entry = this.#drain === "not_begun" && this.#mayDrain() ? undefined : mailbox.takeSystem();
      if (entry !== undefined) {
        const handled = entry.type === "notice" ? behaviour.notice?.(entry.notice) : behaviour.receive(entry.make());
        if (handled !== undefined) await this.#watched(handled);
      } else if (this.#mayDrain()) {
        if (this.#drain === "done") return this.#end({ reason: "shutdown" });
        if (this.#drain === "not_begun") this.#beginDrain(behaviour);
        else await this.#somethingToDo();
        continue;
      } else {
        const queued = mailbox.take();
        if (queued === undefined) {
          await this.#somethingToDo();
          continue;
        }
        this.#takeInHand(queued);
        const handled = behaviour.receive(queued.message);
        if (handled !== undefined) await this.#watched(handled);
        if (this.#inHand !== undefined) this.#worked = true;
        this.#inHand = undefined;
      }
      if (turn.due()) await turn.next();
    }
  }

  /** Waits until the actor has handled a message; a message that takes too long fails this incarnation. */
  async #watched(handled: Promise<void>): Promise<void> {
    const { hungMs } = this.#host.spec;
    if (hungMs === undefined) return await handled;
    const { clock } = this.#environment;
    const timer = clock.schedule(hungMs, () => this.fail(new ActorHungError(this.#host.path, hungMs)));
    this.#timers.add(timer);
    try {
      await handled;
    } finally {
      timer.cancel();
      this.#timers.delete(timer);
    }
  }

  /** A slot that will start again keeps its queue (K8); one that ends for good handles its queue first (K11). */
  #mayDrain(): boolean {
    return this.#stopping === "restart" || (this.#stopping === "stop" && this.#host.mailbox.size === 0);
  }

  #beginDrain(behaviour: Behaviour<Message | Internal>): void {
    const purpose = this.#stopping ?? "stop";
    if (purpose === "stop") this.#host.mailbox.close();
    this.#drain = "pending";
    const drained = behaviour.drain?.(purpose);
    const onDrained = () => {
      this.#drain = "done";
      this.#wakeUp();
    };
    if (drained === undefined) onDrained();
    else drained.then(onDrained, (cause) => this.fail(cause));
  }

  #takeInHand(queued: Queued<Message>): void {
    this.#inHand = queued;
    const obligation = this.#host.spec.obligation?.(queued.message);
    if (obligation === undefined) return;
    this.#inHand = undefined;
    if (obligation.settled) return;
    this.#open.add(obligation);
    obligation.onSettled(() => {
      this.#open.delete(obligation);
      if (!obligation.failed) this.#worked = true;
    });
  }

  /** The loop awaits nothing between its last look into the lanes and this promise, so it misses no wake-up. */
  #somethingToDo(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #runOutOfTime(): void {
    this.#end({ reason: "killed", cause: new ShutdownTimeoutError(this.#host.path, this.#host.shutdownMs) });
  }

  #end(ending: Ending): void {
    if (this.ended) return;
    const { mailbox, path } = this.#host;
    this.#state = "ended";
    this.#deadline?.cancel();
    for (const timer of this.#timers) timer.cancel();
    mailbox.clearSystem();
    mailbox.onReady = undefined;
    this.#environment.events.emit({ type: "actor_ended", path, incarnation: this.incarnation, ...ending });
    this.#abort.abort(new ActorStoppedError(path, ending.reason, { cause: ending.cause }));
    if (this.#inHand !== undefined) this.#host.deadLetter("in_hand", this.#inHand.message);
    this.#release(this.#behaviour, ending.reason);
    this.#host.cellEnded(this, ending);
    this.#started.reject(ending.cause ?? new ActorStoppedError(path, ending.reason)); // no effect once it has started
    this.#wakeUp();
  }

  /** Runs the `end` hook, which also gets `shutdownMs`; never rejects. */
  async #release(behaviour: Behaviour<Message | Internal> | undefined, reason: StopReason): Promise<void> {
    try {
      const ended = behaviour?.end?.(reason);
      if (ended !== undefined) {
        this.#deadline = this.#environment.clock.schedule(this.#host.shutdownMs, () => this.#released.resolve());
        await ended;
      }
    } catch (cause) {
      this.#environment.events.report(cause);
    } finally {
      this.#deadline?.cancel();
      this.#released.resolve();
    }
  }

  #makeContext() {
    const host = this.#host;
    return makeContext<Internal>({
      incarnation: this.incarnation,
      clock: this.#environment.clock,
      signal: this.#abort.signal,
      timers: this.#timers,
      alive: () => !this.ended,
      post: (make) => {
        if (!this.ended) host.mailbox.post({ type: "internal", make });
      },
      finish: () => {
        this.#finishing = true;
        this.#wakeUp();
      },
      late: (answer) => host.deadLetter("late_reply", answer),
    });
  }
}
