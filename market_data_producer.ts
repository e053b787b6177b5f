/**
 * The embedded producer: records in, receipts out, over the same actors as everything else.
 *
 * @module
 */
import { type Clock, systemClock } from "./actors/kernel/clock.ts";
import type { VersionFlagValue } from "./actors/messages.ts";
import { assetClassOf } from "./config/catalogue.ts";
import { ConfigError } from "./config/config_error.ts";
import { receiptsOf } from "./producing/batch.ts";
import { ProducerClosedError, RecordRefusedError } from "./producing/errors.ts";
import type { QuoteInput, ReferenceDataInput, TradeInput } from "./producing/input.ts";
import { type MarketDataProducerOptions, openPorts, settingsOf } from "./producing/options.ts";
import type { ProduceReceipt } from "./producing/receipt.ts";
import { registerRuntime } from "./producing/runtime_registry.ts";
import { TopicFeed } from "./producing/topic_feed.ts";
import { RecordError } from "./records/errors.ts";
import { prepareRecord } from "./records/prepare.ts";
import { type Runtime, RuntimeEndedError, startRuntime } from "./runtime.ts";
import type { AssetClass, RecordKind } from "./schemas/record_types.ts";

/** What a producer has done so far. Every call is in one of the first three numbers. */
export interface ProducerStats {
  /** Records acknowledged: in each topic that the version flag asks for. */
  readonly acked: number;
  /** Records whose call was rejected. */
  readonly rejected: number;
  /** Records handed over that have not settled. */
  readonly pending: number;
  /** Copies written, by topic: two for a record under the flag `both`. */
  readonly topics: Readonly<Record<string, number>>;
  /** Milliseconds from handing a batch over to its last acknowledgement. */
  readonly latency_ms: { readonly p50: number; readonly p99: number };
}

/** Unsettled records of a topic from which on a batch takes no more from its iterable. */
const CAPACITY = 20_000;
const CLOSE_MS = 30_000;
/** For what is under way when {@link CLOSE_MS} have passed. */
const LAST_MS = 2_000;
const FLAGS: readonly VersionFlagValue[] = ["v1", "v2", "both"];

/** Where records go. */
interface Place {
  readonly kind: RecordKind;
  readonly assetClass: AssetClass;
  /** Upper case. */
  readonly exchange: string;
}

/**
 * Produces trades, quotes and reference data. Each call resolves when the record is acknowledged.
 *
 * A call waits for as long as brokers and registry need; no record is dropped on a time-out. Records of one topic are
 * written in the order of the calls. Who tries a rejected record again hands over the same v2 record, whose `message_id`
 * tells readers that it is the same one; a v1 record gets a new id each time.
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
  readonly #release: () => Promise<void>;
  readonly #feeds = new Map<string, TopicFeed>();
  /** Calls that have not settled. */
  readonly #calls = new Set<Promise<unknown>>();
  readonly #written = new Map<string, number>();
  #feedCount = 0;
  #acked = 0;
  #rejected = 0;
  #ended: RuntimeEndedError | null = null;
  #closing: Promise<void> | null = null;

  private constructor(runtime: Runtime, { clock, release }: { clock: Clock; release: () => Promise<void> }) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#release = release;
    registerRuntime(this, runtime);
    runtime.done.then((end) => this.#ended = RuntimeEndedError.of(end, "start another producer"));
  }

  /**
   * Starts the runtime. Brokers and registry need not be up: calls then wait for them.
   *
   * @throws {ConfigError} If a setting is wrong.
   * @throws {DataDirLockedError} If another process, or another producer of this one, uses the embedded log in this folder.
   */
  static async start(options: MarketDataProducerOptions = {}): Promise<MarketDataProducer> {
    const settings = settingsOf(options);
    const { ports, release } = options.ports === undefined
      ? await openPorts(settings)
      : { ports: options.ports, release: () => Promise.resolve() };
    const clock = options.ports?.clock ?? systemClock;
    try {
      const observe = options.observe === undefined ? {} : { observe: options.observe };
      const deadLetters = { add: () => Promise.reject(new TypeError("A pushed row has a caller, not a dead letter")) };
      return new MarketDataProducer(await startRuntime(settings, { ...ports, ...observe, deadLetters }), {
        clock,
        release,
      });
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
   * @throws {RegistryError} If the registry refuses the schema; the record was not written. A later call asks again.
   * @throws {TopicParkedError} If the brokers refuse the topic; whether the record was written is not known.
   * @throws {ActorFailedError} If the topic's producer, or the actor that reads the calls, failed again and again;
   * whether the record was written is not known. A later call starts both anew.
   * @throws {RuntimeEndedError} If the supervisor gave up; whether the record was written is not known.
   * @throws {ProducerClosedError} After `close`.
   */
  async produceTrade(assetClass: string, exchange: string, trade: TradeInput): Promise<ProduceReceipt> {
    return await this.#produce("trade", { assetClass, exchange, record: trade });
  }

  /** Writes a quote; as {@link produceTrade}. */
  async produceQuote(assetClass: string, exchange: string, quote: QuoteInput): Promise<ProduceReceipt> {
    return await this.#produce("quote", { assetClass, exchange, record: quote });
  }

  /** Writes reference data; as {@link produceTrade}. The key is the company id. */
  async produceReferenceData(
    assetClass: string,
    exchange: string,
    record: ReferenceDataInput,
  ): Promise<ProduceReceipt> {
    return await this.#produce("reference_data", { assetClass, exchange, record });
  }

  /**
   * Writes many trades, in order, and resolves with their receipts, in the same order. While 20,000 records of the topic
   * have not settled it takes no more from the iterable, which may be a generator.
   *
   * @throws {BatchError} When all have settled, if some were not acknowledged; it says which.
   * @throws {CatalogueError} If the exchange is not known or does not trade the asset class: nothing was handed over.
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
    await Promise.allSettled([...this.#calls]);
  }

  /** Counts since the start; also after `close`. */
  stats(): ProducerStats {
    return {
      acked: this.#acked,
      rejected: this.#rejected,
      pending: this.#calls.size,
      topics: Object.fromEntries(this.#written),
      latency_ms: this.#runtime.account().totals().latency_ms,
    };
  }

  /**
   * Changes the version flag. Records on their way to a topic are written as they were admitted, later ones under the new
   * flag; each receipt says which it was.
   *
   * @throws {ConfigError} If it is none of v1, v2 and both.
   * @throws {TopicNameError} If v1 and v2 would share a topic under `both`.
   * @throws {ProducerClosedError} After `close`.
   */
  setSchemaVersion(flag: VersionFlagValue): void {
    this.#checkOpen();
    if (!FLAGS.includes(flag)) {
      const [reason, nextStep] = ["it is no schema version.", `Give one of ${FLAGS.join(", ")}.`];
      throw new ConfigError([{ key: "schemaVersion", value: flag, origin: "setSchemaVersion()", reason, nextStep }]);
    }
    this.#runtime.setSchemaVersion(flag);
  }

  /**
   * Takes no more records, waits for those that were handed over, then releases everything. Idempotent; the first call's
   * deadline holds.
   *
   * @param options `deadlineMs`: how long to wait, 30,000 by default. What has not settled then is rejected with a
   * `ProducerClosedError`: whether it was written is not known.
   */
  close(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.deadlineMs ?? CLOSE_MS);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(deadlineMs: number): Promise<void> {
    const settled = new AbortController();
    try {
      const all = this.flush().then(() => settled.abort());
      await Promise.race([all, this.#clock.sleep(deadlineMs, settled.signal).catch(() => {})]);
      for (const { source } of this.#feeds.values()) source.close();
      await this.#runtime.stop({ deadlineMs: LAST_MS });
      // Every call has its answer, and the numbers are final, before this resolves.
      await this.flush();
    } finally {
      await this.#release();
    }
  }

  #checkOpen(): void {
    const refusal = this.#refusal();
    if (refusal !== null) throw refusal;
  }

  /** Why nothing more is taken; null while records are welcome. */
  #refusal(): ProducerClosedError | RuntimeEndedError | null {
    return this.#closing === null ? this.#ended : new ProducerClosedError("The producer is closed: start another one");
  }

  /** Why what has not settled never will; null while it may. */
  #abandonment(): ProducerClosedError | RuntimeEndedError | null {
    if (this.#closing === null) return this.#ended;
    return new ProducerClosedError(
      "The producer closed before the record was acknowledged: whether it was written is not known",
    );
  }

  #produce(
    kind: RecordKind,
    { assetClass, exchange, record }: { assetClass: string; exchange: string; record: unknown },
  ): Promise<ProduceReceipt> {
    const push = async () => await this.#push(this.#placeOf(kind, { assetClass, exchange }), record);
    return this.#counted(push());
  }

  async #produceAll(
    kind: RecordKind,
    { assetClass, exchange, records }: { assetClass: string; exchange: string; records: Iterable<unknown> },
  ): Promise<ProduceReceipt[]> {
    const place = this.#placeOf(kind, { assetClass, exchange });
    const calls: Promise<ProduceReceipt>[] = [];
    let broken: { readonly cause: unknown } | null = null;
    const failed = (cause: unknown) => {
      // What is wrong with one record says nothing of the next.
      if (!(cause instanceof RecordError || cause instanceof RecordRefusedError)) broken ??= { cause };
    };
    try {
      for (const record of records) {
        const refusal = this.#refusal();
        if (refusal !== null) broken ??= { cause: refusal };
        if (broken !== null) break;
        const call = this.#counted(this.#push(place, record));
        call.catch(failed);
        calls.push(call);
        const source = this.#feeds.get(keyOf(place))?.source;
        if (source?.full === true) await source.room();
      }
    } finally {
      await Promise.allSettled(calls);
    }
    return await receiptsOf(calls, broken);
  }

  /** Keeps the numbers, which are right before the caller hears. */
  #counted(pushed: Promise<ProduceReceipt>): Promise<ProduceReceipt> {
    const call = pushed.then((receipt) => {
      this.#acked += 1;
      return receipt;
    }, (cause) => {
      this.#rejected += 1;
      throw cause;
    }).finally(() => this.#calls.delete(call));
    this.#calls.add(call);
    return call;
  }

  #placeOf(kind: RecordKind, names: { readonly assetClass: string; readonly exchange: string }): Place {
    this.#checkOpen();
    const assetClass = assetClassOf(names.assetClass);
    return { kind, assetClass, exchange: this.#runtime.catalogue.exchange(names.exchange, assetClass).code };
  }

  async #push(place: Place, record: unknown): Promise<ProduceReceipt> {
    this.#checkOpen();
    const { assetClass, exchange } = place;
    const { catalogue } = this.#runtime;
    const prepared = prepareRecord(place.kind, record, { assetClass, exchange, catalogue });
    return await this.#feedOf(place).source.push(prepared);
  }

  #feedOf(place: Place): TopicFeed {
    const key = keyOf(place);
    const known = this.#feeds.get(key);
    if (known !== undefined) return known;
    const feed = new TopicFeed({
      ...place,
      id: `push-${++this.#feedCount} ${key}`,
      capacity: CAPACITY,
      onWritten: ({ topic }) => this.#written.set(topic, (this.#written.get(topic) ?? 0) + 1),
    });
    this.#feeds.set(key, feed);
    this.#run(key, feed);
    return feed;
  }

  /** Lets the runtime read a feed to its end, which every feed has. The next call after it opens a new one. */
  async #run(key: string, feed: TopicFeed): Promise<void> {
    let cause: unknown = null;
    try {
      const { done } = await this.#runtime.addSource(feed.source, feed.sourceOptions);
      const end = await done;
      if (end.type === "stopped") cause = end.cause;
    } catch (error) {
      cause = error;
    }
    if (this.#feeds.get(key) === feed) this.#feeds.delete(key);
    feed.source.fail(this.#abandonment() ?? cause);
  }
}

function keyOf({ kind, assetClass, exchange }: Place): string {
  return `${kind} ${assetClass} ${exchange}`;
}
