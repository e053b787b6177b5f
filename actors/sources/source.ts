/**
 * The source actor: reads rows through the source port, stamps each batch with the version and epoch it is admitted under,
 * keeps a bounded number of rows unsettled, sends what comes back again in order, and stores what cannot be written.
 *
 * What it has sent is in its {@link DeliveryWindow}, what it reads comes from its {@link RowFeed}; both outlive it: an
 * actor that is started again waits for what is under way and reads on from there.
 *
 * @module
 */
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { hasRecords } from "../encoding/has_records.ts";
import { type ConfirmedEnd, type Dataset, type RowBatch, type RowSource, SourceError } from "../../sources/source.ts";
import type { Observer } from "../../telemetry/events.ts";
import { CheckpointKeeper, type KeeperMessage } from "./checkpoint_keeper.ts";
import { endsTopic, OutOfSequenceError, type Refusal } from "../delivery/delivery.ts";
import type { DeliveryWindow, PendingBatch } from "../delivery/delivery_window.ts";
import { DoubtfulRows, type DoubtfulRowsMessage } from "./doubtful_rows.ts";
import { assertNever } from "../../kernel/assert_never.ts";
import type { ActorContext, ActorRef, ActorSpec, Behaviour, Notice, StopPurpose } from "../../kernel/types.ts";
import { versionsUnder } from "../../config/version_flag.ts";
import { isVersionChange } from "../known_epoch.ts";
import { LetterCut, type LetterCutMessage } from "./letter_cut.ts";
import type { LetterLimit } from "../delivery/letter_limit.ts";
import type { CheckpointsMessage, ConverterMessage, DeadLettersMessage, Epoch, Target } from "../messages.ts";
import { ProgressWatch } from "./progress_watch.ts";
import { RefusedRows, type RefusedRowsMessage } from "./refused_rows.ts";
import type { RowFeed } from "./row_feed.ts";
import type { RowPace } from "./row_pace.ts";
import { type ReadingMessage, RowReading } from "./row_reading.ts";
import type { SourceCheckpoint } from "./source_checkpoint.ts";
import type { StartPoint } from "./start_point.ts";
import { whenDescriptorsAreFree } from "./when_descriptors_are_free.ts";
import { MovedRowError, RowConflictError, UnknownOrderError } from "../delivery/written_rows.ts";

/** Why a source ended. */
export type SourceEnd =
  | { readonly type: "completed" }
  | { readonly type: "drained" }
  | { readonly type: "stopped"; readonly cause: unknown };

/** What a target depends on besides its version. */
export interface TargetOptions {
  readonly dataset: Dataset;
  /** Topics may have other names while both versions are written. */
  readonly epoch: Epoch;
  /** A record of the version is there; otherwise the target's schema may be null. */
  readonly write: boolean;
  readonly signal: AbortSignal;
}

/** Options of a source actor. */
export interface SourceActorOptions {
  readonly source: RowSource;
  readonly window: DeliveryWindow;
  readonly feed: RowFeed;
  readonly converter: ActorRef<ConverterMessage>;
  readonly deadLetters: ActorRef<DeadLettersMessage>;
  /** Where the source goes on after the process; null: it starts at its beginning each time. @default null */
  readonly checkpoint?: { readonly of: SourceCheckpoint; readonly store: ActorRef<CheckpointsMessage> } | null;
  /** Topic, schema and producer for a version; rejects if the registry or the topic refuses. */
  readonly resolveTarget: (version: SchemaVersion, options: TargetOptions) => Promise<Target>;
  /** The flag at the time of the start; later ones come as notices. */
  readonly epoch: () => Epoch;
  /** Every row is written under the flag of the start, whatever becomes of it. @default false */
  readonly flagFixed?: boolean | undefined;
  readonly observe: Observer;
  /** Rows of one batch. */
  readonly batchRows: number;
  /** Stop after this many rows. */
  readonly limitRows?: number | undefined;
  /** How fast it may read, perhaps together with other sources. @default as fast as it can */
  readonly pace?: RowPace | undefined;
  /** An error if the source has too many dead letters to go on. */
  readonly tooManyDeadLetters: LetterLimit;
  /** Rows that cannot be written go here instead of the dead-letter store (they have a caller who waits). */
  readonly onRefused?: ((batch: RowBatch, refusals: readonly Refusal[]) => void) | undefined;
  /** Called when it takes no more rows before its end; what is under way still settles. */
  readonly onStopping?: (() => void) | undefined;
  /** Called once, when the source has ended for good. */
  readonly onEnded: (end: SourceEnd) => void;
  /** How long rows may be under way without any of them settling, before that is told. */
  readonly stallMs: number;
  readonly shutdownMs: number;
}

type Internal =
  | {
    readonly type: "targets_resolved";
    readonly epoch: number;
    readonly dataset: Dataset;
    readonly targets: readonly Target[];
  }
  | { readonly type: "targets_failed"; readonly epoch: number; readonly cause: unknown }
  | { readonly type: "started"; readonly epoch: number; readonly point: StartPoint }
  | { readonly type: "start_failed"; readonly epoch: number; readonly cause: unknown }
  | KeeperMessage
  | ReadingMessage
  | { readonly type: "end_confirmed"; readonly end: ConfirmedEnd | null }
  | { readonly type: "end_refuted"; readonly cause: unknown }
  | { readonly type: "failed"; readonly cause: unknown }
  | { readonly type: "look_again" }
  | { readonly type: "look_for_progress" }
  | LetterCutMessage
  | DoubtfulRowsMessage
  | RefusedRowsMessage;

type Context = ActorContext<Internal>;

/** Why a row can neither be written nor be left out. */
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
  readonly #reading: RowReading;
  readonly #doubtful: DoubtfulRows;
  readonly #refused: RefusedRows;
  readonly #letterCut: LetterCut;
  readonly #checkpoint: SourceCheckpoint | null;
  readonly #keeper: CheckpointKeeper | null;
  readonly #progress: ProgressWatch;
  #epoch: Epoch;
  #targets: readonly Target[] | null = null;
  /** Of rows of other datasets than the source's own; null while they are being resolved. */
  readonly #otherTargets = new Map<Dataset, readonly Target[] | null>();
  /** From the first targets on: finds out where to start, and then reads there. */
  #phase: "waiting" | "starting" | "reading" = "waiting";
  #lookQueued = false;
  /** Whether it is being found out if the end that was met is the end. */
  #confirming = false;
  /** The file had more when that was found out: once is enough, or a file that always grows would never be done. */
  #hadMore = false;
  #end: SourceEnd | null = null;
  #reported = false;
  #drained: (() => void) | null = null;

  constructor(options: SourceActorOptions, context: Context) {
    this.#options = options;
    this.#context = context;
    this.#window = options.window;
    this.#epoch = options.epoch();
    const { checkpoint } = options;
    this.#checkpoint = checkpoint?.of ?? null;
    this.#keeper = checkpoint
      ? new CheckpointKeeper({ checkpoint: checkpoint.of, store: checkpoint.store, context })
      : null;
    const { window, observe, stallMs, source, deadLetters, onRefused } = options;
    this.#reading = new RowReading({
      feed: options.feed,
      window,
      pace: options.pace,
      context,
      source: source.name,
      observe,
    });
    this.#doubtful = new DoubtfulRows({ window, context });
    const letterCut = new LetterCut({ source, window, limit: options.tooManyDeadLetters, context });
    this.#letterCut = letterCut;
    const allows: LetterCut["allows"] = (pending, storing) => letterCut.allows(pending, storing);
    this.#refused = new RefusedRows({ source, window, deadLetters, allows, onRefused, context });
    this.#progress = new ProgressWatch({
      window,
      stallMs,
      schedule: (delayMs) => context.schedule(delayMs, { type: "look_for_progress" }),
      stalled: (unsettledRows, waitedMs) =>
        observe({ type: "source_stalled", stage: "sending", source: source.name, unsettledRows, waitedMs }),
    });
    this.#window.attach({
      changed: () => this.#lookSoon(),
      returned: (pending, cause) => this.#returned(pending, cause),
    });
    this.#resolveTargets();
  }

  async receive(message: Internal): Promise<void> {
    switch (message.type) {
      case "targets_resolved":
        this.#targetsResolved(message);
        break;
      case "targets_failed":
        // Of an epoch that is over, nobody needs the targets any more.
        if (message.epoch === this.#epoch.number) this.#stop(message.cause);
        break;
      case "started":
        this.#started(message);
        break;
      case "start_failed":
        this.#startFailed(message);
        break;
      case "checkpoint_time":
      case "checkpoint_sent":
      case "checkpoint_saved":
      case "checkpoint_lost":
        this.#keeper?.receive(message);
        break;
      case "checkpoint_impossible":
        this.#keeper?.receive(message);
        this.#stop(message.cause);
        break;
      case "feed_opened":
        this.#reading.receive(message);
        this.#opened();
        break;
      case "end_confirmed":
        this.#endConfirmed(message.end);
        break;
      case "end_refuted":
        this.#endRefuted(message.cause);
        break;
      case "feed_closed":
      case "batch_read":
      case "read_failed":
      case "pace_allows":
        this.#reading.receive(message);
        break;
      case "failed":
        this.#stop(message.cause);
        break;
      case "look_again":
        this.#lookQueued = false;
        break;
      case "look_for_progress":
        this.#progress.timeUp();
        break;
      case "cut_found":
      case "cut_not_found":
        this.#letterCut.receive(message);
        break;
      case "topic_asked":
      case "topic_answered":
        this.#doubtful.receive(message);
        break;
      case "topic_not_answered":
        this.#doubtful.receive(message);
        if (endsTopic(message.cause)) this.#stop(message.cause);
        break;
      case "letters_sent":
      case "letters_stored":
      case "letters_lost":
        this.#refused.receive(message);
        break;
      default:
        assertNever(message);
    }
    await this.#goOn();
  }

  /** A new epoch: what was admitted before goes on as it was; nothing is admitted until the new targets are known. */
  notice(notice: Notice): void {
    if (!isVersionChange(notice) || this.#options.flagFixed === true || notice.number <= this.#epoch.number) return;
    this.#epoch = notice;
    this.#targets = null;
    this.#otherTargets.clear();
    this.#resolveTargets();
  }

  /** Before a restart nothing is drained: the window keeps what is under way for the next incarnation. */
  drain(purpose: StopPurpose): Promise<void> | void {
    if (purpose === "restart") return;
    this.#end ??= { type: "drained" };
    if (!this.#busy && this.#storeRest()) return this.#report();
    return new Promise((resolve) => this.#drained = resolve);
  }

  end(): Promise<void> {
    return this.#reading.release();
  }

  async #goOn(): Promise<void> {
    this.#doubtful.look();
    this.#refused.look();
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
        // This incarnation has ended while it waited for room: nobody has the batch, and nobody is to blame.
        delivery.fail(new OutOfSequenceError(`The source ended before batch ${place.run}/${place.index} was taken`));
        throw cause;
      }
    }
    this.#keeper?.look();
    this.#progress.look();
    if (this.#window.complete && this.#end === null) this.#confirmEnd();
    if (this.#end !== null && !this.#busy && this.#storeRest()) this.#report();
  }

  /** Everything has settled, which may have taken long: whether the file has more by now, and still has what was read. */
  #confirmEnd(): void {
    if (this.#confirming) return;
    const { exhausted, failure } = this.#window;
    // It was to read no further.
    if (!exhausted && failure === null) return this.#endConfirmed(null);
    // Asked again once this incarnation has opened it.
    if (this.#options.feed.mustReopen) return;
    this.#confirming = true;
    this.#context.pipeToSelf(
      this.#options.feed.confirmEnd(this.#checkpoint?.stamp ?? null),
      (end): Internal => ({ type: "end_confirmed", end }),
      (cause): Internal => ({ type: "end_refuted", cause }),
    );
  }

  #endConfirmed(end: ConfirmedEnd | null): void {
    this.#confirming = false;
    const { exhausted, failure, sourceEnd } = this.#window;
    if (end !== null && end.grown && exhausted && failure === null && this.#end === null && !this.#hadMore) {
      this.#hadMore = true;
      this.#window.unmarkEnd();
      return this.#reading.reopen();
    }
    this.#checkpoint?.confirmEnd(end === null || end.grown ? null : end.stamp);
    const heldBack = sourceEnd?.heldBack ?? null;
    if (heldBack !== null) {
      const { observe, source } = this.#options;
      observe({ type: "last_line_held_back", stage: "receiving", source: source.name, ...heldBack });
    }
    this.#end ??= this.#endOfWindow();
  }

  #endRefuted(cause: unknown): void {
    this.#confirming = false;
    if (cause instanceof SourceError && cause.code === "rewritten") this.#checkpoint?.refuteEnd();
    this.#stop(cause);
  }

  /** Between the look at a file and its opening, another one may have taken its name. */
  #opened(): void {
    try {
      this.#checkpoint?.checkOpened(this.#options.feed.stamp);
    } catch (cause) {
      this.#stop(cause);
    }
  }

  #endOfWindow(): SourceEnd {
    const { failure } = this.#window;
    return failure === null ? { type: "completed" } : { type: "stopped", cause: failure.cause };
  }

  /** Has stored what is left, letters and a checkpoint; true once nothing is. To be called again after each message. */
  #storeRest(): boolean {
    if (this.#reported) return true;
    return this.#letterCut.finish() && (this.#keeper?.finish() ?? true);
  }

  #takeNext() {
    return this.#stopped ? null : this.#window.takeNext();
  }

  #targetsResolved(
    { epoch, dataset, targets }: { epoch: number; dataset: Dataset; targets: readonly Target[] },
  ): void {
    if (epoch !== this.#epoch.number) return;
    if (dataset !== this.#options.source) return void this.#otherTargets.set(dataset, targets);
    this.#targets = targets;
    if (this.#phase === "waiting") this.#begin(targets);
  }

  /** Under a checkpoint it is known first where to start. */
  #begin(targets: readonly Target[]): void {
    const checkpoint = this.#checkpoint;
    const { number: epoch, flag: versions } = this.#epoch;
    const known = checkpoint === null || checkpoint.left || checkpoint.versions === versions;
    // What was read is admitted already, or will be: it is no question any more where to start.
    if (known || this.#window.account.read > 0) return this.#open();
    this.#phase = "starting";
    const { clock, signal } = this.#context;
    const { observe, source: { name: source } } = this.#options;
    this.#context.pipeToSelf(
      whenDescriptorsAreFree(() => checkpoint.begin({ versions, targets, signal }), { source, clock, signal, observe }),
      (point): Internal => ({ type: "started", epoch, point }),
      (cause): Internal => ({ type: "start_failed", epoch, cause }),
    );
  }

  #started({ epoch, point: { checkpoint, found, complete } }: { epoch: number; point: StartPoint }): void {
    this.#phase = "waiting";
    if (epoch !== this.#epoch.number) return this.#beginAnew();
    const { observe, source: { name: source } } = this.#options;
    const { position: { row }, counts: { dead_lettered: deadLettered } } = checkpoint;
    if (complete) {
      observe({ type: "source_already_loaded", stage: "receiving", source, rows: row, deadLettered });
      return this.#window.markEnd({ exhausted: true });
    }
    if (row > 0 || found > 0) observe({ type: "source_resumed", stage: "receiving", source, row, found });
    this.#open();
  }

  /** Of an epoch that is over, nobody needs the start any more. */
  #startFailed({ epoch, cause }: { epoch: number; cause: unknown }): void {
    this.#phase = "waiting";
    if (epoch === this.#epoch.number) this.#stop(cause);
    else this.#beginAnew();
  }

  #beginAnew(): void {
    if (this.#targets !== null) this.#begin(this.#targets);
  }

  #admit(): void {
    const { ahead } = this.#reading;
    if (ahead === null || this.#end !== null || this.#window.recovering) return;
    const { batch, readAt } = ahead;
    const targets = this.#targetsOf(batch);
    if (targets === null || !this.#mayLeave() || !this.#isNoted(batch)) return;
    this.#tellSuperseded(batch);
    try {
      this.#window.admit(batch, { epoch: this.#epoch.number, targets, readAt });
    } catch (error) {
      if (!ROW_IN_DOUBT.some((type) => error instanceof type)) throw error;
      return this.#stop(error);
    }
    this.#reading.admitted();
  }

  /**
   * No row is sent before a checkpoint says by what the file can be known, and none without its line end before one says so:
   * the next run knows then what the topics may have.
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

  /** Null while they are being resolved, and while the schema of a first record is. */
  #targetsOf(batch: RowBatch): readonly Target[] | null {
    const { dataset = this.#options.source } = batch;
    const own = dataset === this.#options.source;
    const known = own || this.#targets === null ? this.#targets : this.#otherTargets.get(dataset);
    if (known === null) return null;
    const first = known?.filter((target) => target.schema === null && hasRecords(batch, target)) ?? [];
    if (known !== undefined && first.length === 0) return known;
    if (own) this.#targets = null;
    else this.#otherTargets.set(dataset, null);
    this.#resolveTargets(dataset, first.map(({ version }) => version));
    return null;
  }

  /**
   * A checkpoint is of one version flag. When that changes, everything before settles and is stored; what follows is under
   * no checkpoint.
   */
  #mayLeave(): boolean {
    const checkpoint = this.#checkpoint;
    if (checkpoint === null || checkpoint.versions === null || checkpoint.versions === this.#epoch.flag) return true;
    if (this.#window.unsettledRows > 0 || !this.#storeRest()) return false;
    checkpoint.leave(this.#epoch.flag);
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

  /** @param written Versions that there is a record of. */
  #resolveTargets(dataset: Dataset = this.#options.source, written: readonly SchemaVersion[] = []): void {
    const epoch = this.#epoch;
    const { number, flag } = epoch;
    const { signal } = this.#context;
    this.#context.pipeToSelf(
      Promise.all(
        versionsUnder(flag).map((version) =>
          this.#options.resolveTarget(version, { dataset, epoch, write: written.includes(version), signal })
        ),
      ),
      (targets): Internal => ({ type: "targets_resolved", epoch: number, dataset, targets }),
      (cause): Internal => ({ type: "targets_failed", epoch: number, cause }),
    );
  }

  #open(): void {
    this.#phase = "reading";
    this.#reading.open();
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
    // Nothing that is sent there again would arrive.
    if (endsTopic(cause)) this.#stop(cause);
  }

  #lookSoon(): void {
    if (this.#lookQueued) return;
    this.#lookQueued = true;
    this.#context.tellSelf({ type: "look_again" });
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

  #report(): void {
    if (this.#end === null || this.#reported) return;
    this.#reported = true;
    const { observe, source, onEnded } = this.#options;
    if (this.#end.type === "stopped") {
      observe({ type: "source_stopped", stage: "receiving", source: source.name, cause: this.#end.cause });
    } else {
      const rows = this.#window.account.read;
      observe({ type: "source_completed", stage: "receiving", source: source.name, rows });
    }
    onEnded(this.#end);
    if (this.#drained !== null) this.#drained();
    else this.#context.stop();
  }
}
