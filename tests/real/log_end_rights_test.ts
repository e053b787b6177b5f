import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { STACK_USER } from "../../cli/stack/broker_config.ts";
import { eventually } from "../contracts/patience.ts";
import { LogError } from "../../transport/log.ts";
import "../../transport/platformatic/package.ts";
import { type RealStack, realStack } from "../support/real_stack.ts";
import { KAFKA_CLIENTS, type OpenKafkaLog } from "./kafka_clients.ts";
// Must follow package.ts, which loads it as the product does.
import { AclOperations, AclPermissionTypes, Admin, ResourcePatternTypes, ResourceTypes } from "@platformatic/kafka";

const { name: username, password } = STACK_USER;

/** A topic on which only this user has only this right. */
async function topicWith(
  { brokers }: RealStack,
  { operation, user }: { readonly operation: "DESCRIBE" | "WRITE" | "READ"; readonly user: string },
): Promise<string> {
  const name = `rights-${crypto.randomUUID()}`;
  const admin = new Admin({ clientId: "rights", bootstrapBrokers: [...brokers] });
  try {
    await admin.createTopics({ topics: [name], partitions: 1, replicas: 1 });
    const creation = {
      resourceType: ResourceTypes.TOPIC,
      resourceName: name,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: `User:${user}`,
      host: "*",
      operation: AclOperations[operation],
      permissionType: AclPermissionTypes.ALLOW,
    };
    await admin.createAcls({ creations: [creation] });
  } finally {
    await admin.close();
  }
  return name;
}

/** The leader's answer, once the brokers know the right; or the code and message of the refusal. */
async function ask(openLog: OpenKafkaLog, brokers: readonly string[], topic: string, expected: "told" | "refused") {
  const log = await openLog({
    brokers,
    sasl: { mechanism: "scram-sha-512", username, password },
    clientId: "rights",
    requestTimeoutMs: 10_000,
    deliveryTimeoutMs: 20_000,
    connectionTimeoutMs: 10_000,
    clock: systemClock,
  });
  try {
    return await eventually(expected, async () => {
      const answer = await log.admin.leaderOffsets(topic).then(
        (offsets) => ({ outcome: "told", text: `${offsets.length} partition` }),
        (error: unknown) => {
          if (!(error instanceof LogError)) throw error;
          return { outcome: "refused", text: `${error.code}: ${error.message}` };
        },
      );
      return answer.outcome === expected ? answer.text : null;
    });
  } finally {
    await log.close();
  }
}

const stack = realStack();
const secure = stack?.secure ?? null;
for (const [client, openLog] of stack === null || secure === null ? [] : KAFKA_CLIENTS) {
  for (const operation of ["DESCRIBE", "WRITE", "READ"] as const) {
    Deno.test(`${client} learns the end of the log with the right ${operation} on the topic`, async () => {
      if (stack === null || secure === null) return;
      const topic = await topicWith(stack, { operation, user: username });
      assert.equal(await ask(openLog, secure.sasl, topic, "told"), "1 partition");
    });
  }
  Deno.test(`${client} is refused the end of the log without a right on the topic, and says which is needed`, async () => {
    if (stack === null || secure === null) return;
    const topic = await topicWith(stack, { operation: "WRITE", user: "another" });
    const text = await ask(openLog, secure.sasl, topic, "refused");
    assert.match(text, /^unauthorized: .*\(it needs Describe on the topic\) failed: .*TOPIC_AUTHORIZATION_FAILED/);
  });
}
