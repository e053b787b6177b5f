/**
 * Takes records from callers, one by one or many, and has the runtime read them: the inside of a producer.
 *
 * @module
 */
import { assetClassOf } from "../config/catalogue.ts";
import type { Clock } from "../kernel/clock.ts";
import { RecordError } from "../records/errors.ts";
import type { LikelyInstants } from "../records/values/likely_instants.ts";
import { type Runtime, RuntimeEndedError } from "../runtime.ts";
import type { RecordKind } from "../schemas/record_types.ts";
import type { Observer } from "../telemetry/events.ts";
import { Batch } from "./batch.ts";
import { ProducerClosedError } from "./errors.ts";
import { IncomingRecords } from "./incoming_records.ts";
import { PendingCalls, type PendingLimit } from "./pending_calls.ts";
import type { ProduceReceipt } from "./receipt.ts";
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

/** As callers spell them. */
interface MarketNames {
  readonly assetClass: string;
  readonly exchange: string;
}

/** Unsettled records of a topic from which on a batch takes no more from its iterable. */
const CAPACITY = 20_000;

export class RecordIntake {
  readonly calls: PendingCalls;
  readonly #runtime: Runtime;
  readonly #instants: LikelyInstants;
  readonly #feeds: TopicFeeds;
  /** By what callers name: one for each dataset that records came for. */
  readonly #incoming = new Map<string, IncomingRecords>();
  #lastNamed: MarketNames & { readonly kind: RecordKind; readonly incoming: IncomingRecords } | null = null;
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
      this.calls.close(this.#ended);
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
    this.calls.close(closedError());
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
      const incoming = this.#incomingOf(kind, { assetClass, exchange });
      this.calls.requireRoom();
      return incoming.read(record, (read) => {
        const { source } = this.#feedOf(read);
        return this.calls.open(read.bytes, (call) => source.push(read, call, 0));
      });
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
    const incoming = this.#incomingOf(kind, { assetClass, exchange });
    requireIterable(records);
    const batch = new Batch(this.calls);
    let ended: { readonly cause: unknown } | null = null;
    try {
      for (const record of records) {
        this.checkOpen();
        if (this.calls.full) await this.calls.ready();
        if (batch.broken) break;
        this.#hand(incoming, record, batch);
        const source = this.#feeds.latest(incoming.dataset)?.source;
        if (source?.full === true) await source.room();
        if (batch.broken) break;
      }
    } catch (cause) {
      ended = { cause };
    }
    return await batch.receipts(ended);
  }

  #hand(incoming: IncomingRecords, record: unknown, batch: Batch): void {
    try {
      this.calls.requireRoom();
      incoming.read(record, (read) => {
        const { source } = this.#feedOf(read);
        source.push(read, batch, batch.begin(read.bytes));
      });
    } catch (cause) {
      batch.refuse(cause);
    }
  }

  /** Most calls name what the call before has named. */
  #incomingOf(kind: RecordKind, names: MarketNames): IncomingRecords {
    const last = this.#lastNamed;
    if (last?.kind === kind && last.assetClass === names.assetClass && last.exchange === names.exchange) {
      return last.incoming;
    }
    const incoming = this.#lookUp(kind, names);
    this.#lastNamed = { kind, ...names, incoming };
    return incoming;
  }

  #lookUp(kind: RecordKind, names: MarketNames): IncomingRecords {
    const assetClass = assetClassOf(names.assetClass);
    const { catalogue } = this.#runtime;
    const exchange = catalogue.exchange(names.exchange, assetClass).code;
    const key = `${kind} ${assetClass} ${exchange}`;
    const known = this.#incoming.get(key);
    if (known !== undefined) return known;
    const destination = { assetClass, exchange, catalogue, instants: this.#instants };
    const incoming = new IncomingRecords({ kind, assetClass, exchange }, destination);
    this.#incoming.set(key, incoming);
    return incoming;
  }

  /** The feed of the record that was read. */
  #feedOf({ dataset }: IncomingRecords): TopicFeed {
    // A getter of the record may have closed the producer.
    this.checkOpen();
    return this.#feeds.of(dataset, this.#runtime.epoch.flag);
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
