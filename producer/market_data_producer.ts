/**
 * The embedded producer: records in, receipts out, over the same actors as everything else.
 *
 * @module
 */
import { type Clock, systemClock } from "../kernel/clock.ts";
import { VERSION_FLAGS, type VersionFlag } from "../config/version_flag.ts";
import { ConfigError } from "../config/config_error.ts";
import type { QuoteInput, ReferenceDataInput, TradeInput } from "./input.ts";
import {
  connectTimeoutOf,
  earliestMicrosOf,
  type MarketDataProducerOptions,
  openPorts,
  pendingLimitOf,
  settingsOf,
} from "./options.ts";
import type { ProduceReceipt } from "./receipt.ts";
import { RecordIntake, type RecordIntakeOptions } from "./record_intake.ts";
import { registerRuntime } from "./runtime_registry.ts";
import { type Runtime, startRuntime } from "../runtime.ts";
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

const CLOSE_MS = 30_000;
/** The last part of the time to close is for stopping: what is under way may still settle, nothing new begins. */
const LAST_MS = 2_000;
const LAST_PART = 1 / 5;
/** Minimum time in which log and registry may close. */
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
  readonly #release: () => Promise<void>;
  readonly #intake: RecordIntake;
  #closing: Promise<void> | null = null;

  private constructor(runtime: Runtime, options: RecordIntakeOptions & { readonly release: () => Promise<void> }) {
    this.#runtime = runtime;
    this.#clock = options.clock;
    this.#observe = options.observe;
    this.#release = options.release;
    this.#intake = new RecordIntake(runtime, options);
    registerRuntime(this, runtime);
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
   * @throws {ProducerFullError} If the maximum of records is pending; see {@link ready}.
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
    return this.#intake.produce("trade", { assetClass, exchange, record: trade });
  }

  /** Writes a quote; as {@link produceTrade}. */
  produceQuote(assetClass: string, exchange: string, quote: QuoteInput): Promise<ProduceReceipt> {
    return this.#intake.produce("quote", { assetClass, exchange, record: quote });
  }

  /** Writes reference data; as {@link produceTrade}. The key is the company id. */
  produceReferenceData(assetClass: string, exchange: string, record: ReferenceDataInput): Promise<ProduceReceipt> {
    return this.#intake.produce("reference_data", { assetClass, exchange, record });
  }

  /**
   * Writes many trades, in order, and resolves with their receipts, in the same order. It waits by itself: while 20,000
   * records of the topic have not settled, or the producer is full, it takes no more from the iterable, which may be a
   * generator.
   *
   * @throws {BatchError} When all have settled, if some were not acknowledged, or the generator threw; it says which, and
   * has the receipts of the others.
   * @throws {CatalogueError} If the exchange is not known or does not trade the asset class: nothing was handed over.
   * @throws {RecordError} If it is given nothing that can be iterated.
   * @throws {ProducerClosedError} After `close`: nothing was handed over.
   */
  produceTrades(assetClass: string, exchange: string, trades: Iterable<TradeInput>): Promise<ProduceReceipt[]> {
    return this.#intake.produceAll("trade", { assetClass, exchange, records: trades });
  }

  /** Writes many quotes; as {@link produceTrades}. */
  produceQuotes(assetClass: string, exchange: string, quotes: Iterable<QuoteInput>): Promise<ProduceReceipt[]> {
    return this.#intake.produceAll("quote", { assetClass, exchange, records: quotes });
  }

  /** Resolves when every record that was handed over before has settled, whether written or rejected. */
  async flush(): Promise<void> {
    await this.#intake.calls.flush();
  }

  /**
   * Resolves when there is room for another record; at once while there is room. Callers that wait are let in in their
   * order.
   *
   * @throws {ProducerClosedError} After `close`, also for callers that wait.
   * @throws {RuntimeEndedError} If the supervisor gave up.
   */
  ready(): Promise<void> {
    return this.#intake.calls.ready();
  }

  /** Counts since the start; also after `close`. */
  stats(): ProducerStats {
    const { calls: { acked, rejected, records, bytes }, written } = this.#intake;
    return {
      acked,
      rejected,
      pending: records,
      pending_bytes: bytes,
      topics: Object.fromEntries(written),
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
    this.#intake.checkOpen();
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
   * that, the last fifth, with a maximum of 2,000 ms, is for stopping. What has not settled then is rejected: with a
   * `ProducerClosedError` if it was not sent, else with an `OutcomeUnknownError`. Connections and files that take
   * longer are released later; until then the data folder is locked.
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
    this.#intake.close();
    return this.#closing;
  }

  /** Closes the producer at the end of an `await using` block: as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(deadlineMs: number): Promise<void> {
    const until = this.#clock.monotonic() + deadlineMs;
    const leftMs = () => Math.max(0, until - this.#clock.monotonic());
    try {
      await this.#within(deadlineMs - Math.min(LAST_MS, deadlineMs * LAST_PART), this.flush());
      this.#intake.closeFeeds();
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

  /** Waits for work, but no longer than a maximum. */
  async #within(mostMs: number, work: Promise<unknown>): Promise<void> {
    const done = new AbortController();
    const end = () => done.abort();
    await Promise.race([work.finally(end), this.#clock.sleep(mostMs, done.signal).catch(() => {})]);
  }
}
