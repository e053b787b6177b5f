/**
 * Administration through the connections of a log.
 *
 * @module
 */
import { type LogAdmin, LogError, type PartitionOffsets, type TopicDescription, type TopicSpec } from "../log.ts";
import type { ConnectedBroker, Connections } from "./connections.ts";
import { isConnectionLoss } from "./connections.ts";
import { Deadline, retryDelayMs } from "./deadline.ts";
import { asLogError, brokerError, meaningOf } from "./errors.ts";
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from "./library.ts";
import { metadataRequest, NO_ERROR, type TopicMetadata } from "./messages.ts";
import type { KafkajsLogOptions } from "./options.ts";

/** Resource type of a topic in DescribeConfigs. */
const TOPIC_RESOURCE = 2;
/** The broker's default, in a request for a new topic. */
const DEFAULT_REPLICATION = -1;
/** How often all known brokers are tried before they count as unreachable. */
const CONNECT_ROUNDS = 3;

/** See {@link LogAdmin}; `offsetForTime` is the log's, and is asked in the same way. */
export class KafkajsAdmin implements LogAdmin {
  readonly #connections: Connections;
  readonly #options: KafkajsLogOptions;

  constructor(connections: Connections, options: KafkajsLogOptions) {
    this.#connections = connections;
    this.#options = options;
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
      return [...brokers.values()].map(({ host, port }) => `${host}:${port}`);
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
      if (topic === undefined || isUnknown(topic, what)) return null;
      if (topic.error !== NO_ERROR) throw brokerError(topic.error, what);
      return {
        name,
        id: topic.id,
        partitions: topic.partitions.length,
        replicationFactor: Math.min(...topic.partitions.map(({ replicas }) => replicas.length)),
        config: await this.#config(name),
      };
    });
  }

  async createTopic(spec: TopicSpec): Promise<void> {
    const { name, partitions, replicationFactor = DEFAULT_REPLICATION, config = {} } = spec;
    const what = `Making topic "${name}"`;
    const deadline = new Deadline(this.#options.clock, this.#options.requestTimeoutMs);
    await this.#call(what, async () => {
      const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
      const topics = [{ topic: name, numPartitions: partitions, replicationFactor, configEntries }];
      await (await this.#connections.any()).library.createTopics({ topics, timeout: Math.ceil(deadline.left) });
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
      const { library } = await this.#connections.any();
      await library.deleteTopics({ topics: [name], timeout: Math.ceil(deadline.left) });
    }, { deadline });
    this.#connections.forget(name);
    const brokerAgrees = (topic: TopicMetadata | undefined) => topic === undefined || isUnknown(topic, what);
    await this.#untilEverywhere(what, { deadline, brokerAgrees, name });
  }

  offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    return this.#call(`Asking for the offsets of topic "${topic}"`, async () => {
      // Always anew: partitions may have been added, or the topic deleted.
      this.#connections.forget(topic);
      const { partitions } = await this.#connections.topic(topic);
      const numbers = partitions.map(({ partition }) => partition);
      const [starts, ends] = await Promise.all([
        this.#listOffsets(topic, numbers, EARLIEST_TIMESTAMP),
        this.#listOffsets(topic, numbers, LATEST_TIMESTAMP),
      ]);
      return numbers.map((partition) => {
        const [start, end] = [starts.get(partition), ends.get(partition)];
        if (start === undefined || end === undefined) {
          throw new LogError("leader_changed", `Partition ${partition} of topic "${topic}" did not tell its offsets`);
        }
        return { partition, start, end };
      });
    });
  }

  /** See `Log.offsetForTime`. */
  offsetForTime(topic: string, partition: number, timestamp: number): Promise<bigint> {
    return this.#call(`Asking for an offset of ${topic}/${partition} by time`, async () => {
      const found = (await this.#listOffsets(topic, [partition], timestamp)).get(partition);
      if (found !== undefined && found >= 0n) return found;
      return (await this.#listOffsets(topic, [partition], LATEST_TIMESTAMP)).get(partition) ?? 0n;
    });
  }

  async #config(name: string): Promise<Record<string, string>> {
    const { library } = await this.#connections.any();
    try {
      const { resources } = await library.describeConfigs({ resources: [{ type: TOPIC_RESOURCE, name }] });
      const entries = (resources[0]?.configEntries ?? []).filter(({ isSensitive }) => !isSensitive);
      return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue ?? ""]));
    } catch (error) {
      // To describe a topic's configuration is a right of its own; the rest is known without it.
      if (meaningOf(error).code === "unauthorized") return {};
      throw error;
    }
  }

  async #listOffsets(topic: string, partitions: readonly number[], timestamp: number): Promise<Map<number, bigint>> {
    const byLeader = new Map<ConnectedBroker, number[]>();
    for (const partition of partitions) {
      const leader = await this.#connections.leader({ topic, partition });
      byLeader.set(leader, [...byLeader.get(leader) ?? [], partition]);
    }
    const found = new Map<number, bigint>();
    await Promise.all(
      [...byLeader].map(async ([leader, numbers]) => {
        const answer = await leader.library.listOffsets({
          replicaId: -1,
          isolationLevel: 0,
          topics: [{ topic, partitions: numbers.map((partition) => ({ partition, timestamp })) }],
        });
        for (const { partition, offset } of answer.responses.flatMap((response) => response.partitions)) {
          found.set(partition, BigInt(offset));
        }
      }).map((asking) =>
        asking.catch((error) => {
          this.#connections.forget(topic);
          throw error;
        })
      ),
    );
    return found;
  }

  /** Asks every broker that can be reached until all agree; each has its own, slightly late, picture of the cluster. */
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
      await deadline.pause(retryDelayMs(tries));
    }
  }

  /** Runs a call within the request time-out, again after what passes by itself. */
  async #call<T>(
    what: string,
    work: () => Promise<T>,
    { deadline = new Deadline(this.#options.clock, this.#options.requestTimeoutMs) } = {},
  ): Promise<T> {
    for (let tries = 0;; tries++) {
      try {
        return await deadline.within(work(), what);
      } catch (error) {
        const { retriable, code } = meaningOf(error);
        if (isConnectionLoss(error)) this.#connections.dropAll();
        const hopeless = code === "unknown_topic" || (code === "unreachable" && tries + 1 >= CONNECT_ROUNDS);
        if (!retriable || hopeless || deadline.passed) throw asLogError(error, what);
        await deadline.pause(retryDelayMs(tries));
      }
    }
  }
}

/** True if the broker knows no such topic. Other errors are thrown by whoever needs the topic. */
function isUnknown(topic: TopicMetadata, what: string): boolean {
  return topic.error !== NO_ERROR && meaningOf(brokerError(topic.error, what)).code === "unknown_topic";
}
