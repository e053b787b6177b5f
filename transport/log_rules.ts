/**
 * Kafka's checks before it writes anything, for the other logs: what works on them works on Kafka.
 *
 * @module
 */
import { batchBytes, DEFAULT_MAX_MESSAGE_BYTES } from "./batch_size.ts";
import { LogError, type LogRecords, type PartitionOffsets, type TopicSpec } from "./log.ts";

const MAX_NAME_LENGTH = 249;
const MAX_PARTITIONS = 10_000;

/** @throws {LogError} `invalid_request` if a log of so many brokers cannot make this topic. */
export function checkTopicSpec(spec: TopicSpec, brokers: number): void {
  const { name, partitions, replicationFactor } = spec;
  if (!/^[a-zA-Z0-9._-]+$/.test(name) || name.length > MAX_NAME_LENGTH || name === "." || name === "..") {
    throw new LogError(
      "invalid_request",
      `Topic name ${
        JSON.stringify(name)
      } is not allowed: use 1 to ${MAX_NAME_LENGTH} of a-z, A-Z, 0-9, ".", "_" and "-"`,
    );
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS) {
    throw new LogError(
      "invalid_request",
      `Topic "${name}" cannot have ${partitions} partitions: use a whole number from 1 to ${MAX_PARTITIONS}`,
    );
  }
  if (replicationFactor !== undefined && !(replicationFactor >= 1 && replicationFactor <= brokers)) {
    throw new LogError(
      "invalid_request",
      `Topic "${name}" cannot have replication factor ${replicationFactor}: the log has ${brokers} broker(s)`,
    );
  }
}

/**
 * The requested partitions of a topic, in partition order.
 *
 * @throws {LogError} `unknown_partition`
 */
export function pickPartitions<Offsets extends PartitionOffsets>(
  all: readonly Offsets[],
  { topic, partitions }: { readonly topic: string; readonly partitions: readonly number[] | undefined },
): readonly Offsets[] {
  const unknown = partitions?.find((wanted) => !all.some(({ partition }) => partition === wanted));
  if (unknown !== undefined) {
    throw new LogError("unknown_partition", `Topic "${topic}" has ${all.length} partition(s), none is ${unknown}`);
  }
  return partitions === undefined ? all : all.filter(({ partition }) => partitions.includes(partition));
}

/** The error of a read up to an offset past the end, see {@link LogError}. */
export function endLost(
  { topic, partition, to, end }: {
    readonly topic: string;
    readonly partition: number;
    readonly to: bigint;
    readonly end: bigint;
  },
): LogError {
  const message =
    `Reading ${topic}/${partition} up to offset ${to} failed: its log ends at offset ${end}, and has told ` +
    "that it has more. Records that were acknowledged are lost: a broker without them was elected, or the topic was made anew";
  return new LogError("end_lost", message);
}

/** Why the log cannot write the records as one batch; null if it can. */
export function refusalOf(records: LogRecords, config: Readonly<Record<string, string>>): LogError | null {
  if (records.length === 0) return new LogError("invalid_request", "A send must hold at least one record");
  for (const { timestamp } of records) {
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
      return new LogError("invalid_request", `Record timestamp ${timestamp} is not a whole number of milliseconds`);
    }
  }
  const limit = Number(config["max.message.bytes"] ?? DEFAULT_MAX_MESSAGE_BYTES);
  const bytes = batchBytes(records);
  if (bytes <= limit) return null;
  return new LogError(
    "message_too_large",
    `A batch of ${records.length} record(s) takes ${bytes} bytes and the topic takes at most ${limit}: send fewer at a time`,
  );
}
