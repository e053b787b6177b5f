/**
 * The connections of one client. It knows the brokers of the cluster and the leader of each partition, and keeps one
 * connection to each broker.
 *
 * @module
 */
import { LogError } from "../log.ts";
import { Deadline } from "./deadline.ts";
import type { KafkaBroker, KafkaClient } from "./client.ts";
import { asLogError, brokerFailure, meaningOf, MEANINGS, NO_ERROR } from "./errors.ts";
import {
  type ClusterMetadata,
  metadataRequest,
  type PartitionMetadata,
  type PartitionName,
  type TopicMetadata,
} from "./messages.ts";
import { addressText, type BrokerAddress, type KafkaLogOptions, parseBrokerAddress } from "./options.ts";

/** Lowest and newest request versions that this adapter speaks: Kafka 2.8 and later. */
const NEEDED_VERSIONS: readonly (readonly [apiKey: number, version: number, name: string])[] = [
  [0, 7, "Produce"],
  [1, 11, "Fetch"],
  [2, 5, "ListOffsets"],
  [3, 10, "Metadata"],
  [23, 3, "OffsetForLeaderEpoch"],
];

/** How long the client uses a topic's leaders without asking again. */
const METADATA_AGE_MS = 300_000;

interface Connection {
  readonly broker: KafkaBroker;
  readonly opening: Promise<KafkaBroker>;
  opened: boolean;
}

interface KnownTopic {
  readonly metadata: TopicMetadata;
  readonly until: number;
}

export class Connections {
  readonly #client: KafkaClient;
  readonly #options: KafkaLogOptions;
  readonly #seeds: readonly BrokerAddress[];
  readonly #open = new Map<string, Connection>();
  readonly #topics = new Map<string, KnownTopic>();
  readonly #asking = new Map<string, Promise<TopicMetadata>>();
  readonly #ending = new Set<Promise<void>>();
  #nodes: ReadonlyMap<number, BrokerAddress> = new Map();
  #turn = 0;
  #closed = false;

  /** @throws {LogError} `invalid_request` for invalid addresses */
  constructor(client: KafkaClient, options: KafkaLogOptions) {
    if (options.brokers.length === 0) throw new LogError("invalid_request", "No brokers are given: name at least one");
    this.#client = client;
    this.#options = options;
    this.#seeds = options.brokers.map(parseBrokerAddress);
  }

  /** Any broker that answers: a connected one, else the first that can be reached. */
  async any(): Promise<KafkaBroker> {
    const connected = [...this.#open.values()].filter(isUsable).map(({ broker }) => broker);
    // Takes turns, since one of them may be cut off from the others and know nothing new.
    const next = connected[this.#turn++ % connected.length];
    if (next !== undefined) return next;
    const failures: LogError[] = [];
    const addresses = new Map([...this.#nodes.values(), ...this.#seeds].map((each) => [addressText(each), each]));
    for (const address of addresses.values()) {
      try {
        return await this.at(address);
      } catch (error) {
        failures.push(asLogError(error, `Connecting to ${addressText(address)}`));
      }
    }
    // A wrong password matters more than a broker that is down.
    const [first] = failures;
    throw failures.find(({ code }) => code !== "unreachable" && code !== "timed_out") ?? first ??
      new LogError("unreachable", "No broker is known");
  }

  /** The broker that leads a partition now, connected. */
  async leader(name: PartitionName): Promise<KafkaBroker> {
    const { topic, partition } = name;
    const found = await this.#partition(name);
    const address = this.#nodes.get(found.leader);
    if (found.leader < 0 || address === undefined) {
      this.forget(topic);
      throw new LogError("leader_changed", `Partition ${partition} of topic "${topic}" has no leader now`);
    }
    try {
      return await this.at(address);
    } catch (error) {
      // The broker may be gone for good, and another one may lead.
      this.forget(topic);
      throw error;
    }
  }

  /**
   * The broker that leads a partition by what is known already, with the topic; null if it is not known or not connected
   * now: then {@link leader} finds out. Of a producer's sends, hardly one needs more.
   */
  known({ topic, partition }: PartitionName): { readonly broker: KafkaBroker; readonly topic: TopicMetadata } | null {
    const metadata = this.#knownTopic(topic);
    const leader = metadata?.partitions.find((each) => each.partition === partition)?.leader;
    const address = leader === undefined ? undefined : this.#nodes.get(leader);
    const connection = address === undefined ? undefined : this.#open.get(addressText(address));
    if (metadata === null || connection === undefined || !isUsable(connection)) return null;
    return { broker: connection.broker, topic: metadata };
  }

  #knownTopic(name: string): TopicMetadata | null {
    const known = this.#topics.get(name);
    return known !== undefined && known.until > this.#options.clock.monotonic() ? known.metadata : null;
  }

  async #partition({ topic, partition }: PartitionName): Promise<PartitionMetadata> {
    const isIt = (each: PartitionMetadata) => each.partition === partition;
    const known = (await this.topic(topic)).partitions.find(isIt);
    if (known !== undefined) return known;
    // The partition may have been added since.
    this.forget(topic);
    const { partitions } = await this.topic(topic);
    const added = partitions.find(isIt);
    if (added !== undefined) return added;
    throw new LogError(
      "unknown_partition",
      `Topic "${topic}" has no partition ${partition}, only ${partitions.length}`,
    );
  }

  /** What the client knows of a topic; asks if it knows nothing, or asked long ago. */
  async topic(name: string): Promise<TopicMetadata> {
    const known = this.#knownTopic(name);
    if (known !== null) return known;
    const asking = this.#asking.get(name) ?? this.#askTopic(name).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asking);
    return await asking;
  }

  /** Asks a broker for the state of the cluster and of topics (`null`: all). */
  async metadata(
    topics: readonly string[] | null,
    options: { readonly operations?: boolean } = {},
  ): Promise<ClusterMetadata> {
    const metadata = await (await this.any()).send(metadataRequest(topics, options));
    if (metadata.brokers.size > 0) this.#nodes = metadata.brokers;
    return metadata;
  }

  /** The brokers of the cluster by the latest metadata. */
  get nodes(): readonly BrokerAddress[] {
    return [...this.#nodes.values()];
  }

  /** The brokers to ask first. */
  get seeds(): readonly BrokerAddress[] {
    return this.#seeds;
  }

  /** Every broker of the cluster that can be reached. */
  async all(): Promise<KafkaBroker[]> {
    await this.metadata([]);
    const opened = await Promise.allSettled([...this.#nodes.values()].map((address) => this.at(address)));
    return opened.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
  }

  /** Forgets the leaders of a topic, so that the next call asks again. */
  forget(topic: string): void {
    this.#topics.delete(topic);
  }

  /** Gives up all connections; calls that wait for an answer fail with `unreachable`. */
  dropAll(): void {
    for (const { broker } of [...this.#open.values()]) this.drop(broker);
  }

  /** Ends every connection. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const connections = [...this.#open.values()];
    this.#open.clear();
    const reason = new LogError("closed", "The connection is closed");
    await Promise.all(connections.map(({ broker }) => broker.end(reason)));
    await Promise.allSettled([...this.#ending]);
  }

  /** The broker at an address, connected. */
  at(address: BrokerAddress): Promise<KafkaBroker> {
    if (this.#closed) return Promise.reject(new LogError("closed", "The connection is closed"));
    const name = addressText(address);
    const known = this.#open.get(name);
    // A connection that the broker has ended is replaced, not repaired.
    if (known !== undefined && (!known.opened || known.broker.isConnected())) return known.opening;
    if (known !== undefined) this.drop(known.broker);
    const broker = this.#client.makeBroker(address, this.#options);
    const connection: Connection = { broker, opened: false, opening: this.#connect(broker) };
    this.#open.set(name, connection);
    connection.opening.then(() => connection.opened = true, () => this.drop(broker));
    return connection.opening;
  }

  async #connect(broker: KafkaBroker): Promise<KafkaBroker> {
    const { clock, connectionTimeoutMs } = this.#options;
    const deadline = new Deadline(clock, connectionTimeoutMs);
    const what = `Connecting to ${addressText(broker.address)}`;
    await deadline.within(broker.connect(), what).catch((error) => {
      // A broker that does not answer a new connection is unreachable, wherever it got stuck.
      if (meaningOf(error).code === "timed_out") {
        throw new LogError("unreachable", asLogError(error, what).message, { cause: error });
      }
      if (meaningOf(error) !== MEANINGS.unknown) throw error;
      const { message } = asLogError(error, what);
      throw new LogError("unreachable", `${message} (what it answered cannot be read: is it Kafka?)`, { cause: error });
    });
    requireVersions(broker);
    return broker;
  }

  /** Gives up a connection that failed; the next call makes a new one. */
  drop(broker: KafkaBroker): void {
    for (const [name, connection] of this.#open) {
      if (connection.broker !== broker) continue;
      this.#open.delete(name);
      const reason = new LogError("unreachable", `The connection to ${name} was given up`);
      const ending = broker.end(reason).catch(() => undefined).finally(() => this.#ending.delete(ending));
      this.#ending.add(ending);
    }
  }

  async #askTopic(name: string): Promise<TopicMetadata> {
    const broker = await this.any();
    const [metadata, topic] = await broker.send(metadataRequest([name])).then(
      (found) => [found, found.topics[0]] as const,
      (error) => {
        // A connection that died while idle shows itself at the next request.
        if (isConnectionLoss(error)) this.drop(broker);
        throw error;
      },
    );
    if (metadata.brokers.size > 0) this.#nodes = metadata.brokers;
    if (topic === undefined) {
      throw new LogError("client", `Asking for topic "${name}" failed: the answer does not name it`);
    }
    if (topic.error !== NO_ERROR) throw brokerFailure(topic.error);
    this.#topics.set(name, { metadata: topic, until: this.#options.clock.monotonic() + METADATA_AGE_MS });
    return topic;
  }
}

/** True if the connection is of no more use. */
export function isConnectionLoss(error: unknown): boolean {
  const { code } = meaningOf(error);
  return code === "unreachable" || code === "timed_out";
}

function isUsable({ broker, opened }: Connection): boolean {
  return opened && broker.isConnected();
}

function requireVersions(broker: KafkaBroker): void {
  for (const [apiKey, version, name] of NEEDED_VERSIONS) {
    const known = broker.versionsOf(apiKey);
    if (known !== null && known.min <= version && version <= known.max) continue;
    const address = addressText(broker.address);
    if (known === null) {
      throw new LogError("unreachable", `${address} does not say that it takes ${name} requests: is it Kafka?`);
    }
    throw new LogError(
      "client",
      `The broker ${address} takes ${name} requests of versions ${known.min} to ${known.max}, ` +
        `but ${version} is needed: use Kafka 2.8 or newer`,
    );
  }
}
