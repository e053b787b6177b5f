/**
 * The log port: what the runtime needs of Kafka, and nothing else. Adapters: Kafka, the embedded log, and the in-memory
 * fake of the test kit. One contract suite tests each of them.
 *
 * Rule of use (adapters may rely on it, callers must keep it): **at most one unsettled {@link LogProducer.send} per
 * topic-partition**; sends to different partitions may overlap.
 *
 * @module
 */

/** A Kafka record header; keys may repeat. */
export type RecordHeader = readonly [key: string, value: Uint8Array];

/** A record to write. Do not change its bytes before the send has settled. */
export interface LogRecord {
  /** Decides the partition; null: none. */
  readonly key: Uint8Array | null;
  /** The framed record; null: a tombstone. */
  readonly value: Uint8Array | null;
  /** Milliseconds since the epoch (CreateTime). */
  readonly timestamp: number;
  /** Written in this order. */
  readonly headers?: readonly RecordHeader[];
  /**
   * With {@link row}: one more header, the last, as `source_header.ts` describes. Apart, so that no record allocates
   * it.
   */
  readonly origin?: Uint8Array | null;
  /** With {@link origin}: the number of the row in its source. */
  readonly row?: number;
}

/**
 * Records next to each other that have key, time and origin in common, and whose values stand one after the other in one
 * buffer. A record is told by its place among them, from 0. Do not change the bytes before the send has settled.
 */
export interface LogRecordRun {
  /** How many records there are. */
  readonly length: number;
  /** As {@link LogRecord.key}. */
  readonly key: Uint8Array | null;
  /** As {@link LogRecord.timestamp}. */
  readonly timestamp: number;
  /** Holds the values. */
  readonly values: Uint8Array;
  /** Where in {@link values} the first value begins. */
  readonly start: number;
  /** Where in {@link values} the value of each record ends, and that of the next one begins. */
  readonly ends: Int32Array;
  /** As {@link LogRecord.headers}; null: no record has any. */
  readonly headers: ((at: number) => readonly RecordHeader[]) | null;
  /** As {@link LogRecord.origin} and {@link LogRecord.row}; null: no record has them. */
  readonly source: LogRunSource | null;
}

/** Where the records of a run come from. */
export interface LogRunSource {
  /** As {@link LogRecord.origin}. */
  readonly origin: Uint8Array;
  /** What {@link indexes} count from. */
  readonly firstRow: number;
  /** For each record what its {@link LogRecord.row} has more than {@link firstRow}. */
  readonly indexes: Int32Array;
}

/** The records of one send, in order. Iterating must be repeatable and must not throw. An array will do. */
export interface LogRecords extends Iterable<LogRecord> {
  /** How many there are. */
  readonly length: number;
  /**
   * The same records in runs, if they are in such a form: an adapter that writes their bytes itself then needs no object
   * for each.
   */
  readonly runs?: readonly LogRecordRun[];
}

/** A record read back. */
export interface StoredRecord extends Omit<LogRecord, "origin" | "row"> {
  /** Place in its partition. */
  readonly offset: bigint;
  /** All headers, in the order in which they were written. */
  readonly headers: readonly RecordHeader[];
}

/** Why an operation of a log failed: a closed list of the port, for every client. */
export type LogErrorCode =
  | "unreachable" // no connection to any broker
  | "timed_out" // a deadline of the port passed
  | "unknown_topic"
  | "unknown_partition"
  | "offset_out_of_range"
  | "end_lost" // the log ends before an end that it told earlier
  | "topic_exists"
  | "message_too_large"
  | "unauthenticated" // the log-in was refused
  | "unauthorized" // an ACL
  | "compacted_topic" // Kafka would delete records that must stay in the topic
  | "invalid_request" // a topic name, a configuration or a record that the broker refuses
  | "leader_changed" // not leader, leader not available, not enough replicas: passes by itself
  | "producer_fenced" // unknown producer id, out of order sequence, invalid epoch: this producer is finished
  | "lock_lost" // this process no longer holds the data folder's lock
  | "closed"
  | "client"; // any other error of the client

/** A failed operation of a log. `cause` holds the client's own error. */
export class LogError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "LogError";
  /**
   * An adapter makes one of what its client reports.
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
 * - `refused`: the log refused before it wrote anything; none of the records is or will be there.
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
  /** The topic's id (a topic that was deleted and made again has another one); null if the client cannot tell. */
  readonly id: string | null;
  /** How many partitions it has. */
  readonly partitions: number;
  /** Smallest replica count of its partitions. */
  readonly replicationFactor: number;
  /** Known configuration values, such as `cleanup.policy` and `min.insync.replicas`. */
  readonly config: Readonly<Record<string, string>>;
}

/** What Kafka's access rules can allow a client to do with a topic. */
export type TopicRight = "Create" | "Describe" | "DescribeConfigs" | "Read" | "Write";

/** A topic to create. Absent replication factor: the broker's default. */
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
  /** First available offset. */
  readonly start: bigint;
  /** One past the last record that can be read. */
  readonly end: bigint;
}

/**
 * The offsets of a partition at its leader. The leader has written the records between `end` and `logEnd`, but not yet
 * enough of its followers have: no reader sees them, and they may become readable at any moment.
 */
export interface LeaderOffsets extends PartitionOffsets {
  /** One past the last record that the leader has. */
  readonly logEnd: bigint;
  /** Grows with each election. Another leader may have a lower `logEnd`. */
  readonly leaderEpoch: number;
}

/** Administration. Each call rejects with a {@link LogError}, within the adapter's request time-out. */
export interface LogAdmin {
  /** Id of the cluster, which distinguishes it from others under the same address. */
  clusterId(): Promise<string>;
  /** Brokers as host:port; one entry for an embedded log. */
  brokers(): Promise<readonly string[]>;
  /** Names of all topics that this client may see. */
  listTopics(): Promise<readonly string[]>;
  /** `null` if there is no such topic; never creates it. */
  describeTopic(name: string): Promise<TopicDescription | null>;
  /** What this client may do with a topic, whether or not it exists; `null` if the log knows no rights. */
  rights(topic: string): Promise<ReadonlySet<TopicRight> | null>;
  /** Creates a topic; resolves when it can be written to. Code `topic_exists` if it exists. */
  createTopic(spec: TopicSpec): Promise<void>;
  /** Deletes a topic with its records; code `unknown_topic` if it is not there. */
  deleteTopic(name: string): Promise<void>;
  /** Offsets of each partition, in partition order; code `unknown_topic` if there is none. */
  offsets(topic: string): Promise<readonly PartitionOffsets[]>;
  /**
   * Offsets of these partitions, in partition order, from their leaders: never from a broker that no longer leads by
   * the word of any reachable broker. `logEnd` is at least what it was when the call began. Rejects with
   * `leader_changed` while a partition has no leader.
   *
   * @param partitions absent: all
   */
  leaderOffsets(topic: string, partitions?: readonly number[]): Promise<readonly LeaderOffsets[]>;
}

/** Options of {@link Log.read}. */
export interface ReadOptions {
  /** First offset to read. */
  readonly from: bigint;
  /**
   * Stop before this offset, which must not be higher than an end that the log has told. Absent: the read waits for new
   * records and ends only with `signal`.
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
   * Reads one partition in offset order, in chunks, without a consumer group; offsets may have holes (compaction). Ends
   * at `to` even if the records just before it are gone, once the log tells so; an answer without records does not tell
   * it. Rejects with `unknown_topic`, `offset_out_of_range`, `unreachable`, and with `end_lost` if the log ends before
   * `to`.
   */
  read(topic: string, partition: number, options: ReadOptions): AsyncIterable<readonly StoredRecord[]>;
  /** The offset of the first record at or after a time (ms), one past the end if there is none. */
  offsetForTime(topic: string, partition: number, timestamp: number): Promise<bigint>;
  /** Closes everything that this log opened. Idempotent. */
  close(): Promise<void>;
}
