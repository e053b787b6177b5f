/**
 * One producer per topic: owns a client, keeps a lane for each partition, has at most one unsettled send per partition, and
 * answers every unknown outcome by reading.
 *
 * Phases: `opening` (topic made or checked, client connected) -> `ready` -> `resolving` (after any outcome but `stored`:
 * nothing is sent until all sends have settled, the client is replaced and the doubtful partitions are read) -> `ready`.
 * `growing` waits for all sends to settle, then takes the new partition count. `parked` needs somebody's help.
 *
 * @module
 */
import type { Observer } from "../telemetry/events.ts";
import { partitionFor } from "../transport/partitioner.ts";
import { type Log, LogError, type LogProducer, type SendOutcome, type TopicDescription } from "../transport/log.ts";
import { OutOfSequenceError, TopicParkedError } from "./delivery.ts";
import type { Timer } from "./kernel/clock.ts";
import { assertNever } from "./kernel/assert_never.ts";
import type { ActorContext, ActorSpec, Behaviour, StopPurpose } from "./kernel/types.ts";
import type { ProducerMessage, RecordsEncoded } from "./messages.ts";
import { type LaneEntry, PartitionLane } from "./partition_lane.ts";
import type { PartitionLedger } from "./partition_ledger.ts";
import { type FoundRecords, readPastAcknowledged } from "./resolve_by_reading.ts";
import { StreamOrder } from "./stream_order.ts";
import { openTopic, type TopicPolicy } from "./topic_opening.ts";

/** Options of a producer. */
export interface ProducerOptions {
  readonly topic: TopicPolicy;
  readonly log: Log;
  readonly ledger: PartitionLedger;
  readonly observe: Observer;
  /** Most records of one send. */
  readonly maxSendRecords: number;
  /** Most bytes of one send; below the topic's `max.message.bytes`. */
  readonly maxSendBytes: number;
  /** Mailbox bound, in batches. */
  readonly capacity: number;
  /** First and longest wait between attempts to open or resolve. */
  readonly retry: { readonly minMs: number; readonly maxMs: number };
  /** How long an end offset must stand still before it is believed. */
  readonly settleMs: number;
  /** How often the partition count is read. */
  readonly refreshMs: number;
  /** Time for an ordered stop. */
  readonly shutdownMs: number;
}

interface Opened {
  readonly client: LogProducer;
  readonly partitions: number;
  readonly found: readonly FoundRecords[];
}

type Internal =
  | { readonly type: "opened"; readonly opened: Opened }
  | { readonly type: "opening_failed"; readonly cause: unknown }
  | { readonly type: "open_again" }
  | { readonly type: "send_settled"; readonly lane: PartitionLane; readonly outcome: SendOutcome }
  | { readonly type: "refresh" }
  | { readonly type: "described"; readonly description: TopicDescription | null };

type Phase = "opening" | "ready" | "resolving" | "growing" | "parked";
type Context = ActorContext<ProducerMessage, Internal>;

/** The spec of a topic's producer. */
export function producerActor(options: ProducerOptions): ActorSpec<ProducerMessage, Internal> {
  return {
    id: options.topic.name,
    capacity: options.capacity,
    shutdownMs: options.shutdownMs,
    obligation: (message) => message.part,
    start: (context) => new TopicProducer(options, context),
  };
}

class TopicProducer implements Behaviour<ProducerMessage | Internal> {
  readonly #options: ProducerOptions;
  readonly #context: Context;
  readonly #topic: string;
  readonly #order = new StreamOrder();
  readonly #partitionOfKey = new Map<string, number>();
  #lanes: PartitionLane[] = [];
  /** Records accepted before the partition count is known. */
  #unplaced: LaneEntry[] = [];
  #phase: Phase = "opening";
  #client: LogProducer | null = null;
  readonly #failed = new WeakSet<LogProducer>();
  #attempt = 0;
  #parkedBy: TopicParkedError | null = null;
  #drained: (() => void) | null = null;
  #refreshTimer: Timer | null = null;

  constructor(options: ProducerOptions, context: Context) {
    this.#options = options;
    this.#context = context;
    this.#topic = options.topic.name;
    this.#open();
  }

  receive(message: ProducerMessage | Internal): void {
    switch (message.type) {
      case "records_encoded":
        return this.#accept(message);
      case "opened":
        return this.#opened(message.opened);
      case "opening_failed":
        return this.#openingFailed(message.cause);
      case "open_again":
        return this.#open();
      case "send_settled":
        return this.#sendSettled(message.lane, message.outcome);
      case "refresh":
        return this.#refresh();
      case "described":
        return this.#described(message.description);
      default:
        assertNever(message);
    }
  }

  /** Before a restart nothing is drained: what was taken goes back to its sources. */
  drain(purpose: StopPurpose): Promise<void> | void {
    if (purpose === "restart" || this.#idle || this.#phase === "parked") return;
    return new Promise((resolve) => this.#drained = resolve);
  }

  async end(): Promise<void> {
    const { ledger } = this.#options;
    if (this.#client !== null) ledger.closing = this.#client.close();
    await ledger.closing;
  }

  #accept(message: RecordsEncoded): void {
    const { part, place, records, epoch, timestamp } = message;
    if (!this.#order.accepts(place)) {
      part.fail(new OutOfSequenceError(`Batch ${place.run}/${place.index} of ${place.source} is out of sequence`));
      return;
    }
    if (this.#parkedBy !== null) return part.fail(this.#parkedBy);
    for (const { index, keyText, value, headers, messageId } of records) {
      const key = utf8.encode(keyText);
      const record = { key, value, timestamp, ...(headers === undefined ? {} : { headers }) };
      const bytes = RECORD_OVERHEAD_BYTES + key.length + value.length;
      this.#place({ record, keyText, messageId, bytes, epoch, index, part });
    }
    part.settleIfEmpty();
    this.#pump();
  }

  #place(entry: LaneEntry): void {
    if (this.#lanes.length === 0) {
      this.#unplaced.push(entry);
      return;
    }
    let partition = this.#partitionOfKey.get(entry.keyText);
    if (partition === undefined) {
      partition = partitionFor(entry.record.key ?? new Uint8Array(0), this.#lanes.length);
      if (this.#partitionOfKey.size >= MAX_CACHED_KEYS) this.#partitionOfKey.clear();
      this.#partitionOfKey.set(entry.keyText, partition);
    }
    const offset = this.#options.ledger.claim(partition, entry.messageId);
    if (offset !== undefined) entry.part.acknowledge(entry.index, partition, offset);
    else this.#lanes[partition]?.push(entry);
  }

  #pump(): void {
    const client = this.#client;
    if (this.#phase !== "ready" || client === null) return;
    for (const lane of this.#lanes) {
      // The client may have failed a moment before its outcome arrives as a message.
      if (this.#failed.has(client)) return;
      if (lane.inFlight.length > 0) continue;
      const entries = lane.take(this.#options.maxSendRecords);
      if (entries.length === 0) continue;
      lane.sending = true;
      this.#options.ledger.sendStarted(lane.partition);
      const sent = client.send(this.#topic, lane.partition, entries.map((entry) => entry.record)).then((outcome) => {
        if (outcome.type !== "stored") this.#failed.add(client);
        return outcome;
      });
      this.#context.pipeToSelf(
        sent,
        (outcome): Internal => ({ type: "send_settled", lane, outcome }),
        (cause): Internal => ({ type: "send_settled", lane, outcome: { type: "unknown", error: asLogError(cause) } }),
      );
    }
    this.#checkDrained();
  }

  #sendSettled(lane: PartitionLane, outcome: SendOutcome): void {
    lane.sending = false;
    if (outcome.type === "stored") {
      lane.inFlight.forEach(({ part, index }, at) =>
        part.acknowledge(index, lane.partition, outcome.baseOffset + BigInt(at))
      );
      this.#options.ledger.settled(lane.partition, outcome.baseOffset + BigInt(lane.inFlight.length));
      lane.inFlight = [];
    } else {
      this.#doubt(lane, outcome);
    }
    if (this.#phase === "ready") this.#pump();
    else if (!this.#sending) this.#open();
  }

  /** Nothing more is sent on a client after it has failed to store something. */
  #doubt(lane: PartitionLane, outcome: Exclude<SendOutcome, { type: "stored" }>): void {
    const { code } = outcome.error;
    this.#options.observe({
      type: "send_unknown",
      stage: "sending",
      topic: this.#topic,
      partitions: [lane.partition],
      cause: outcome.error,
    });
    if (this.#phase !== "parked") this.#phase = "resolving";
    if (code === "message_too_large") this.#shrink(lane, outcome.error);
    else if (NEEDS_HELP.has(code)) this.#park(outcome.error);
  }

  /** The log refused this many bytes: send half of them next time; a single record has nowhere to go. */
  #shrink(lane: PartitionLane, error: LogError): void {
    const [only, ...others] = lane.inFlight;
    if (only !== undefined && others.length === 0) {
      only.part.refuse(only.index, "message_too_large", error.message);
      lane.inFlight = [];
    } else {
      lane.maxBytes = Math.ceil(lane.inFlight.reduce((sum, entry) => sum + entry.bytes, 0) / 2);
    }
  }

  #open(): void {
    if (this.#phase === "parked") return;
    const finished = this.#client;
    this.#client = null;
    const { topic, log, ledger, settleMs, observe } = this.#options;
    const { clock, signal } = this.#context;
    const open = async (): Promise<Opened> => {
      await finished?.close();
      await ledger.closing;
      const partitions = await openTopic(topic, { log, ledger, observe });
      const found: FoundRecords[] = [];
      for (const partition of ledger.unsettled) {
        const from = ledger.next(partition) ?? 0n;
        found.push(await readPastAcknowledged({ log, topic: topic.name, partition, from, clock, settleMs, signal }));
      }
      const client = await log.createProducer();
      // Nobody would close it: this incarnation ended while the client was connecting.
      if (signal.aborted) await client.close();
      return { client, partitions, found };
    };
    this.#context.pipeToSelf(
      open(),
      (opened): Internal => ({ type: "opened", opened }),
      (cause): Internal => ({ type: "opening_failed", cause }),
    );
  }

  #opened({ client, partitions, found }: Opened): void {
    this.#client = client;
    this.#attempt = 0;
    const { ledger, observe } = this.#options;
    const waiting = this.#takeBackAll();
    for (const { partition, offsets, end } of found) ledger.found(partition, offsets, end);
    if (this.#lanes.length !== partitions) this.#layLanes(partitions);
    this.#phase = "ready";
    const before = ledger.unclaimed;
    for (const entry of waiting) this.#place(entry);
    if (found.length > 0) {
      const matched = before - ledger.unclaimed;
      const sentAgain = waiting.length - matched;
      observe({ type: "send_resolved", stage: "sending", topic: this.#topic, found: before, sentAgain });
    }
    this.#scheduleRefresh();
    this.#pump();
  }

  /** All records that are not acknowledged, in an order that keeps the order of each key. */
  #takeBackAll(): LaneEntry[] {
    const waiting = this.#lanes.flatMap((lane) => lane.drainAll());
    waiting.push(...this.#unplaced);
    this.#unplaced = [];
    return waiting;
  }

  #layLanes(partitions: number): void {
    if (this.#lanes.length > 0) {
      this.#options.observe({
        type: "topic_grown",
        stage: "sending",
        topic: this.#topic,
        from: this.#lanes.length,
        to: partitions,
      });
    }
    this.#partitionOfKey.clear();
    this.#lanes = Array.from(
      { length: partitions },
      (_, partition) => new PartitionLane(partition, this.#options.maxSendBytes),
    );
  }

  #openingFailed(cause: unknown): void {
    if (cause instanceof LogError && NEEDS_HELP.has(cause.code)) {
      this.#park(cause);
      return;
    }
    const { minMs, maxMs } = this.#options.retry;
    const delayMs = Math.min(maxMs, minMs * 2 ** this.#attempt);
    this.#attempt += 1;
    this.#options.observe({
      type: "topic_unavailable",
      stage: "sending",
      topic: this.#topic,
      attempt: this.#attempt,
      delayMs,
      cause,
    });
    this.#context.schedule(delayMs, { type: "open_again" });
  }

  #park(cause: unknown): void {
    if (this.#parkedBy !== null) return;
    this.#phase = "parked";
    this.#parkedBy = new TopicParkedError(this.#topic, cause);
    this.#options.observe({ type: "topic_parked", stage: "sending", topic: this.#topic, cause });
    for (const entry of this.#takeBackAll()) entry.part.fail(this.#parkedBy);
    this.#drained?.();
  }

  #refresh(): void {
    if (this.#phase !== "ready") return;
    this.#context.pipeToSelf(
      this.#options.log.admin.describeTopic(this.#topic),
      (description): Internal => ({ type: "described", description }),
      // The next send tells more than a failed look at the metadata.
      (): Internal => ({ type: "described", description: null }),
    );
  }

  /** New partitions move keys, so everything under way settles first; then the lanes are laid anew. */
  #described(description: TopicDescription | null): void {
    if (this.#phase !== "ready") return;
    if (description !== null && description.partitions > this.#lanes.length) {
      this.#phase = "growing";
      if (!this.#sending) this.#open();
      return;
    }
    this.#scheduleRefresh();
  }

  #scheduleRefresh(): void {
    this.#refreshTimer?.cancel();
    this.#refreshTimer = this.#context.schedule(this.#options.refreshMs, { type: "refresh" });
  }

  get #sending(): boolean {
    return this.#lanes.some((lane) => lane.sending);
  }

  get #idle(): boolean {
    return this.#unplaced.length === 0 && this.#lanes.every((lane) => lane.idle);
  }

  #checkDrained(): void {
    if (this.#drained !== null && this.#idle) this.#drained();
  }
}

/** Codes that no waiting mends. */
const NEEDS_HELP: ReadonlySet<string> = new Set(["unauthorized", "invalid_request"]);
/** What the log's own record format adds to key and value, at most, for records with one header. */
const RECORD_OVERHEAD_BYTES = 64;
const MAX_CACHED_KEYS = 100_000;
const utf8 = new TextEncoder();

function asLogError(cause: unknown): LogError {
  return cause instanceof LogError ? cause : new LogError("client", String(cause), { cause });
}
