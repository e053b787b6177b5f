/**
 * The writing side: one record batch and one outcome for each send. Sends to several partitions that are made at the same time
 * share their requests.
 *
 * A batch keeps its producer id and sequence number however often it is sent, so the broker stores it once. Each
 * partition has at most one unsettled send (the port's rule of use), so sequence numbers never overtake each other.
 *
 * @module
 */
import { LogError, type LogErrorCode, type LogProducer, type LogRecords, type SendOutcome } from "../log.ts";
import { type Connections, isConnectionLoss } from "./connections.ts";
import { Deadline } from "./deadline.ts";
import type { KafkaBroker, ProducerIdentity } from "./client.ts";
import { asLogError, meaningOf, NO_ERROR, topicFailure } from "./errors.ts";
import type { PartitionName } from "./messages.ts";
import type { KafkaLogOptions } from "./options.ts";
import { ProduceRequests } from "./produce_requests.ts";
import { RecordBatch } from "./record_batch_encoder.ts";

/** A broker drops the connection on a request beyond its `socket.request.max.bytes`, 100 MiB by default. */
const MAX_BATCH_BYTES = 64 * 1024 * 1024;
/** How long some broker may not know a new topic; after that the topic counts as missing. */
const UNKNOWN_TOPIC_PATIENCE_MS = 2_000;
const SEQUENCE_MASK = 0x7fff_ffff;

/** A producer of this adapter. Made by {@link openKafkaProducer}. */
class KafkaProducer implements LogProducer {
  readonly #connections: Connections;
  readonly #options: KafkaLogOptions;
  readonly #identity: ProducerIdentity;
  readonly #requests = new ProduceRequests();
  /** Sequence number of the next record, by partition. */
  readonly #sequences = new Map<string, number>();
  /** The ids of the topics that this producer has written to: a topic made again under its name is another topic. */
  readonly #topicIds = new Map<string, string>();
  /** One past the last stored offset, by partition. */
  readonly #ends = new Map<string, bigint>();
  /** Partitions whose last outcome was unknown: their next sequence number is unknown too. */
  readonly #doubtful = new Set<string>();
  readonly #unsettled = new Set<Promise<SendOutcome>>();
  #closing: Promise<void> | null = null;

  constructor(connections: Connections, options: KafkaLogOptions, identity: ProducerIdentity) {
    this.#connections = connections;
    this.#options = options;
    this.#identity = identity;
  }

  send(topic: string, partition: number, records: LogRecords): Promise<SendOutcome> {
    const sending = this.#deliver({ topic, partition }, records)
      // A bug of ours must become neither a rejection nor a refusal.
      .catch((error): SendOutcome => ({ type: "unknown", error: asLogError(error, "Sending") }))
      .finally(() => this.#unsettled.delete(sending));
    this.#unsettled.add(sending);
    return sending;
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#unsettled).then(() => this.#connections.close());
    return this.#closing;
  }

  async #deliver(name: PartitionName, records: LogRecords): Promise<SendOutcome> {
    const key = keyOf(name);
    const what = `Sending ${records.length} record(s) to ${key}`;
    if (this.#closing !== null) return refused("closed", `${what} failed: the producer is closed`);
    if (this.#doubtful.has(key)) {
      return refused(
        "producer_fenced",
        `${what} failed: the outcome of an earlier send is unknown; use a new producer`,
      );
    }
    const invalid = invalidity(name, records);
    if (invalid !== null) return refused(invalid.code, `${what} failed: ${invalid.reason}`);
    const sequence = this.#sequences.get(key) ?? 0;
    const { compression = "none" } = this.#options;
    const batch = batchOf(records, { ...this.#identity, sequence, compression });
    if (batch instanceof LogError) return refused(batch.code, `${what} failed: ${batch.message}`);
    if (batch.maxBytes > MAX_BATCH_BYTES) {
      return refused("message_too_large", `${what} failed: more than ${MAX_BATCH_BYTES} bytes`);
    }
    const outcome = await this.#send(name, batch, what);
    if (outcome.type === "stored") {
      this.#sequences.set(key, (sequence + records.length) & SEQUENCE_MASK);
      this.#ends.set(key, outcome.baseOffset + BigInt(records.length));
    }
    if (outcome.type === "unknown") this.#doubtful.add(key);
    return outcome;
  }

  /** Sends a batch until the broker accepts or refuses it, or the time is over. */
  async #send(name: PartitionName, batch: RecordBatch, what: string): Promise<SendOutcome> {
    const { clock, deliveryTimeoutMs } = this.#options;
    const deadline = new Deadline(clock, deliveryTimeoutMs);
    const topicPatience = new Deadline(clock, Math.min(UNKNOWN_TOPIC_PATIENCE_MS, deliveryTimeoutMs));
    let doubtful = false;
    for (let tries = 0;; tries++) {
      const attempt = await this.#attempt(name, batch, { deadline, what });
      if (attempt.type === "stored") return await this.#confirm(name, attempt, { deadline, what });
      const meaning = meaningOf(attempt.error);
      const error = asLogError(attempt.error, what);
      doubtful ||= attempt.sent && meaning.doubtful;
      const goingOn = meaning.code === "unknown_topic" ? !topicPatience.passed : meaning.retriable;
      if (!goingOn && !doubtful && (!meaning.doubtful || meaning.code === "unknown_topic")) {
        return { type: "refused", error };
      }
      // An error that may pass is no refusal, even if nothing was sent: the log has not refused.
      if (!goingOn || deadline.passed) return { type: "unknown", error };
      await deadline.backOff(tries);
    }
  }

  async #attempt(
    name: PartitionName,
    batch: RecordBatch,
    { deadline, what }: { deadline: Deadline; what: string },
  ): Promise<SendOutcome & { type: "stored" } | { type: "failed"; error: unknown; sent: boolean }> {
    const { requestTimeoutMs } = this.#options;
    let sent = false;
    try {
      const leader = this.#knownLeader(name) ?? await deadline.within(this.#leader(name), what);
      sent = true;
      try {
        const timeoutMs = Math.min(requestTimeoutMs, Math.ceil(deadline.left));
        const answer = await deadline.within(this.#requests.send(leader, name, { batch, timeoutMs }), what);
        if (answer.error === NO_ERROR) return { type: "stored", baseOffset: answer.baseOffset };
        throw topicFailure(answer.error, "Write", name.topic);
      } catch (error) {
        // A late answer would find no waiting call, so the next try gets a new connection.
        if (isConnectionLoss(error) && !deadline.passed) this.#connections.drop(leader);
        throw error;
      }
    } catch (error) {
      this.#connections.forget(name.topic);
      return { type: "failed", error, sent };
    }
  }

  /** The leader if no one has to be asked, which takes no timer; null otherwise. */
  #knownLeader(name: PartitionName): KafkaBroker | null {
    const known = this.#connections.known(name);
    return known === null || known.topic.id !== this.#topicIds.get(name.topic) ? null : known.broker;
  }

  async #leader(name: PartitionName): Promise<KafkaBroker> {
    const leader = await this.#connections.leader(name);
    await this.#requireSameTopic(name.topic);
    return leader;
  }

  /** Requests carry names only: without this check, a topic deleted and made again would be written to. */
  async #requireSameTopic(name: string): Promise<void> {
    const { id } = await this.#connections.topic(name);
    const known = this.#topicIds.get(name);
    if (known === undefined) this.#topicIds.set(name, id);
    else if (known !== id) throw new LogError("unknown_topic", `Topic "${name}" was deleted and made again`);
  }

  /**
   * Offsets go back only in two cases: the topic was made again and its earlier records are gone, or an election lost
   * records, for which there is no remedy.
   */
  async #confirm(
    name: PartitionName,
    stored: SendOutcome & { type: "stored" },
    { deadline, what }: { deadline: Deadline; what: string },
  ): Promise<SendOutcome> {
    if (stored.baseOffset >= (this.#ends.get(keyOf(name)) ?? 0n)) return stored;
    this.#connections.forget(name.topic);
    try {
      await deadline.within(this.#requireSameTopic(name.topic), what);
      return stored;
    } catch (error) {
      return { type: "unknown", error: asLogError(error, what) };
    }
  }
}

function keyOf({ topic, partition }: PartitionName): string {
  return `${topic}/${partition}`;
}

/** Connects and gets a producer id. On failure closes the connections and rejects with a {@link LogError}. */
export async function openKafkaProducer(connections: Connections, options: KafkaLogOptions): Promise<LogProducer> {
  const what = "Getting a producer id";
  const deadline = new Deadline(options.clock, options.requestTimeoutMs);
  try {
    for (let tries = 0;; tries++) {
      try {
        const broker = await deadline.within(connections.any(), what);
        return new KafkaProducer(connections, options, await deadline.within(broker.initProducerId(), what));
      } catch (error) {
        const { retriable, code } = meaningOf(error);
        if (!retriable || code === "unreachable" || deadline.passed) throw asLogError(error, what);
        await deadline.backOff(tries);
      }
    }
  } catch (error) {
    await connections.close();
    throw error;
  }
}

function invalidity(
  { topic, partition }: PartitionName,
  records: LogRecords,
): { code: LogErrorCode; reason: string } | null {
  if (topic === "" || topic.length > 249) {
    return { code: "invalid_request", reason: "a topic name has 1 to 249 characters" };
  }
  if (!Number.isInteger(partition) || partition < 0) {
    return { code: "unknown_partition", reason: "a partition is a whole number from 0" };
  }
  if (records.length === 0) return { code: "invalid_request", reason: "a send must hold at least one record" };
  return null;
}

/** The batch, or the error of a record. */
function batchOf(records: LogRecords, options: ConstructorParameters<typeof RecordBatch>[1]): RecordBatch | LogError {
  try {
    return new RecordBatch(records, options);
  } catch (error) {
    if (error instanceof LogError) return error;
    throw error;
  }
}

function refused(code: LogErrorCode, message: string): SendOutcome {
  return { type: "refused", error: new LogError(code, message) };
}
