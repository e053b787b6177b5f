/**
 * The three requests for records: find a partition's leader, write to it, read from it. Each answer keeps the error
 * code of each partition; the libraries throw the first one and drop the rest.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { WireRequest } from "./client.ts";
import { NO_ERROR } from "./errors.ts";
import type { BrokerAddress } from "./options.ts";
import { bytesIn } from "./record_batch_encoder.ts";
import { WireReader } from "./wire.ts";

/** The broker's value for allowed operations that were not requested. */
const NOT_TOLD = -0x8000_0000;

/** One partition of a topic. */
export interface PartitionMetadata {
  readonly error: number;
  readonly partition: number;
  /** Node id, -1 if there is none. */
  readonly leader: number;
  /** Number of the election that made it the leader; the highest number that any broker tells is the newest. */
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
}

/** One topic. */
export interface TopicMetadata {
  readonly error: number;
  readonly name: string;
  /** 128 bits as hexadecimal digits. */
  readonly id: string;
  readonly internal: boolean;
  /** Bits of the operations that this client may do; null if it did not ask or the broker does not know. */
  readonly operations: number | null;
  readonly partitions: readonly PartitionMetadata[];
}

/** What a broker knows of its cluster. */
export interface ClusterMetadata {
  readonly clusterId: string | null;
  /** As {@link TopicMetadata.operations}, on the whole cluster. */
  readonly operations: number | null;
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  readonly topics: readonly TopicMetadata[];
}

/**
 * Metadata version 10, the first with topic ids (Kafka 2.8). Versions from 9 on have tagged fields in their headers.
 * Not every library writes those, so this request puts them at the beginning of its body.
 *
 * @param topics names, or `null` for all
 */
export function metadataRequest(
  topics: readonly string[] | null,
  { operations = false }: { readonly operations?: boolean } = {},
): WireRequest<ClusterMetadata> {
  return {
    apiKey: 3,
    apiVersion: 10,
    apiName: "Metadata",
    encode() {
      const parts = [Buffer.from([0]), uvarint(topics === null ? 0 : topics.length + 1)];
      for (const topic of topics ?? []) {
        const name = Buffer.from(topic);
        parts.push(Buffer.alloc(16), uvarint(name.length + 1), name, Buffer.from([0]));
      }
      const asked = operations ? 1 : 0;
      // No creation of topics, the allowed operations of cluster and topics, no tagged fields.
      parts.push(Buffer.from([0, asked, asked, 0]));
      return parts;
    },
    decode(payload) {
      const reader = new WireReader(payload);
      reader.skipTaggedFields();
      reader.int32(); // throttle time
      const brokers = reader.compactArray(() => {
        const [node, host, port] = [reader.int32(), reader.compactString() ?? "", reader.int32()];
        reader.compactString(); // rack
        reader.skipTaggedFields();
        return [node, { host, port }] as const;
      });
      const clusterId = reader.compactString();
      reader.int32(); // controller
      const topics = reader.compactArray(() => topicMetadata(reader));
      return { clusterId, brokers: new Map(brokers), topics, operations: allowedOperations(reader) };
    },
  };
}

function topicMetadata(reader: WireReader): TopicMetadata {
  const [error, name] = [reader.int16(), reader.compactString() ?? ""];
  const id = Buffer.from(reader.bytes(16)).toString("hex");
  const internal = reader.int8() !== 0;
  const partitions = reader.compactArray(() => {
    const [code, partition, leader] = [reader.int16(), reader.int32(), reader.int32()];
    const leaderEpoch = reader.int32();
    const replicas = reader.compactArray(() => reader.int32());
    reader.compactArray(() => reader.int32()); // in sync
    reader.compactArray(() => reader.int32()); // offline
    reader.skipTaggedFields();
    return { error: code, partition, leader, leaderEpoch, replicas };
  });
  const operations = allowedOperations(reader);
  reader.skipTaggedFields();
  return { error, name, id, internal, operations, partitions: partitions.sort((a, b) => a.partition - b.partition) };
}

function allowedOperations(reader: WireReader): number | null {
  const bits = reader.int32();
  return bits === NOT_TOLD ? null : bits;
}

function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}

/** A topic and one of its partitions. */
export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

/** What a broker answers for one batch of a produce request. */
export interface ProduceAnswer {
  readonly topic: string | null;
  readonly partition: number;
  readonly error: number;
  readonly baseOffset: bigint;
}

/** Answer to a produce request. */
export interface ProduceAnswers {
  readonly answers: readonly ProduceAnswer[];
  /** Milliseconds that the broker asks to wait, which kafkajs reads under this name and obeys. */
  readonly clientSideThrottleTime: number;
}

/** A batch for a partition. */
export interface ProducedBatch {
  readonly partition: number;
  /** Its pieces; what was taken of another batch before is of no use afterwards, unless it was copied. */
  readonly batch: { pieces(): readonly Buffer[] };
}

/** Produce version 7 for one batch of each of some partitions of a topic, to be acknowledged by all replicas in sync. */
export function produceRequest(
  topic: string,
  { parts, timeoutMs }: {
    readonly parts: readonly ProducedBatch[];
    readonly timeoutMs: number;
  },
): WireRequest<ProduceAnswers> {
  return {
    apiKey: 0,
    apiVersion: 7,
    apiName: "Produce",
    encode() {
      const name = Buffer.from(topic);
      const head = Buffer.alloc(18 + name.length);
      let at = head.writeInt16BE(-1, 0); // no transaction
      at = head.writeInt16BE(-1, at); // acks: all
      at = head.writeInt32BE(timeoutMs, at);
      at = head.writeInt32BE(1, at); // one topic
      at = head.writeInt16BE(name.length, at);
      at += name.copy(head, at);
      head.writeInt32BE(parts.length, at);
      const last = parts.length - 1;
      return [
        head,
        ...parts.flatMap(({ partition, batch }, at) => {
          const pieces = batch.pieces(), batchHead = partitionHead(partition, bytesIn(pieces));
          return [batchHead, ...at === last ? pieces : [Buffer.concat(pieces)]];
        }),
      ];
    },
    decode(payload) {
      const reader = new WireReader(payload);
      const answers = reader.array(() => {
        const topic = reader.string();
        return reader.array(() => {
          const partition = reader.int32();
          const [error, baseOffset] = [reader.int16(), reader.int64()];
          reader.bytes(16); // append time, start of the log
          return { topic, partition, error, baseOffset };
        });
      }).flat();
      return { answers, clientSideThrottleTime: reader.int32() };
    },
  };
}

function partitionHead(partition: number, batchBytes: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(partition, 0);
  head.writeInt32BE(batchBytes, 4);
  return head;
}

/** Answer to a fetch request. */
export interface FetchAnswer {
  readonly error: number;
  /** One past the last offset that may be read. */
  readonly highWatermark: bigint;
  readonly batches: Uint8Array;
  /** Milliseconds that the broker asks to wait, which kafkajs reads under this name and obeys. */
  readonly clientSideThrottleTime: number;
}

/** Options of {@link fetchRequest}. */
export interface FetchOptions {
  readonly offset: bigint;
  /** How long the broker may wait for the first byte. */
  readonly maxWaitMs: number;
  /** How much to bring; a first batch that is larger comes whole all the same. */
  readonly maxBytes: number;
}

/** Fetch version 11 for one partition, without a session. */
export function fetchRequest(
  { topic, partition }: PartitionName,
  { offset, maxWaitMs, maxBytes }: FetchOptions,
): WireRequest<FetchAnswer> {
  return {
    apiKey: 1,
    apiVersion: 11,
    apiName: "Fetch",
    encode() {
      const name = Buffer.from(topic);
      const body = Buffer.alloc(71 + name.length);
      let at = body.writeInt32BE(-1, 0); // a client, no replica
      at = body.writeInt32BE(maxWaitMs, at);
      at = body.writeInt32BE(1, at); // min bytes
      at = body.writeInt32BE(maxBytes, at);
      at = body.writeInt8(0, at); // isolation: read uncommitted
      at = body.writeInt32BE(0, at); // session id
      at = body.writeInt32BE(-1, at); // session epoch
      at = body.writeInt32BE(1, at); // one topic
      at = body.writeInt16BE(name.length, at);
      at += name.copy(body, at);
      at = body.writeInt32BE(1, at); // one partition
      at = body.writeInt32BE(partition, at);
      at = body.writeInt32BE(-1, at); // leader epoch: any
      at = body.writeBigInt64BE(offset, at);
      at = body.writeBigInt64BE(-1n, at); // start of the log: for replicas
      at = body.writeInt32BE(maxBytes, at);
      at = body.writeInt32BE(0, at); // nothing to forget
      at = body.writeInt16BE(0, at); // no rack
      return [body.subarray(0, at)];
    },
    decode(payload) {
      const reader = new WireReader(payload);
      const clientSideThrottleTime = reader.int32();
      const error = reader.int16();
      reader.int32(); // session
      const [found] = reader.array(() => {
        reader.string(); // topic
        return reader.array(() => fetchedPartition(reader));
      }).flat();
      if (found === undefined) {
        if (error === NO_ERROR) throw new Error("The answer to a fetch request names no partition");
        return { error, highWatermark: -1n, batches: new Uint8Array(0), clientSideThrottleTime };
      }
      return { ...found, error: error === NO_ERROR ? found.error : error, clientSideThrottleTime };
    },
  };
}

function fetchedPartition(reader: WireReader): Omit<FetchAnswer, "clientSideThrottleTime"> {
  reader.int32(); // partition
  const [error, highWatermark] = [reader.int16(), reader.int64()];
  reader.bytes(16); // last stable offset, start of the log
  reader.array(() => reader.bytes(16)); // aborted transactions
  reader.int32(); // preferred replica
  return { error, highWatermark, batches: reader.bytes(Math.max(reader.int32(), 0)) };
}
