/**
 * The in-memory broker of the test kit: topics and records, the script of faults, and data for audits. It outlives the
 * {@link MemoryLog}s that connect to it, as a broker outlives its clients.
 *
 * @module
 */
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { LogError, type LogRecord, type StoredRecord, type TopicRight, type TopicSpec } from "../log.ts";
import { checkTopicSpec } from "../log_rules.ts";
import { LogFaults } from "./log_faults.ts";
import { allHeaders } from "../source_header.ts";

/** Options of a {@link MemoryBroker}. */
export interface MemoryBrokerOptions {
  /** The clock of delays and time-outs. @default systemClock */
  readonly clock?: Clock;
  /** How many brokers it plays: the highest replication factor. @default 1 */
  readonly brokers?: number;
  /** A producer's delivery time-out, in milliseconds. @default 30000 */
  readonly deliveryTimeoutMs?: number;
  /** How long any other call may hang before it fails with `timed_out`, in milliseconds. @default 30000 */
  readonly requestTimeoutMs?: number;
  /** Maximum of records in one chunk of a read. @default 500 */
  readonly chunkRecords?: number;
}

/** A partition at its leader. */
export interface MemoryPartition {
  start: bigint;
  /** One past the last record. */
  end: bigint;
  /** One past the last record that the followers have too: the end for readers. */
  highWatermark: bigint;
  leaderEpoch: number;
  records: StoredRecord[];
  /** Set while the followers copy nothing. */
  frozen: FrozenFollowers | null;
}

/** A handle on followers that copy nothing. */
export interface FrozenFollowers {
  /** Resolves on {@link release}, or when the leader is gone. */
  readonly ended: Promise<void>;
  /** Lets the followers copy what they have missed. Idempotent. */
  release(): void;
}

/** A topic at the broker. */
export interface MemoryTopic {
  readonly id: string;
  readonly spec: TopicSpec;
  readonly partitions: MemoryPartition[];
}

/** One write, kept for audits even after its topic is deleted. */
export interface Append {
  /** Name of the producer that wrote. */
  readonly producer: string;
  /** Name of the topic. */
  readonly topic: string;
  /** Id of the topic; a topic made again has another one. */
  readonly topicId: string;
  /** Number of the partition, from 0. */
  readonly partition: number;
  /** Offset of the first record. */
  readonly baseOffset: bigint;
  /** The records, in order. */
  readonly records: readonly StoredRecord[];
  /** True if it was written after the outcome of its send was known. */
  readonly late: boolean;
}

/** A caller broke the port's rule of use. The broker throws it and keeps it in {@link MemoryBroker.misuses}. */
export class LogMisuseError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "LogMisuseError";
}

/** An in-memory broker. */
export class MemoryBroker {
  /** The clock of delays and time-outs. */
  readonly clock: Clock;
  /** How many brokers it plays. */
  readonly brokers: number;
  /** Milliseconds after which the outcome of a send is unknown. */
  readonly deliveryTimeoutMs: number;
  /** Milliseconds after which any other call fails with `timed_out`. */
  readonly requestTimeoutMs: number;
  /** Maximum of records in one chunk of a read. */
  readonly chunkRecords: number;
  /** Random, and the same for each connection. */
  readonly clusterId: string = crypto.randomUUID();
  /** What goes wrong on purpose. */
  readonly faults: LogFaults = new LogFaults();
  /** Everything ever written, in order. */
  readonly appends: Append[] = [];
  /** Every breach of the rule of use; assert at the end of a test that there is none. */
  readonly misuses: LogMisuseError[] = [];
  /** What every client may do with every topic; null: the broker knows no rights. */
  rights: ReadonlySet<TopicRight> | null = null;
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #unsettled = new Set<string>();
  readonly #watchers = new Set<() => void>();

  /** Starts a broker without topics. */
  constructor(options: MemoryBrokerOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.brokers = options.brokers ?? 1;
    this.deliveryTimeoutMs = options.deliveryTimeoutMs ?? 30_000;
    this.requestTimeoutMs = options.requestTimeoutMs ?? 30_000;
    this.chunkRecords = options.chunkRecords ?? 500;
  }

  /** Names of the topics, sorted. */
  get topicNames(): readonly string[] {
    return [...this.#topics.keys()].sort();
  }

  /**
   * The topic, if it is there.
   * @internal
   */
  topic(name: string): MemoryTopic | undefined {
    return this.#topics.get(name);
  }

  /**
   * The topic; code `unknown_topic`.
   * @internal
   */
  requireTopic(name: string): MemoryTopic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new LogError("unknown_topic", `There is no topic "${name}"`);
    return topic;
  }

  /**
   * The partition; codes `unknown_topic`, `unknown_partition`.
   * @internal
   */
  requirePartition(name: string, partition: number): MemoryPartition {
    const { partitions } = this.requireTopic(name);
    const found = partitions[partition];
    if (found !== undefined) return found;
    throw new LogError(
      "unknown_partition",
      `Topic "${name}" has ${partitions.length} partition(s), none is ${partition}`,
    );
  }

  /** Makes a topic; codes `topic_exists`, `invalid_request`. */
  createTopic(spec: TopicSpec): void {
    checkTopicSpec(spec, this.brokers);
    if (this.#topics.has(spec.name)) throw new LogError("topic_exists", `Topic "${spec.name}" exists already`);
    const partitions = Array.from({ length: spec.partitions }, emptyPartition);
    this.#topics.set(spec.name, { id: crypto.randomUUID(), spec, partitions });
  }

  /** Deletes a topic; code `unknown_topic`. */
  deleteTopic(name: string): void {
    this.requireTopic(name);
    this.#topics.delete(name);
    this.#changed();
  }

  /** Deletes a topic and makes it again: same name, no records, another id. */
  recreateTopic(name: string): void {
    const { spec } = this.requireTopic(name);
    this.deleteTopic(name);
    this.createTopic(spec);
  }

  /** Grows a topic to a number of partitions. */
  addPartitions(name: string, total: number): void {
    const { partitions } = this.requireTopic(name);
    while (partitions.length < total) partitions.push(emptyPartition());
  }

  /** Removes the records before an offset, as retention does. */
  trim(name: string, partition: number, before: bigint): void {
    const target = this.requirePartition(name, partition);
    target.start = before;
    target.records = target.records.filter((record) => record.offset >= before);
  }

  /** Removes the records from an offset on, acknowledged or not, as the election of a follower without them does. */
  loseEnd(name: string, partition: number, end: bigint): void {
    const target = this.requirePartition(name, partition);
    target.leaderEpoch += 1;
    target.records = target.records.filter(({ offset }) => offset < end);
    target.end = target.highWatermark = end;
    this.#changed();
  }

  /**
   * Removes every record that a later one of the same key replaces, as compaction does; leaves holes in the offsets.
   */
  compact(name: string): void {
    for (const partition of this.requireTopic(name).partitions) {
      const last = new Map(partition.records.map((record) => [keyText(record.key), record.offset]));
      partition.records = partition.records.filter((record) => last.get(keyText(record.key)) === record.offset);
    }
  }

  /**
   * Stops the followers of a partition from copying until `release`: the leader writes what is sent, but does not
   * acknowledge it, and it cannot be read.
   */
  freezeFollowers(name: string, partition = 0): FrozenFollowers {
    const target = this.requirePartition(name, partition);
    const ended = Promise.withResolvers<void>();
    const frozen: FrozenFollowers = {
      ended: ended.promise,
      release: () => {
        if (target.frozen === frozen) target.frozen = null;
        if (target.frozen === null) target.highWatermark = target.end;
        ended.resolve();
        this.#changed();
      },
    };
    target.frozen = frozen;
    return frozen;
  }

  /** Removes the leader of a partition and lets a follower take over: records that only the leader had are gone. */
  electFollower(name: string, partition = 0): void {
    const target = this.requirePartition(name, partition);
    target.leaderEpoch += 1;
    target.records = target.records.filter(({ offset }) => offset < target.highWatermark);
    target.end = target.highWatermark;
    target.frozen?.release();
  }

  /** What a partition holds, readable or not. */
  records(name: string, partition = 0): readonly StoredRecord[] {
    return this.requirePartition(name, partition).records;
  }

  /**
   * For producers: writes copies of records.
   * @internal
   */
  append(
    records: readonly LogRecord[],
    to: { readonly topic: string; readonly partition: number; readonly producer: string; readonly late: boolean },
  ): bigint {
    const target = this.requirePartition(to.topic, to.partition);
    const baseOffset = target.end;
    const stored = records.map((record, at) => ({ ...copyOf(record), offset: baseOffset + BigInt(at) }));
    target.records.push(...stored);
    target.end += BigInt(stored.length);
    if (target.frozen === null) target.highWatermark = target.end;
    this.appends.push({ ...to, topicId: this.requireTopic(to.topic).id, baseOffset, records: stored });
    this.#changed();
    return baseOffset;
  }

  /**
   * For producers: claims the right to send to a partition; misuse if a send to it is unsettled.
   * @internal
   */
  claim(topic: string, partition: number): () => void {
    const lane = `${topic}/${partition}`;
    if (this.#unsettled.has(lane)) {
      this.misuse(
        `Two unsettled sends on ${lane}: the port allows one, as a retry of the first may overtake the second`,
      );
    }
    this.#unsettled.add(lane);
    return () => this.#unsettled.delete(lane);
  }

  /**
   * For producers: records a breach of the rule of use and throws it.
   * @internal
   */
  misuse(message: string): never {
    const error = new LogMisuseError(message);
    this.misuses.push(error);
    throw error;
  }

  /**
   * For readers: resolves at the next change of any topic, or when the signal is aborted.
   * @internal
   */
  nextChange(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#watchers.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#watchers.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** A copy that shares no bytes with the caller's record. */
export function copyOf(record: LogRecord): Omit<StoredRecord, "offset"> {
  const { key, value, timestamp } = record;
  return {
    key: key === null ? null : key.slice(),
    value: value === null ? null : value.slice(),
    timestamp,
    headers: allHeaders(record).map(([name, content]) => [name, content.slice()] as const),
  };
}

function emptyPartition(): MemoryPartition {
  return { start: 0n, end: 0n, highWatermark: 0n, leaderEpoch: 0, records: [], frozen: null };
}

function keyText(key: Uint8Array | null): string {
  return key === null ? "" : `:${key.join(",")}`;
}
