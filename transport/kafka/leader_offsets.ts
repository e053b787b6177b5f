/**
 * Asks the leaders of partitions where these begin and end, see `LogAdmin.leaderOffsets`.
 *
 * @module
 */
import { type LeaderOffsets, LogError } from "../log.ts";
import type { KafkaBroker } from "./client.ts";
import { type Connections, isConnectionLoss } from "./connections.ts";
import { brokerFailure, NO_ERROR } from "./errors.ts";
import type { NewestLeaders, PartitionLeader } from "./newest_leaders.ts";
import {
  EARLIEST_TIMESTAMP,
  LATEST_TIMESTAMP,
  type LedPartition,
  listOffsetsRequest,
  logEndRequest,
  type PartitionOffset,
} from "./offset_requests.ts";
import { addressText, type BrokerAddress } from "./options.ts";

/** Options of {@link leaderOffsets}. */
export interface LeaderOffsetsOptions {
  readonly connections: Connections;
  readonly leaders: NewestLeaders;
  readonly topic: string;
  readonly partitions: readonly number[] | undefined;
}

/** Asks the newest leaders. Rejects with what the first of them reports. */
export async function leaderOffsets(options: LeaderOffsetsOptions): Promise<readonly LeaderOffsets[]> {
  const { connections, leaders, topic, partitions } = options;
  const byLeader = new Map<string, { readonly address: BrokerAddress; readonly led: PartitionLeader[] }>();
  for (const leader of wanted(await leaders.of(topic), { topic, partitions })) {
    const address = requireLeader(topic, leader);
    const known = byLeader.get(addressText(address));
    if (known === undefined) byLeader.set(addressText(address), { address, led: [leader] });
    else known.led.push(leader);
  }
  const found = await Promise.all(
    [...byLeader.values()].map(async ({ address, led }) => {
      const broker = await connections.at(address);
      try {
        return await ask(broker, { topic, led });
      } catch (error) {
        if (isConnectionLoss(error)) connections.drop(broker);
        throw error;
      }
    }),
  );
  return found.flat().sort((a, b) => a.partition - b.partition);
}

function wanted(
  all: readonly PartitionLeader[],
  { topic, partitions }: Pick<LeaderOffsetsOptions, "topic" | "partitions">,
): readonly PartitionLeader[] {
  if (partitions === undefined) return all;
  return partitions.map((wanted) => {
    const leader = all.find(({ partition }) => partition === wanted);
    if (leader !== undefined) return leader;
    throw new LogError("unknown_partition", `Topic "${topic}" has no partition ${wanted}, only ${all.length}`);
  });
}

function requireLeader(topic: string, { partition, address, leaderEpoch }: PartitionLeader): BrokerAddress {
  if (address === null) {
    throw new LogError("leader_changed", `Partition ${partition} of topic "${topic}" has no leader now`);
  }
  if (leaderEpoch < 0) {
    const message = `The brokers tell no leader epoch of partition ${partition} of topic "${topic}", without which ` +
      "the end of its log cannot be known: use Kafka 2.8 or newer";
    throw new LogError("client", message);
  }
  return address;
}

async function ask(
  broker: KafkaBroker,
  { topic, led }: { readonly topic: string; readonly led: readonly LedPartition[] },
): Promise<readonly LeaderOffsets[]> {
  const list = (timestamp: number) => broker.send(listOffsetsRequest(topic, { partitions: led, timestamp }));
  // The order matters: records within the first answer's log end may be readable by the last answer.
  const [logEnds, starts, ends] = await Promise.all([
    broker.send(logEndRequest(topic, led)),
    list(EARLIEST_TIMESTAMP),
    list(LATEST_TIMESTAMP),
  ]);
  return led.map(({ partition, leaderEpoch }) => {
    const logEnd = answerOf(logEnds, { topic, partition });
    if (logEnd.leaderEpoch !== leaderEpoch) {
      const message = `The leader of partition ${partition} of topic "${topic}" does not know the end of its log yet`;
      throw new LogError("leader_changed", message);
    }
    return {
      partition,
      leaderEpoch,
      start: answerOf(starts, { topic, partition }).offset,
      end: answerOf(ends, { topic, partition }).offset,
      logEnd: logEnd.offset,
    };
  });
}

/** The answer for a partition, which must be an offset. */
function answerOf(
  answers: readonly PartitionOffset[],
  { topic, partition }: { readonly topic: string; readonly partition: number },
): PartitionOffset {
  const answer = answers.find((each) => each.partition === partition);
  if (answer !== undefined && answer.error !== NO_ERROR) throw brokerFailure(answer.error);
  if (answer !== undefined && answer.offset >= 0n) return answer;
  throw untold(topic, partition);
}

/** The error for a leader that answers without an offset, as a newly elected one may. */
export function untold(topic: string, partition: number): LogError {
  return new LogError("leader_changed", `Partition ${partition} of topic "${topic}" did not tell its offsets`);
}
