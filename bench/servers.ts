/**
 * The Kafka and the registry of a bench: given servers, or the bench's own stack, which it takes down at the end.
 *
 * @module
 */
import { settingsFrom } from "../config/load_settings.ts";
import { endAbandonedStacks } from "../cli/stack/abandoned_stacks.ts";
import { type StackHandle, stackRemove, stackUp } from "../cli/stack/local_stack.ts";
import { loadSchema } from "../schemas/load.ts";
import { openTransport, type Transport } from "../transport/open.ts";
import { transportOptionsOf } from "../runtime/transport_options.ts";
import { BenchError } from "./bench_error.ts";
import type { ServerAddresses } from "./contestant.ts";
import { TradeDigest } from "./doors/trade_digest.ts";
import { tradeIn } from "./doors/trade_value.ts";
import { dataTypeOf, type Workload } from "./workloads.ts";

/** Kafka and registry, and a connection to them. */
export interface BenchServers {
  readonly addresses: ServerAddresses;
  /** Creates a topic for a peer. */
  createTopic(name: string, partitions: number): Promise<void>;
  /** Digest of the trades in a topic, and their number. */
  tradesIn(topic: string, options: TradesOptions): Promise<{ readonly trades: number; readonly digest: string }>;
  /** Counts the records in a topic, then deletes it. */
  takeCount(topic: string): Promise<number>;
  /** The id of the schema of a workload, under the subject that `load` uses. */
  schemaId(workload: Workload): Promise<number>;
}

/** How to compare trades. */
export interface TradesOptions {
  /** The id that their frames must have. */
  readonly schemaId: number;
  /** Whether the digest is of all that they say. */
  readonly whole: boolean;
}

/** The servers to use. */
export interface ServersOptions {
  /** Null: the bench's own stack. */
  readonly given: ServerAddresses | null;
  readonly cache: string;
  readonly say: (line: string) => void;
}

/** Runs `body` with servers. */
export async function withServers<T>(
  { given, cache, say }: ServersOptions,
  body: (servers: BenchServers) => Promise<T>,
): Promise<T> {
  if (given !== null) return await connected(given, body);
  await endAbandonedStacks({ cache, say }, "bench");
  const handle: StackHandle = { cache, name: `bench-${Deno.pid}`, say };
  try {
    const { addresses } = await stackUp(handle);
    return await connected(addresses, body);
  } finally {
    await stackRemove(handle);
  }
}

async function connected<T>(addresses: ServerAddresses, body: (servers: BenchServers) => Promise<T>): Promise<T> {
  const { brokers, registry } = addresses;
  const settings = settingsFrom({ brokers: [...brokers], registry: { url: registry } }, { cwd: "/" });
  const transport = await openTransport(transportOptionsOf(settings));
  try {
    return await body(new ConnectedServers(addresses, transport));
  } finally {
    await transport.close();
  }
}

const decoder = new TextDecoder();

class ConnectedServers implements BenchServers {
  readonly #transport: Transport;

  constructor(readonly addresses: ServerAddresses, transport: Transport) {
    this.#transport = transport;
  }

  createTopic(name: string, partitions: number): Promise<void> {
    return this.#transport.log.admin.createTopic({ name, partitions });
  }

  async tradesIn(topic: string, options: TradesOptions): Promise<{ readonly trades: number; readonly digest: string }> {
    const digest = new TradeDigest();
    const { log } = this.#transport;
    for (const [partition, { start, end }] of (await log.admin.offsets(topic)).entries()) {
      for await (const records of log.read(topic, partition, { from: start, to: end })) {
        for (const { key, value } of records) {
          if (key === null || value === null) throw new BenchError("A record has no key or no value");
          digest.add(decoder.decode(key), tradeIn(value, options));
        }
      }
    }
    return { trades: digest.trades, digest: digest.end() };
  }

  async takeCount(topic: string): Promise<number> {
    const { admin } = this.#transport.log;
    const count = await countRecords(this.#transport, topic);
    await admin.deleteTopic(topic);
    return count;
  }

  schemaId(workload: Workload): Promise<number> {
    const { kind, version } = workload;
    return this.#transport.registry.register(subjectOf(workload), loadSchema(kind, version).text);
  }
}

/** The subject that `load` uses for a workload. */
export function subjectOf(workload: Workload): string {
  return `market.equities.${dataTypeOf(workload)}${workload.version === "v1" ? ".v1" : ""}-value`;
}

/** Records in a topic of the embedded log of a data folder. */
export async function countEmbedded(dataDir: string, topic: string): Promise<number> {
  const transport = await openTransport(
    transportOptionsOf(settingsFrom({ dataDir }, { cwd: "/" }), { readOnly: true }),
  );
  try {
    return await countRecords(transport, topic);
  } finally {
    await transport.close();
  }
}

async function countRecords({ log }: Transport, topic: string): Promise<number> {
  const offsets = await log.admin.offsets(topic);
  return offsets.reduce((sum, { start, end }) => sum + Number(end - start), 0);
}
