/**
 * The composition root: builds the actor tree from settings and ports, and hands out the few things that a program does
 * with it. Nothing else knows both the actors and the adapters.
 *
 * ```text
 * root
 * ├── stores      dead_letters, checkpoints
 * ├── lookup      registry, schema_loader
 * ├── producers   one per topic, by demand
 * ├── converters  converter
 * └── sources     one per source, by demand
 * ```
 *
 * Started from the top, stopped from the bottom: sources stop reading first, and what is under way drains through. Actors
 * fail alone: a producer or a source that cannot do its work ends by itself; only one that every source needs (a store, a
 * lookup, the converter) ends the tree, and only with work waiting for it.
 *
 * @module
 */
import type { BackoffPolicy } from "./kernel/backoff.ts";
import { Account } from "./actors/delivery/account.ts";
import { checkpointsActor } from "./actors/stores/checkpoints.ts";
import { converterActor } from "./actors/converters/converter.ts";
import { deadLettersActor, type DeadLetterSink } from "./actors/stores/dead_letters.ts";
import { ReplyPort } from "./kernel/obligation.ts";
import type { Refusal } from "./actors/delivery/delivery.ts";
import { DeliveryWindow, type RowAcknowledged } from "./actors/delivery/delivery_window.ts";
import { addressesOf, awaitFirstContact } from "./runtime/first_contact.ts";
import { type Clock, systemClock } from "./kernel/clock.ts";
import {
  ActorFailedError,
  ActorStoppedError,
  type ActorSystem,
  defineActor,
  defineSupervisor,
  startSystem,
} from "./kernel/mod.ts";
import type { ActorRef, RestartBudget, Slot, SupervisorSlot, TreeSnapshot } from "./kernel/types.ts";
import type {
  CheckpointsMessage,
  ConverterMessage,
  DeadLettersMessage,
  Epoch,
  ProducerMessage,
  SchemaLoaderMessage,
  SchemaRequest,
  SchemaResolution,
  Target,
} from "./actors/messages.ts";
import type { VersionFlag } from "./config/version_flag.ts";
import { type LetterLimit, type RowsSoFar, TooManyDeadLettersError } from "./actors/delivery/letter_limit.ts";
import { PartitionLedger } from "./actors/producers/topic_ledger.ts";
import { producerActor } from "./actors/producers/producer.ts";
import { registryActor } from "./actors/lookup/registry.ts";
import { schemaLoaderActor } from "./actors/lookup/schema_loader.ts";
import { RowFeed } from "./actors/sources/row_feed.ts";
import { RowPace } from "./actors/sources/row_pace.ts";
import { sourceActor, type SourceEnd, type TargetOptions } from "./actors/sources/source.ts";
import type { ResumePoint } from "./actors/sources/source_checkpoint.ts";
import { openTopic, type TopicPolicy } from "./actors/producers/topic_opening.ts";
import { VersionSwitch } from "./actors/version_switch.ts";
import { Catalogue } from "./config/catalogue.ts";
import { mustKeepAll } from "./config/compacted_topics.ts";
import type { Settings } from "./config/settings.ts";
import { topicNamesFor, topicSpecFor } from "./config/topics.ts";
import { type CheckpointPorts, CheckpointsOfRun } from "./runtime/resuming/checkpoints_of_run.ts";
import type { Overlap, StartMode } from "./runtime/resuming/find_start_point.ts";
import type { MovedRows } from "./runtime/resuming/written_rows.ts";
import { LiveTopics } from "./runtime/resuming/live_topics.ts";
import { DATA_TYPE_OF, type SchemaVersion } from "./schemas/record_types.ts";
import {
  type Dataset,
  type HeldBack,
  type RowBatch,
  type RowSource,
  SourceError,
  type SourceErrorCode,
} from "./sources/source.ts";
import { CheckpointError } from "./state/checkpoints.ts";
import { consoleObserver } from "./telemetry/console_observer.ts";
import type { Observer } from "./telemetry/events.ts";
import { isolatedObserver } from "./telemetry/isolated_observer.ts";
import type { Log } from "./transport/log.ts";
import type { SchemaRegistry } from "./transport/registry.ts";
import { TopicContents } from "./transport/topic_contents.ts";

/** The outside world of a runtime. */
export interface RuntimePorts {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly deadLetters: DeadLetterSink;
  /** Where sources go on after the process; without it each run reads them from their start. @default none */
  readonly checkpoints?: CheckpointPorts;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** In [0, 1); scales the waits before restarts and new attempts. @default Math.random */
  readonly random?: () => number;
  /**
   * Receives every event. What it throws is told to it as `observer_failed`, and goes no further.
   * @default warnings and errors are written to the console
   */
  readonly observe?: Observer;
  /**
   * How long brokers and registry of the settings may take to answer for the first time; the start waits for it.
   * @default the start does not wait, and calls wait for as long as it takes
   */
  readonly connectTimeoutMs?: number;
}

/** How one source is read. */
export interface SourceOptions {
  /** How a file starts that may have been loaded before; there is nothing to go on from without {@link CheckpointPorts}. @default "resume" */
  readonly start?: StartMode | undefined;
  /** What becomes of a row of a file whose id another file has too. @default "write" */
  readonly overlap?: Overlap | undefined;
  /**
   * What a load that writes only what is absent makes of a row that the topics have as one of another file, which has it no more.
   * @default "refuse"
   */
  readonly moved?: MovedRows | undefined;
  /** Sees each batch once, when its rows are about to be sent. */
  readonly onAdmitted?: ((batch: RowBatch) => void) | undefined;
  /** Stop after this many rows. */
  readonly limitRows?: number | undefined;
  /** Most rows a second of this source. */
  readonly rowsPerSecond?: number | undefined;
  /** Most rows a second of this source and the others that have the same pace; takes the place of `rowsPerSecond`. */
  readonly pace?: RowPace | undefined;
  /** An error if there are too many dead letters to go on. @default stops when the first 1,000 rows are all bad */
  readonly tooManyDeadLetters?: LetterLimit;
  /** Called for each acknowledged row. What it throws is told to the observer as `observer_failed`. */
  readonly onReceipt?: (acknowledged: RowAcknowledged) => void;
  /** Takes the rows that cannot be written, instead of the dead-letter store. */
  readonly onRefused?: (batch: RowBatch, refusals: readonly Refusal[]) => void;
  /** Writes every row under this flag, whatever the version flag becomes. @default the version flag */
  readonly flag?: VersionFlag | undefined;
  /** Called when no more rows are taken before the source's end; what is under way still settles. */
  readonly onStopping?: (() => void) | undefined;
}

/** A source that is being read. */
export interface SourceHandle {
  readonly source: RowSource;
  readonly account: Account;
  /** Bytes read so far. */
  readonly bytesRead: () => number;
  /** Where it has gone on; null before that is known, and for a source that began at its start. */
  readonly resumed: () => ResumePoint | null;
  /** What a file ends with after its last line end, if that was not read; null before its end. */
  readonly heldBack: () => HeldBack | null;
  /** Numbers of the rows that may be in a topic although they have not settled. Final once {@link done} has settled. */
  readonly rowsInDoubt: () => ReadonlySet<number>;
  /** Resolves when every row has settled or the source was stopped; rejects only if the whole tree gave up. */
  readonly done: Promise<SourceEnd>;
}

/**
 * The runtime has ended: by `stop`, or because an actor that every source needs could not do its work. Then `failed` says
 * which, and how often it failed in what time; `cause` is what ended it last.
 */
export class RuntimeEndedError extends Error {
  override readonly name = "RuntimeEndedError";
  readonly failed: ActorFailedError | null;

  constructor(message: string, options: { readonly failed?: ActorFailedError; readonly cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.failed = options.failed ?? null;
  }

  /** @param next what the caller may do about it */
  static of({ reason, cause }: Awaited<ActorSystem["done"]>, next?: string): RuntimeEndedError {
    const hint = next === undefined ? "" : `: ${next}`;
    const orderly = reason === "shutdown" || reason === "killed";
    if (orderly) return new RuntimeEndedError(`The runtime was stopped before every row had settled${hint}`);
    if (!(cause instanceof ActorFailedError)) return new RuntimeEndedError(`The runtime gave up${hint}`, { cause });
    return new RuntimeEndedError(`The runtime gave up: ${cause.message}${hint}`, { failed: cause, cause: cause.cause });
  }
}

const BACKOFF: BackoffPolicy = { minMs: 50, maxMs: 5_000, resetAfterMs: 10_000 };
/** So many failures in a row, without any work done between them, take some ten seconds of backoff. */
const INTENSITY = 10;
/** A disk that is full is often freed within half a minute. */
const STORE_INTENSITY = 20;
/** Longer than all the backoffs and time limits of a series of failures. */
const PERIOD_MS = 30 * 60_000;
/** A group gives up when an actor that every source needs has; starting it again would mend nothing. */
const ROOT_BUDGET: RestartBudget = { intensity: 0, periodMs: PERIOD_MS };
const RETRY = { minMs: 100, maxMs: 5_000 };
const SETTLE_MS = 200;
/** When a send that has no answer is reported. */
const STALL_MS = 10_000;
/** Longer than a stalled send takes to be told of, which says more. */
const PROGRESS_MS = 30_000;
const TOPIC_REFRESH_MS = 60_000;
const DRAIN_MS = 30_000;
const ALL_BAD_ROWS = 1_000;
/** What a look at the first row of a file finds, and no waiting mends. */
const WRONG_FROM_THE_START: ReadonlySet<SourceErrorCode> = new Set<SourceErrorCode>([
  "bad_header",
  "bad_option",
  "undeclared",
  "unlikely_instant",
  "other_keys",
  "wrong_compression",
]);

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
  readonly catalogue: Catalogue;
  readonly #settings: Settings;
  readonly #ports: RuntimePorts;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #observe: Observer;
  readonly #flag: VersionSwitch;
  readonly #ledgers = new Map<string, PartitionLedger>();
  readonly #producers: SupervisorSlot;
  readonly #sources: SupervisorSlot;
  readonly #loader: ActorRef<SchemaLoaderMessage>;
  readonly #converter: ActorRef<ConverterMessage>;
  readonly #deadLetters: ActorRef<DeadLettersMessage>;
  /** What checkpoints need; null without a store. */
  readonly #checkpoints: { of: CheckpointsOfRun; store: ActorRef<CheckpointsMessage> } | null;
  /** By topic, how it is made. */
  readonly #policies = new Map<string, TopicPolicy>();
  readonly #root: SupervisorSlot;
  readonly #open = new Set<OpenSource>();
  readonly #finished = new Account();
  #system: ActorSystem | null = null;
  #ended: RuntimeEndedError | null = null;
  #sourceCount = 0;

  constructor(settings: Settings, ports: RuntimePorts) {
    this.catalogue = new Catalogue(settings.exchanges);
    this.#settings = settings;
    this.#ports = ports;
    this.#clock = ports.clock ?? systemClock;
    this.#random = ports.random ?? Math.random;
    this.#observe = isolatedObserver(ports.observe ?? consoleObserver());
    this.#flag = new VersionSwitch(settings.schemaVersion, this.#observe);
    const observe = this.#observe;
    const deadLetters = defineActor(deadLettersActor({ sink: ports.deadLetters, observe }));
    const checkpoints = ports.checkpoints && defineActor(checkpointsActor({
      sink: ports.checkpoints.store,
      isRefusal: (cause) => cause instanceof CheckpointError,
      observe,
    }));
    this.#checkpoints = checkpoints === undefined || ports.checkpoints === undefined
      ? null
      : { of: this.#checkpointsOf(ports.checkpoints), store: checkpoints.ref };
    const registry = defineActor(registryActor({
      registry: ports.registry,
      address: settings.registry.url ?? "embedded registry",
      register: settings.schemas.register,
      compatibility: settings.schemas.compatibility ?? null,
      observe,
      retry: RETRY,
      random: this.#random,
    }));
    const loader = defineActor(schemaLoaderActor({
      registry: registry.ref,
      subjects: settings.schemas.subjects,
      topicSubject: settings.schemas.topicSubject,
      contents: new TopicContents(ports),
      rules: settings.topics,
      observe,
      retry: RETRY,
      random: this.#random,
    }));
    const converter = defineActor(converterActor({ verify: settings.pipeline.verify }));
    const group = (id: string, children: readonly Slot[] = [], intensity = INTENSITY) =>
      defineSupervisor({
        id,
        budget: { intensity, periodMs: PERIOD_MS },
        backoff: BACKOFF,
        children,
      });
    this.#deadLetters = deadLetters.ref;
    this.#loader = loader.ref;
    this.#converter = converter.ref;
    this.#producers = group("producers");
    this.#sources = group("sources");
    this.#root = defineSupervisor({
      id: "root",
      budget: ROOT_BUDGET,
      backoff: BACKOFF,
      children: [
        group("stores", checkpoints === undefined ? [deadLetters] : [deadLetters, checkpoints], STORE_INTENSITY),
        group("lookup", [registry, loader]),
        this.#producers,
        group("converters", [converter], converterIntensity(settings.pipeline)),
        this.#sources,
      ],
    });
  }

  /** Called by {@link startRuntime}. */
  async start(): Promise<void> {
    const { connectTimeoutMs: timeoutMs, log, registry } = this.#ports;
    const addresses = addressesOf(this.#settings);
    if (addresses.brokers !== null && addresses.registry === null) {
      this.#observe({ type: "registry_embedded", stage: "schemas", dataDir: this.#settings.dataDir });
    }
    if (timeoutMs !== undefined) {
      const options = { timeoutMs, clock: this.#clock, observe: this.#observe, random: this.#random };
      await awaitFirstContact({ addresses, log, registry }, options);
    }
    this.#system = await startSystem(this.#root, {
      clock: this.#clock,
      random: this.#random,
      observers: [this.#observe],
    });
    this.#flag.attach(this.#system);
    // One for all sources: a promise that lives as long as the runtime would hold on to each that waits for it.
    this.#system.done.then((end) => {
      this.#ended = RuntimeEndedError.of(end);
      for (const { reject, feed, window } of this.#open) {
        window.closeAccount();
        reject(this.#ended);
        feed.close().catch((cause) => this.#observe({ type: "observer_failed", cause }));
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
    return Object.values(this.#topicsOf(dataset, flag));
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
      for (const { handle: { source } } of this.#open) this.#topicsOf(source, flag);
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
    this.#topicsOf(source, flag);
    const { batchRows, windowRows, maxAttempts } = this.#settings.pipeline;
    const checkpointed = this.#checkpoints !== null && (source.file ?? null) !== null;
    const window = new DeliveryWindow({
      source: source.id,
      windowRows,
      maxAttempts,
      clock: this.#clock,
      start: null,
      checkpointed,
      ...(options.onReceipt === undefined ? {} : { onReceipt: this.#isolated(options.onReceipt) }),
      ...(options.onAdmitted === undefined ? {} : { onAdmitted: this.#isolated(options.onAdmitted) }),
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
      bytesRead: () => source.bytesRead?.() ?? window.readPosition?.offset ?? 0,
      resumed: () => checkpoint?.resumed ?? null,
      heldBack: () => window.sourceEnd?.heldBack ?? checkpoint?.heldBackBefore ?? null,
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
      feed.close().catch((cause) => this.#observe({ type: "observer_failed", cause }));
      resolve(end);
    };
    promise.catch(() => {}); // Whoever waits for `done` hears of it; nobody has to.
    const spec = sourceActor(id, {
      source,
      window,
      feed,
      converter: this.#converter,
      deadLetters: this.#deadLetters,
      checkpoint: checkpoint && this.#checkpoints ? { of: checkpoint, store: this.#checkpoints.store } : null,
      resolveTarget: async (version, target) => {
        await this.#lookAtFirstRow(source, target.epoch.flag);
        // What is written under one flag whatever becomes of it wants its version also when that is over.
        const epoch = options.flag === undefined ? target.epoch : { ...target.epoch, number: Infinity };
        return await this.#resolveTarget(version, { ...target, epoch });
      },
      epoch: options.flag === undefined ? () => this.#flag.epoch : () => fixed,
      flagFixed: options.flag !== undefined,
      observe: this.#observe,
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
      await this.#sources.startChild(spec);
    } catch (cause) {
      this.#open.delete(open);
      if (!(cause instanceof ActorStoppedError)) throw cause;
      throw this.#ended ?? new RuntimeEndedError("The runtime is being stopped", { cause });
    }
    return handle;
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

  /** Resolves when the tree has ended, whatever the reason. */
  get done(): ActorSystem["done"] {
    return this.#running().done;
  }

  /** The system below, for the test kit. */
  get system(): ActorSystem {
    return this.#running();
  }

  /** Stops reading, lets what is under way settle, then stops the tree. Idempotent. */
  async stop(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    await this.#system?.stop({ deadlineMs: options.deadlineMs ?? 2 * DRAIN_MS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #running(): ActorSystem {
    if (this.#system === null) throw new RuntimeEndedError("The runtime has not been started");
    return this.#system;
  }

  /** Who tells of something must not crash over it. */
  #isolated<T>(listener: (told: T) => void) {
    return (told: T) => {
      try {
        listener(told);
      } catch (cause) {
        this.#observe({ type: "observer_failed", cause });
      }
    };
  }

  #topicsOf(dataset: Dataset, schemaVersion: VersionFlag) {
    const { exchange, assetClass, kind } = dataset;
    this.catalogue.exchange(exchange, assetClass);
    const parts = { exchange, assetClass, dataType: DATA_TYPE_OF[kind], schemaVersion };
    return topicNamesFor(this.#settings.topics.pattern, parts);
  }

  /** A file that is wrong from its first row on must leave no topic and no schema behind. @throws {SourceError} */
  async #lookAtFirstRow(source: RowSource, flag: VersionFlag): Promise<void> {
    const file = source.file ?? null;
    const isOpen = (topic: string) => this.#ledgerOf(topic).topicId !== undefined;
    if (file === null || this.topicsOf(source, flag).every(isOpen)) return;
    try {
      const examined = await file.examine();
      await examined.start().finally(() => examined.close());
    } catch (cause) {
      // What else is in the way is met once more, and dealt with, when the source is opened.
      if (cause instanceof SourceError && WRONG_FROM_THE_START.has(cause.code)) throw cause;
    }
  }

  async #resolveTarget(
    version: SchemaVersion,
    { dataset, epoch: { number: epoch, flag }, write, signal }: TargetOptions,
  ): Promise<Target> {
    const topic = this.#topicsOf(dataset, flag)[version];
    if (topic === undefined) throw new TypeError(`No topic for ${version} under the flag ${flag}`);
    const { kind, assetClass, exchange } = dataset;
    const request = { kind, version, topic, assetClass, exchange, epoch, write };
    const resolution = await this.#resolveSchema(request, signal);
    if (resolution.type === "refused") throw resolution.error;
    // Who asked has the notice of a later epoch already, and asks anew under that one.
    if (resolution.type === "superseded") throw new TypeError(`Epoch ${epoch} is over`);
    const schema = resolution.type === "resolved" ? resolution.schema : null;
    return { version, topic, schema, producer: await this.#producerOf(topic, dataset) };
  }

  /** Waits for as long as the registry needs; asks again if the loader died with the question. */
  async #resolveSchema(request: SchemaRequest, signal: AbortSignal): Promise<SchemaResolution> {
    for (;;) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<SchemaResolution | null>();
      promise.catch(() => {}); // Aborted while the question still waits for room, nobody awaits the answer.
      const replyTo = new ReplyPort<SchemaResolution>({ reply: resolve, fail: () => resolve(null) });
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        await this.#loader.send({ type: "resolve_schema", request, replyTo }, { signal });
        const resolution = await promise;
        if (resolution !== null) return resolution;
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    }
  }

  #checkpointsOf(ports: CheckpointPorts): CheckpointsOfRun {
    const { log } = this.#ports;
    const topics = new LiveTopics({
      log,
      open: (topic) => this.#openTopic(topic),
      clock: this.#clock,
      retry: RETRY,
      random: this.#random,
      settleMs: SETTLE_MS,
      observe: this.#observe,
    });
    const { checkpointRows } = this.#settings.pipeline;
    const partitionsOf = (topic: string) => this.#ledgerOf(topic).partitions;
    const { partitioner } = this.#settings.topics;
    return new CheckpointsOfRun({ ports, topics, checkpointRows, partitionsOf, partitioner, observe: this.#observe });
  }

  /** The producer tells of it when it opens the topic; here it is only made. */
  async #openTopic(topic: string): Promise<number> {
    const policy = this.#policies.get(topic);
    if (policy === undefined) throw new TypeError(`Topic "${topic}" has no producer`);
    const ledger = this.#ledgerOf(topic);
    const { partitions } = await openTopic(policy, {
      log: this.#ports.log,
      ledger,
      observe: (event) => event.type === "topic_created" && this.#observe(event),
    });
    return partitions;
  }

  #ledgerOf(topic: string): PartitionLedger {
    const ledger = this.#ledgers.get(topic) ?? new PartitionLedger();
    this.#ledgers.set(topic, ledger);
    return ledger;
  }

  #producerOf(topic: string, dataset: Dataset): Promise<ActorRef<ProducerMessage>> {
    const { topics, brokers, pipeline: { sendRecords, sendBytes, lingerMs } } = this.#settings;
    const dataType = DATA_TYPE_OF[dataset.kind];
    const exchange = this.catalogue.exchange(dataset.exchange);
    const layout = topicSpecFor({ name: topic, dataType, exchange }, this.#settings);
    const policy = {
      name: topic,
      create: topics.create ? layout : null,
      mustKeepAll: mustKeepAll(dataType, this.#settings),
      warnOfReplication: brokers.length > 0,
    };
    this.#policies.set(topic, policy);
    return this.#producers.startChild(producerActor({
      topic: policy,
      log: this.#ports.log,
      ledger: this.#ledgerOf(topic),
      observe: this.#observe,
      partitioner: topics.partitioner,
      maxSendRecords: sendRecords,
      maxSendBytes: sendBytes,
      lingerMs,
      capacity: 64,
      retry: RETRY,
      settleMs: SETTLE_MS,
      stallMs: STALL_MS,
      refreshMs: TOPIC_REFRESH_MS,
      shutdownMs: DRAIN_MS,
      random: this.#random,
    }));
  }
}

/**
 * Finding the one row of a batch that crashes the converter is a series of crashes: the first attempts, then one for each
 * time that the batch is halved. That, and a few rows of the kind next to each other, is no reason to give up.
 */
function converterIntensity({ maxAttempts, batchRows }: Settings["pipeline"]): number {
  return INTENSITY + maxAttempts + Math.ceil(Math.log2(batchRows));
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
