/**
 * Finds the leaders of a topic's partitions, by the newest metadata of any reachable broker. One broker's view may be
 * old: a leader that was cut off or frozen believes that it leads until it hears otherwise, and the log end that it
 * tells is out of date. Each election has a higher epoch than the one before, so the highest epoch is the newest.
 *
 * @module
 */
import { LogError } from "../log.ts";
import { type Connections, isConnectionLoss } from "./connections.ts";
import { Deadline } from "./deadline.ts";
import { brokerFailure, NO_ERROR } from "./errors.ts";
import { type ClusterMetadata, metadataRequest, type TopicMetadata } from "./messages.ts";
import { addressText, type BrokerAddress, type KafkaLogOptions } from "./options.ts";

/** The leader of a partition; without an address if there is no leader or its broker is unknown. */
export interface PartitionLeader {
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly address: BrokerAddress | null;
}

/** How long to wait for the other brokers once one has answered: a frozen one takes the connection and says nothing. */
const OTHERS_PATIENCE_MS = 1_000;

export class NewestLeaders {
  readonly #connections: Connections;
  readonly #options: KafkaLogOptions;
  /** Unanswered requests by address and topic, so that a broker that hangs is asked only once. */
  readonly #asking = new Map<string, Promise<ClusterMetadata>>();
  /** The newest leaders heard of, by topic: the broker that told them may be unreachable by now. */
  readonly #newest = new Map<string, { readonly id: string; readonly leaders: Map<number, PartitionLeader> }>();

  constructor(connections: Connections, options: KafkaLogOptions) {
    this.#connections = connections;
    this.#options = options;
  }

  /** The leaders of all partitions of a topic, in partition order. */
  async of(topic: string): Promise<readonly PartitionLeader[]> {
    const views = await this.#views(topic);
    const known = views.flatMap(({ topics, brokers }) => topics.map((metadata) => ({ metadata, brokers })))
      .filter(({ metadata: { error } }) => error === NO_ERROR);
    const [first] = known;
    if (first === undefined) throw brokerFailure(views[0]?.topics[0]?.error ?? UNKNOWN_TOPIC);
    if (known.some(({ metadata: { id } }) => id !== first.metadata.id)) {
      throw new LogError("leader_changed", `The brokers do not agree yet which topic "${topic}" is`);
    }
    const { id } = first.metadata;
    const before = this.#newest.get(topic);
    // A topic that was made again starts over with low epochs.
    const newest = before?.id === id ? before.leaders : new Map<number, PartitionLeader>();
    this.#newest.set(topic, { id, leaders: newest });
    for (const { metadata, brokers } of known) {
      for (const leader of leadersIn(metadata, brokers)) {
        const told = newest.get(leader.partition);
        if (told === undefined || isNewer(leader, told)) newest.set(leader.partition, leader);
      }
    }
    return [...newest.values()].sort((a, b) => a.partition - b.partition);
  }

  /** The metadata of each broker that answers. Rejects if none does. */
  async #views(topic: string): Promise<readonly ClusterMetadata[]> {
    const { nodes, seeds } = this.#connections;
    const known = nodes.length > 0 ? nodes : seeds;
    const answered = await this.#answers(known, topic);
    // If none of them answers, the brokers may have new addresses, which the seeds know.
    const views = answered.length > 0 ? answered : [await this.#firstAnswer([...known, ...seeds], topic)];
    const asked = new Set(known.map(addressText));
    const others = views.flatMap(({ brokers }) => [...brokers.values()]).filter((node) =>
      !asked.has(addressText(node))
    );
    const named = new Map(others.map((node) => [addressText(node), node]));
    return [...views, ...await this.#answers([...named.values()], topic)];
  }

  /** What these brokers say within a second. Does not wait for those that hang on an earlier request. */
  async #answers(addresses: readonly BrokerAddress[], topic: string): Promise<readonly ClusterMetadata[]> {
    const views: ClusterMetadata[] = [];
    const awaited: Promise<void>[] = [];
    for (const address of addresses) {
      const hangs = this.#asking.has(questionOf(address, topic));
      // The error of one broker matters only if none answers, and then `#firstAnswer` asks again.
      const asking = this.#ask(address, topic).then((view) => void views.push(view), () => undefined);
      if (!hangs) awaited.push(asking);
    }
    const patience = new Deadline(this.#options.clock, OTHERS_PATIENCE_MS);
    await patience.within(Promise.all(awaited), "Asking every broker").catch(() => undefined);
    return [...views];
  }

  async #firstAnswer(addresses: readonly BrokerAddress[], topic: string): Promise<ClusterMetadata> {
    try {
      return await Promise.any(addresses.map((address) => this.#ask(address, topic)));
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  }

  #ask(address: BrokerAddress, topic: string): Promise<ClusterMetadata> {
    const question = questionOf(address, topic);
    const asking = this.#asking.get(question) ??
      this.#send(address, topic).finally(() => this.#asking.delete(question));
    this.#asking.set(question, asking);
    return asking;
  }

  async #send(address: BrokerAddress, topic: string): Promise<ClusterMetadata> {
    const broker = await this.#connections.at(address);
    try {
      return await broker.send(metadataRequest([topic]));
    } catch (error) {
      if (isConnectionLoss(error)) this.#connections.drop(broker);
      throw error;
    }
  }
}

function questionOf(address: BrokerAddress, topic: string): string {
  return `${addressText(address)} ${topic}`;
}

/** UNKNOWN_TOPIC_OR_PARTITION */
const UNKNOWN_TOPIC = 3;

function leadersIn(
  { partitions }: TopicMetadata,
  brokers: ReadonlyMap<number, BrokerAddress>,
): readonly PartitionLeader[] {
  return partitions.map(({ partition, leader, leaderEpoch }) => (
    { partition, leaderEpoch, address: brokers.get(leader) ?? null }
  ));
}

/**
 * Whether an answer supersedes what was known. Of one election the later answer counts, unless it lacks the address.
 */
function isNewer(leader: PartitionLeader, told: PartitionLeader): boolean {
  if (leader.leaderEpoch !== told.leaderEpoch) return leader.leaderEpoch > told.leaderEpoch;
  return leader.address !== null;
}
