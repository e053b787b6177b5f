/**
 * Administers topics through the connections of a log.
 *
 * @module
 */
import {
  type LeaderOffsets,
  type LogAdmin,
  LogError,
  type PartitionOffsets,
  type TopicDescription,
  type TopicRight,
  type TopicSpec,
} from "../log.ts";
import type { KafkaBroker } from "./client.ts";
import { type Connections, isConnectionLoss } from "./connections.ts";
import { Deadline } from "./deadline.ts";
import { asLogError, brokerFailure, meaningOf, NO_ERROR } from "./errors.ts";
import { leaderOffsets, untold } from "./leader_offsets.ts";
import { metadataRequest, type TopicMetadata } from "./messages.ts";
import { NewestLeaders } from "./newest_leaders.ts";
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, type LedPartition, listOffsetsRequest } from "./offset_requests.ts";
import { addressText, type KafkaLogOptions } from "./options.ts";

/** The numbers of access rules' operations. */
const OPERATIONS: readonly (readonly [right: TopicRight, number: number])[] = [
  ["Read", 3],
  ["Write", 4],
  ["Create", 5],
  ["Describe", 8],
  ["DescribeConfigs", 10],
];

/** How often the client tries all known brokers before they count as unreachable. */
const CONNECT_ROUNDS = 3;

/** See {@link LogAdmin}. It also has `offsetForTime` of the log, which asks in the same way. */
export class KafkaAdmin implements LogAdmin {
  readonly #connections: Connections;
  readonly #options: KafkaLogOptions;
  readonly #leaders: NewestLeaders;

  constructor(connections: Connections, options: KafkaLogOptions) {
    this.#connections = connections;
    this.#options = options;
    this.#leaders = new NewestLeaders(connections, options);
  }

  clusterId(): Promise<string> {
    return this.#call(
      "Asking for the cluster's id",
      async () => (await this.#connections.metadata([])).clusterId ?? "",
    );
  }

  brokers(): Promise<readonly string[]> {
    return this.#call("Asking for the brokers", async () => {
      const { brokers } = await this.#connections.metadata([]);
      return [...brokers.values()].map(addressText);
    });
  }

  listTopics(): Promise<readonly string[]> {
    return this.#call("Listing topics", async () => {
      const { topics } = await this.#connections.metadata(null);
      return topics.filter(({ internal }) => !internal).map(({ name }) => name).sort();
    });
  }

  describeTopic(name: string): Promise<TopicDescription | null> {
    const what = `Describing topic "${name}"`;
    return this.#call(what, async () => {
      const [topic] = (await this.#connections.metadata([name])).topics;
      if (topic === undefined || isUnknown(topic)) return null;
      if (topic.error !== NO_ERROR) throw brokerFailure(topic.error);
      return {
        name,
        id: topic.id,
        partitions: topic.partitions.length,
        replicationFactor: Math.min(...topic.partitions.map(({ replicas }) => replicas.length)),
        config: await this.#config(name),
      };
    });
  }

  rights(name: string): Promise<ReadonlySet<TopicRight> | null> {
    return this.#call(`Asking what may be done with topic "${name}"`, async () => {
      const { topics: [topic], operations: onCluster } = await this.#connections.metadata([name], { operations: true });
      const onTopic = topic?.operations ?? 0;
      const has = (bits: number, number: number) => (bits & (1 << number)) !== 0;
      const rights = OPERATIONS.filter(([right, number]) =>
        // The right to create any topic is a right on the cluster.
        has(onTopic, number) || (right === "Create" && has(onCluster ?? 0, number))
      );
      return new Set(rights.map(([right]) => right));
    });
  }

  async createTopic(spec: TopicSpec): Promise<void> {
    const { name } = spec;
    const what = `Making topic "${name}"`;
    const deadline = new Deadline(this.#options.clock, this.#options.requestTimeoutMs);
    await this.#call(what, async () => {
      await (await this.#connections.any()).createTopic(spec, Math.ceil(deadline.left));
    }, { deadline });
    await this.#untilEverywhere(what, {
      deadline,
      brokerAgrees: (topic) => topic?.error === NO_ERROR && topic.partitions.every(({ leader }) => leader >= 0),
      name,
    });
  }

  async deleteTopic(name: string): Promise<void> {
    const what = `Deleting topic "${name}"`;
    const deadline = new Deadline(this.#options.clock, this.#options.requestTimeoutMs);
    await this.#call(what, async () => {
      await (await this.#connections.any()).deleteTopic(name, Math.ceil(deadline.left));
    }, { deadline });
    this.#connections.forget(name);
    const brokerAgrees = (topic: TopicMetadata | undefined) => topic === undefined || isUnknown(topic);
    await this.#untilEverywhere(what, { deadline, brokerAgrees, name });
  }

  offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    return this.#call(`Asking for the offsets of topic "${topic}"`, async () => {
      // Asks anew each time: partitions may have been added, or the topic deleted.
      this.#connections.forget(topic);
      const { partitions } = await this.#connections.topic(topic);
      const numbers = partitions.map(({ partition }) => partition);
      const [starts, ends] = await Promise.all([
        this.#listOffsets(topic, numbers, EARLIEST_TIMESTAMP),
        this.#listOffsets(topic, numbers, LATEST_TIMESTAMP),
      ]);
      return numbers.map((partition) => {
        const [start, end] = [starts.get(partition) ?? -1n, ends.get(partition) ?? -1n];
        if (start < 0n || end < 0n) throw untold(topic, partition);
        return { partition, start, end };
      });
    });
  }

  leaderOffsets(topic: string, partitions?: readonly number[]): Promise<readonly LeaderOffsets[]> {
    return this.#call(
      `Asking the leaders of topic "${topic}" for their offsets (it needs Describe on the topic)`,
      () => leaderOffsets({ connections: this.#connections, leaders: this.#leaders, topic, partitions }),
    );
  }

  /** See `Log.offsetForTime`. */
  offsetForTime(topic: string, partition: number, timestamp: number): Promise<bigint> {
    return this.#call(`Asking for an offset of ${topic}/${partition} by time`, async () => {
      const found = (await this.#listOffsets(topic, [partition], timestamp)).get(partition);
      if (found !== undefined && found >= 0n) return found;
      return (await this.#listOffsets(topic, [partition], LATEST_TIMESTAMP)).get(partition) ?? 0n;
    });
  }

  async #config(name: string): Promise<Readonly<Record<string, string>>> {
    const broker = await this.#connections.any();
    try {
      return await broker.topicConfig(name);
    } catch (error) {
      // Describing a topic's configuration needs a separate right; the rest is known without it.
      if (meaningOf(error).code === "unauthorized") return {};
      throw error;
    }
  }

  /** Offsets by partition; -1 if there is no record at or after the time. */
  async #listOffsets(topic: string, partitions: readonly number[], timestamp: number): Promise<Map<number, bigint>> {
    const found = new Map<number, bigint>();
    try {
      const byLeader = new Map<KafkaBroker, LedPartition[]>();
      for (const partition of partitions) {
        const leader = await this.#connections.leader({ topic, partition });
        const { partitions: known } = await this.#connections.topic(topic);
        const leaderEpoch = known.find((each) => each.partition === partition)?.leaderEpoch ?? -1;
        byLeader.set(leader, [...byLeader.get(leader) ?? [], { partition, leaderEpoch }]);
      }
      await Promise.all([...byLeader].map(async ([leader, led]) => {
        for (const answer of await leader.send(listOffsetsRequest(topic, { partitions: led, timestamp }))) {
          if (answer.error !== NO_ERROR) throw brokerFailure(answer.error);
          found.set(answer.partition, answer.offset);
        }
      }));
    } catch (error) {
      this.#connections.forget(topic);
      throw error;
    }
    return found;
  }

  /** Asks every reachable broker until all agree; each has its own, slightly late, view of the cluster. */
  async #untilEverywhere(
    what: string,
    { name, deadline, brokerAgrees }: {
      name: string;
      deadline: Deadline;
      brokerAgrees: (topic: TopicMetadata | undefined) => boolean;
    },
  ): Promise<void> {
    for (let tries = 0;; tries++) {
      const agreed = await this.#call(what, async () => {
        const brokers = await this.#connections.all();
        const answers = await Promise.all(brokers.map((broker) => broker.send(metadataRequest([name]))));
        return answers.every(({ topics }) => brokerAgrees(topics.find((topic) => topic.name === name)));
      }, { deadline });
      if (agreed) return;
      if (deadline.passed) throw new LogError("timed_out", `${what} is not known to all brokers in time`);
      await deadline.backOff(tries);
    }
  }

  /** Runs a call within the request time-out; tries again after errors that pass by themselves. */
  async #call<T>(
    what: string,
    work: () => Promise<T>,
    { deadline = new Deadline(this.#options.clock, this.#options.requestTimeoutMs) } = {},
  ): Promise<T> {
    for (let tries = 0, before: unknown = null;; tries++) {
      try {
        return await deadline.within(work(), what);
      } catch (error) {
        // The deadline cut the last try short, so the error of the one before says more.
        if (tries > 0 && deadline.passed) throw asLogError(before, what);
        before = error;
        const { retriable, code } = meaningOf(error);
        if (isConnectionLoss(error)) this.#connections.dropAll();
        const hopeless = code === "unknown_topic" || (code === "unreachable" && tries + 1 >= CONNECT_ROUNDS);
        if (!retriable || hopeless || deadline.passed) throw asLogError(error, what);
        await deadline.backOff(tries);
        // Another try could only say that it had no time.
        if (deadline.passed) throw asLogError(error, what);
      }
    }
  }
}

/** True if the broker knows no such topic. The callers that need the topic throw the other errors. */
function isUnknown({ error }: TopicMetadata): boolean {
  return error !== NO_ERROR && brokerFailure(error).meaning.code === "unknown_topic";
}
