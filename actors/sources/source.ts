/**
 * The source actor: reads rows through the source port, stamps each batch with the version and epoch it is admitted under,
 * keeps a bounded number of rows unsettled, sends what comes back again in order, and stores what cannot be written.
 *
 * What it has sent is in its {@link DeliveryWindow}, what it reads comes from its {@link RowFeed}; both outlive it: a
 * new incarnation waits for what is under way and reads on from there.
 *
 * @module
 */
import type { RowBatch } from "../../sources/source.ts";
import { assertNever } from "../../kernel/assert_never.ts";
import { partContext } from "../../kernel/part_context.ts";
import type { ActorContext, ActorSpec, Behaviour, Notice, StopPurpose } from "../../kernel/types.ts";
import { endsTopic, OutOfSequenceError } from "../delivery/delivery.ts";
import type { AdmittedBatch, DeliveryWindow } from "../delivery/delivery_window.ts";
import type { PendingBatch } from "../delivery/pending_batch.ts";
import { MovedRowError, RowConflictError, UnknownOrderError } from "../delivery/already_written.ts";
import { isVersionChange } from "../known_epoch.ts";
import { CheckpointKeeper, type KeeperMessage } from "./checkpoint_keeper.ts";
import { DoubtResolver, type DoubtResolverMessage } from "./doubt_resolver.ts";
import { EndConfirmation, type EndConfirmationMessage } from "./end_confirmation.ts";
import { LetterCut, type LetterCutMessage } from "./letter_cut.ts";
import { ProgressWatch } from "./progress_watch.ts";
import { RefusalHandler, type RefusalHandlerMessage } from "./refusal_handler.ts";
import { type ReadingMessage, RowReading } from "./row_reading.ts";
import type { SourceCheckpoint } from "./source_checkpoint.ts";
import type { SourceActorOptions, SourceEnd } from "./source_actor_options.ts";
import { SourceStart, type SourceStartMessage } from "./source_start.ts";
import { SourceTargets, type SourceTargetsMessage } from "./source_targets.ts";

/** What the actor tells itself; each of its parts has messages of its own. */
type Internal =
  | { readonly part: "targets"; readonly message: SourceTargetsMessage }
  | { readonly part: "start"; readonly message: SourceStartMessage }
  | { readonly part: "reading"; readonly message: ReadingMessage }
  | { readonly part: "end"; readonly message: EndConfirmationMessage }
  | { readonly part: "checkpoint"; readonly message: KeeperMessage }
  | { readonly part: "doubts"; readonly message: DoubtResolverMessage }
  | { readonly part: "refused"; readonly message: RefusalHandlerMessage }
  | { readonly part: "cut"; readonly message: LetterCutMessage }
  /** The delay of its watch is over. */
  | { readonly part: "progress" }
  /** Something has changed there. */
  | { readonly part: "window" };

type Context = ActorContext<Internal>;

/** Errors that say why a row can neither be written nor be left out. */
const ROW_IN_DOUBT = [RowConflictError, UnknownOrderError, MovedRowError] as const;

/** The spec of a source's actor. */
export function sourceActor(id: string, options: SourceActorOptions): ActorSpec<never, Internal> {
  const { source, window, observe, onEnded } = options;
  return {
    id,
    capacity: 1,
    significant: false,
    work: {
      waiting: () => window.unsettledRows > 0 || !(source.idle?.() ?? false),
      done: () => window.account.read + window.account.settled,
    },
    onFailed: (cause) => {
      observe({ type: "source_stopped", stage: "receiving", source: source.name, cause });
      onEnded({ type: "stopped", cause });
    },
    shutdownMs: options.shutdownMs,
    start: (context) => new Source(options, context),
  };
}

class Source implements Behaviour<Internal> {
  readonly #options: SourceActorOptions;
  readonly #context: Context;
  readonly #window: DeliveryWindow;
  readonly #checkpoint: SourceCheckpoint | null;
  readonly #targets: SourceTargets;
  readonly #start: SourceStart;
  readonly #reading: RowReading;
  readonly #confirmation: EndConfirmation;
  readonly #doubts: DoubtResolver;
  readonly #refusals: RefusalHandler;
  readonly #letterCut: LetterCut;
  readonly #keeper: CheckpointKeeper | null;
  readonly #progress: ProgressWatch;
  #lookQueued = false;
  #end: SourceEnd | null = null;
  #reported = false;
  #drained: (() => void) | null = null;

  constructor(options: SourceActorOptions, context: Context) {
    const { source, window, feed, observe, stallMs } = options;
    this.#options = options;
    this.#context = context;
    this.#window = window;
    const checkpoint = this.#checkpoint = options.checkpoint?.of ?? null;
    const failed = (cause: unknown) => this.#stop(cause);
    const common = { source, window, feed, checkpoint, observe, failed };
    const reading = this.#reading = new RowReading({
      ...common,
      pace: options.pace,
      opened: () => checkpoint?.checkOpened(feed.stamp),
      context: partContext(context, (message): Internal => ({ part: "reading", message })),
    });
    this.#confirmation = new EndConfirmation({
      ...common,
      reading,
      isOver: () => this.#end !== null,
      confirmed: () => this.#end ??= this.#endOfWindow(),
      context: partContext(context, (message): Internal => ({ part: "end", message })),
    });
    this.#doubts = new DoubtResolver({
      ...common,
      context: partContext(context, (message): Internal => ({ part: "doubts", message })),
    });
    const letterCut = this.#letterCut = new LetterCut({
      ...common,
      limit: options.tooManyDeadLetters,
      context: partContext(context, (message): Internal => ({ part: "cut", message })),
    });
    this.#refusals = new RefusalHandler({
      ...common,
      deadLetters: options.deadLetters,
      allows: (pending, storing) => letterCut.allows(pending, storing),
      onRefused: options.onRefused,
      context: partContext(context, (message): Internal => ({ part: "refused", message })),
    });
    this.#keeper = options.checkpoint
      ? new CheckpointKeeper({
        checkpoint: options.checkpoint.of,
        store: options.checkpoint.store,
        failed,
        context: partContext(context, (message): Internal => ({ part: "checkpoint", message })),
      })
      : null;
    this.#progress = new ProgressWatch({
      window,
      stallMs,
      schedule: (delayMs) => context.schedule(delayMs, { part: "progress" }),
      stalled: (unsettledRows, waitedMs) =>
        observe({ type: "source_stalled", stage: "sending", source: source.name, unsettledRows, waitedMs }),
    });
    window.attach({
      changed: () => this.#lookSoon(),
      returned: (pending, cause) => this.#returned(pending, cause),
    });
    const targets = this.#targets = new SourceTargets({
      ...common,
      epoch: options.epoch(),
      resolveTarget: options.resolveTarget,
      resolved: (own) => this.#start.begin(own),
      context: partContext(context, (message): Internal => ({ part: "targets", message })),
    });
    this.#start = new SourceStart({
      ...common,
      targets,
      open: () => reading.open(),
      context: partContext(context, (message): Internal => ({ part: "start", message })),
    });
  }

  async receive(internal: Internal): Promise<void> {
    switch (internal.part) {
      case "targets":
        this.#targets.receive(internal.message);
        break;
      case "start":
        this.#start.receive(internal.message);
        break;
      case "reading":
        this.#reading.receive(internal.message);
        break;
      case "end":
        this.#confirmation.receive(internal.message);
        break;
      case "checkpoint":
        this.#keeper?.receive(internal.message);
        break;
      case "doubts":
        this.#doubts.receive(internal.message);
        break;
      case "refused":
        this.#refusals.receive(internal.message);
        break;
      case "cut":
        this.#letterCut.receive(internal.message);
        break;
      case "progress":
        this.#progress.timeUp();
        break;
      case "window":
        this.#lookQueued = false;
        break;
      default:
        assertNever(internal);
    }
    await this.#goOn();
  }

  /**
   * A new epoch: what was admitted before stays as it was admitted; nothing is admitted until the new targets are
   * known.
   */
  notice(notice: Notice): void {
    const known = this.#targets.epoch.number;
    if (!isVersionChange(notice) || this.#options.flagFixed === true || notice.number <= known) return;
    this.#targets.change(notice);
  }

  /** Before a restart nothing is drained: the window keeps what is under way for the next incarnation. */
  drain(purpose: StopPurpose): Promise<void> | void {
    if (purpose === "restart") return;
    this.#end ??= { type: "drained" };
    this.#finish();
    if (!this.#reported) return new Promise((resolve) => this.#drained = resolve);
  }

  end(): Promise<void> {
    return this.#reading.release();
  }

  async #goOn(): Promise<void> {
    this.#doubts.look();
    this.#refusals.look();
    const tooMany = this.#letterCut.stoppedBy;
    if (tooMany !== null) this.#stop(tooMany);
    this.#admit();
    this.#readMore();
    for (let next = this.#takeNext(); next !== null; next = this.#takeNext()) {
      const { pending: { batch, epoch, targets }, from, place, delivery } = next;
      try {
        await this.#options.converter.send({ type: "rows_admitted", place, epoch, targets, batch, from, delivery }, {
          signal: this.#context.signal,
        });
      } catch (cause) {
        // This incarnation has ended while it waited for room: no actor has the batch, and none is to blame.
        delivery.fail(new OutOfSequenceError(`The source ended before batch ${place.run}/${place.index} was taken`));
        throw cause;
      }
    }
    this.#keeper?.look();
    this.#progress.look();
    if (this.#window.complete && this.#end === null) this.#confirmation.begin();
    this.#finish();
  }

  #takeNext(): AdmittedBatch | null {
    return this.#stopped ? null : this.#window.takeNext();
  }

  #admit(): void {
    const { ahead } = this.#reading;
    if (ahead === null || this.#end !== null || this.#window.recovering) return;
    const { batch, readAt } = ahead;
    const targets = this.#targets.of(batch);
    if (targets === null || !this.#mayLeave() || !this.#isNoted(batch)) return;
    this.#tellSuperseded(batch);
    try {
      this.#window.admit(batch, { epoch: this.#targets.epoch.number, targets, readAt });
    } catch (error) {
      if (!ROW_IN_DOUBT.some((type) => error instanceof type)) throw error;
      return this.#stop(error);
    }
    this.#reading.admitted();
  }

  /**
   * No row is sent before a checkpoint says by what the file can be known, and no row without its line end before a
   * checkpoint says so: the next run then knows what the topics may have.
   */
  #isNoted({ next, half }: RowBatch): boolean {
    if (this.#keeper === null) return true;
    return this.#keeper.noteFirst(next) && (half === undefined || this.#keeper.note(half));
  }

  #tellSuperseded({ supersedes = [] }: RowBatch): void {
    const { observe, source: { name: source } } = this.#options;
    for (const { row, parts } of supersedes) {
      const messageIds = parts.map(({ messageId }) => messageId);
      observe({ type: "row_superseded", stage: "receiving", source, row, messageIds });
    }
  }

  /**
   * A checkpoint is of one version flag. When that changes, everything before settles and is stored; what follows is under
   * no checkpoint.
   */
  #mayLeave(): boolean {
    const checkpoint = this.#checkpoint;
    const { flag } = this.#targets.epoch;
    if (checkpoint === null || checkpoint.versions === null || checkpoint.versions === flag) return true;
    if (this.#window.unsettledRows > 0) return false;
    this.#storeRest();
    if (!this.#restStored) return false;
    checkpoint.leave(flag);
    return true;
  }

  #readMore(): void {
    if (!this.#reading.idle || this.#end !== null) return;
    const room = Math.min(this.#window.room, this.#checkpoint?.room ?? Infinity);
    if (room === 0) return;
    const { batchRows, limitRows = Infinity } = this.#options;
    const wanted = Math.min(batchRows, room, limitRows - this.#window.account.read);
    if (wanted <= 0) return this.#window.markEnd({ exhausted: false });
    this.#reading.read(wanted);
  }

  #returned(pending: PendingBatch, cause: unknown): void {
    this.#options.observe({
      type: "batch_returned",
      stage: "sending",
      source: this.#options.source.name,
      rows: pending.record.rows,
      attempt: pending.crashes,
      cause,
    });
    // The topic takes nothing more.
    if (endsTopic(cause)) this.#stop(cause);
  }

  #lookSoon(): void {
    if (this.#lookQueued) return;
    this.#lookQueued = true;
    this.#context.tellSelf({ part: "window" });
  }

  /** Nothing more is read or sent; what is under way settles. */
  #stop(cause: unknown): void {
    if (this.#stopped || this.#reported) return;
    this.#end = { type: "stopped", cause };
    this.#options.onStopping?.();
  }

  get #stopped(): boolean {
    return this.#end?.type === "stopped";
  }

  /** A stopped source leaves what came back where it is; a drained one sends it again. */
  get #busy(): boolean {
    return this.#stopped ? this.#window.inFlight : this.#window.unsettledRows > 0;
  }

  #endOfWindow(): SourceEnd {
    const { failure } = this.#window.end;
    return failure === null ? { type: "completed" } : { type: "stopped", cause: failure.cause };
  }

  /** Stores what is left, letters and then a checkpoint. Call it after each message until {@link #restStored}. */
  #storeRest(): void {
    this.#letterCut.finish();
    if (this.#letterCut.finished) this.#keeper?.finish();
  }

  get #restStored(): boolean {
    return this.#letterCut.finished && (this.#keeper?.finished ?? true);
  }

  /** Reports the end, once nothing is under way and the rest is stored. */
  #finish(): void {
    if (this.#end === null || this.#reported || this.#busy) return;
    this.#storeRest();
    if (this.#restStored) this.#report(this.#end);
  }

  #report(end: SourceEnd): void {
    this.#reported = true;
    const { observe, source: { name: source }, onEnded } = this.#options;
    if (end.type === "stopped") {
      observe({ type: "source_stopped", stage: "receiving", source, cause: end.cause });
    } else {
      observe({ type: "source_completed", stage: "receiving", source, rows: this.#window.account.read });
    }
    onEnded(end);
    if (this.#drained !== null) this.#drained();
    else this.#context.stop();
  }
}
