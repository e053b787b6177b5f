/**
 * One producer per topic: owns a client, keeps a lane for each partition, has at most one unsettled send per partition, and
 * answers every unknown outcome by reading.
 *
 * Phases: `opening` (topic made or checked, client connected) -> `ready` -> `resolving` (after any outcome but `stored`:
 * nothing is sent until all sends have settled, the client is replaced and the doubtful partitions are read) -> `ready`.
 * `growing` waits for all sends to settle, then takes the new partition count. `parked` needs a person's help:
 * everything goes back, and the topic is tried again when another source comes.
 *
 * @module
 */
import { LogError, type SendOutcome } from "../../transport/log.ts";
import { OutOfSequenceError, TopicParkedError } from "../delivery/delivery.ts";
import { GrowthWatch, type GrowthWatchMessage } from "./growth_watch.ts";
import { Linger } from "./linger.ts";
import { assertNever } from "../../kernel/assert_never.ts";
import { partContext } from "../../kernel/part_context.ts";
import type { ActorContext, ActorSpec, Behaviour, StopPurpose } from "../../kernel/types.ts";
import type { AskWritten, ProducerMessage, RecordsEncoded } from "../messages.ts";
import type { PartitionLane } from "./partition_lane.ts";
import type { ProducerOptions } from "./producer_options.ts";
import type { FoundRecord } from "./topic_ledger.ts";
import { RecordRun, recordsIn, RunRecords } from "./record_run.ts";
import { RunKeys } from "./run_keys.ts";
import { isSameSource } from "./sent_record.ts";
import { StallWatch } from "./stall_watch.ts";
import { StreamOrder } from "./stream_order.ts";
import { TopicClient, type TopicClientMessage } from "./topic_client.ts";
import { TopicLanes } from "./topic_lanes.ts";
import { needsHelp } from "../needs_help.ts";
import type { TopicSession } from "./topic_session.ts";

type Internal =
  | { readonly type: "client"; readonly message: TopicClientMessage }
  | { readonly type: "send_settled"; readonly lane: PartitionLane; readonly outcome: SendOutcome }
  | { readonly type: "linger_over" }
  | { readonly type: "look_for_stalls" }
  | { readonly type: "growth"; readonly message: GrowthWatchMessage };

type Phase = "opening" | "ready" | "resolving" | "growing" | "parked";
type Context = ActorContext<Internal>;

/** The spec of a topic's producer. */
export function producerActor(options: ProducerOptions): ActorSpec<ProducerMessage, Internal> {
  return {
    id: options.topic.name,
    capacity: options.capacity,
    significant: false,
    shutdownMs: options.shutdownMs,
    obligation: (message) => message.type === "ask_written" ? message.answer : message.part,
    start: (context) => new TopicProducer(options, context),
  };
}

class TopicProducer implements Behaviour<ProducerMessage | Internal> {
  readonly #options: ProducerOptions;
  readonly #context: Context;
  readonly #topic: string;
  readonly #order = new StreamOrder();
  readonly #lanes: TopicLanes;
  readonly #keys = new RunKeys();
  readonly #linger: Linger;
  readonly #stalls: StallWatch;
  readonly #growth: GrowthWatch;
  readonly #client: TopicClient;
  #phase: Phase = "opening";
  #parkedBy: TopicParkedError | null = null;
  /** Questions that wait until every doubtful send was read for. */
  #questions: AskWritten[] = [];
  #drained: (() => void) | null = null;

  constructor(options: ProducerOptions, context: Context) {
    this.#options = options;
    this.#context = context;
    const topic = this.#topic = options.topic.name;
    const lanes = this.#lanes = new TopicLanes(options.ledger, options);
    this.#linger = new Linger({
      ...options,
      schedule: (delayMs) => context.schedule(delayMs, { type: "linger_over" }),
    });
    this.#stalls = new StallWatch({
      ...options,
      lanes,
      clock: context.clock,
      schedule: (delayMs) => context.schedule(delayMs, { type: "look_for_stalls" }),
      stalled: (stall) => options.observe({ type: "send_stalled", stage: "sending", topic, ...stall }),
    });
    this.#growth = new GrowthWatch({
      ...options,
      lanes,
      isReady: () => this.#phase === "ready",
      changed: () => this.#topicChanged(),
      context: partContext(context, (message): Internal => ({ type: "growth", message })),
    });
    this.#client = new TopicClient({
      ...options,
      clock: context.clock,
      signal: context.signal,
      opened: (session) => this.#opened(session),
      hopeless: (cause) => this.#park(cause),
      context: partContext(context, (message): Internal => ({ type: "client", message })),
    });
    this.#client.open();
  }

  receive(message: ProducerMessage | Internal): void {
    switch (message.type) {
      case "records_encoded":
        return this.#accept(message);
      case "ask_written":
        this.#questions.push(message);
        return this.#answer();
      case "client":
        return this.#client.receive(message.message);
      case "send_settled":
        return this.#sendSettled(message.lane, message.outcome);
      case "linger_over":
        this.#linger.over();
        return this.#pump();
      case "look_for_stalls":
        return this.#stalls.timeUp();
      case "growth":
        return this.#growth.receive(message.message);
      default:
        assertNever(message);
    }
  }

  /** Before a restart nothing is drained: what was taken goes back to its sources. */
  drain(purpose: StopPurpose): Promise<void> | void {
    if (purpose === "restart" || this.#lanes.idle) return;
    return new Promise((resolve) => {
      this.#drained = resolve;
      this.#pump();
    });
  }

  end(): Promise<void> {
    return this.#client.end();
  }

  #accept(message: RecordsEncoded): void {
    const { part, place, records } = message;
    const { stream, run, index } = place;
    const another = !this.#order.knows(stream);
    if (!this.#order.accepts(place)) {
      part.fail(new OutOfSequenceError(`Batch ${run}/${index} of ${stream.source} is out of sequence`));
      return;
    }
    if (this.#parkedBy !== null && another) this.#unpark();
    if (this.#parkedBy !== null) return part.fail(this.#parkedBy);
    for (const { keyText, ...span } of records.keyRuns) {
      this.#lanes.place(new RecordRun(message, this.#keys.of(keyText), span));
    }
    part.settleIfEmpty();
    this.#pump();
  }

  #pump(): void {
    if (this.#phase !== "ready") return;
    const now = this.#context.clock.monotonic();
    for (const lane of this.#lanes) {
      // The client may have failed a moment before its outcome arrives as a message.
      if (!this.#client.maySend) return;
      if (lane.queued > 0) lane.waitingSince ??= now;
      if (lane.inFlight.length > 0) continue;
      // Before an ordered stop nothing more will come that would be worth waiting for.
      if (this.#drained === null && this.#linger.holds(lane, now)) continue;
      const runs = lane.take(this.#options.maxSendRecords);
      if (runs.length === 0) continue;
      const records = new RunRecords(runs);
      lane.sendingSince = now;
      this.#options.ledger.sendStarted(lane.partition, () => records.sent(), wantedBy(runs));
      for (const run of runs) run.sending();
      this.#context.pipeToSelf(
        this.#client.send(lane.partition, records),
        (outcome): Internal => ({ type: "send_settled", lane, outcome }),
        (cause): Internal => ({ type: "send_settled", lane, outcome: { type: "unknown", error: asLogError(cause) } }),
      );
    }
    this.#stalls.look();
    this.#checkDrained();
  }

  #sendSettled(lane: PartitionLane, outcome: SendOutcome): void {
    lane.sendingSince = null;
    if (outcome.type === "stored") {
      let offset = outcome.baseOffset;
      for (const run of lane.inFlight) {
        run.acknowledge(lane.partition, offset);
        offset += BigInt(run.length);
      }
      this.#options.ledger.settled(lane.partition, offset);
      lane.inFlight = [];
    } else {
      this.#doubt(lane, outcome);
    }
    if (this.#phase === "ready") this.#pump();
    else if (this.#phase === "parked") this.#giveBack();
    else if (!this.#lanes.sending) this.#client.open();
  }

  /** Sends nothing more on a client that has failed to store something. */
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
    if (code === "message_too_large" && outcome.type === "refused") this.#shrink(lane, outcome.error);
    else if (needsHelp(code)) this.#park(outcome.error);
  }

  /** The log refused this many bytes: the next send has half of them; a single record is refused. */
  #shrink(lane: PartitionLane, error: LogError): void {
    if (lane.shrink()) return;
    for (const only of lane.inFlight) only.refuse("message_too_large", error.message);
    lane.inFlight = [];
  }

  #opened({ partitions, found }: TopicSession<FoundRecord>): void {
    const { ledger, observe } = this.#options;
    const waiting = this.#lanes.takeAll();
    for (const { partition, records, end } of found) ledger.found(partition, records, end);
    this.#layLanes(partitions);
    this.#phase = "ready";
    const before = ledger.unclaimed;
    for (const run of waiting) this.#lanes.place(run);
    this.#lanes.endWaiting();
    this.#answer();
    if (found.length > 0) {
      const matched = before - ledger.unclaimed;
      const sentAgain = recordsIn(waiting) - matched;
      observe({ type: "send_resolved", stage: "sending", topic: this.#topic, found: before, sentAgain });
    }
    this.#growth.start();
    this.#pump();
  }

  /**
   * In the phase `ready` everything is known except the outcomes of sends under way, and no question is about a record
   * of those.
   */
  #answer(): void {
    const { ledger } = this.#options;
    if (this.#phase === "opening" || this.#phase === "resolving" || this.#phase === "growing") return;
    for (const { messageId, schemaId, source, answer } of this.#questions.splice(0)) {
      if (this.#parkedBy !== null) answer.fail(this.#parkedBy);
      else {
        const isIt = (found: FoundRecord) => found.schemaId === schemaId && isSameSource(found.source, source);
        answer.reply(ledger.claim(messageId, isIt) ?? null);
      }
    }
  }

  #layLanes(partitions: number): void {
    const { count } = this.#lanes;
    if (count === partitions) return;
    if (count > 0) {
      this.#options.observe({ type: "topic_grown", stage: "sending", topic: this.#topic, from: count, to: partitions });
    }
    this.#options.ledger.partitions = partitions;
    this.#lanes.lay(partitions);
  }

  #park(cause: unknown): void {
    if (this.#parkedBy !== null) return;
    this.#phase = "parked";
    this.#parkedBy = new TopicParkedError(this.#topic, cause);
    this.#options.observe({ type: "topic_parked", stage: "sending", topic: this.#topic, cause });
    this.#giveBack();
  }

  /** Gives everything back but what is being sent: that may be stored. */
  #giveBack(): void {
    for (const run of this.#lanes.takeAll()) run.message.part.fail(this.#parkedBy);
    this.#answer();
    this.#checkDrained();
  }

  /** A source that comes later finds out whether the person has helped. */
  #unpark(): void {
    this.#parkedBy = null;
    this.#client.forgetFailures();
    this.#phase = "resolving";
    if (!this.#lanes.sending) this.#client.open();
  }

  /** New partitions move keys, so everything under way settles first; then the lanes are laid anew. */
  #topicChanged(): void {
    this.#phase = "growing";
    if (!this.#lanes.sending) this.#client.open();
  }

  #checkDrained(): void {
    if (this.#drained !== null && this.#lanes.idle) this.#drained();
  }
}

/** Keeps only the streams in memory, not the records. */
function wantedBy(runs: readonly RecordRun[]): () => boolean {
  const streams = new Set(runs.map(({ message: { place } }) => place.stream));
  return () => [...streams].some(({ ended }) => ended !== true);
}

function asLogError(cause: unknown): LogError {
  return cause instanceof LogError ? cause : new LogError("client", String(cause), { cause });
}
