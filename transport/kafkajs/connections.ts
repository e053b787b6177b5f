/**
 * The connections of one client: who is in the cluster, which broker leads a partition, and one connection to each.
 *
 * @module
 */
import { LogError } from "../log.ts";
import { Deadline } from "./deadline.ts";
import { asLogError, brokerError, meaningOf } from "./errors.ts";
import { endBroker, type LibraryBroker, makeBroker, sendRequest, type WireRequest } from "./library.ts";
import {
  type ClusterMetadata,
  metadataRequest,
  NO_ERROR,
  type PartitionMetadata,
  type PartitionName,
  type TopicMetadata,
} from "./messages.ts";
import { type BrokerAddress, type KafkajsLogOptions, parseBrokerAddress } from "./options.ts";

/** Lowest and newest request versions that this adapter speaks: Kafka 2.8 and later. */
const NEEDED_VERSIONS: readonly (readonly [apiKey: number, version: number, name: string])[] = [
  [0, 7, "Produce"],
  [1, 11, "Fetch"],
  [3, 10, "Metadata"],
];

/** How long the knowledge of a topic's leaders is used without asking again. */
const METADATA_AGE_MS = 300_000;

/** A connected broker. */
export interface ConnectedBroker {
  readonly address: BrokerAddress;
  /** For the requests that kafkajs codes itself. */
  readonly library: LibraryBroker;
  send<Answer>(request: WireRequest<Answer>): Promise<Answer>;
}

interface Connection {
  readonly library: LibraryBroker;
  readonly opening: Promise<ConnectedBroker>;
  /** Set once it is connected. */
  broker: ConnectedBroker | null;
}

interface KnownTopic {
  readonly metadata: TopicMetadata;
  readonly until: number;
}

export class Connections {
  readonly #options: KafkajsLogOptions;
  readonly #seeds: readonly BrokerAddress[];
  readonly #open = new Map<string, Connection>();
  readonly #topics = new Map<string, KnownTopic>();
  readonly #asking = new Map<string, Promise<TopicMetadata>>();
  readonly #ending = new Set<Promise<void>>();
  #nodes: ReadonlyMap<number, BrokerAddress> = new Map();
  #turn = 0;
  #closed = false;

  /** @throws {LogError} `invalid_request` for addresses that are none */
  constructor(options: KafkajsLogOptions) {
    if (options.brokers.length === 0) throw new LogError("invalid_request", "No brokers are given: name at least one");
    this.#options = options;
    this.#seeds = options.brokers.map(parseBrokerAddress);
  }

  /** Any broker that answers: one of those that are connected already, else the first that can be reached. */
  async any(): Promise<ConnectedBroker> {
    const connected = [...this.#open.values()].flatMap(({ broker }) => broker?.library.isConnected() ? [broker] : []);
    // In turn, since one of them may be cut off from the others and know nothing new.
    const next = connected[this.#turn++ % connected.length];
    if (next !== undefined) return next;
    const failures: LogError[] = [];
    const addresses = new Map([...this.#nodes.values(), ...this.#seeds].map((each) => [nameOf(each), each]));
    for (const address of addresses.values()) {
      try {
        return await this.#at(address);
      } catch (error) {
        failures.push(asLogError(error, `Connecting to ${nameOf(address)}`));
      }
    }
    // A wrong password matters more than a broker that is down.
    const [first] = failures;
    throw failures.find(({ code }) => code !== "unreachable" && code !== "timed_out") ?? first ??
      new LogError("unreachable", "No broker is known");
  }

  /** The broker that leads a partition now, connected. */
  async leader(name: PartitionName): Promise<ConnectedBroker> {
    const { topic, partition } = name;
    const found = await this.#partition(name);
    const address = this.#nodes.get(found.leader);
    if (found.leader < 0 || address === undefined) {
      this.forget(topic);
      throw new LogError("leader_changed", `Partition ${partition} of topic "${topic}" has no leader now`);
    }
    try {
      return await this.#at(address);
    } catch (error) {
      // It may be gone for good, and another one leads.
      this.forget(topic);
      throw error;
    }
  }

  async #partition({ topic, partition }: PartitionName): Promise<PartitionMetadata> {
    const isIt = (each: PartitionMetadata) => each.partition === partition;
    const known = (await this.topic(topic)).partitions.find(isIt);
    if (known !== undefined) return known;
    // It may have been added since.
    this.forget(topic);
    const { partitions } = await this.topic(topic);
    const added = partitions.find(isIt);
    if (added !== undefined) return added;
    throw new LogError(
      "unknown_partition",
      `Topic "${topic}" has no partition ${partition}, only ${partitions.length}`,
    );
  }

  /** What is known of a topic; asks if it is not known, or was asked long ago. */
  async topic(name: string): Promise<TopicMetadata> {
    const known = this.#topics.get(name);
    if (known !== undefined && known.until > this.#options.clock.monotonic()) return known.metadata;
    const asking = this.#asking.get(name) ?? this.#askTopic(name).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asking);
    return await asking;
  }

  /** Asks a broker for the state of the cluster and of topics (`null`: all). */
  async metadata(topics: readonly string[] | null): Promise<ClusterMetadata> {
    const metadata = await (await this.any()).send(metadataRequest(topics));
    if (metadata.brokers.size > 0) this.#nodes = metadata.brokers;
    return metadata;
  }

  /** Every broker of the cluster that can be reached. */
  async all(): Promise<ConnectedBroker[]> {
    await this.metadata([]);
    const opened = await Promise.allSettled([...this.#nodes.values()].map((address) => this.#at(address)));
    return opened.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
  }

  /** Forgets who leads a topic, so that it is asked again. */
  forget(topic: string): void {
    this.#topics.delete(topic);
  }

  /** Gives up a connection that failed; the next call makes a new one. */
  drop(broker: ConnectedBroker): void {
    this.#drop(broker.library);
  }

  /** Gives up all connections; calls that wait for an answer fail with `unreachable`. */
  dropAll(): void {
    for (const { library } of [...this.#open.values()]) this.#drop(library);
  }

  /** Ends every connection. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const connections = [...this.#open.values()];
    this.#open.clear();
    const reason = new LogError("closed", "The connection is closed");
    await Promise.all(connections.map(({ library }) => endBroker(library, reason)));
    await Promise.allSettled([...this.#ending]);
  }

  #at(address: BrokerAddress): Promise<ConnectedBroker> {
    if (this.#closed) return Promise.reject(new LogError("closed", "The connection is closed"));
    const name = nameOf(address);
    const known = this.#open.get(name);
    // A connection that the broker has ended is not mended but made anew.
    if (known !== undefined && (known.broker === null || known.broker.library.isConnected())) return known.opening;
    if (known !== undefined) this.#drop(known.library);
    const library = makeBroker(address, this.#options);
    const connection: Connection = { library, broker: null, opening: this.#connect(address, library) };
    this.#open.set(name, connection);
    connection.opening.then((broker) => connection.broker = broker, () => this.#drop(library));
    return connection.opening;
  }

  async #connect(address: BrokerAddress, library: LibraryBroker): Promise<ConnectedBroker> {
    const { clock, connectionTimeoutMs } = this.#options;
    const deadline = new Deadline(clock, connectionTimeoutMs);
    await deadline.within(library.connect(), `Connecting to ${nameOf(address)}`);
    requireVersions(library, address);
    return { address, library, send: (request) => sendRequest(library, request) };
  }

  #drop(library: LibraryBroker): void {
    for (const [name, connection] of this.#open) {
      if (connection.library !== library) continue;
      this.#open.delete(name);
      const reason = new LogError("unreachable", `The connection to ${name} was given up`);
      const ending = endBroker(library, reason).catch(() => undefined).finally(() => this.#ending.delete(ending));
      this.#ending.add(ending);
    }
  }

  async #askTopic(name: string): Promise<TopicMetadata> {
    const what = `Asking for topic "${name}"`;
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
    if (topic === undefined) throw new LogError("client", `${what} failed: the answer does not name it`);
    if (topic.error !== NO_ERROR) throw brokerError(topic.error, what);
    this.#topics.set(name, { metadata: topic, until: this.#options.clock.monotonic() + METADATA_AGE_MS });
    return topic;
  }
}

/** True if the connection is of no more use. */
export function isConnectionLoss(error: unknown): boolean {
  const { code } = meaningOf(error);
  return code === "unreachable" || code === "timed_out";
}

function nameOf({ host, port }: BrokerAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function requireVersions(broker: LibraryBroker, address: BrokerAddress): void {
  for (const [apiKey, version, name] of NEEDED_VERSIONS) {
    const known = broker.versions?.[apiKey];
    if (known !== undefined && known.minVersion <= version && version <= known.maxVersion) continue;
    throw new LogError(
      "client",
      `The broker ${
        nameOf(address)
      } takes ${name} requests of versions ${known?.minVersion} to ${known?.maxVersion}, ` +
        `but ${version} is needed: use Kafka 2.8 or newer`,
    );
  }
}
