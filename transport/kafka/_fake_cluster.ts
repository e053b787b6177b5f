/**
 * A client library for tests: several brokers, each with its own view of the leaders of topic `t`, and with its own
 * log.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { fetchAnswer, listOffsetsAnswer, logEndAnswer, metadataAnswer } from "./_answers.ts";
import { FakeConnection } from "./_fake_connection.ts";
import type { KafkaBroker, KafkaClient } from "./client.ts";
import type { PartitionOffset } from "./offset_requests.ts";
import type { BrokerAddress } from "./options.ts";

/** One broker, as it sees the topic and its own log. */
export interface FakeNode {
  /** `silent`: takes connections and answers nothing, like a frozen one; `stuck`: no connection to it completes. */
  state: "up" | "down" | "silent" | "stuck";
  topicId: number;
  /** The leader of each partition; null: it does not know the topic. */
  leaders: { leader: number; leaderEpoch: number }[] | null;
  /** By partition. */
  logs: { start: bigint; highWatermark: bigint; logEnd: bigint }[];
  /** Answers to fetches, the last one again and again. */
  fetches: { readonly batches?: Buffer; readonly throttleMs?: number }[];
  /** The newest version of each request that it takes. */
  readonly versions: Map<number, number>;
  asked: number[];
}

const [FETCH, LIST_OFFSETS, METADATA, OFFSET_FOR_LEADER_EPOCH] = [1, 2, 3, 23];
const [FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH] = [74, 75];

/** The cluster of the module comment. Nodes have the numbers 1, 2, … and listen on ports of the same numbers. */
export class FakeCluster implements KafkaClient {
  readonly nodes: readonly FakeNode[];
  /** Numbers of the nodes that the metadata names; null: all. */
  listed: readonly number[] | null = null;

  constructor({ brokers = 3, partitions = 1 }: { readonly brokers?: number; readonly partitions?: number } = {}) {
    this.nodes = Array.from({ length: brokers }, () => ({
      state: "up" as const,
      topicId: 7,
      leaders: Array.from({ length: partitions }, () => ({ leader: 1, leaderEpoch: 0 })),
      logs: Array.from({ length: partitions }, () => ({ start: 0n, highWatermark: 0n, logEnd: 0n })),
      fetches: [],
      versions: new Map(),
      asked: [],
    }));
  }

  node(number: number): FakeNode {
    const node = this.nodes[number - 1];
    if (node === undefined) throw new RangeError(`There is no broker ${number}`);
    return node;
  }

  get addresses(): ReadonlyMap<number, BrokerAddress> {
    const numbers = this.listed ?? this.nodes.map((_, at) => at + 1);
    return new Map(numbers.map((number) => [number, { host: "h", port: number }]));
  }

  makeBroker(address: BrokerAddress): KafkaBroker {
    return new FakeNodeConnection(this, address);
  }
}

class FakeNodeConnection extends FakeConnection {
  readonly #cluster: FakeCluster;
  readonly #node: FakeNode;

  constructor(cluster: FakeCluster, address: BrokerAddress) {
    super(address);
    this.#cluster = cluster;
    this.#node = cluster.node(address.port);
  }

  protected override get isDown(): boolean {
    return this.#node.state === "down";
  }

  override connect(): Promise<void> {
    return this.#node.state === "stuck" ? this.untilEnd() : super.connect();
  }

  override versionsOf(apiKey: number): { readonly min: number; readonly max: number } {
    return { min: 0, max: this.#node.versions.get(apiKey) ?? 99 };
  }

  protected override answer(apiKey: number, pieces: readonly Buffer[]): Buffer | null {
    this.#node.asked.push(apiKey);
    return this.#node.state === "silent" ? null : this.#answer(apiKey, Buffer.concat([...pieces]));
  }

  #answer(apiKey: number, request: Buffer): Buffer {
    const { topicId, leaders: partitions, logs, fetches } = this.#node;
    if (apiKey === METADATA) {
      return metadataAnswer({ brokers: this.#cluster.addresses, topic: "t", topicId, partitions });
    }
    if (apiKey === FETCH) {
      const fetch = fetches.length > 1 ? fetches.shift() : fetches[0];
      return fetchAnswer({ highWatermark: logs[0]?.highWatermark ?? 0n, ...fetch });
    }
    // A replica id, in one request an isolation level, one topic with a name of one letter, then partitions of one size.
    if (apiKey === LIST_OFFSETS) {
      return listOffsetsAnswer(
        "t",
        partitionsOf(request, 16, 16).map(({ partition, leaderEpoch, rest }) => {
          const { start, highWatermark } = this.#logOf(partition);
          const offset = rest.readBigInt64BE(0) === -2n ? start : highWatermark;
          return this.#checked({ partition, leaderEpoch, offset });
        }),
      );
    }
    if (apiKey === OFFSET_FOR_LEADER_EPOCH) {
      return logEndAnswer(
        "t",
        partitionsOf(request, 15, 12).map(({ partition, leaderEpoch }) => (
          this.#checked({ partition, leaderEpoch, offset: this.#logOf(partition).logEnd })
        )),
      );
    }
    throw new Error(`No answer to request ${apiKey} is known`);
  }

  #logOf(partition: number): FakeNode["logs"][number] {
    const log = this.#node.logs[partition];
    if (log === undefined) throw new RangeError(`There is no partition ${partition}`);
    return log;
  }

  /** Answers like a leader that knows of its own election and of no later one. */
  #checked({ partition, leaderEpoch, offset }: Omit<PartitionOffset, "error">): PartitionOffset {
    const own = this.#node.leaders?.[partition]?.leaderEpoch ?? -1;
    const refused = leaderEpoch < own ? FENCED_LEADER_EPOCH : UNKNOWN_LEADER_EPOCH;
    if (leaderEpoch !== -1 && leaderEpoch !== own) return { partition, error: refused, offset: -1n, leaderEpoch: -1 };
    return { partition, error: 0, offset, leaderEpoch: own };
  }
}

function partitionsOf(
  request: Buffer,
  start: number,
  bytes: number,
): readonly { readonly partition: number; readonly leaderEpoch: number; readonly rest: Buffer }[] {
  return Array.from({ length: request.readInt32BE(start - 4) }, (_, at) => {
    const entry = request.subarray(start + at * bytes, start + (at + 1) * bytes);
    return { partition: entry.readInt32BE(0), leaderEpoch: entry.readInt32BE(4), rest: entry.subarray(8) };
  });
}
