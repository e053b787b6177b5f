/**
 * Sends on both Kafka clients and on @platformatic/kafka's own producer, in turn, on one broker: 150-byte values, acks=all,
 * idempotent, one unsettled send per partition. Prints one line a measurement, and the medians.
 *
 *     deno run --allow-net --allow-read --allow-sys=loadavg --ignore-env bench/kafka_clients.ts HOST:PORT [ROUNDS]
 *
 * @module
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import { systemClock } from "../actors/kernel/clock.ts";
import type { KafkaLogOptions } from "../transport/kafka/options.ts";
import { openKafkajsLog } from "../transport/kafkajs/log.ts";
import type { Log } from "../transport/log.ts";
import { openPlatformaticLog } from "../transport/platformatic/log.ts";
// After the adapter, which loads it without its native module.
import { Producer } from "@platformatic/kafka";

const RECORDS = 1_600_000;
const VALUE = new Uint8Array(150).fill(65);
const KEY = new TextEncoder().encode("SYMB");
const SHAPES = [[1, 1_000], [1, 5_000], [8, 1_000], [8, 5_000]] as const;

const [broker = "127.0.0.1:9092", rounds = "3"] = Deno.args;

interface Sender {
  send(topic: string, partition: number, count: number): Promise<void>;
  close(): Promise<unknown>;
}

const options: KafkaLogOptions = {
  brokers: [broker],
  clientId: "bench",
  requestTimeoutMs: 30_000,
  deliveryTimeoutMs: 120_000,
  connectionTimeoutMs: 10_000,
  clock: systemClock,
};

async function adapter(log: Log): Promise<Sender> {
  const producer = await log.createProducer();
  return {
    async send(topic, partition, count) {
      const timestamp = Date.now();
      const records = Array.from({ length: count }, () => ({ key: KEY, value: VALUE, timestamp }));
      const outcome = await producer.send(topic, partition, records);
      if (outcome.type !== "stored") throw outcome.error;
    },
    close: () => producer.close(),
  };
}

function ownProducer(): Sender {
  const producer = new Producer({ clientId: "bench", bootstrapBrokers: [broker], idempotent: true, retries: 5 });
  const [key, value] = [Buffer.from(KEY), Buffer.from(VALUE)];
  return {
    async send(topic, partition, count) {
      const timestamp = BigInt(Date.now());
      const messages = Array.from({ length: count }, () => ({ topic, partition, key, value, timestamp }));
      await producer.send({ messages });
    },
    close: () => producer.close(),
  };
}

const logs = { kafkajs: await openKafkajsLog(options), platformatic: await openPlatformaticLog(options) };
const CONTESTANTS: Readonly<Record<string, () => Sender | Promise<Sender>>> = {
  "kafkajs": () => adapter(logs.kafkajs),
  "platformatic": () => adapter(logs.platformatic),
  "platformatic's own producer": ownProducer,
};

/** Records a second, and microseconds of processor time a record. */
async function measure(name: string, partitions: number, perSend: number): Promise<{ rate: number; cpu: number }> {
  const topic = `bench-${crypto.randomUUID()}`;
  await logs.kafkajs.admin.createTopic({ name: topic, partitions });
  const sender = await CONTESTANTS[name]?.();
  if (sender === undefined) throw new Error(`There is no contestant ${name}`);
  // Connections, leaders and compiled code before the clock runs.
  for (let partition = 0; partition < partitions; partition++) await sender.send(topic, partition, perSend);
  const [start, cpuStart] = [performance.now(), process.cpuUsage()];
  await Promise.all(Array.from({ length: partitions }, async (_, partition) => {
    for (let sent = 0; sent < RECORDS / partitions; sent += perSend) await sender.send(topic, partition, perSend);
  }));
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpuStart);
  await sender.close();
  const stored = (await logs.kafkajs.admin.offsets(topic)).reduce((sum, { end }) => sum + Number(end), 0);
  if (stored !== RECORDS + partitions * perSend) throw new Error(`${name} stored ${stored} records`);
  await logs.kafkajs.admin.deleteTopic(topic);
  return { rate: Math.round(RECORDS / seconds), cpu: (user + system) / RECORDS };
}

const rates = new Map<string, number[]>();
const cpus = new Map<string, number[]>();
for (let round = 0; round < Number(rounds); round++) {
  for (const [partitions, perSend] of SHAPES) {
    const names = Object.keys(CONTESTANTS);
    // Nobody always comes after the same one.
    for (const name of [...names.slice(round % names.length), ...names.slice(0, round % names.length)]) {
      const { rate, cpu } = await measure(name, partitions, perSend);
      const key = `${name}, ${partitions} partition(s), ${perSend} a send`;
      rates.set(key, [...rates.get(key) ?? [], rate]);
      cpus.set(key, [...cpus.get(key) ?? [], cpu]);
      const load = Deno.loadavg()[0]?.toFixed(1);
      console.log(`round ${round + 1}: ${key}: ${rate} records/s, ${cpu.toFixed(2)} µs of CPU a record, load ${load}`);
    }
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

for (const [key, found] of rates) {
  const cpu = median(cpus.get(key) ?? []).toFixed(2);
  console.log(`median: ${key}: ${median(found)} (${Math.min(...found)}-${Math.max(...found)}), ${cpu} µs`);
}
await logs.kafkajs.close();
await logs.platformatic.close();
