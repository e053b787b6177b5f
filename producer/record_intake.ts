/**
 * Takes records from callers, one by one or many, and has the runtime read them: the inside of a producer.
 *
 * @module
 */
import { assetClassOf } from "../config/catalogue.ts";
import type { Clock } from "../kernel/clock.ts";
import { RecordError } from "../records/errors.ts";
import { prepareRecord } from "../records/prepare.ts";
import type { LikelyInstants } from "../records/values/likely_instants.ts";
import { type Runtime, RuntimeEndedError } from "../runtime.ts";
import type { RecordKind } from "../schemas/record_types.ts";
import type { Dataset } from "../sources/source.ts";
import type { Observer } from "../telemetry/events.ts";
import { receiptsOf } from "./batch.ts";
import { ProducerClosedError, RecordRefusedError } from "./errors.ts";
import { PendingCalls, type PendingLimit } from "./pending_calls.ts";
import type { ProduceReceipt } from "./receipt.ts";
import { recordBytes } from "./record_bytes.ts";
import type { TopicFeed } from "./topic_feed.ts";
import { TopicFeeds } from "./topic_feeds.ts";

/** Options of an intake. */
export interface RecordIntakeOptions {
  readonly clock: Clock;
  /** An instant before this is unlikely. */
  readonly earliestMicros: number;
  readonly limit: PendingLimit;
  readonly observe: Observer;
}

/** Unsettled records of a topic from which on a batch takes no more from its iterable. */
const CAPACITY = 20_000;

export class RecordIntake {
  readonly calls: PendingCalls<ProduceReceipt>;
  readonly #runtime: Runtime;
  readonly #instants: LikelyInstants;
  readonly #feeds: TopicFeeds;
  /** One object for each dataset that records came for. */
  readonly #datasets = new Map<string, Dataset>();
  readonly #written = new Map<string, number>();
  #ended: RuntimeEndedError | null = null;
  #closed = false;

  constructor(runtime: Runtime, { clock, earliestMicros, limit, observe }: RecordIntakeOptions) {
    this.#runtime = runtime;
    this.#instants = { earliestMicros, now: () => clock.now() };
    this.calls = new PendingCalls({
      limit,
      onFull: () => {
        const { records, bytes } = this.calls;
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
      this.calls.end(this.#ended);
    });
  }

  /** Copies written, by topic. */
  get written(): ReadonlyMap<string, number> {
    return this.#written;
  }

  /** @throws {ProducerClosedError | RuntimeEndedError} If nothing more is taken. */
  checkOpen(): void {
    if (this.#closed) throw closedError();
    if (this.#ended !== null) throw this.#ended;
  }

  /** Takes no more records. What was handed over may settle still. */
  close(): void {
    this.#closed = true;
    this.calls.end(closedError());
  }

  /** No feed takes more rows; the runtime reads each to its end. */
  closeFeeds(): void {
    this.#feeds.close();
  }

  /** Writes a record; @returns its receipt, or why it has none. */
  produce(
    kind: RecordKind,
    { assetClass, exchange, record }: { assetClass: string; exchange: string; record: unknown },
  ): Promise<ProduceReceipt> {
    try {
      this.checkOpen();
      return this.#push(this.#datasetOf(kind, { assetClass, exchange }), record);
    } catch (cause) {
      return this.calls.refuse(cause);
    }
  }

  /** Writes records in order; the receipts are in the same order. Takes no more from the iterable while there is no room. */
  async produceAll(
    kind: RecordKind,
    { assetClass, exchange, records }: { assetClass: string; exchange: string; records: Iterable<unknown> },
  ): Promise<ProduceReceipt[]> {
    this.checkOpen();
    const dataset = this.#datasetOf(kind, { assetClass, exchange });
    requireIterable(records);
    const calls: Promise<ProduceReceipt>[] = [];
    let broken = false;
    let ended: { readonly cause: unknown } | null = null;
    const failed = (cause: unknown) => {
      // What is wrong with one record says nothing about the next.
      broken ||= !(cause instanceof RecordError || cause instanceof RecordRefusedError);
    };
    try {
      for (const record of records) {
        this.checkOpen();
        if (this.calls.full) await this.calls.ready();
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
      return this.calls.refuse(cause);
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
    this.calls.requireRoom();
    const { kind, assetClass, exchange } = dataset;
    const { catalogue } = this.#runtime;
    const prepared = prepareRecord(kind, record, { assetClass, exchange, catalogue, instants: this.#instants });
    // A getter of the record may have closed the producer.
    this.checkOpen();
    const feed = this.#feeds.of(dataset, this.#runtime.epoch.flag);
    return this.calls.open(recordBytes(prepared), (call) => feed.push(prepared, dataset, call));
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

  /** Why no more records settle; null while they may. */
  #abandonment(): ProducerClosedError | RuntimeEndedError | null {
    if (!this.#closed) return this.#ended;
    return new ProducerClosedError("The producer was closed before the record was acknowledged");
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
