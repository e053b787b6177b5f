/**
 * quiet_client_test.ts runs it as a process of its own: it uses a log, idles, and prints the cost.
 *
 * @module
 */
import process from "node:process";
import { systemClock } from "../../kernel/clock.ts";
import { openLog } from "../../transport/open.ts";

const [client, brokers = "", idleMs = "0"] = Deno.args;
const log = await openLog({
  dataDir: "",
  sync: "normal",
  registry: null,
  clock: systemClock,
  kafka: {
    client: client === "platformatic" ? client : "kafkajs",
    brokers: brokers.split(","),
    clientId: "idle",
    requestTimeoutMs: 10_000,
    deliveryTimeoutMs: 20_000,
    connectionTimeoutMs: 5_000,
  },
});
const topic = `idle-${crypto.randomUUID()}`;
await log.admin.createTopic({ name: topic, partitions: 1 });
const producer = await log.createProducer();
await producer.send(topic, 0, [{ key: null, value: new Uint8Array(10), timestamp: systemClock.now() }]);
const before = process.cpuUsage();
await systemClock.sleep(Number(idleMs));
const { user, system } = process.cpuUsage(before);
await producer.close();
await log.admin.deleteTopic(topic);
await log.close();
console.log(JSON.stringify({ cpuMs: (user + system) / 1_000 }));
