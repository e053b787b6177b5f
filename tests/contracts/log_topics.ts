/**
 * Contract cases: topics.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { LogContractCase } from "./log_env.ts";
import {
  bounds,
  drain,
  fault,
  newTopic,
  readAll,
  record,
  rejectsWith,
  sendOnce,
  store,
  withProducer,
} from "./log_helpers.ts";
import { eventually } from "./patience.ts";

/** Only the admin calls create, describe and delete topics. */
export const topicCases: readonly LogContractCase[] = [
  {
    name: "createTopic makes a topic that can be described, listed and written to at once",
    async run(env) {
      const topic = await newTopic(env, { partitions: 3, config: { "cleanup.policy": "compact" } });
      const description = await env.log.admin.describeTopic(topic);
      assert.equal(description?.name, topic);
      assert.equal(description.partitions, 3);
      assert.ok(description.replicationFactor >= 1);
      assert.equal(description.config["cleanup.policy"], "compact");
      assert.ok((await env.log.admin.listTopics()).includes(topic));
      await withProducer(env.log, async (producer) => {
        for (const partition of [0, 1, 2]) await store(producer, topic, { partition, records: [record("first")] });
      });
    },
  },
  {
    name: "createTopic of a topic that is there rejects with topic_exists and leaves it as it is",
    async run(env) {
      const topic = await newTopic(env, { partitions: 2 });
      await rejectsWith(env.log.admin.createTopic({ name: topic, partitions: 5 }), "topic_exists");
      assert.equal((await env.log.admin.describeTopic(topic))?.partitions, 2);
    },
  },
  {
    name: "createTopic refuses names, partition counts and replication factors that no topic can have",
    async run({ log, freshTopic }) {
      await rejectsWith(log.admin.createTopic({ name: "a name with spaces", partitions: 1 }), "invalid_request");
      await rejectsWith(log.admin.createTopic({ name: "x".repeat(250), partitions: 1 }), "invalid_request");
      await rejectsWith(log.admin.createTopic({ name: freshTopic(), partitions: 0 }), "invalid_request");
      const spread = { name: freshTopic(), partitions: 1, replicationFactor: 99 };
      await rejectsWith(log.admin.createTopic(spread), "invalid_request");
      assert.equal(await log.admin.describeTopic(spread.name), null);
    },
  },
  {
    name: "describeTopic of an unknown topic is null, and neither it nor any other call creates the topic",
    async run(env) {
      const { log } = env;
      const topic = env.freshTopic();
      assert.equal(await log.admin.describeTopic(topic), null);
      await rejectsWith(log.admin.offsets(topic), "unknown_topic");
      await rejectsWith(log.offsetForTime(topic, 0, 0), "unknown_topic");
      await rejectsWith(drain(log.read(topic, 0, { from: 0n, to: 1n })), "unknown_topic");
      await rejectsWith(drain(log.read(topic, 0, { from: 0n })), "unknown_topic");
      await rejectsWith(log.admin.deleteTopic(topic), "unknown_topic");
      const outcome = await sendOnce(log, topic, { records: [record("nowhere")] });
      assert.equal(outcome.type, "refused");
      assert.equal(outcome.error.code, "unknown_topic");
      assert.equal(await log.admin.describeTopic(topic), null);
      assert.ok(!(await log.admin.listTopics()).includes(topic));
    },
  },
  {
    name: "rights of a topic that this client made include all that it did, or are null where there are none",
    async run(env) {
      const topic = await newTopic(env, { partitions: 1 });
      const rights = await env.log.admin.rights(topic);
      if (rights === null) return;
      for (const right of ["Create", "Describe", "Read", "Write"] as const) assert.ok(rights.has(right), right);
    },
  },
  {
    name: "a partition that the topic does not have is unknown_partition to every call",
    async run(env) {
      const { log } = env;
      const topic = await newTopic(env, { partitions: 2 });
      await rejectsWith(drain(log.read(topic, 2, { from: 0n, to: 1n })), "unknown_partition");
      await rejectsWith(log.offsetForTime(topic, 2, 0), "unknown_partition");
      for (const partition of [2, -1]) {
        const outcome = await sendOnce(log, topic, { partition, records: [record("nowhere")] });
        assert.equal(outcome.type, "refused");
        assert.equal(outcome.error.code, "unknown_partition");
      }
    },
  },
  {
    name: "offsets lists each partition in order, empty ones too",
    async run(env) {
      const topic = await newTopic(env, { partitions: 3 });
      await withProducer(
        env.log,
        (producer) => store(producer, topic, { partition: 1, records: [record("a"), record("b")] }),
      );
      await eventually(
        "both records are visible",
        async () => (await bounds(env.log, topic, 1)).end === 2n ? true : null,
      );
      assert.deepEqual(await env.log.admin.offsets(topic), [
        { partition: 0, start: 0n, end: 0n },
        { partition: 1, start: 0n, end: 2n },
        { partition: 2, start: 0n, end: 0n },
      ]);
    },
  },
  {
    name: "a topic that was deleted and made again is empty, and has another id where ids are known",
    async run(env) {
      const { admin } = env.log;
      const topic = await newTopic(env);
      await withProducer(env.log, (producer) => store(producer, topic, { records: [record("old")] }));
      const before = await admin.describeTopic(topic);
      await admin.deleteTopic(topic);
      await eventually("the topic is gone", async () => await admin.describeTopic(topic) === null ? true : null);
      await eventually("its name is free", () => admin.createTopic({ name: topic, partitions: 1 }).then(() => true));
      const after = await admin.describeTopic(topic);
      assert.ok(before && after);
      if (before.id !== null) assert.notEqual(after.id, before.id);
      assert.deepEqual(await bounds(env.log, topic), { start: 0n, end: 0n });
      await withProducer(env.log, (producer) => store(producer, topic, { records: [record("new")] }));
      assert.equal((await readAll(env.log, topic, { to: 1n })).length, 1);
    },
  },
  {
    name: "a topic keeps its id, and the cluster its id, for another connection",
    async run(env) {
      const topic = await newTopic(env);
      const other = await env.connect();
      try {
        assert.equal((await other.admin.describeTopic(topic))?.id, (await env.log.admin.describeTopic(topic))?.id);
        assert.equal(await other.admin.clusterId(), await env.log.admin.clusterId());
        assert.ok((await other.admin.brokers()).length >= 1);
      } finally {
        await other.close();
      }
    },
  },
  {
    name: "added partitions are seen by describeTopic and can be written to",
    requires: ["addPartitions"],
    async run(env) {
      const topic = await newTopic(env);
      await fault(env, "addPartitions")(topic, 3);
      const partitions = async () => (await env.log.admin.describeTopic(topic))?.partitions;
      await eventually("three partitions are seen", async () => await partitions() === 3 ? true : null);
      await withProducer(env.log, (producer) => store(producer, topic, { partition: 2, records: [record("third")] }));
      assert.equal((await readAll(env.log, topic, { partition: 2, to: 1n })).length, 1);
    },
  },
];
