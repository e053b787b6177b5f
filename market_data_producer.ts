/**
 * The embedded producer: records in, receipts out, over the same actors as everything else.
 *
 * @module
 */
import type { AccountTotals } from "./actors/account.ts";
import type { Clock } from "./actors/kernel/clock.ts";
import type { RowAcknowledged } from "./actors/delivery_window.ts";
import type { VersionFlagValue } from "./actors/messages.ts";
import { assetClassOf } from "./config/catalogue.ts";
import { settingsFrom } from "./config/load_settings.ts";
import type { Settings, SettingsInput } from "./config/settings.ts";
import { prepareRecord } from "./records/prepare.ts";
import type {
  AssetClass,
  QuoteV1,
  QuoteV2,
  RecordKind,
  ReferenceDataV1,
  ReferenceDataV2,
  SchemaVersion,
  TradeV1,
  TradeV2,
} from "./schemas/record_types.ts";
import { Runtime, RuntimeEndedError, type RuntimePorts, startRuntime } from "./runtime.ts";
import { PushSource } from "./sources/push_source.ts";
import { type DataDirLock, lockDataDir } from "./state/lock.ts";
import type { Observer } from "./telemetry/events.ts";
import { openTransport } from "./transport/open.ts";
import { transportOptionsOf } from "./transport_options.ts";

/** Options of {@link MarketDataProducer.start}. */
export interface MarketDataProducerOptions {
  /** @default "v2" */
  readonly schemaVersion?: VersionFlagValue;
  /** Kafka brokers as HOST:PORT. Absent: the embedded log in `dataDir`. */
  readonly brokers?: readonly string[];
  /** Base URL of a registry with Confluent's API. Absent: the embedded registry in `dataDir`. */
  readonly registry?: string;
  /** @default ".tickflume" */
  readonly dataDir?: string;
  readonly client?: Settings["client"];
  /** Further settings; the options above win. */
  readonly config?: SettingsInput;
  /** Receives every event. @default none */
  readonly observe?: Observer;
  /** Log and registry to be used instead of those of the settings; they are not closed. For tests. */
  readonly ports?: Pick<RuntimePorts, "log" | "registry"> & { readonly clock?: Clock };
}

/** Where a record was written. */
export interface ProduceReceipt {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly schemaVersion: SchemaVersion;
  readonly messageId: string;
  /** Under the flag `both`: the receipts of v1 and v2; else this receipt alone. */
  readonly copies: readonly Omit<ProduceReceipt, "copies">[];
}

/** What the producer has done so far. */
export type ProducerStats = AccountTotals;

/** A call to a producer that was closed. */
export class ProducerClosedError extends Error {
  override readonly name = "ProducerClosedError";
}

/** A record that the topic cannot take: its rule, and why. */
export class RecordRefusedError extends Error {
  override readonly name = "RecordRefusedError";
  constructor(readonly rule: string, readonly reason: string) {
    super(`Cannot produce the record (${rule}): ${reason}`);
  }
}

/** Records that may wait or be under way, for each topic, before calls wait for room. */
const CAPACITY = 20_000;

interface Topic {
  readonly source: PushSource<ProduceReceipt>;
  /** Receipts of rows that are not acknowledged by every target yet. */
  readonly partial: Map<number, Omit<ProduceReceipt, "copies">[]>;
}

/**
 * Produces trades, quotes and reference data. Each call resolves when the record is acknowledged.
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
  readonly #release: () => Promise<void>;
  readonly #topics = new Map<string, Promise<Topic>>();
  #count = 0;
  #closing: Promise<void> | null = null;

  private constructor(runtime: Runtime, release: () => Promise<void>) {
    this.#runtime = runtime;
    this.#release = release;
    runtime.done.then(({ cause }) => this.#failAll(new RuntimeEndedError("The runtime has ended", { cause })));
  }

  /**
   * Starts the runtime. Brokers and registry need not be up: calls then wait for them.
   *
   * @throws {ConfigError} If a setting is wrong.
   * @throws {DataDirLockedError} If another process uses the embedded log in this folder.
   */
  static async start(options: MarketDataProducerOptions = {}): Promise<MarketDataProducer> {
    const settings = settingsOf(options);
    const { ports, release } = options.ports === undefined
      ? await openPorts(settings)
      : { ports: options.ports, release: () => Promise.resolve() };
    try {
      const observe = options.observe === undefined ? {} : { observe: options.observe };
      return new MarketDataProducer(
        await startRuntime(settings, { ...ports, ...observe, deadLetters: REFUSED_ROWS_GO_TO_THEIR_CALLER }),
        release,
      );
    } catch (error) {
      await release();
      throw error;
    }
  }

  /**
   * Writes a trade, v1 or v2; it is converted to the version that the flag asks for.
   *
   * @throws {RecordError} If the record breaks a rule, or disagrees with the arguments.
   * @throws {CatalogueError} If the exchange is not known or does not trade the asset class.
   * @throws {RecordRefusedError} If it cannot be written as the version asked for.
   * @throws {RegistryError | TopicParkedError} If the registry or the brokers refuse.
   * @throws {ProducerClosedError} After `close`.
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
   * Writes many trades, in order. Resolves when all are acknowledged; rejects with the first error, when the others have
   * settled as well.
   */
  produceTrades(assetClass: string, exchange: string, trades: Iterable<TradeInput>): Promise<ProduceReceipt[]> {
    return this.#produceAll("trade", { assetClass, exchange, records: trades });
  }

  /** Writes many quotes; as {@link produceTrades}. */
  produceQuotes(assetClass: string, exchange: string, quotes: Iterable<QuoteInput>): Promise<ProduceReceipt[]> {
    return this.#produceAll("quote", { assetClass, exchange, records: quotes });
  }

  /** Resolves when every record that was handed over before has settled. */
  async flush(): Promise<void> {
    const topics = await Promise.allSettled(this.#topics.values());
    await Promise.all(topics.map((topic) => topic.status === "fulfilled" ? topic.value.source.flushed() : undefined));
  }

  /** Counts since the start; also after `close`. */
  stats(): ProducerStats {
    return this.#runtime.account().totals();
  }

  /** Changes the version flag: records handed over before are written as they were admitted. */
  setSchemaVersion(flag: VersionFlagValue): void {
    this.#checkOpen();
    this.#runtime.setSchemaVersion(flag);
  }

  /** Takes no more records, waits for those that were handed over, then releases everything. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    for (const topic of await Promise.allSettled(this.#topics.values())) {
      if (topic.status === "fulfilled") topic.value.source.close();
    }
    await this.#runtime.stop();
    this.#failAll(new ProducerClosedError("The producer was closed before the record was acknowledged"));
    await this.#release();
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new ProducerClosedError("The producer is closed: start another one");
  }

  async #produceAll(
    kind: RecordKind,
    { assetClass, exchange, records }: { assetClass: string; exchange: string; records: Iterable<unknown> },
  ): Promise<ProduceReceipt[]> {
    const calls = Array.from(records, (record) => this.#produce(kind, { assetClass, exchange, record }));
    const results = await Promise.allSettled(calls);
    return results.map((result) => {
      if (result.status === "rejected") throw result.reason;
      return result.value;
    });
  }

  async #produce(
    kind: RecordKind,
    call: { assetClass: string; exchange: string; record: unknown },
  ): Promise<ProduceReceipt> {
    this.#checkOpen();
    const assetClass = assetClassOf(call.assetClass);
    const { catalogue } = this.#runtime;
    const { code } = catalogue.exchange(call.exchange, assetClass);
    const prepared = prepareRecord(kind, call.record, { assetClass, exchange: code, catalogue });
    const topic = await this.#topicOf(kind, { assetClass, exchange: code });
    return await topic.source.push(prepared);
  }

  #topicOf(kind: RecordKind, place: { assetClass: AssetClass; exchange: string }): Promise<Topic> {
    const key = `${kind} ${place.assetClass} ${place.exchange}`;
    const known = this.#topics.get(key);
    if (known !== undefined) return known;
    const topic = this.#openTopic(key, { kind, ...place });
    this.#topics.set(key, topic);
    topic.catch(() => this.#topics.delete(key));
    return topic;
  }

  async #openTopic(
    key: string,
    { kind, assetClass, exchange }: { kind: RecordKind; assetClass: AssetClass; exchange: string },
  ): Promise<Topic> {
    const id = `push-${++this.#count} ${key}`;
    const source = new PushSource<ProduceReceipt>({ id, kind, assetClass, exchange, capacity: CAPACITY });
    const topic: Topic = { source, partial: new Map() };
    const handle = await this.#runtime.addSource(source, {
      tooManyDeadLetters: () => null,
      onRefused: (batch, refusals) => {
        for (const { index, rule, reason } of refusals) {
          const row = batch.rows[index]?.row ?? 0;
          topic.partial.delete(row);
          source.refuse(row, new RecordRefusedError(rule, reason));
        }
      },
      onReceipt: (acknowledged) => acknowledge(topic, acknowledged),
    });
    // A source that stopped (a refused schema, a parked topic) makes way for a new one at the next call.
    handle.done.then(
      (end) => end.type === "stopped" ? end.cause : null,
      (cause: unknown) => cause,
    ).then((cause) => {
      if (cause === null) return;
      this.#topics.delete(key);
      source.fail(cause);
    });
    return topic;
  }

  #failAll(cause: unknown): void {
    for (const topic of this.#topics.values()) topic.then(({ source }) => source.fail(cause), () => {});
  }
}

/** A row settles when every version that it was admitted for has its receipt. */
function acknowledge(topic: Topic, { batch, index, target, targets, receipt }: RowAcknowledged): void {
  const row = batch.rows[index];
  if (row === undefined || !row.ok) return;
  const { partition, offset } = receipt;
  const copy = { topic: target.topic, partition, offset, schemaVersion: target.version, messageId: row.messageId };
  const copies = [...topic.partial.get(row.row) ?? [], copy];
  topic.partial.set(row.row, copies);
  if (copies.length < targets) return;
  topic.partial.delete(row.row);
  topic.source.settle(row.row, { ...(copies.find(({ schemaVersion }) => schemaVersion === "v2") ?? copy), copies });
}

/** A trade of either version; exchange and asset class may be left out where the arguments say them. */
export type TradeInput = Fillable<TradeV1> | Fillable<TradeV2>;
/** A quote of either version. */
export type QuoteInput = Fillable<QuoteV1> | Fillable<QuoteV2>;
/** Reference data of either version. */
export type ReferenceDataInput = ReferenceDataV1 | Fillable<ReferenceDataV2>;

type Filled = "exchange" | "asset_class";
type Fillable<R> = Omit<R, Filled> & Partial<Pick<R, Extract<keyof R, Filled>>>;

/** Rows of this producer have a caller who waits, so that none comes here. */
const REFUSED_ROWS_GO_TO_THEIR_CALLER = {
  add: () => Promise.reject(new TypeError("A pushed row was sent to the dead-letter store")),
};

function settingsOf(
  { schemaVersion, brokers, registry, dataDir, client, config }: MarketDataProducerOptions,
): Settings {
  const input: SettingsInput = {
    ...config,
    ...(schemaVersion === undefined ? {} : { schemaVersion }),
    ...(brokers === undefined ? {} : { brokers: [...brokers] }),
    ...(registry === undefined ? {} : { registry: { ...config?.registry, url: registry } }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(client === undefined ? {} : { client }),
  };
  return settingsFrom(input, { cwd: Deno.cwd() });
}

async function openPorts(settings: Settings) {
  const embedded = settings.brokers.length === 0 || settings.registry.url === undefined;
  const lock: DataDirLock | null = embedded
    ? await lockDataDir(settings.dataDir, { command: "embedded producer" })
    : null;
  try {
    const transport = await openTransport(transportOptionsOf(settings));
    const release = async () => {
      await transport.close();
      await lock?.release();
    };
    return { ports: transport, release };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}
