/**
 * The embedded producer: records in, receipts out, over the same actors as everything else.
 *
 * @module
 */
import { type Clock, systemClock } from "../kernel/clock.ts";
import { VERSION_FLAGS, type VersionFlag } from "../config/version_flag.ts";
import { assetClassOf } from "../config/catalogue.ts";
import { ConfigError } from "../config/config_error.ts";
import { receiptsOf } from "./batch.ts";
import { ProducerClosedError, RecordRefusedError } from "./errors.ts";
import type { QuoteInput, ReferenceDataInput, TradeInput } from "./input.ts";
import {
  connectTimeoutOf,
  earliestMicrosOf,
  type MarketDataProducerOptions,
  openPorts,
  pendingLimitOf,
  settingsOf,
} from "./options.ts";
import { PendingCalls, type PendingLimit } from "./pending_calls.ts";
import type { ProduceReceipt } from "./receipt.ts";
import { recordBytes } from "./record_bytes.ts";
import { registerRuntime } from "./runtime_registry.ts";
import type { TopicFeed } from "./topic_feed.ts";
import { TopicFeeds } from "./topic_feeds.ts";
import { RecordError } from "../records/errors.ts";
import type { LikelyInstants } from "../records/values/likely_instants.ts";
import { prepareRecord } from "../records/prepare.ts";
import { type Runtime, RuntimeEndedError, startRuntime } from "../runtime.ts";
import type { RecordKind } from "../schemas/record_types.ts";
import type { Dataset } from "../sources/source.ts";
import { consoleObserver } from "../telemetry/console_observer.ts";
import type { Observer } from "../telemetry/events.ts";
import { isolatedObserver } from "../telemetry/isolated_observer.ts";

/** What a producer has done so far. Every call is in one of the first three numbers. */
export interface ProducerStats {
  /** Records acknowledged: in each topic that the version flag asks for. */
  readonly acked: number;
  /** Records whose call was rejected. */
  readonly rejected: number;
  /** Records handed over that have not settled. */
  readonly pending: number;
  /** About how many bytes of memory these take. */
  readonly pending_bytes: number;
  /** Copies written, by topic: two for a record under the flag `both`. */
  readonly topics: Readonly<Record<string, number>>;
  /** Milliseconds from handing a batch over to its last acknowledgement. */
  readonly latency_ms: { readonly p50: number; readonly p99: number };
}

/** Unsettled records of a topic from which on a batch takes no more from its iterable. */
const CAPACITY = 20_000;
const CLOSE_MS = 30_000;
/** The last part of the time to close is for stopping: what is under way may settle still, nothing new begins. */
const LAST_MS = 2_000;
const LAST_PART = 1 / 5;
/** Log and registry have at least so long to be let go of. */
const RELEASE_MS = 100;

/**
 * Produces trades, quotes and reference data. Each call resolves when the record is acknowledged.
 *
 * A call waits for as long as brokers and registry need; no record is dropped on a time-out. Records of one topic are
 * written in the order of the calls, each as the version flag said at its call.
 *
 * A call that rejects says what became of its record: after an `OutcomeUnknownError` it may have been written, after any
 * other error it was not, but for the copies that a `RecordRefusedError` names. To try again, hand over the same v2 record:
 * its `message_id` tells readers that it is the same one. A v1 record gets a new id each time.
 *
 * So many records may be pending as `maxPending` says (200,000, and about 256 MiB of memory). A program that does not await
 * each call waits for {@link ready} between them, or takes the `ProducerFullError` of those that found no room.
 *
 * A producer that is not closed keeps the process alive, so that no call is lost when the program's last line was run:
 * close it, or declare it with `await using`. Rights that a program needs: the embedded log `--allow-read --allow-write`
 * for its folder; Kafka and a registry `--allow-net`, and `--allow-env` or `--ignore-env`, since a library of the clients
 * looks at the environment; files of certificates `--allow-read`.
 *
 * @example
 * ```ts
 * import { buildTradeV2, MarketDataProducer } from "tickflume";
 *
 * const dataDir = await Deno.makeTempDir();
 * await using producer = await MarketDataProducer.start({ schemaVersion: "v2", dataDir });
 * const trade = buildTradeV2({
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   timestamp: Temporal.Instant.from("2014-03-10T10:00:06.717+11:00"),
 *   price: "45.67",
 *   quantity: "1000",
 *   currency: "AUD",
 *   side: "BUY",
 *   vendorData: { company_id: "123" },
 * });
 * const receipt = await producer.produceTrade("equities", "ASX", trade);
 * console.log(receipt.topic, receipt.partition, receipt.offset); // market.equities.trades.asx …
 * ```
 */
export class MarketDataProducer implements AsyncDisposable {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #observe: Observer;
  readonly #instants: LikelyInstants;
  readonly #release: () => Promise<void>;
  readonly #calls: PendingCalls<ProduceReceipt>;
  readonly #feeds: TopicFeeds;
  /** One object for each dataset that records came for. */
  readonly #datasets = new Map<string, Dataset>();
  readonly #written = new Map<string, number>();
  #ended: RuntimeEndedError | null = null;
  #closing: Promise<void> | null = null;

  private constructor(
    runtime: Runtime,
    { clock, earliestMicros, limit, observe, release }: {
      clock: Clock;
      earliestMicros: number;
      limit: PendingLimit;
      observe: Observer;
      release: () => Promise<void>;
    },
  ) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#observe = observe;
    this.#instants = { earliestMicros, now: () => clock.now() };
    this.#release = release;
    registerRuntime(this, runtime);
    this.#calls = new PendingCalls({
      limit,
      onFull: () => {
        const { records, bytes } = this.#calls;
        observe({ type: "producer_full", stage: "receiving", records, bytes });
      },
    });
    this.#feeds = new TopicFeeds({
      capacity: CAPACITY,
      topicsOf: (dataset, flag) => runtime.topicsOf(dataset, flag),
      run: (feed) => this.#run(feed),
      onWritten: ({ topic }) => this.#written.set(topic, (this.#written.get(topic) ?? 0) + 1),
    });
    runtime.done.then((end) => {
      this.#ended = RuntimeEndedError.of(end, "start another producer");
      this.#calls.end(this.#ended);
    });
  }

  /**
   * Starts the runtime, and waits for the first answer of brokers and registry. Calls wait later for as long as these need.
   *
   * @throws {ConfigError} If a setting is wrong.
   * @throws {ConnectError} If brokers or registry do not answer within `connectTimeoutMs`; everything is closed then.
   * @throws {DataDirLockedError} If another process, or another producer of this one, uses the embedded log in this folder.
   */
  static async start(options: MarketDataProducerOptions = {}): Promise<MarketDataProducer> {
    const limit = pendingLimitOf(options);
    const connectTimeoutMs = connectTimeoutOf(options);
    const earliestMicros = earliestMicrosOf(options);
    const settings = settingsOf(options);
    const { ports, release } = options.ports === undefined
      ? await openPorts(settings)
      : { ports: options.ports, release: () => Promise.resolve() };
    const clock = options.ports?.clock ?? systemClock;
    const observe = isolatedObserver(options.observe ?? consoleObserver());
    try {
      const deadLetters = { add: () => Promise.reject(new TypeError("A pushed row has a caller, not a dead letter")) };
      const runtime = await startRuntime(settings, {
        ...ports,
        observe,
        deadLetters,
        ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
      });
      return new MarketDataProducer(runtime, { clock, earliestMicros, limit, observe, release });
    } catch (error) {
      await release();
      throw error;
    }
  }

  /**
   * Writes a trade, v1 or v2; it is converted to the version that the flag asks for.
   *
   * @param assetClass e.g. `equities`; a record that names another one is refused
   * @param exchange e.g. `ASX`; a record that names another one is refused
   *
   * @throws {RecordError} If the record breaks a rule, or disagrees with the arguments.
   * @throws {CatalogueError} If the exchange is not known or does not trade the asset class.
   * @throws {TopicNameError} If its topic cannot be named.
   * @throws {RecordRefusedError} If it cannot be written as the version asked for.
   * @throws {ProducerFullError} If as many records are pending as may be; see {@link ready}.
   * @throws {RegistryError} If the registry refuses the schema. A later call asks again.
   * @throws {TopicParkedError} If the brokers refuse the topic. A later call tries it again.
   * @throws {ActorFailedError} If the topic's producer, or the actor that reads the calls, failed again and again. A later
   * call starts both anew.
   * @throws {RuntimeEndedError} If an actor that every topic needs failed again and again; it says which.
   * @throws {ProducerClosedError} After `close`, or if the record was not sent before its deadline.
   * @throws {OutcomeUnknownError} If the record was sent, and one of the errors above, its `cause`, ended the wait before
   * it was known whether the record was written. After every other error it was not.
   */
  produceTrade(assetClass: string, exchange: string, trade: TradeInput): Promise<ProduceReceipt> {
    return this.#produce("trade", { assetClass, exchange, record: trade });
  }

  /** Writes a quote; as {@link produceTrade}. */
  produceQuote(assetClass: string, exchange: string, quote: QuoteInput): Promise<ProduceReceipt> {
    return this.#produce("quote", { assetClass, exchange, record: quote });
  }

  /** Writes reference data; as {@link produceTrade}. The key is the company id. */
  produceReferenceData(assetClass: string, exchange: string, record: ReferenceDataInput): Promise<ProduceReceipt> {
    return this.#produce("reference_data", { assetClass, exchange, record });
  }

  /**
   * Writes many trades, in order, and resolves with their receipts, in the same order. It waits by itself: while 20,000
   * records of the topic have not settled, or as many are pending as may be, it takes no more from the iterable, which may
   * be a generator.
   *
   * @throws {BatchError} When all have settled, if some were not acknowledged, or the generator threw; it says which, and
   * has the receipts of the others.
   * @throws {CatalogueError} If the exchange is not known or does not trade the asset class: nothing was handed over.
   * @throws {RecordError} If it is given nothing that can be iterated.
   * @throws {ProducerClosedError} After `close`: nothing was handed over.
   */
  produceTrades(assetClass: string, exchange: string, trades: Iterable<TradeInput>): Promise<ProduceReceipt[]> {
    return this.#produceAll("trade", { assetClass, exchange, records: trades });
  }

  /** Writes many quotes; as {@link produceTrades}. */
  produceQuotes(assetClass: string, exchange: string, quotes: Iterable<QuoteInput>): Promise<ProduceReceipt[]> {
    return this.#produceAll("quote", { assetClass, exchange, records: quotes });
  }

  /** Resolves when every record that was handed over before has settled, whether written or rejected. */
  async flush(): Promise<void> {
    await this.#calls.flush();
  }

  /**
   * Resolves when there is room for another record; at once while less is pending than may be. Those who wait are let in
   * in their order.
   *
   * @throws {ProducerClosedError} After `close`, also for those who wait.
   * @throws {RuntimeEndedError} If the supervisor gave up.
   */
  ready(): Promise<void> {
    return this.#calls.ready();
  }

  /** Counts since the start; also after `close`. */
  stats(): ProducerStats {
    return {
      acked: this.#calls.acked,
      rejected: this.#calls.rejected,
      pending: this.#calls.records,
      pending_bytes: this.#calls.bytes,
      topics: Object.fromEntries(this.#written),
      latency_ms: this.#runtime.account().totals().latency_ms,
    };
  }

  /**
   * Changes the version flag for the calls that come after; each record is written under the flag at the time of its call,
   * and its receipt says which it was. A schema that the registry refuses rejects only the calls under that flag.
   *
   * @throws {ConfigError} If it is none of v1, v2 and both.
   * @throws {TopicNameError} If v1 and v2 would share a topic under `both`.
   * @throws {ProducerClosedError} After `close`.
   */
  setSchemaVersion(flag: VersionFlag): void {
    this.#checkOpen();
    if (!VERSION_FLAGS.includes(flag)) {
      const [reason, nextStep] = ["it is no schema version.", `Give one of ${VERSION_FLAGS.join(", ")}.`];
      throw new ConfigError([{ key: "schemaVersion", value: flag, origin: "setSchemaVersion()", reason, nextStep }]);
    }
    this.#runtime.setSchemaVersion(flag);
  }

  /**
   * Takes no more records, waits for those that were handed over, then releases everything. Idempotent; the first call's
   * deadline holds.
   *
   * @param options `deadlineMs`: how long all of it may take, 30,000 by default; 0 gives up at once, Infinity never. Of
   * that, the last fifth, 2,000 ms at the most, is for stopping. What has not settled then is rejected: with a
   * `ProducerClosedError` if it was not sent, else with an `OutcomeUnknownError`. Connections and files that take longer are
   * released later; until then the data folder is locked.
   *
   * @throws {ConfigError} If the deadline is no number from 0 on; then nothing was closed.
   */
  close(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    if (this.#closing !== null) return this.#closing;
    const { deadlineMs = CLOSE_MS } = options;
    if (typeof deadlineMs !== "number" || !(deadlineMs >= 0)) {
      const [reason, nextStep] = ["it is no time.", "Give milliseconds from 0 on, or Infinity."];
      const problem = { key: "deadlineMs", value: String(deadlineMs), origin: "close()", reason, nextStep };
      return Promise.reject(new ConfigError([problem]));
    }
    this.#closing = this.#close(deadlineMs);
    this.#calls.end(closedError());
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(deadlineMs: number): Promise<void> {
    const until = this.#clock.monotonic() + deadlineMs;
    const leftMs = () => Math.max(0, until - this.#clock.monotonic());
    try {
      await this.#within(deadlineMs - Math.min(LAST_MS, deadlineMs * LAST_PART), this.flush());
      this.#feeds.close();
      await this.#runtime.stop({ deadlineMs: Math.min(LAST_MS, leftMs()) });
      // Every call has its answer, and the numbers are final, before this resolves.
      await this.flush();
    } finally {
      // What takes longer ends by itself, and says so if it fails.
      const released = this.#release();
      released.catch((cause) => this.#observe({ type: "observer_failed", cause }));
      await this.#within(Math.max(RELEASE_MS, leftMs()), released);
    }
  }

  /** Waits for work, but no longer than so. */
  async #within(mostMs: number, work: Promise<unknown>): Promise<void> {
    const done = new AbortController();
    const end = () => done.abort();
    await Promise.race([work.finally(end), this.#clock.sleep(mostMs, done.signal).catch(() => {})]);
  }

  #checkOpen(): void {
    const refusal = this.#refusal();
    if (refusal !== null) throw refusal;
  }

  /** Why nothing more is taken; null while records are welcome. */
  #refusal(): ProducerClosedError | RuntimeEndedError | null {
    return this.#closing === null ? this.#ended : closedError();
  }

  /** Why what has not settled never will; null while it may. */
  #abandonment(): ProducerClosedError | RuntimeEndedError | null {
    if (this.#closing === null) return this.#ended;
    return new ProducerClosedError("The producer was closed before the record was acknowledged");
  }

  #produce(
    kind: RecordKind,
    { assetClass, exchange, record }: { assetClass: string; exchange: string; record: unknown },
  ): Promise<ProduceReceipt> {
    try {
      this.#checkOpen();
      return this.#push(this.#datasetOf(kind, { assetClass, exchange }), record);
    } catch (cause) {
      return this.#calls.refuse(cause);
    }
  }

  async #produceAll(
    kind: RecordKind,
    { assetClass, exchange, records }: { assetClass: string; exchange: string; records: Iterable<unknown> },
  ): Promise<ProduceReceipt[]> {
    this.#checkOpen();
    const dataset = this.#datasetOf(kind, { assetClass, exchange });
    requireIterable(records);
    const calls: Promise<ProduceReceipt>[] = [];
    let broken = false;
    let ended: { readonly cause: unknown } | null = null;
    const failed = (cause: unknown) => {
      // What is wrong with one record says nothing of the next.
      broken ||= !(cause instanceof RecordError || cause instanceof RecordRefusedError);
    };
    try {
      for (const record of records) {
        this.#checkOpen();
        if (this.#calls.full) await this.ready();
        if (broken) break;
        const call = this.#attempt(dataset, record);
        call.catch(failed);
        calls.push(call);
        const source = this.#feeds.latest(dataset)?.source;
        if (source?.full === true) await source.room();
        if (broken) break;
      }
    } catch (cause) {
      ended = { cause };
    }
    return await receiptsOf(calls, ended);
  }

  #attempt(dataset: Dataset, record: unknown): Promise<ProduceReceipt> {
    try {
      return this.#push(dataset, record);
    } catch (cause) {
      return this.#calls.refuse(cause);
    }
  }

  #datasetOf(kind: RecordKind, names: { readonly assetClass: string; readonly exchange: string }): Dataset {
    const assetClass = assetClassOf(names.assetClass);
    const exchange = this.#runtime.catalogue.exchange(names.exchange, assetClass).code;
    const key = `${kind} ${assetClass} ${exchange}`;
    const known = this.#datasets.get(key);
    if (known !== undefined) return known;
    const dataset: Dataset = { kind, assetClass, exchange };
    this.#datasets.set(key, dataset);
    return dataset;
  }

  #push(dataset: Dataset, record: unknown): Promise<ProduceReceipt> {
    this.#calls.requireRoom();
    const { kind, assetClass, exchange } = dataset;
    const { catalogue } = this.#runtime;
    const prepared = prepareRecord(kind, record, { assetClass, exchange, catalogue, instants: this.#instants });
    // A getter of the record may have closed the producer.
    this.#checkOpen();
    const feed = this.#feeds.of(dataset, this.#runtime.epoch.flag);
    return this.#calls.open(recordBytes(prepared), (call) => feed.push(prepared, dataset, call));
  }

  /** Lets the runtime read a feed to its end, which every feed has. */
  async #run(feed: TopicFeed): Promise<void> {
    let cause: unknown = null;
    let inDoubt: ReadonlySet<number> = new Set();
    try {
      const { done, rowsInDoubt } = await this.#runtime.addSource(feed.source, feed.sourceOptions);
      const end = await done.catch((cause): { type: "stopped"; cause: unknown } => ({ type: "stopped", cause }));
      if (end.type === "stopped") cause = end.cause;
      inDoubt = rowsInDoubt();
    } catch (error) {
      cause = error;
    }
    feed.end(this.#abandonment() ?? cause, inDoubt);
  }
}

function closedError(): ProducerClosedError {
  return new ProducerClosedError("The producer is closed: start another one");
}

/** Programs without types forget the records, or hand over a stream. */
function requireIterable(records: unknown): void {
  const iterable = typeof records === "object" && records !== null && Symbol.iterator in records;
  if (iterable) return;
  const hint = "Give an array, or a generator that is not async.";
  throw new RecordError(records === undefined ? "missing" : "wrong_type", { field: "records", value: records, hint });
}
