/**
 * The log port: what the runtime needs of Kafka, and nothing else. Adapters: Kafka, the embedded log, and the in-memory
 * fake of the test kit. One contract suite runs on each of them.
 *
 * Rule of use (adapters may rely on it, callers must keep it): **at most one unsettled {@link LogProducer.send} per
 * topic-partition**; sends to different partitions may overlap.
 *
 * @module
 */

/** A Kafka record header; keys may repeat. */
export type RecordHeader = readonly [key: string, value: Uint8Array];

/** A record to be written. The bytes must not change before the send has settled. */
export interface LogRecord {
  /** Decides the partition; null: none. */
  readonly key: Uint8Array | null;
  /** The framed record; null: a tombstone. */
  readonly value: Uint8Array | null;
  /** Milliseconds since the epoch (CreateTime). */
  readonly timestamp: number;
  /** In the order in which they are written. */
  readonly headers?: readonly RecordHeader[];
  /** With {@link row}: one more header, last, as `source_header.ts` describes. Numbers, so that no record makes its bytes. */
  readonly origin?: Uint8Array | null;
  /** With {@link origin}: the number of the row in its source. */
  readonly row?: number;
}

/** The records of one send, in order, as often as they are asked for; that never throws. An array is one such. */
export interface LogRecords extends Iterable<LogRecord> {
  /** How many there are. */
  readonly length: number;
}

/** A record read back. */
export interface StoredRecord extends Omit<LogRecord, "origin" | "row"> {
  /** Place in its partition. */
  readonly offset: bigint;
  /** All headers, in the order in which they were written. */
  readonly headers: readonly RecordHeader[];
}

/** Why an operation of a log failed. The closed list of codes is the port's own, whatever the client says. */
export type LogErrorCode =
  | "unreachable" // no connection to any broker
  | "timed_out" // a deadline of the port passed
  | "unknown_topic"
  | "unknown_partition"
  | "offset_out_of_range"
  | "end_lost" // the log ends before what it has told that it has
  | "topic_exists"
  | "message_too_large"
  | "unauthenticated" // the log-in was refused
  | "unauthorized" // an ACL
  | "compacted_topic" // Kafka would delete records of the topic that must stay
  | "invalid_request" // a topic name, a configuration or a record that the broker refuses
  | "leader_changed" // not leader, leader not available, not enough replicas: passes by itself
  | "producer_fenced" // unknown producer id, out of order sequence, invalid epoch: this producer is finished
  | "lock_lost" // the data folder's lock is this process's no more
  | "closed"
  | "client"; // anything else that the client reported

/** A failed operation of a log. `cause` holds the client's own error. */
export class LogError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "LogError";
  /**
   * Made by an adapter, which translates what its client reports.
   *
   * @param code why, from a closed list
   */
  constructor(readonly code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * What became of a send.
 * - `stored`: acknowledged by the log under its configured acks; `baseOffset` is the offset of the first record.
 * - `refused`: the log said no before writing anything; none of the records is there nor will be.
 * - `unknown`: the records may or may not be there, now or a little later. Only reading tells.
 */
export type SendOutcome =
  | { readonly type: "stored"; readonly baseOffset: bigint }
  | { readonly type: "refused"; readonly error: LogError }
  | { readonly type: "unknown"; readonly error: LogError };

/** One client's writing side. After any outcome other than `stored`, close it and create a new one. */
export interface LogProducer {
  /** Writes records to one partition, in order. Never rejects; settles within the producer's delivery time-out. */
  send(topic: string, partition: number, records: LogRecords): Promise<SendOutcome>;
  /** Waits for unsettled sends, then releases the connections. Idempotent. */
  close(): Promise<void>;
}

/** What is known of a topic. */
export interface TopicDescription {
  /** Name of the topic. */
  readonly name: string;
  /** The topic's own id (differs when a topic was deleted and made again), null where the client cannot tell. */
  readonly id: string | null;
  /** How many partitions it has. */
  readonly partitions: number;
  /** Smallest replica count of its partitions. */
  readonly replicationFactor: number;
  /** Configured values that are known, such as `cleanup.policy` and `min.insync.replicas`. */
  readonly config: Readonly<Record<string, string>>;
}

/** What Kafka's access rules can allow a client to do with a topic. */
export type TopicRight = "Create" | "Describe" | "DescribeConfigs" | "Read" | "Write";

/** A topic to be made. Absent replication factor: the broker's default. */
export interface TopicSpec {
  /** Name of the topic. */
  readonly name: string;
  /** How many partitions it gets. */
  readonly partitions: number;
  /** Copies of each partition. */
  readonly replicationFactor?: number;
  /** Configuration by Kafka's names, such as `retention.ms`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** First offset of a partition, and one past the last one that can be read (Kafka's high watermark). */
export interface PartitionOffsets {
  /** Number of the partition, from 0. */
  readonly partition: number;
  /** First offset that there is. */
  readonly start: bigint;
  /** One past the last record that can be read. */
  readonly end: bigint;
}

/**
 * Where a partition stands at its leader. What is between `end` and `logEnd` has been written by the leader and not yet by
 * enough of its followers: no reader sees it, and it may become readable at any moment.
 */
export interface LeaderOffsets extends PartitionOffsets {
  /** One past the last record that the leader has. */
  readonly logEnd: bigint;
  /** Grows with each election: of another leader, `logEnd` may be a lower one. */
  readonly leaderEpoch: number;
}

/** Administration. Each call rejects with a {@link LogError}, within the adapter's request time-out. */
export interface LogAdmin {
  /** Id of the cluster, which tells it from others under the same address. */
  clusterId(): Promise<string>;
  /** Brokers as host:port; one entry for an embedded log. */
  brokers(): Promise<readonly string[]>;
  /** Names of all topics that this client may see. */
  listTopics(): Promise<readonly string[]>;
  /** `null` if there is no such topic; never creates it. */
  describeTopic(name: string): Promise<TopicDescription | null>;
  /** What this client may do with a topic, whether or not it is there; `null` if the log knows no rights. */
  rights(topic: string): Promise<ReadonlySet<TopicRight> | null>;
  /** Rejects with code `topic_exists` if it is there. Resolves when the topic can be written to. */
  createTopic(spec: TopicSpec): Promise<void>;
  /** Deletes a topic with its records; code `unknown_topic` if it is not there. */
  deleteTopic(name: string): Promise<void>;
  /** Offsets of each partition, in partition order; code `unknown_topic` if there is none. */
  offsets(topic: string): Promise<readonly PartitionOffsets[]>;
  /**
   * Offsets of these partitions, in partition order, from their leaders: never from a broker that is no longer the leader
   * by what any broker within reach says. `logEnd` is at least what it was when the call began. Rejects with
   * `leader_changed` while a partition has no leader.
   *
   * @param partitions absent: all that there are
   */
  leaderOffsets(topic: string, partitions?: readonly number[]): Promise<readonly LeaderOffsets[]>;
}

/** Options of {@link Log.read}. */
export interface ReadOptions {
  /** First offset to be read. */
  readonly from: bigint;
  /**
   * Stop before this offset, which is no higher than an end that the log has told. Absent: never ends, waits for new records
   * (until `signal`).
   */
  readonly to?: bigint | undefined;
  /** Ends the read. */
  readonly signal?: AbortSignal | undefined;
}

/** A connection to a log. */
export interface Log {
  /** Topics, offsets and rights. */
  readonly admin: LogAdmin;
  /** A new client with a producer id of its own. Rejects with `unreachable` if no broker answers in time. */
  createProducer(): Promise<LogProducer>;
  /**
   * Reads one partition in offset order, in chunks, without a consumer group; offsets may have holes (compaction). Ends at
   * `to` even if the records just before it are gone, as far as the log tells that they are; an answer without records is
   * none. Rejects with `unknown_topic`, `offset_out_of_range`, `unreachable`, and with `end_lost` if the log ends before `to`.
   */
  read(topic: string, partition: number, options: ReadOptions): AsyncIterable<readonly StoredRecord[]>;
  /** The offset of the first record at or after a time (ms), one past the end if there is none. */
  offsetForTime(topic: string, partition: number, timestamp: number): Promise<bigint>;
  /** Closes everything that this log opened. Idempotent. */
  close(): Promise<void>;
}
