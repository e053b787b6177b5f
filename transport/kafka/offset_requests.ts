/**
 * The two requests that ask where a partition begins and ends. Both carry the leader epoch that the client knows, so
 * that a broker that no longer leads, or does not know yet that it leads, refuses instead of answering.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { WireRequest } from "./client.ts";
import { WireReader } from "./wire.ts";
import { int32, int64, oneTopic } from "./wire_bytes.ts";

/** Which offsets {@link listOffsetsRequest} asks for: a time in milliseconds, or one of these. */
export const [LATEST_TIMESTAMP, EARLIEST_TIMESTAMP] = [-1, -2];

/** A partition, and the epoch of its leader. */
export interface LedPartition {
  readonly partition: number;
  /** -1: any epoch. */
  readonly leaderEpoch: number;
}

/** What a leader says of one partition. */
export interface PartitionOffset {
  readonly partition: number;
  readonly error: number;
  /** -1: there is none. */
  readonly offset: bigint;
  readonly leaderEpoch: number;
}

/** ListOffsets version 5 (reading uncommitted): the high watermark, the start, or the first offset at or after a time. */
export function listOffsetsRequest(
  topic: string,
  { partitions, timestamp }: { readonly partitions: readonly LedPartition[]; readonly timestamp: number },
): WireRequest<readonly PartitionOffset[]> {
  return {
    apiKey: 2,
    apiVersion: 5,
    apiName: "ListOffsets",
    encode: () => [
      int32(-1), // a client, no replica
      Buffer.from([0]), // isolation: read uncommitted
      ...oneTopic(topic, partitions.length),
      ...partitions.flatMap((
        { partition, leaderEpoch },
      ) => [int32(partition), int32(leaderEpoch), int64(BigInt(timestamp))]),
    ],
    decode: (payload) =>
      decodeTopics(payload, (reader) => {
        const [partition, error] = [reader.int32(), reader.int16()];
        reader.int64(); // timestamp of the record
        return { partition, error, offset: reader.int64(), leaderEpoch: reader.int32() };
      }),
  };
}

/**
 * OffsetForLeaderEpoch version 3: the end of the records of the leader's present epoch. That is the end of its log,
 * whether or not its followers have the records.
 */
export function logEndRequest(
  topic: string,
  partitions: readonly LedPartition[],
): WireRequest<readonly PartitionOffset[]> {
  return {
    apiKey: 23,
    apiVersion: 3,
    apiName: "OffsetForLeaderEpoch",
    encode: () => [
      int32(-1), // a client, no replica
      ...oneTopic(topic, partitions.length),
      // The epoch that the leader must have, and the one whose end is asked for.
      ...partitions.flatMap(({ partition, leaderEpoch }) => [partition, leaderEpoch, leaderEpoch].map(int32)),
    ],
    decode: (payload) =>
      decodeTopics(payload, (reader) => {
        const [error, partition, leaderEpoch] = [reader.int16(), reader.int32(), reader.int32()];
        return { partition, error, offset: reader.int64(), leaderEpoch };
      }),
  };
}

function decodeTopics<Item>(payload: Uint8Array, partition: (reader: WireReader) => Item): Item[] {
  const reader = new WireReader(payload);
  reader.int32(); // throttle time
  return reader.array(() => {
    reader.string(); // topic
    return reader.array(() => partition(reader));
  }).flat();
}
