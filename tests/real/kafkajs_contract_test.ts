import { Kafka, logLevel } from "kafkajs";
import { systemClock } from "../../actors/kernel/clock.ts";
import { logContractCases } from "../../transport/contract_cases/log_cases.ts";
import type { LogContractEnv, LogFaultHooks, OngoingFault } from "../../transport/contract_cases/log_env.ts";
import { eventually } from "../../transport/contract_cases/patience.ts";
import { testContract } from "../../transport/contract_cases/run_cases.ts";
import { openKafkajsLog } from "../../transport/kafkajs/log.ts";
import type { Log, LogErrorCode, StoredRecord } from "../../transport/log.ts";
import { type RealStack, realStack } from "../real_stack.ts";
import { KafkaProxy } from "./kafka_proxy.ts";

function connect(proxy: KafkaProxy): Promise<Log> {
  return openKafkajsLog({
    brokers: [proxy.address],
    clientId: "contract",
    requestTimeoutMs: 10_000,
    // Short, as cases wait for it.
    deliveryTimeoutMs: 3_000,
    connectionTimeoutMs: 5_000,
    clock: systemClock,
  });
}

type Admin = ReturnType<Kafka["admin"]>;

/** Runs with kafkajs's own admin client, which can do what the port has no need of. */
async function withAdmin<T>({ brokers }: RealStack, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

async function readUpTo(log: Log, topic: string, to: bigint): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  for await (const chunk of log.read(topic, 0, { from: 0n, to })) found.push(...chunk);
  return found;
}

/** Makes the broker's cleaner take everything up to the end: a new segment, then patience. */
async function compact(stack: RealStack, log: Log, topic: string): Promise<void> {
  const entries = [["cleanup.policy", "compact"], ["min.cleanable.dirty.ratio", "0.0001"], ["segment.ms", "1"]];
  const configEntries = entries.map(([name = "", value = ""]) => ({ name, value }));
  await withAdmin(
    stack,
    (admin) => admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries }] }),
  );
  const [end] = await log.admin.offsets(topic);
  const producer = await log.createProducer();
  const value = new TextEncoder().encode("the segment before this is closed");
  // A segment is closed by the next append after its time, by record timestamps.
  await producer.send(topic, 0, [{ key: value, value, timestamp: systemClock.now() }]);
  await producer.close();
  const to = end?.end ?? 0n;
  await eventually("the cleaner", async () => (await readUpTo(log, topic, to)).length < Number(to) ? true : null);
}

/** Kafka's error codes that mean these codes of the port. */
const ERROR_CODES: Partial<Record<LogErrorCode, number>> = {
  unauthorized: 29, // TOPIC_AUTHORIZATION_FAILED
  producer_fenced: 47, // INVALID_PRODUCER_EPOCH
  leader_changed: 6, // NOT_LEADER_OR_FOLLOWER
};

function faults(stack: RealStack, proxy: KafkaProxy, log: Log): LogFaultHooks {
  const answer = (code: LogErrorCode) => {
    const errorCode = ERROR_CODES[code];
    if (errorCode === undefined) throw new Error(`No error code of Kafka is known for ${code}`);
    proxy.strikeNext({ type: "answer", errorCode });
    return Promise.resolve();
  };
  const hold = (): Promise<OngoingFault> => {
    const released = Promise.withResolvers<void>();
    proxy.strikeNext({ type: "hold", released: released.promise });
    return Promise.resolve({ end: () => Promise.resolve(released.resolve()) });
  };
  return {
    refuseNextSend: answer,
    moveLeader: () => answer("leader_changed"),
    loseNextAnswer: () => Promise.resolve(proxy.strikeNext({ type: "lose_answer" })),
    loseNextRequest: () => Promise.resolve(proxy.strikeNext({ type: "lose_request" })),
    delayNextRequest: hold,
    holdNextAnswer: hold,
    cutOff() {
      proxy.cutOff();
      return Promise.resolve({ end: () => Promise.resolve(proxy.restore()) });
    },
    addPartitions: (topic, total) =>
      withAdmin(stack, async (admin) => {
        await admin.createPartitions({ topicPartitions: [{ topic, count: total }] });
      }),
    trim: (topic, partition, before) =>
      withAdmin(stack, async (admin) => {
        // The admin client does not ask for a topic's leaders by itself.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] });
      }),
    compact: (topic) => compact(stack, log, topic),
  };
}

const stack = realStack();
const [upstream] = stack?.brokers ?? [];
if (stack !== null && upstream !== undefined) {
  testContract(logContractCases, {
    adapter: "KafkajsLog",
    async open(): Promise<LogContractEnv> {
      const proxy = new KafkaProxy(upstream);
      const log = await connect(proxy);
      return {
        log,
        connect: () => connect(proxy),
        freshTopic: () => `contract-${crypto.randomUUID()}`,
        faults: faults(stack, proxy, log),
        async dispose() {
          await log.close();
          await proxy[Symbol.asyncDispose]();
        },
      };
    },
  });
}
