/**
 * The log's contract suite on real Kafka behind a proxy, for any client library.
 *
 * @module
 */
import { systemClock } from "../../kernel/clock.ts";
import { logContractCases } from "../contracts/log_cases.ts";
import type { LogContractEnv, LogFaultHooks, OngoingFault } from "../contracts/log_env.ts";
import { eventually } from "../contracts/patience.ts";
import { testContract } from "../contracts/run_cases.ts";
import type { Log, LogErrorCode, StoredRecord } from "../../transport/log.ts";
import "../../transport/platformatic/package.ts";
import { type RealStack, realStack } from "../support/real_stack.ts";
import type { OpenKafkaLog } from "./kafka_clients.ts";
import { KafkaProxy, type ProduceFault } from "../faults/kafka_proxy.ts";
// Must follow package.ts, which loads it as the product does.
import { Admin, ConfigResourceTypes } from "@platformatic/kafka";

function connect(open: OpenKafkaLog, proxy: KafkaProxy): Promise<Log> {
  return open({
    brokers: [proxy.address],
    clientId: "contract",
    requestTimeoutMs: 10_000,
    // Short, as cases wait for it.
    deliveryTimeoutMs: 3_000,
    connectionTimeoutMs: 5_000,
    clock: systemClock,
  });
}

/** Runs a function with a library's own admin client, for calls that the port does not need. */
async function withAdmin<T>({ brokers }: RealStack, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ clientId: "contract-faults", bootstrapBrokers: [...brokers] });
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}

async function readUpTo(log: Log, topic: string, to: bigint): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  for await (const chunk of log.read(topic, 0, { from: 0n, to })) found.push(...chunk);
  return found;
}

/** Makes the broker's cleaner clean everything up to the end: starts a new segment, then waits. */
async function compact(stack: RealStack, log: Log, topic: string): Promise<void> {
  const entries = [["cleanup.policy", "compact"], ["min.cleanable.dirty.ratio", "0.0001"], ["segment.ms", "1"]];
  const configs = entries.map(([name = "", value = ""]) => ({ name, value }));
  const resources = [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs }];
  await withAdmin(stack, (admin) => admin.alterConfigs({ resources }));
  const [end] = await log.admin.offsets(topic);
  const producer = await log.createProducer();
  const value = new TextEncoder().encode("the segment before this is closed");
  // The next append after its time closes a segment, by record timestamps.
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
  // The case checks whether it strikes.
  const arm = (fault: ProduceFault) => void proxy.strike(fault);
  const answer = (code: LogErrorCode) => {
    const errorCode = ERROR_CODES[code];
    if (errorCode === undefined) throw new Error(`No error code of Kafka is known for ${code}`);
    arm({ type: "answer", errorCode });
    return Promise.resolve();
  };
  const hold = (): Promise<OngoingFault> => {
    const released = Promise.withResolvers<void>();
    arm({ type: "hold", released: released.promise });
    return Promise.resolve({ end: () => Promise.resolve(released.resolve()) });
  };
  return {
    refuseNextSend: answer,
    moveLeader: () => answer("leader_changed"),
    loseNextAnswer: () => Promise.resolve(arm({ type: "lose_answer" })),
    loseNextRequest: () => Promise.resolve(arm({ type: "lose_request" })),
    delayNextRequest: hold,
    holdNextAnswer: hold,
    cutOff() {
      proxy.cutOff();
      return Promise.resolve({ end: () => proxy.restore() });
    },
    addPartitions: (topic, total) =>
      withAdmin(stack, (admin) => admin.createPartitions({ topics: [{ name: topic, count: total }] })),
    trim: (topic, partition, before) =>
      withAdmin(stack, async (admin) => {
        const partitions = [{ partition, offset: before }];
        await admin.deleteRecords({ topics: [{ name: topic, partitions }] });
      }),
    compact: (topic) => compact(stack, log, topic),
  };
}

/** Registers a test for each promise of the port, if there is a real Kafka. */
export function testKafkaContract(adapter: string, open: OpenKafkaLog): void {
  const stack = realStack();
  const [upstream] = stack?.brokers ?? [];
  if (stack === null || upstream === undefined) return;
  testContract(logContractCases, {
    adapter,
    async open(): Promise<LogContractEnv> {
      const proxy = await KafkaProxy.start(upstream);
      const log = await connect(open, proxy);
      return {
        log,
        connect: () => connect(open, proxy),
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
