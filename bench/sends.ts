/**
 * Measures the cost of sending alone: both Kafka clients behind the log port and @platformatic/kafka's own producer, in
 * turn, on one broker. Acks of all replicas, idempotent, one unsettled send per partition.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import { systemClock } from "../kernel/clock.ts";
import type { KafkaLogOptions } from "../transport/kafka/options.ts";
import { openKafkajsLog } from "../transport/kafkajs/log.ts";
import type { Log } from "../transport/log.ts";
import { openPlatformaticLog } from "../transport/platformatic/log.ts";
import type { SendCost } from "./results.ts";
import { rotated } from "./statistics.ts";
// Must follow the adapter, which loads the package without its native module.
import { Producer } from "@platformatic/kafka";

/** What to measure. */
export interface SendsOptions {
  readonly brokers: readonly string[];
  readonly rounds: number;
  /** Duration of each measurement. */
  readonly records: number;
  readonly valueBytes: number;
}

/** Partitions, and records of a send. */
const SHAPES = [[1, 1_000], [1, 5_000], [8, 1_000], [8, 5_000]] as const;
const KEY = new TextEncoder().encode("SYMB");

interface Sender {
  send(topic: string, partition: number, count: number): Promise<void>;
  close(): Promise<unknown>;
}

/** Measures each client with each shape, in the given number of rounds. */
export async function measureSends(options: SendsOptions): Promise<SendCost[]> {
  const shared: KafkaLogOptions = {
    brokers: [...options.brokers],
    clientId: "bench",
    requestTimeoutMs: 30_000,
    deliveryTimeoutMs: 120_000,
    connectionTimeoutMs: 10_000,
    clock: systemClock,
  };
  const value = new Uint8Array(options.valueBytes).fill(65);
  const [kafkajs, platformatic] = [await openKafkajsLog(shared), await openPlatformaticLog(shared)];
  const clients: readonly (readonly [client: string, open: () => Promise<Sender>])[] = [
    ["kafkajs", () => adapter(kafkajs, value)],
    ["platformatic", () => adapter(platformatic, value)],
    ["platformatic's own producer", () => Promise.resolve(ownProducer(options.brokers, value))],
  ];
  const costs: SendCost[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const [partitions, recordsPerSend] of SHAPES) {
      for (const [client, open] of rotated(clients, round - 1)) {
        const shape = {
          partitions,
          recordsPerSend,
          sendsEach: Math.ceil(options.records / partitions / recordsPerSend),
        };
        const measured = await measure(kafkajs, open, shape);
        costs.push({ round, client, partitions, recordsPerSend, ...measured });
      }
    }
  }
  await kafkajs.close();
  await platformatic.close();
  return costs;
}

async function adapter(log: Log, value: Uint8Array): Promise<Sender> {
  const producer = await log.createProducer();
  return {
    async send(topic, partition, count) {
      const timestamp = Date.now();
      const records = Array.from({ length: count }, () => ({ key: KEY, value, timestamp }));
      const outcome = await producer.send(topic, partition, records);
      if (outcome.type !== "stored") throw outcome.error;
    },
    close: () => producer.close(),
  };
}

function ownProducer(brokers: readonly string[], bytes: Uint8Array): Sender {
  const producer = new Producer({ clientId: "bench", bootstrapBrokers: [...brokers], idempotent: true, retries: 5 });
  const [key, value] = [Buffer.from(KEY), Buffer.from(bytes)];
  return {
    async send(topic, partition, count) {
      const timestamp = BigInt(Date.now());
      const messages = Array.from({ length: count }, () => ({ topic, partition, key, value, timestamp }));
      await producer.send({ messages });
    },
    close: () => producer.close(),
  };
}

interface Shape {
  readonly partitions: number;
  readonly recordsPerSend: number;
  /** Sends of each partition. */
  readonly sendsEach: number;
}

async function measure({ admin }: Log, open: () => Promise<Sender>, shape: Shape) {
  const { partitions, recordsPerSend, sendsEach } = shape;
  const topic = `bench-${crypto.randomUUID()}`;
  await admin.createTopic({ name: topic, partitions });
  const sender = await open();
  // Connects, finds leaders and compiles code before the clock runs.
  for (let partition = 0; partition < partitions; partition++) await sender.send(topic, partition, recordsPerSend);
  const [start, cpuStart] = [performance.now(), process.cpuUsage()];
  await Promise.all(Array.from({ length: partitions }, async (_, partition) => {
    for (let sent = 0; sent < sendsEach; sent++) await sender.send(topic, partition, recordsPerSend);
  }));
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpuStart);
  await sender.close();
  const records = partitions * recordsPerSend * sendsEach;
  const stored = (await admin.offsets(topic)).reduce((sum, { end }) => sum + Number(end), 0);
  if (stored !== records + partitions * recordsPerSend) throw new Error(`${stored} records are stored of ${records}`);
  await admin.deleteTopic(topic);
  return { records, seconds, cpuSeconds: (user + system) / 1e6 };
}

// Runs as a process of its own, so that its processor time is that of the sends: the argument holds the options.
if (import.meta.main) {
  console.log(JSON.stringify(await measureSends(JSON.parse(Deno.args[0] ?? "{}"))));
}
