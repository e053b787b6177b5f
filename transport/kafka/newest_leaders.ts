/**
 * Who leads the partitions of a topic, by the newest word of any broker within reach. One broker's picture may be old: a
 * leader that was cut off or frozen takes itself for the leader until it hears otherwise, and what it says of the end of
 * its log is out of date. Each election has a higher epoch than the one before, so that the highest is the newest.
 *
 * @module
 */
import { LogError } from "../log.ts";
import { type Connections, isConnectionLoss } from "./connections.ts";
import { Deadline } from "./deadline.ts";
import { brokerFailure, NO_ERROR } from "./errors.ts";
import { type ClusterMetadata, metadataRequest, type TopicMetadata } from "./messages.ts";
import { addressText, type BrokerAddress, type KafkaLogOptions } from "./options.ts";

/** The leader of a partition; no address while there is none, or where the broker is not known. */
export interface PartitionLeader {
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly address: BrokerAddress | null;
}

/** How long a broker is waited for while another one has answered: a frozen one takes the connection and says nothing. */
const OTHERS_PATIENCE_MS = 1_000;

export class NewestLeaders {
  readonly #connections: Connections;
  readonly #options: KafkaLogOptions;
  /** Questions without an answer yet, by address and topic: a broker that hangs is asked once. */
  readonly #asking = new Map<string, Promise<ClusterMetadata>>();
  /** The newest that was ever told, by topic: the broker that told it may be out of reach by now. */
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
    // Epochs of a topic that was made again begin anew.
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

  /** What each broker says that answers. Rejects if none does. */
  async #views(topic: string): Promise<readonly ClusterMetadata[]> {
    const { nodes, seeds } = this.#connections;
    const known = nodes.length > 0 ? nodes : seeds;
    const answered = await this.#answers(known, topic);
    // If none of them answers, the brokers may listen elsewhere by now, and the seeds know where.
    const views = answered.length > 0 ? answered : [await this.#firstAnswer([...known, ...seeds], topic)];
    const asked = new Set(known.map(addressText));
    const others = views.flatMap(({ brokers }) => [...brokers.values()]).filter((node) =>
      !asked.has(addressText(node))
    );
    const named = new Map(others.map((node) => [addressText(node), node]));
    return [...views, ...await this.#answers([...named.values()], topic)];
  }

  /** What these brokers say within a second; those that hang since they were asked before are not waited for. */
  async #answers(addresses: readonly BrokerAddress[], topic: string): Promise<readonly ClusterMetadata[]> {
    const views: ClusterMetadata[] = [];
    const awaited: Promise<void>[] = [];
    for (const address of addresses) {
      const hangs = this.#asking.has(questionOf(address, topic));
      // Why one does not answer matters only if none does, and then it is asked again.
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

/** Of one election, the later word counts, unless it does not say where the leader is. */
function isNewer(leader: PartitionLeader, told: PartitionLeader): boolean {
  if (leader.leaderEpoch !== told.leaderEpoch) return leader.leaderEpoch > told.leaderEpoch;
  return leader.address !== null;
}
