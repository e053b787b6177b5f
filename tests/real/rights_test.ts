/** The permissions of Kafka's access rules, as either client sees them over the listener with a log-in. */
import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { STACK_USER } from "../../cli/stack/broker_config.ts";
import { eventually } from "../contracts/patience.ts";
import { LogError } from "../../transport/log.ts";
import "../../transport/platformatic/package.ts";
import { realStack } from "../support/real_stack.ts";
import { KAFKA_CLIENTS } from "./kafka_clients.ts";
// Must follow package.ts, which loads it as the product does.
import { AclOperations, AclPermissionTypes, Admin, ResourcePatternTypes, ResourceTypes } from "@platformatic/kafka";

const { name: username, password } = STACK_USER;
const { DESCRIBE, READ, WRITE } = AclOperations;

type AclOperation = typeof AclOperations[keyof typeof AclOperations];

/** The first rule of a topic excludes all other users. */
function rule(topic: string, operation: AclOperation, principal: string = username) {
  return {
    resourceType: ResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: `User:${principal}`,
    host: "*",
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  };
}

const stack = realStack();
const secure = stack?.secure ?? null;
if (stack !== null && secure !== null) {
  for (const [client, openLog] of KAFKA_CLIENTS) {
    Deno.test(`${client} knows its rights on a topic, and names the missing one`, async () => {
      const topic = `rights-${crypto.randomUUID()}`;
      const log = await openLog({
        brokers: secure.sasl,
        sasl: { mechanism: "scram-sha-512", username, password },
        clientId: "rights",
        requestTimeoutMs: 10_000,
        deliveryTimeoutMs: 10_000,
        connectionTimeoutMs: 10_000,
        clock: systemClock,
      });
      const admin = new Admin({ clientId: "rights", bootstrapBrokers: [...stack.brokers] });
      const rights = async () => [...await log.admin.rights(topic) ?? []].sort();
      const until = (wanted: readonly string[]) =>
        eventually("the rule", async () => (await rights()).join() === wanted.join() ? true : null);
      try {
        // Without any rule everything is allowed here, even to create a missing topic.
        assert.deepEqual(await rights(), ["Create", "Describe", "DescribeConfigs", "Read", "Write"]);
        await log.admin.createTopic({ name: topic, partitions: 1 });
        const others = [rule(topic, WRITE), rule(topic, DESCRIBE)];
        await admin.createAcls({ creations: others });
        // Creating topics is a right on the cluster, which has no rule.
        await until(["Create", "Describe", "Write"]);
        const producer = await log.createProducer();
        const value = new Uint8Array(1);
        const { type } = await producer.send(topic, 0, [{ key: null, value, timestamp: systemClock.now() }]);
        assert.equal(type, "stored");
        const error = await Array.fromAsync(log.read(topic, 0, { from: 0n, to: 1n })).catch((cause: unknown) => cause);
        assert.ok(error instanceof LogError, Deno.inspect(error));
        assert.equal(error.code, "unauthorized");
        assert.match(error.message, new RegExp(`do not give Read on topic "${topic}"`));
        await admin.createAcls({ creations: [rule(topic, READ)] });
        await until(["Create", "Describe", "Read", "Write"]);
        assert.equal((await Array.fromAsync(log.read(topic, 0, { from: 0n, to: 1n }))).flat().length, 1);
        await admin.deleteAcls({ filters: [...others, rule(topic, READ)] });
        await admin.createAcls({ creations: [rule(topic, READ, "somebody-else")] });
        await until(["Create"]);
      } finally {
        await admin.deleteAcls({ filters: [DESCRIBE, READ, WRITE].map((operation) => rule(topic, operation)) });
        await admin.deleteAcls({ filters: [rule(topic, READ, "somebody-else")] });
        await log.admin.deleteTopic(topic);
        await admin.close();
        await log.close();
      }
    });
  }
}
