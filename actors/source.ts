/**
 * The source actor: reads rows through the source port, stamps each batch with the version and epoch it is admitted under,
 * keeps a bounded number of rows unsettled, sends what comes back again in order, and stores what cannot be written.
 *
 * What it has sent is in its {@link DeliveryWindow}, which outlives it: an actor that is started again waits for what is
 * under way and reads on from there.
 *
 * @module
 */
import type { SchemaVersion } from "../schemas/record_types.ts";
import type { RowBatch, RowReader, RowSource } from "../sources/source.ts";
import type { DeadLetter } from "../state/dead_letters.ts";
import type { Observer } from "../telemetry/events.ts";
import type { Account } from "./account.ts";
import { deadLettersOf } from "./dead_letter_rows.ts";
import { TopicParkedError } from "./delivery.ts";
import type { DeliveryWindow, PendingBatch } from "./delivery_window.ts";
import { AnswerDebt } from "./debt.ts";
import type { Refusal } from "./delivery.ts";
import { assertNever } from "./kernel/assert_never.ts";
import type { ActorContext, ActorRef, ActorSpec, Behaviour, Notice, StopPurpose } from "./kernel/types.ts";
import type {
  ConverterMessage,
  DeadLettersMessage,
  Epoch,
  Target,
  VersionChanged,
  VersionFlagValue,
} from "./messages.ts";
import { RowPace } from "./row_pace.ts";

/** Why a source ended. */
export type SourceEnd =
  | { readonly type: "completed" }
  | { readonly type: "drained" }
  | { readonly type: "stopped"; readonly cause: unknown };

/** What a target depends on besides its version. */
export interface TargetOptions {
  /** Topics may have other names while both versions are written. */
  readonly flag: VersionFlagValue;
  readonly signal: AbortSignal;
}

/** Options of a source actor. */
export interface SourceActorOptions {
  readonly source: RowSource;
  readonly window: DeliveryWindow;
  readonly converter: ActorRef<ConverterMessage>;
  readonly deadLetters: ActorRef<DeadLettersMessage>;
  /** Topic, schema and producer for a version; rejects if the registry or the topic refuses. */
  readonly resolveTarget: (version: SchemaVersion, options: TargetOptions) => Promise<Target>;
  /** The flag at the time of the start; later ones come as notices. */
  readonly epoch: () => Epoch;
  readonly observe: Observer;
  /** Rows of one batch. */
  readonly batchRows: number;
  /** Stop after this many rows. */
  readonly limitRows?: number | undefined;
  /** Most rows a second. */
  readonly rowsPerSecond?: number | undefined;
  /** An error if the source has too many dead letters to go on. */
  readonly tooManyDeadLetters: (account: Account) => Error | null;
  /** Rows that cannot be written go here instead of the dead-letter store (they have a caller who waits). */
  readonly onRefused?: ((batch: RowBatch, refusals: readonly Refusal[]) => void) | undefined;
  /** Called once, when the source has ended for good. */
  readonly onEnded: (end: SourceEnd) => void;
  readonly shutdownMs: number;
}

type Internal =
  | { readonly type: "targets_resolved"; readonly epoch: number; readonly targets: readonly Target[] }
  | { readonly type: "reader_opened"; readonly reader: RowReader }
  | { readonly type: "batch_read"; readonly batch: RowBatch | null; readonly readAt: number }
  | { readonly type: "failed"; readonly cause: unknown }
  | { readonly type: "look_again" }
  | { readonly type: "letters_stored"; readonly pending: PendingBatch }
  | { readonly type: "letters_lost"; readonly pending: PendingBatch };

type Context = ActorContext<never, Internal>;

/** The spec of a source's actor. */
export function sourceActor(id: string, options: SourceActorOptions): ActorSpec<never, Internal> {
  return {
    id,
    capacity: 1,
    restart: "transient",
    shutdownMs: options.shutdownMs,
    start: (context) => new Source(options, context),
  };
}

class Source implements Behaviour<Internal> {
  readonly #options: SourceActorOptions;
  readonly #context: Context;
  readonly #window: DeliveryWindow;
  readonly #pace: RowPace;
  readonly #storing = new Set<PendingBatch>();
  #epoch: Epoch;
  #targets: readonly Target[] | null = null;
  #opening = false;
  #reader: RowReader | null = null;
  #reading = false;
  #readAhead: { batch: RowBatch; readAt: number } | null = null;
  #lookQueued = false;
  #end: SourceEnd | null = null;
  #reported = false;
  #drained: (() => void) | null = null;

  constructor(options: SourceActorOptions, context: Context) {
    this.#options = options;
    this.#context = context;
    this.#window = options.window;
    this.#pace = new RowPace(context.clock, options.rowsPerSecond);
    this.#epoch = options.epoch();
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
      case "reader_opened":
        this.#reader = message.reader;
        this.#window.account.countOpened(this.#context.clock.monotonic());
        break;
      case "batch_read":
        this.#read(message);
        break;
      case "failed":
        this.#stop(message.cause);
        break;
      case "look_again":
        this.#lookQueued = false;
        break;
      case "letters_stored":
        this.#storing.delete(message.pending);
        this.#window.deadLettersStored(message.pending);
        break;
      case "letters_lost":
        this.#storing.delete(message.pending);
        break;
      default:
        assertNever(message);
    }
    await this.#goOn();
  }

  /** A new epoch: what was admitted before goes on as it was; nothing is admitted until the new targets are known. */
  notice(notice: Notice): void {
    if (!isVersionChange(notice) || notice.number <= this.#epoch.number) return;
    this.#epoch = notice;
    this.#targets = null;
    this.#resolveTargets();
  }

  /** Before a restart nothing is drained: the window keeps what is under way for the next incarnation. */
  drain(purpose: StopPurpose): Promise<void> | void {
    if (purpose === "restart") return;
    this.#end ??= { type: "drained" };
    if (!this.#busy) return this.#report();
    return new Promise((resolve) => this.#drained = resolve);
  }

  async end(): Promise<void> {
    await this.#reader?.close();
  }

  async #goOn(): Promise<void> {
    this.#storeRefused();
    const tooMany = this.#options.tooManyDeadLetters(this.#window.account);
    if (tooMany !== null) this.#stop(tooMany);
    this.#admit();
    this.#readMore();
    for (const { pending, place, delivery } of this.#stopped ? [] : this.#window.takeQueued()) {
      const { batch, epoch, targets } = pending;
      try {
        await this.#options.converter.send({ type: "rows_admitted", place, epoch, targets, batch, delivery }, {
          signal: this.#context.signal,
        });
      } catch (cause) {
        delivery.fail(cause);
        throw cause;
      }
    }
    if (this.#window.complete) this.#end ??= { type: "completed" };
    if (this.#end !== null && !this.#busy) this.#report();
  }

  #targetsResolved({ epoch, targets }: { epoch: number; targets: readonly Target[] }): void {
    if (epoch !== this.#epoch.number) return;
    this.#targets = targets;
    if (!this.#opening) this.#open();
  }

  #read({ batch, readAt }: { batch: RowBatch | null; readAt: number }): void {
    this.#reading = false;
    if (batch === null) this.#window.markEnd();
    else this.#readAhead = { batch, readAt };
  }

  #admit(): void {
    if (this.#readAhead === null || this.#targets === null || this.#end !== null || this.#window.recovering) return;
    const { batch, readAt } = this.#readAhead;
    this.#readAhead = null;
    this.#window.admit(batch, { epoch: this.#epoch.number, targets: this.#targets, readAt });
    this.#pace.count(batch.rows.length);
  }

  #readMore(): void {
    if (this.#reader === null || this.#reading || this.#readAhead !== null || this.#end !== null) return;
    if (!this.#window.hasRoom) return;
    const { batchRows, limitRows = Infinity } = this.#options;
    const rows = Math.min(batchRows, limitRows - this.#window.account.read);
    if (rows <= 0) return this.#window.markEnd();
    const waitMs = this.#pace.waitMs();
    if (waitMs > 0) {
      if (!this.#lookQueued) this.#context.schedule(waitMs, { type: "look_again" });
      this.#lookQueued = true;
      return;
    }
    this.#reading = true;
    const { clock } = this.#context;
    this.#context.pipeToSelf(
      this.#reader.next(rows),
      (batch): Internal => ({ type: "batch_read", batch, readAt: clock.monotonic() }),
      (cause): Internal => ({ type: "failed", cause }),
    );
  }

  #storeRefused(): void {
    for (const { pending, refusals } of [...this.#window.refused()]) {
      const { onRefused, deadLetters, source } = this.#options;
      if (onRefused !== undefined) {
        onRefused(pending.batch, refusals);
        this.#window.deadLettersStored(pending);
        continue;
      }
      if (this.#storing.has(pending)) continue;
      this.#storing.add(pending);
      const letters: DeadLetter[] = deadLettersOf(source, pending, this.#context.clock.now());
      const port = this.#context.replyPort<void>(
        (): Internal => ({ type: "letters_stored", pending }),
        (): Internal => ({ type: "letters_lost", pending }),
      );
      const stored = new AnswerDebt(port);
      this.#context.pipeToSelf(
        deadLetters.send({ type: "store_dead_letters", letters, stored }, { signal: this.#context.signal }),
        (): Internal => ({ type: "look_again" }),
        (): Internal => ({ type: "letters_lost", pending }),
      );
    }
  }

  #resolveTargets(): void {
    const { number, flag } = this.#epoch;
    const { signal } = this.#context;
    const versions: SchemaVersion[] = flag === "both" ? ["v1", "v2"] : [flag];
    this.#context.pipeToSelf(
      Promise.all(versions.map((version) => this.#options.resolveTarget(version, { flag, signal }))),
      (targets): Internal => ({ type: "targets_resolved", epoch: number, targets }),
      (cause): Internal => ({ type: "failed", cause }),
    );
  }

  #open(): void {
    this.#opening = true;
    const { source } = this.#options;
    const { signal } = this.#context;
    const open = async () => {
      const reader = await source.open(this.#window.readPosition ?? undefined);
      if (signal.aborted) await reader.close();
      return reader;
    };
    this.#context.pipeToSelf(
      open(),
      (reader): Internal => ({ type: "reader_opened", reader }),
      (cause): Internal => ({ type: "failed", cause }),
    );
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
    if (cause instanceof TopicParkedError) this.#stop(cause);
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

function isVersionChange(notice: Notice): notice is VersionChanged {
  return notice.type === "version_changed";
}
