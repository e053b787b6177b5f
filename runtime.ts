/**
 * The public face of a runtime: starts the actor tree, reads sources, changes the version flag. The tree is defined in
 * `runtime/tree.ts`; where rows go is in `runtime/targets.ts`; where a source starts after a restart is in
 * `runtime/resuming/`.
 *
 * @module
 */
import { Account } from "./actors/delivery/account.ts";
import { DeliveryWindow } from "./actors/delivery/delivery_window.ts";
import { type RowsSoFar, TooManyDeadLettersError } from "./actors/delivery/letter_limit.ts";
import type { Epoch } from "./actors/messages.ts";
import { RowFeed } from "./actors/sources/row_feed.ts";
import { RowPace } from "./actors/sources/row_pace.ts";
import { sourceActor } from "./actors/sources/source.ts";
import type { SourceEnd } from "./actors/sources/source_actor_options.ts";
import { VersionSwitch } from "./actors/version_switch.ts";
import { Catalogue } from "./config/catalogue.ts";
import type { Settings } from "./config/settings.ts";
import type { VersionFlag } from "./config/version_flag.ts";
import { systemClock } from "./kernel/clock.ts";
import { ActorStoppedError, type ActorSystem, startSystem } from "./kernel/mod.ts";
import type { SystemEnd, TreeSnapshot } from "./kernel/types.ts";
import { addressesOf, awaitFirstContact } from "./runtime/first_contact.ts";
import { examineFirstRow } from "./runtime/first_row.ts";
import { DRAIN_MS, PROGRESS_MS, RETRY, SETTLE_MS } from "./runtime/limits.ts";
import type { RuntimePorts } from "./runtime/ports.ts";
import type { FileStamp } from "./records/content/file_stamp.ts";
import { CheckpointsOfRun } from "./runtime/resuming/checkpoints_of_run.ts";
import { LiveTopics } from "./runtime/resuming/live_topics.ts";
import { RuntimeEndedError } from "./runtime/runtime_ended_error.ts";
import type { SourceHandle, SourceOptions } from "./runtime/source_handle.ts";
import { Targets } from "./runtime/targets.ts";
import { defineTree, type Tree, type TreePorts } from "./runtime/tree.ts";
import type { Dataset, RowSource, SourcePosition } from "./sources/source.ts";
import type { StoredCheckpoint } from "./state/checkpoint.ts";
import { consoleObserver } from "./telemetry/console_observer.ts";
import { isolatedObserver } from "./telemetry/isolated_observer.ts";

export { RuntimeEndedError, type RuntimePorts, type SourceHandle, type SourceOptions };

/** How many bad rows at the start of a source, and none that is good, stop it. */
const ALL_BAD_ROWS = 1_000;

/**
 * Starts a runtime: the tree is up when this resolves, whether or not broker and registry can be reached yet, unless
 * `connectTimeoutMs` says that they must.
 *
 * @throws {ActorStartError} If an actor cannot be started at all.
 * @throws {ConnectError} If brokers or registry do not answer within `connectTimeoutMs`; the ports stay open.
 *
 * @example
 * ```ts
 * import { openFileSource, settingsFrom, startRuntime, systemClock } from "tickflume";
 * import { MemoryLog, MemoryRegistry } from "tickflume/testing";
 * import assert from "node:assert/strict";
 *
 * const runtime = await startRuntime(settingsFrom({ schemaVersion: "v2" }, { cwd: Deno.cwd() }), {
 *   log: new MemoryLog(), // or the log and registry of openTransport()
 *   registry: new MemoryRegistry(),
 *   deadLetters: { add: (letters) => console.error(letters) },
 * });
 * const loading = await runtime.addSource(openFileSource({
 *   path: "examples/data/trades/1001.csv",
 *   format: "asx-ticks",
 *   kind: "trade",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   symbol: "TFA",
 *   currency: "AUD",
 *   timeZone: "Australia/Sydney",
 *   clock: systemClock,
 * }));
 * assert.deepEqual(await loading.done, { type: "completed" });
 * assert.equal(loading.account.totals().acked, 40);
 * await runtime.stop();
 * ```
 */
export async function startRuntime(settings: Settings, ports: RuntimePorts): Promise<Runtime> {
  const runtime = new Runtime(settings, ports);
  await runtime.start();
  return runtime;
}

/** A source that has not ended. */
interface OpenSource {
  readonly handle: SourceHandle;
  readonly feed: RowFeed;
  readonly window: DeliveryWindow;
  readonly reject: (cause: RuntimeEndedError) => void;
}

/** A running tree, made by {@link startRuntime}. */
export class Runtime implements AsyncDisposable {
  /** @internal */
  readonly catalogue: Catalogue;
  readonly #settings: Settings;
  readonly #ports: TreePorts & { readonly clock: NonNullable<RuntimePorts["clock"]> };
  readonly #flag: VersionSwitch;
  readonly #tree: Tree;
  readonly #targets: Targets;
  /** What checkpoints need; null without a store. */
  readonly #checkpoints: { of: CheckpointsOfRun; store: NonNullable<Tree["checkpoints"]> } | null;
  readonly #open = new Set<OpenSource>();
  readonly #finished = new Account();
  #system: ActorSystem | null = null;
  #ended: RuntimeEndedError | null = null;
  #sourceCount = 0;

  /** @internal */
  constructor(settings: Settings, ports: RuntimePorts) {
    const observe = isolatedObserver(ports.observe ?? consoleObserver());
    this.catalogue = new Catalogue(settings.exchanges);
    this.#settings = settings;
    this.#ports = { ...ports, observe, clock: ports.clock ?? systemClock, random: ports.random ?? Math.random };
    this.#flag = new VersionSwitch(settings.schemaVersion, observe);
    this.#tree = defineTree(settings, this.#ports);
    this.#targets = new Targets(settings, { catalogue: this.catalogue, ports: this.#ports, tree: this.#tree });
    const store = this.#tree.checkpoints;
    const of = this.#checkpointsOfRun();
    this.#checkpoints = store === null || of === null ? null : { of, store };
  }

  /**
   * Called by {@link startRuntime}.
   * @internal
   */
  async start(): Promise<void> {
    const { connectTimeoutMs: timeoutMs, log, registry, clock, observe, random } = this.#ports;
    const addresses = addressesOf(this.#settings);
    if (addresses.brokers !== null && addresses.registry === null) {
      observe({ type: "registry_embedded", stage: "schemas", dataDir: this.#settings.dataDir });
    }
    if (timeoutMs !== undefined) {
      await awaitFirstContact({ addresses, log, registry }, { timeoutMs, clock, observe, random });
    }
    this.#system = await startSystem(this.#tree.root, { clock, random, observers: [observe] });
    this.#flag.attach(this.#system);
    // One for all sources: a promise that lives as long as the runtime would hold on to each that waits for it.
    this.#system.done.then((end) => {
      this.#ended = RuntimeEndedError.of(end);
      for (const { reject, feed, window } of this.#open) {
        window.closeAccount();
        reject(this.#ended);
        feed.close().catch((cause) => this.#ports.observe({ type: "observer_failed", cause }));
      }
    });
  }

  /**
   * Names of the topics that records go to under a flag: two under `both`.
   *
   * @throws {CatalogueError} If the exchange is not known, or does not trade the asset class.
   * @throws {TopicNameError} If the topics cannot be named.
   */
  topicsOf(dataset: Dataset, flag: VersionFlag): readonly string[] {
    return Object.values(this.#targets.topicsOf(dataset, flag));
  }

  /** The version flag as it stands. */
  get epoch(): Epoch {
    return this.#flag.epoch;
  }

  /**
   * Changes the version flag. Rows that are under way finish as they were admitted.
   *
   * @throws {TopicNameError} If v1 and v2 would share a topic under `both`.
   */
  setSchemaVersion(flag: VersionFlag): Epoch {
    if (flag === "both") {
      for (const { handle: { source } } of this.#open) this.#targets.topicsOf(source, flag);
    }
    return this.#flag.set(flag);
  }

  /**
   * Starts to read a source.
   *
   * @throws {CatalogueError} If the exchange is not known, or does not trade the asset class.
   * @throws {TopicNameError} If its topics cannot be named.
   * @throws {RuntimeEndedError} If the runtime has ended.
   */
  async addSource(source: RowSource, options: SourceOptions = {}): Promise<SourceHandle> {
    this.#running();
    if (this.#ended !== null) throw this.#ended;
    const { flag = this.#flag.epoch.flag } = options;
    this.#targets.topicsOf(source, flag);
    const { batchRows, windowRows, maxAttempts } = this.#settings.pipeline;
    const checkpointed = this.#checkpoints !== null && (source.file ?? null) !== null;
    const window = new DeliveryWindow({
      source: source.id,
      windowRows,
      maxAttempts,
      clock: this.#ports.clock,
      start: null,
      checkpointed,
      ...(options.onReceipt === undefined ? {} : { onReceipt: this.#isolated(options.onReceipt) }),
      ...(options.onAdmitted === undefined ? {} : { onAdmitted: this.#isolated(options.onAdmitted) }),
      onSettled: this.#isolated((position: SourcePosition) => source.settled?.(position)),
    });
    const checkpoint = this.#checkpoints?.of.of(source, {
      window,
      mode: options.start ?? "resume",
      overlap: options.overlap ?? "write",
      moved: options.moved ?? "refuse",
    }) ?? null;
    const { promise, resolve, reject } = Promise.withResolvers<SourceEnd>();
    const id = `source-${++this.#sourceCount}`;
    const handle: SourceHandle = {
      source,
      account: window.account,
      bytesRead: () => source.bytesRead?.(window.readPosition) ?? 0,
      bytesSettled: () => source.bytesRead?.(window.books.frontier) ?? 0,
      resumed: () => checkpoint?.resumed ?? null,
      heldBack: () => window.end.met?.heldBack ?? checkpoint?.heldBackBefore ?? null,
      rowsInDoubt: () => window.rowsInDoubt(),
      done: promise,
    };
    const feed = new RowFeed(source);
    const fixed: Epoch = { ...this.#flag.epoch, flag };
    const open: OpenSource = { handle, feed, window, reject };
    this.#open.add(open);
    const onEnded = (end: SourceEnd) => {
      // An incarnation that was killed while it reported may report again.
      if (!this.#open.delete(open)) return;
      window.close();
      window.closeAccount();
      this.#finished.merge(window.account);
      feed.close().catch((cause) => this.#ports.observe({ type: "observer_failed", cause }));
      resolve(end);
    };
    promise.catch(() => {}); // No unhandled rejection where nothing awaits `done`.
    const spec = sourceActor(id, {
      source,
      window,
      feed,
      converter: this.#tree.converter,
      deadLetters: this.#tree.deadLetters,
      checkpoint: checkpoint && this.#checkpoints ? { of: checkpoint, store: this.#checkpoints.store } : null,
      resolveTarget: async (version, target) => {
        await this.#lookAtFirstRow(source, target.epoch.flag);
        // Rows that are written under a fixed flag want its version also after the epoch is over.
        const epoch = options.flag === undefined ? target.epoch : { ...target.epoch, number: Infinity };
        return await this.#targets.resolve(version, { ...target, epoch });
      },
      epoch: options.flag === undefined ? () => this.#flag.epoch : () => fixed,
      flagFixed: options.flag !== undefined,
      observe: this.#ports.observe,
      batchRows,
      limitRows: options.limitRows,
      pace: paceOf(options),
      tooManyDeadLetters: options.tooManyDeadLetters ?? firstRowsAllBad,
      onRefused: options.onRefused,
      onStopping: options.onStopping,
      onEnded,
      stallMs: PROGRESS_MS,
      shutdownMs: DRAIN_MS,
    });
    try {
      await this.#tree.sources.startChild(spec);
    } catch (cause) {
      this.#open.delete(open);
      if (!(cause instanceof ActorStoppedError)) throw cause;
      throw this.#ended ?? new RuntimeEndedError("The runtime is being stopped", { cause });
    }
    return handle;
  }

  /**
   * Call when a file that is followed has ended, before another one of its name is added: its checkpoint is kept for what was
   * read, which may be found under another name.
   *
   * @param how whether another file has its name, or it has another content
   * @returns the checkpoint; null if there is none
   * @throws {CheckpointError} `damaged`
   * @throws {StorageError}
   * @internal
   */
  async fileReplaced(source: Pick<RowSource, "id">, how: "renamed" | "truncated"): Promise<StoredCheckpoint | null> {
    const key = { source: source.id, versions: this.#flag.epoch.flag };
    return await this.#checkpoints?.of.putAside(key, how) ?? null;
  }

  /**
   * Call when a source of a file that is followed has ended: its file may get another name, under which it is added again.
   *
   * @throws {CheckpointError} `damaged`
   * @internal
   */
  async fileLeft(source: Pick<RowSource, "id">): Promise<void> {
    await this.#checkpoints?.of.leave({ source: source.id, versions: this.#flag.epoch.flag });
  }

  /**
   * Call before a source is added whose file begins with all that was read of another one, as a copy of it: it is read from there on.
   *
   * @param copied.of the checkpoint of the other one
   * @param copied.stamp of the source's file, when it was compared
   * @throws {CheckpointError} `exists` if something is known of the source
   * @throws {StorageError}
   * @internal
   */
  async fileCopied(
    source: Pick<RowSource, "id" | "file">,
    copied: { readonly of: StoredCheckpoint; readonly stamp: FileStamp },
  ): Promise<void> {
    await this.#checkpoints?.of.noteCopy(source, copied);
  }

  /** The sum of all sources' accounts. */
  account(): Account {
    const sum = new Account();
    sum.merge(this.#finished);
    for (const { handle: { account } } of this.#open) sum.merge(account);
    return sum;
  }

  /** The tree as it stands. */
  snapshot(): TreeSnapshot {
    return this.#running().snapshot();
  }

  /** Resolves when the tree has ended, for any reason. */
  get done(): Promise<SystemEnd> {
    return this.#running().done;
  }

  /**
   * The system below, for the test kit.
   * @internal
   */
  get system(): ActorSystem {
    return this.#running();
  }

  /** Stops reading, lets what is under way settle, then stops the tree. Idempotent. */
  async stop(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    await this.#system?.stop({ deadlineMs: options.deadlineMs ?? 2 * DRAIN_MS });
  }

  /** Stops the runtime at the end of an `await using` block: as {@link stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #running(): ActorSystem {
    if (this.#system === null) throw new RuntimeEndedError("The runtime has not been started");
    return this.#system;
  }

  /** A listener that throws must not crash the actor that tells it. */
  #isolated<T>(listener: (told: T) => void) {
    return (told: T) => {
      try {
        listener(told);
      } catch (cause) {
        this.#ports.observe({ type: "observer_failed", cause });
      }
    };
  }

  /** @throws {SourceError} If the first row of a file says that it cannot be loaded so. */
  async #lookAtFirstRow(source: RowSource, flag: VersionFlag): Promise<void> {
    const file = source.file ?? null;
    if (file === null || this.topicsOf(source, flag).every((topic) => this.#targets.isOpen(topic))) return;
    await examineFirstRow(file);
  }

  #checkpointsOfRun(): CheckpointsOfRun | null {
    const { checkpoints: ports, log, clock, random, observe } = this.#ports;
    if (ports === undefined) return null;
    const make = (topic: string) => this.#targets.make(topic);
    const topics = new LiveTopics({ log, make, clock, random, observe, retry: RETRY, settleMs: SETTLE_MS });
    return new CheckpointsOfRun({
      ports,
      topics,
      checkpointRows: this.#settings.pipeline.checkpointRows,
      partitionsOf: (topic) => this.#targets.partitionsOf(topic),
      partitioner: this.#settings.topics.partitioner,
      observe,
    });
  }
}

function paceOf({ pace, rowsPerSecond }: SourceOptions): RowPace | undefined {
  return pace ?? (rowsPerSecond === undefined ? undefined : new RowPace(rowsPerSecond));
}

/** The default guard: a wrong format shows in the first rows. */
function firstRowsAllBad({ rows, deadLettered }: RowsSoFar): Error | null {
  if (deadLettered < ALL_BAD_ROWS || deadLettered !== rows) return null;
  return new TooManyDeadLettersError(
    `The first ${ALL_BAD_ROWS} rows are all bad: check the format, the data type and the columns`,
    ALL_BAD_ROWS,
  );
}
