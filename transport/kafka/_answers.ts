/**
 * Makes the bytes of brokers' answers, for tests without a broker.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { PartitionOffset } from "./offset_requests.ts";
import type { BrokerAddress } from "./options.ts";
import { int16, int32, int64, oneTopic } from "./wire_bytes.ts";

/** Metadata version 10: brokers by node id, and one topic; `null`: a topic that is not known. */
export function metadataAnswer({ brokers, topic, topicId, partitions }: {
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  readonly topic: string;
  /** Every byte of the topic's id. */
  readonly topicId: number;
  readonly partitions: readonly { readonly leader: number; readonly leaderEpoch: number }[] | null;
}): Buffer {
  const none = Buffer.from([0]);
  const nodes = [...brokers].flatMap(([node, { host, port }]) => [int32(node), compact(host), int32(port), none, none]);
  const oneNode = [Buffer.from([2]), int32(1)];
  const led = (partitions ?? []).flatMap(({ leader, leaderEpoch }, partition) => [
    int16(0),
    int32(partition),
    int32(leader),
    int32(leaderEpoch),
    ...oneNode,
    ...oneNode,
    Buffer.from([1]),
    none,
  ]);
  const error = partitions === null ? 3 : 0;
  return Buffer.concat([
    none,
    int32(0),
    ...[Buffer.from([brokers.size + 1]), ...nodes],
    ...[compact("cluster"), int32(1)],
    ...[Buffer.from([2]), int16(error), compact(topic), Buffer.alloc(16, topicId), none],
    ...[Buffer.from([(partitions?.length ?? 0) + 1]), ...led, int32(0), none],
    ...[int32(0), none],
  ]);
}

/** Produce version 7 of topic `t`. */
export function produceAnswer(
  answers: readonly { readonly partition: number; readonly errorCode: number; readonly offset?: bigint }[],
): Buffer {
  const partitions = answers.flatMap(({ partition, errorCode, offset = -1n }) => [
    int32(partition),
    int16(errorCode),
    int64(offset),
    Buffer.alloc(16, 0xff),
  ]);
  return Buffer.concat([...oneTopic("t", answers.length), ...partitions, int32(0)]);
}

/** Fetch version 11 of partition 0; without `batches` the broker gives nothing. */
export function fetchAnswer({ highWatermark, batches = Buffer.alloc(0), throttleMs = 0 }: {
  readonly highWatermark: bigint;
  readonly batches?: Buffer;
  readonly throttleMs?: number;
}): Buffer {
  const head = [int32(throttleMs), int16(0), int32(0), ...oneTopic("t", 1)];
  const offsets = [int64(highWatermark), int64(highWatermark), int64(0n)];
  const partition = [int32(0), int16(0), ...offsets, int32(0), int32(-1), int32(batches.length), batches];
  return Buffer.concat([...head, ...partition]);
}

/** ListOffsets version 5. */
export function listOffsetsAnswer(topic: string, answers: readonly PartitionOffset[]): Buffer {
  const partitions = answers.flatMap((
    { partition, error, offset, leaderEpoch },
  ) => [int32(partition), int16(error), int64(-1n), int64(offset), int32(leaderEpoch)]);
  return Buffer.concat([int32(0), ...oneTopic(topic, answers.length), ...partitions]);
}

/** OffsetForLeaderEpoch version 3. */
export function logEndAnswer(topic: string, answers: readonly PartitionOffset[]): Buffer {
  const partitions = answers.flatMap((
    { partition, error, offset, leaderEpoch },
  ) => [int16(error), int32(partition), int32(leaderEpoch), int64(offset)]);
  return Buffer.concat([int32(0), ...oneTopic(topic, answers.length), ...partitions]);
}

function compact(text: string): Buffer {
  return Buffer.from([text.length + 1, ...Buffer.from(text)]);
}
