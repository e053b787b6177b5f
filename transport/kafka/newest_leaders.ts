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
    const views: ClusterMetadata[] = [];
    const asked = new Set<string>();
    // Brokers that only the answers name are asked next.
    for (let addresses = this.#connections.known();;) {
      const fresh = addresses.filter((address) => !asked.has(addressText(address)));
      if (fresh.length === 0) return views;
      for (const address of fresh) asked.add(addressText(address));
      views.push(...await this.#answers(fresh, { topic, needed: views.length === 0 }));
      addresses = views.flatMap(({ brokers }) => [...brokers.values()]);
    }
  }

  async #answers(
    addresses: readonly BrokerAddress[],
    { topic, needed }: { readonly topic: string; readonly needed: boolean },
  ): Promise<readonly ClusterMetadata[]> {
    const views: ClusterMetadata[] = [];
    const hanging: Promise<unknown>[] = [];
    const fresh: Promise<unknown>[] = [];
    for (const address of addresses) {
      const key = `${addressText(address)} ${topic}`;
      const before = this.#asking.get(key);
      const asking = before ?? this.#ask(address, topic).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
      (before === undefined ? fresh : hanging).push(asking.then((view) => views.push(view)));
    }
    const all = [...fresh, ...hanging];
    // What loses the race must not become an unhandled rejection.
    for (const asking of all) asking.catch(() => undefined);
    const patience = new Deadline(this.#options.clock, OTHERS_PATIENCE_MS);
    await patience.within(Promise.allSettled(fresh), "Asking every broker").catch(() => undefined);
    if (views.length === 0 && needed) await firstOf(all);
    return [...views];
  }

  async #ask(address: BrokerAddress, topic: string): Promise<ClusterMetadata> {
    const broker = await this.#connections.at(address);
    try {
      return await broker.send(metadataRequest([topic]));
    } catch (error) {
      if (isConnectionLoss(error)) this.#connections.drop(broker);
      throw error;
    }
  }
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

/** The first that resolves; the first one's error if none does. */
async function firstOf(all: readonly Promise<unknown>[]): Promise<void> {
  try {
    await Promise.any(all);
  } catch {
    await all[0];
  }
}
