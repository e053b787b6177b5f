/**
 * Contract cases: closing, and sends that fail. An outcome always tells the truth: the records of a `stored` send are
 * there, those of a `refused` one are not and never will be, and those of an `unknown` one are either all there or none.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Log, LogProducer, LogRecord, SendOutcome } from "../../transport/log.ts";
import type { LogContractCase, LogContractEnv } from "./log_env.ts";
import {
  bounds,
  drain,
  endsAt,
  fault,
  newTopic,
  numbered,
  readAll,
  record,
  rejectsWith,
  store,
  texts,
  withProducer,
} from "./log_helpers.ts";
import { eventually, within } from "./patience.ts";

const DOUBTFUL = numbered("doubtful", 3);

/** A topic with two records, `before0` and `before1`, and a producer for the send in doubt. */
async function prepared(env: LogContractEnv): Promise<{ topic: string; producer: LogProducer }> {
  const topic = await newTopic(env);
  const producer = await env.log.createProducer();
  await store(producer, topic, { records: numbered("before", 2) });
  return { topic, producer };
}

/** Does what the runtime does after any outcome but `stored`: opens a new client, reads, and sends the rest. */
async function goesOn(
  env: LogContractEnv,
  { topic, producer }: { topic: string; producer: LogProducer },
): Promise<string[]> {
  await within("closing the failed producer", producer.close());
  const after = await eventually("a new producer", () => env.log.createProducer());
  try {
    const base = await store(after, topic, { records: [record("after")] });
    return texts(await readAll(env.log, topic, { from: 0n, to: base + 1n })).map(String);
  } finally {
    await after.close();
  }
}

const NOT_STORED = ["before0", "before1", "after"];
const STORED = ["before0", "before1", "doubtful0", "doubtful1", "doubtful2", "after"];

function settles(producer: LogProducer, topic: string, records: readonly LogRecord[] = DOUBTFUL): Promise<SendOutcome> {
  return within("the outcome of the send in doubt", producer.send(topic, 0, records));
}

const TOGETHER = [0, 1, 2];

function settleTogether(producer: LogProducer, topic: string): Promise<SendOutcome[]> {
  return within(
    "the outcomes of sends in doubt",
    Promise.all(TOGETHER.map((partition) => producer.send(topic, partition, DOUBTFUL))),
  );
}

async function areThereOnce(env: LogContractEnv, topic: string): Promise<void> {
  const end = BigInt(DOUBTFUL.length);
  for (const partition of TOGETHER) {
    await endsAt(env.log, topic, { partition, end });
    const found = texts(await readAll(env.log, topic, { partition, to: end }));
    assert.deepEqual(found, ["doubtful0", "doubtful1", "doubtful2"]);
  }
}

async function closedCalls(log: Log, topic: string): Promise<void> {
  const { admin } = log;
  await rejectsWith(log.createProducer(), "closed");
  await rejectsWith(admin.listTopics(), "closed");
  await rejectsWith(admin.describeTopic(topic), "closed");
  await rejectsWith(admin.offsets(topic), "closed");
  await rejectsWith(admin.createTopic({ name: `${topic}-more`, partitions: 1 }), "closed");
  await rejectsWith(admin.deleteTopic(topic), "closed");
  await rejectsWith(admin.clusterId(), "closed");
  await rejectsWith(admin.brokers(), "closed");
  await rejectsWith(log.offsetForTime(topic, 0, 0), "closed");
  await rejectsWith(drain(log.read(topic, 0, { from: 0n, to: 1n })), "closed");
}

/** Closing a log, and every kind of doubt that the environment can cause. */
export const failureCases: readonly LogContractCase[] = [
  {
    name: "close of a log waits for the sends of its producers, is idempotent, and every later call is closed",
    async run(env) {
      const topic = await newTopic(env, { partitions: 2 });
      const log = await env.connect();
      const producer = await log.createProducer();
      const settled: string[] = [];
      const sends = [0, 1].map((partition) =>
        producer.send(topic, partition, numbered("x", 100)).then(({ type }) => settled.push(type))
      );
      await within("closing", Promise.all([log.close(), log.close()]));
      assert.deepEqual(settled, ["stored", "stored"]);
      await Promise.all(sends);
      await log.close();
      const outcome = await producer.send(topic, 0, [record("late")]);
      assert.equal(outcome.type, "refused");
      assert.equal(outcome.error.code, "closed");
      await closedCalls(log, topic);
      assert.equal((await readAll(env.log, topic, { to: 100n })).length, 100);
    },
  },
  {
    name: "close of a log ends its reads with closed",
    async run(env) {
      const topic = await newTopic(env);
      const log = await env.connect();
      const following = rejectsWith(drain(log.read(topic, 0, { from: 0n })), "closed");
      await log.admin.offsets(topic);
      await within("closing", log.close());
      await following;
    },
  },
  {
    name: "a refused send is not stored and never will be",
    requires: ["refuseNextSend"],
    async run(env) {
      const { topic, producer } = await prepared(env);
      await fault(env, "refuseNextSend")("unauthorized");
      const outcome = await settles(producer, topic);
      assert.equal(outcome.type, "refused");
      assert.equal(outcome.error.code, "unauthorized");
      assert.deepEqual(await goesOn(env, { topic, producer }), NOT_STORED);
    },
  },
  {
    name: "a producer that the log has fenced off says so, and a new one continues",
    requires: ["refuseNextSend"],
    async run(env) {
      const { topic, producer } = await prepared(env);
      await fault(env, "refuseNextSend")("producer_fenced");
      const outcome = await settles(producer, topic);
      assert.notEqual(outcome.type, "stored");
      assert.ok("error" in outcome && outcome.error.code === "producer_fenced");
      assert.deepEqual(await goesOn(env, { topic, producer }), NOT_STORED);
    },
  },
  {
    name: "a send whose answer is lost is unknown or stored, and its records are all there once",
    requires: ["loseNextAnswer"],
    async run(env) {
      const { topic, producer } = await prepared(env);
      await fault(env, "loseNextAnswer")();
      const outcome = await settles(producer, topic);
      assert.notEqual(outcome.type, "refused");
      assert.deepEqual(await goesOn(env, { topic, producer }), STORED);
    },
  },
  {
    name: "sends to several partitions at the same time that lose an answer are each there once",
    requires: ["loseNextAnswer"],
    async run(env) {
      const topic = await newTopic(env, { partitions: TOGETHER.length });
      await withProducer(env.log, async (producer) => {
        await fault(env, "loseNextAnswer")();
        for (const outcome of await settleTogether(producer, topic)) assert.notEqual(outcome.type, "refused");
      });
      await areThereOnce(env, topic);
    },
  },
  {
    name: "sends to several partitions at the same time that lose a request tell the truth, each of its own",
    requires: ["loseNextRequest"],
    async run(env) {
      const topic = await newTopic(env, { partitions: TOGETHER.length });
      const outcomes = await withProducer(env.log, async (producer) => {
        await fault(env, "loseNextRequest")();
        return await settleTogether(producer, topic);
      });
      for (const [partition, { type }] of outcomes.entries()) {
        const end = type === "stored" ? BigInt(DOUBTFUL.length) : 0n;
        await endsAt(env.log, topic, { partition, end });
        assert.equal((await readAll(env.log, topic, { partition, to: end })).length, Number(end));
      }
    },
  },
  {
    name: "sends to several partitions at the same time that are written late are each there once in the end",
    requires: ["delayNextRequest"],
    async run(env) {
      const topic = await newTopic(env, { partitions: TOGETHER.length });
      await withProducer(env.log, async (producer) => {
        const delayed = await fault(env, "delayNextRequest")();
        const types = (await settleTogether(producer, topic)).map(({ type }) => type);
        assert.ok(types.includes("unknown") && !types.includes("refused"), types.join());
        await delayed.end();
      });
      await areThereOnce(env, topic);
    },
  },
  {
    name: "a send whose request is lost tells the truth: stored and there, or else absent",
    requires: ["loseNextRequest"],
    async run(env) {
      const { topic, producer } = await prepared(env);
      await fault(env, "loseNextRequest")();
      const outcome = await settles(producer, topic);
      assert.deepEqual(await goesOn(env, { topic, producer }), outcome.type === "stored" ? STORED : NOT_STORED);
    },
  },
  {
    name: "a send that is written after its outcome was given was unknown, and its records come late, once",
    requires: ["delayNextRequest"],
    async run(env) {
      const { topic, producer } = await prepared(env);
      const delayed = await fault(env, "delayNextRequest")();
      const outcome = await settles(producer, topic);
      assert.equal(outcome.type, "unknown");
      assert.deepEqual(await goesOn(env, { topic, producer }), NOT_STORED);
      await delayed.end();
      await endsAt(env.log, topic, { end: 6n });
      const late = texts(await readAll(env.log, topic, { from: 3n, to: 6n }));
      assert.deepEqual(late, ["doubtful0", "doubtful1", "doubtful2"]);
    },
  },
  {
    name: "a send without an answer stays unsettled, close waits for it, and the late answer settles it",
    requires: ["holdNextAnswer"],
    async run(env) {
      const { topic, producer } = await prepared(env);
      const held = await fault(env, "holdNextAnswer")();
      const order: string[] = [];
      const sending = settles(producer, topic).then((outcome) => {
        order.push("settled");
        return outcome;
      });
      const closing = producer.close().then(() => order.push("closed"));
      // Does some real work on the same log, so that a close that does not wait would show.
      await env.log.admin.offsets(topic);
      assert.deepEqual(order, []);
      await held.end();
      assert.notEqual((await sending).type, "refused");
      await within("closing", closing);
      assert.deepEqual(order, ["settled", "closed"]);
      assert.deepEqual(await goesOn(env, { topic, producer }), STORED);
    },
  },
  {
    name: "a send that meets a moved leader tells the truth, and a new producer continues",
    requires: ["moveLeader"],
    async run(env) {
      const { topic, producer } = await prepared(env);
      await fault(env, "moveLeader")(topic, 0);
      const outcome = await settles(producer, topic);
      if (outcome.type === "refused") assert.equal(outcome.error.code, "leader_changed");
      const values = await goesOn(env, { topic, producer });
      if (outcome.type === "stored") assert.deepEqual(values, STORED);
      else if (outcome.type === "refused") assert.deepEqual(values, NOT_STORED);
      else assert.ok(values.length === STORED.length || values.length === NOT_STORED.length, values.join());
    },
  },
  {
    name: "without a broker calls reject with unreachable and sends are not stored; afterwards everything works again",
    requires: ["cutOff"],
    async run(env) {
      const { topic, producer } = await prepared(env);
      const cut = await fault(env, "cutOff")();
      try {
        const outcome = await settles(producer, topic);
        assert.notEqual(outcome.type, "stored");
        await rejectsWith(env.log.createProducer(), "unreachable", "timed_out");
        await rejectsWith(env.log.admin.offsets(topic), "unreachable", "timed_out");
        await rejectsWith(drain(env.log.read(topic, 0, { from: 0n, to: 1n })), "unreachable", "timed_out");
      } finally {
        await cut.end();
      }
      assert.deepEqual(await goesOn(env, { topic, producer }), NOT_STORED);
      assert.equal((await bounds(env.log, topic)).end, 3n);
    },
  },
  {
    name: "sends never reject, with any arguments",
    async run(env) {
      const topic = await newTopic(env);
      const odd: readonly (readonly [string, number, readonly LogRecord[]])[] = [
        ["no topic of this name", 0, [record("x")]],
        ["", 0, [record("x")]],
        [topic, 1.5, [record("x")]],
        [topic, NaN, [record("x")]],
        [topic, 0, [record("x", { timestamp: NaN })]],
        [topic, 0, [record("x", { timestamp: 0.5 })]],
      ];
      for (const [name, partition, records] of odd) {
        const outcome = await withProducer(env.log, (producer) => producer.send(name, partition, records));
        assert.equal(outcome.type, "refused", `${name}/${partition} with ${records[0]?.timestamp}`);
      }
      assert.deepEqual(await bounds(env.log, topic), { start: 0n, end: 0n });
    },
  },
];
