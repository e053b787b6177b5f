/**
 * Peers that answer one request with rubbish and all others as Kafka does. In any case calls end with a `LogError` or a
 * result; an uncaught error would end the test run, as it would end the process. TICKFLUME_HOSTILE_SEEDS tries more.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { systemClock } from "../../kernel/clock.ts";
import type { SaslOptions } from "../../transport/kafka/options.ts";
import { addressText } from "../../transport/kafka/options.ts";
import { type Log, LogError } from "../../transport/log.ts";
import { Random } from "../fuzz/random.ts";
import { KAFKA_CLIENTS, type OpenKafkaLog } from "../real/kafka_clients.ts";
import { corruptAnswer } from "./corrupt_answer.ts";
import { FakeBroker } from "./fake_broker.ts";
import { RECORDED_TOPIC as topic, recordedAnswer } from "./recorded_answers.ts";

const SEEDS = Number(Deno.env.get("TICKFLUME_HOSTILE_SEEDS") ?? "60");
const AT_A_TIME = 6;
/** Versions, log-in, metadata, producer id, produce, fetch, offsets (two kinds), topics made, deleted and described. */
const ASKED = [18, 17, 36, 3, 22, 0, 1, 2, 23, 19, 20, 32] as const;
const LOGIN: readonly number[] = [17, 36];
const MECHANISMS: readonly SaslOptions["mechanism"][] = ["plain", "scram-sha-256", "scram-sha-512"];
const calls: readonly ((log: Log) => Promise<unknown>)[] = [
  (log) => log.admin.clusterId(),
  (log) => log.admin.createTopic({ name: topic, partitions: 1 }),
  (log) => log.admin.describeTopic(topic),
  (log) => log.admin.offsets(topic),
  (log) => log.admin.leaderOffsets(topic),
  (log) => log.admin.rights(topic),
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

/** A peer that gives wrong answers to one kind of request. */
interface Peer {
  readonly wrong: number;
  readonly corrupt: (answer: { readonly correlation: number; readonly body: Buffer }) => Buffer;
  readonly mechanism?: SaslOptions["mechanism"];
}

async function tryPeer(openLog: OpenKafkaLog, { wrong, corrupt, mechanism }: Peer): Promise<void> {
  await using peer = new FakeBroker((request) => {
    const body = recordedAnswer(request);
    return request.apiKey === wrong ? { raw: corrupt({ correlation: request.correlation, body }) } : body;
  });
  const log = await openLog({
    brokers: [addressText(peer.address)],
    clientId: "fuzz",
    requestTimeoutMs: 60,
    deliveryTimeoutMs: 90,
    connectionTimeoutMs: 60,
    clock: systemClock,
    ...(mechanism === undefined ? {} : { sasl: { mechanism, username: "user", password: "secret" } }),
  });
  for (const call of calls) {
    const error = await call(log).then(() => null, (cause: unknown) => cause);
    assert.ok(error === null || error instanceof LogError, Deno.inspect(error));
  }
  await log.close();
}

async function tryAll(openLog: OpenKafkaLog, peers: readonly Peer[]): Promise<void> {
  for (let at = 0; at < peers.length; at += AT_A_TIME) {
    await Promise.all(peers.slice(at, at + AT_A_TIME).map((peer) => tryPeer(openLog, peer)));
  }
}

function fuzzedPeer(seed: number): Peer {
  const random = new Random(seed);
  const wrong = random.pick(ASKED);
  const mechanism = random.pick(MECHANISMS);
  const corrupt: Peer["corrupt"] = (answer) => corruptAnswer(answer, random);
  return LOGIN.includes(wrong) || random.oneIn(4) ? { wrong, corrupt, mechanism } : { wrong, corrupt };
}

for (const [client, openLog] of KAFKA_CLIENTS) {
  Deno.test(`${client} ends every call with a LogError or a result, with any answers of a peer`, async () => {
    await tryAll(openLog, Array.from({ length: SEEDS }, (_, seed) => fuzzedPeer(seed)));
  });
}
