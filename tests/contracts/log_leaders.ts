/**
 * Contract cases: the records that the leaders have, and which of them can be read.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { LeaderOffsets } from "../../transport/log.ts";
import type { LogContractCase, LogContractEnv } from "./log_env.ts";
import {
  bounds,
  endsAt,
  fault,
  newTopic,
  numbered,
  readAll,
  rejectsWith,
  store,
  texts,
  withProducer,
} from "./log_helpers.ts";
import { eventually } from "./patience.ts";

/** Reading ends at the followers' end; the leader knows the end beyond it. */
export const leaderCases: readonly LogContractCase[] = [
  {
    name: "leaderOffsets tells of each partition, or of those asked for, that all of its log can be read",
    async run(env) {
      const topic = await newTopic(env, { partitions: 3 });
      await withProducer(env.log, async (producer) => {
        for (const partition of [0, 1, 2]) {
          await store(producer, topic, { partition, records: numbered("x", partition).concat(numbered("y", 1)) });
        }
      });
      for (const partition of [0, 1, 2]) await endsAt(env.log, topic, { partition, end: BigInt(partition + 1) });
      const all = await env.log.admin.leaderOffsets(topic);
      assert.deepEqual(
        all.map(({ partition, start, end, logEnd }) => [partition, start, end, logEnd]),
        [[0, 0n, 1n, 1n], [1, 0n, 2n, 2n], [2, 0n, 3n, 3n]],
      );
      assert.ok(all.every(({ leaderEpoch }) => leaderEpoch >= 0));
      assert.deepEqual(await env.log.admin.leaderOffsets(topic, [2, 0]), [all[0], all[2]]);
      assert.deepEqual(await env.log.admin.leaderOffsets(topic, []), []);
    },
  },
  {
    name: "leaderOffsets of what is not there rejects with unknown_topic and unknown_partition",
    async run(env) {
      await rejectsWith(env.log.admin.leaderOffsets(env.freshTopic()), "unknown_topic");
      const topic = await newTopic(env, { partitions: 2 });
      await rejectsWith(env.log.admin.leaderOffsets(topic, [0, 2]), "unknown_partition");
    },
  },
  {
    name: "leaderOffsets sees partitions that were added",
    requires: ["addPartitions"],
    async run(env) {
      const topic = await newTopic(env);
      assert.equal((await env.log.admin.leaderOffsets(topic)).length, 1);
      await fault(env, "addPartitions")(topic, 3);
      await eventually(
        "three partitions",
        async () => (await env.log.admin.leaderOffsets(topic)).length === 3 ? true : null,
      );
    },
  },
  {
    name: "leaderOffsets tells where retention has moved the start",
    requires: ["trim"],
    async run(env) {
      const topic = await newTopic(env);
      await withProducer(env.log, (producer) => store(producer, topic, { records: numbered("x", 10) }));
      await fault(env, "trim")(topic, 0, 4n);
      await eventually("the start moves", async () => (await only(env, topic)).start === 4n ? true : null);
      const { end, logEnd } = await only(env, topic);
      assert.deepEqual([end, logEnd], [10n, 10n]);
    },
  },
  {
    name: "what followers do not have yet is in the leader's log, unacknowledged and unreadable until they have it",
    requires: ["freezeFollowers"],
    async run(env) {
      const topic = await newTopic(env, { partitions: 2 });
      await withProducer(env.log, async (producer) => {
        await store(producer, topic, { records: numbered("a", 3) });
        await endsAt(env.log, topic, { end: 3n });
        const frozen = await fault(env, "freezeFollowers")(topic, 0);
        let settled = false;
        const sending = producer.send(topic, 0, numbered("b", 2)).finally(() => settled = true);
        await eventually("the leader has it", async () => (await only(env, topic)).logEnd === 5n ? true : null);
        assert.equal((await only(env, topic)).end, 3n);
        assert.equal((await bounds(env.log, topic)).end, 3n);
        assert.deepEqual(texts(await readAll(env.log, topic)), ["a0", "a1", "a2"]);
        assert.equal(settled, false);
        const [, other] = await env.log.admin.leaderOffsets(topic);
        assert.deepEqual([other?.end, other?.logEnd], [0n, 0n]);
        await frozen.end();
        assert.equal((await sending).type, "stored");
        await endsAt(env.log, topic, { end: 5n });
        assert.deepEqual(texts(await readAll(env.log, topic)), ["a0", "a1", "a2", "b0", "b1"]);
      });
    },
  },
];

/** Offsets of partition 0. */
async function only(env: LogContractEnv, topic: string): Promise<LeaderOffsets> {
  const [offsets] = await env.log.admin.leaderOffsets(topic, [0]);
  assert.ok(offsets, `no offsets of ${topic}/0`);
  return offsets;
}
