/**
 * Peers that answer one request with rubbish and all others as Kafka does. Whatever comes, calls end with a `LogError` or a
 * result; an error that nobody catches would end the test run as it would end the process. TICKFLUME_HOSTILE_SEEDS tries more.
 */
import assert from "node:assert/strict";
import { systemClock } from "../../actors/kernel/clock.ts";
import type { SaslOptions } from "../../transport/kafka/options.ts";
import { addressText } from "../../transport/kafka/options.ts";
import { type Log, LogError } from "../../transport/log.ts";
import { Random } from "../fuzz/random.ts";
import { KAFKA_CLIENTS, type OpenKafkaLog } from "../real/kafka_clients.ts";
import { corruptAnswer } from "./corrupt_answer.ts";
import { FakeBroker, type FakeRequest } from "./fake_broker.ts";
import { RECORDED_TOPIC as topic, recordedAnswer } from "./recorded_answers.ts";

const SEEDS = Number(Deno.env.get("TICKFLUME_HOSTILE_SEEDS") ?? "60");
const AT_A_TIME = 6;
/** Versions, log-in, metadata, producer id, produce, fetch, offsets, topics made, deleted and described. */
const ASKED = [18, 17, 36, 3, 22, 0, 1, 2, 19, 20, 32] as const;
const MECHANISMS: readonly SaslOptions["mechanism"][] = ["plain", "scram-sha-256", "scram-sha-512"];
const MAX_GROWTH = 150 * 1024 * 1024;

const calls: readonly ((log: Log) => Promise<unknown>)[] = [
  (log) => log.admin.clusterId(),
  (log) => log.admin.createTopic({ name: topic, partitions: 1 }),
  (log) => log.admin.describeTopic(topic),
  (log) => log.admin.offsets(topic),
  (log) => log.admin.listTopics(),
  async (log) => {
    const producer = await log.createProducer();
    const records = [{ key: null, value: new Uint8Array(3), timestamp: 1 }];
    const outcome = await producer.send(topic, 0, records);
    if (outcome.type !== "stored") assert.ok(outcome.error instanceof LogError);
    await producer.close();
  },
  (log) => Array.fromAsync(log.read(topic, 0, { from: 0n, to: 1n })),
  (log) => log.admin.deleteTopic(topic),
];

async function tryPeer(openLog: OpenKafkaLog, seed: number): Promise<void> {
  const random = new Random(seed);
  const wrong = random.pick(ASKED);
  const sasl = wrong === 17 || wrong === 36 || random.oneIn(4);
  const login = { mechanism: random.pick(MECHANISMS), username: "user", password: "secret" };
  await using peer = new FakeBroker((request) => answer(request));
  const answer = (request: FakeRequest) => {
    const body = recordedAnswer(request, peer.address.port);
    return request.apiKey === wrong ? { raw: corruptAnswer({ correlation: request.correlation, body }, random) } : body;
  };
  const log = await openLog({
    brokers: [addressText(peer.address)],
    clientId: "fuzz",
    requestTimeoutMs: 60,
    deliveryTimeoutMs: 90,
    connectionTimeoutMs: 60,
    clock: systemClock,
    ...(sasl ? { sasl: login } : {}),
  });
  for (const call of calls) {
    const error = await call(log).then(() => null, (cause: unknown) => cause);
    assert.ok(error === null || error instanceof LogError, `seed ${seed}: ${Deno.inspect(error)}`);
  }
  await log.close();
}

for (const [client, openLog] of KAFKA_CLIENTS) {
  Deno.test(`${client} ends every call with a LogError or a result, whatever a peer answers`, async () => {
    const before = Deno.memoryUsage().rss;
    let peak = before;
    for (let seed = 0; seed < SEEDS; seed += AT_A_TIME) {
      await Promise.all(Array.from({ length: AT_A_TIME }, (_, at) => tryPeer(openLog, seed + at)));
      peak = Math.max(peak, Deno.memoryUsage().rss);
    }
    assert.ok(peak - before < MAX_GROWTH, `the memory grew by ${peak - before} bytes`);
  });
}
