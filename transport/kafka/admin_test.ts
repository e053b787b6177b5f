import assert from "node:assert/strict";
import { ManualClock } from "../../kernel/manual_clock.ts";
import { FakeCluster } from "./_fake_cluster.ts";
import { KafkaLog } from "./log.ts";

Deno.test("listTopics of brokers that never answer tells why the tries failed, not how long the last one had", async () => {
  const [clock, cluster] = [new ManualClock(), new FakeCluster({ brokers: 1 })];
  const log = new KafkaLog(cluster, {
    brokers: ["h:1"],
    clientId: "test",
    requestTimeoutMs: 5_000,
    deliveryTimeoutMs: 10_000,
    connectionTimeoutMs: 2_000,
    clock,
  });
  cluster.node(1).state = "stuck";
  const asking = log.admin.listTopics();
  const refused = assert.rejects(asking, { code: "unreachable", message: /Connecting to h:1.* 2000 ms/ });
  for (let waited = 0; waited <= 6_000; waited += 50) await clock.advance(50);
  await refused;
  await log.close();
});
