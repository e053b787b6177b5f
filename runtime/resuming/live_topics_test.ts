import assert from "node:assert/strict";
import { TopicParkedError } from "../../actors/delivery/delivery.ts";
import { ManualClock } from "../../kernel/testing.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { target } from "../../tests/support/trades.ts";
import { LogError, type TopicDescription } from "../../transport/log.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { LiveTopics } from "./live_topics.ts";

const TARGETS = [target("v1"), target("v2")];
const SETTLE_MS = 200;

interface Bench {
  readonly log: MemoryLog;
  readonly clock: ManualClock;
  readonly topics: LiveTopics;
  readonly made: string[];
  readonly events: RuntimeEvent[];
}

async function bench(
  body: (bench: Bench) => Promise<void>,
  make: (log: MemoryLog, topic: string) => Promise<TopicDescription> = async (log, name) => {
    if (await log.admin.describeTopic(name) === null) await log.admin.createTopic({ name, partitions: 2 });
    return await log.admin.describeTopic(name) ?? assert.fail();
  },
): Promise<void> {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock });
  const made: string[] = [];
  const events: RuntimeEvent[] = [];
  const topics = new LiveTopics({
    log,
    make: async (topic) => {
      made.push(topic);
      return await make(log, topic);
    },
    clock,
    retry: { minMs: 100, maxMs: 1_000 },
    random: () => 1,
    settleMs: SETTLE_MS,
    observe: (event) => void events.push(event),
  });
  try {
    await body({ log, clock, topics, made, events });
  } finally {
    await log.close();
  }
  assert.equal(clock.pending, 0);
}

const { signal } = new AbortController();

Deno.test("LiveTopics.look() makes the topics and says how they stand, in the order of the targets", async () => {
  await bench(async ({ log, topics, made }) => {
    const { clusterId, topics: live } = await topics.look(TARGETS, signal);
    assert.deepEqual(made, TARGETS.map(({ topic }) => topic));
    assert.equal(clusterId, await log.admin.clusterId());
    assert.deepEqual(live.map(({ name, target }) => [name, target.version]), [
      [TARGETS[0]?.topic, "v1"],
      [TARGETS[1]?.topic, "v2"],
    ]);
    assert.equal(live[0]?.id, (await log.admin.describeTopic(TARGETS[0]?.topic ?? ""))?.id);
    assert.deepEqual(live[1]?.offsets.map(({ partition, end }) => [partition, end]), [[0, 0n], [1, 0n]]);
  });
});

Deno.test("LiveTopics.look() looks twice for any number of sources that begin at once, never before one of them asks", async () => {
  await bench(async ({ log, topics, made }) => {
    const looks = await Promise.all(Array.from({ length: 8 }, () => topics.look(TARGETS, signal)));
    assert.equal(made.length, 2 * TARGETS.length);
    assert.equal(new Set(looks).size, 2);
    const client = await log.createProducer();
    await client.send(TARGETS[0]?.topic ?? "", 0, [{ key: null, value: new Uint8Array(1), timestamp: 0 }]);
    await client.close();
    const { topics: [later] } = await topics.look(TARGETS, signal);
    assert.equal(later?.offsets[0]?.end, 1n);
  });
});

Deno.test("LiveTopics.look() waits for brokers that are away, and says so", async () => {
  await bench(async ({ log, clock, topics, events }) => {
    const away = log.broker.faults.unreachable();
    let done = false;
    const looking = topics.look(TARGETS, signal).finally(() => done = true);
    await clock.advance(600_000);
    assert.equal(done, false);
    const [first, second] = events;
    assert.equal(first?.type === "topic_unavailable" && first.attempt, 1);
    assert.equal(second?.type === "topic_unavailable" && second.attempt, 2);
    away.release();
    await clock.advance(2_000);
    assert.equal((await looking).topics.length, 2);
  });
});

Deno.test("LiveTopics.look() gives up where a person has to help, and on an error that is none of the log's", async () => {
  const refused = () => Promise.reject(new LogError("invalid_request", "topics.create is false"));
  await bench(async ({ topics, made }) => {
    await assert.rejects(topics.look(TARGETS, signal), TopicParkedError);
    assert.equal(made.length, 1);
  }, refused);
  await bench(async ({ topics }) => {
    await assert.rejects(topics.look(TARGETS, signal), RangeError);
  }, () => Promise.reject(new RangeError("a bug")));
});

Deno.test("LiveTopics.look() tells of a topic that is gone what making it says", async () => {
  let gone = false;
  await bench(async ({ log, topics }) => {
    await topics.look(TARGETS, signal);
    await log.admin.deleteTopic(TARGETS[0]?.topic ?? "");
    gone = true;
    const parked = (error: Error) => error instanceof TopicParkedError && /was it deleted/.test(error.message);
    await assert.rejects(topics.look(TARGETS, signal), parked);
  }, async (log, name) => {
    if (gone) throw new LogError("invalid_request", "was it deleted?");
    await log.admin.createTopic({ name, partitions: 2 });
    return await log.admin.describeTopic(name) ?? assert.fail();
  });
});

Deno.test("LiveTopics.look() ends when its signal says so", async () => {
  await bench(async ({ log, clock, topics }) => {
    log.broker.faults.unreachable();
    const abort = new AbortController();
    const looking = topics.look(TARGETS, abort.signal);
    await clock.advance(150);
    abort.abort(new Error("stopped"));
    await assert.rejects(looking, /stopped/);
  });
});

/** Partition 0 of the first topic, with values that are their offsets. */
async function filled({ log, topics }: Bench, records: number): Promise<string> {
  await topics.look(TARGETS, signal);
  const topic = TARGETS[0]?.topic ?? "";
  const client = await log.createProducer();
  const values = Array.from(
    { length: records },
    (_, at) => ({ key: null, value: new Uint8Array([at % 256]), timestamp: 0 }),
  );
  await client.send(topic, 0, values);
  await client.close();
  return topic;
}

Deno.test("LiveTopics.read() waits for brokers that are away, says so, and is resumed where it stood", async () => {
  await bench(async (bench) => {
    const { log, clock, topics, events } = bench;
    const topic = await filled(bench, 1_500);
    log.broker.faults.next("read", { type: "fail", code: "unreachable" }, { topic, skip: 2, times: 5 });
    const seen: bigint[] = [];
    const range = { partition: 0, from: 10n, to: 1_490n };
    const reading = topics.read(topic, range, { signal, visit: ({ offset }) => void seen.push(offset) });
    await clock.advance(60_000);
    await reading;
    assert.deepEqual(seen, Array.from({ length: 1_480 }, (_, at) => BigInt(at + 10)));
    assert.equal(events.filter(({ type }) => type === "topic_unavailable").length, 5);
  });
});

Deno.test("LiveTopics.read() continues where retention has moved the start, and ends where the end is lost", async () => {
  await bench(async (bench) => {
    const { log, clock, topics } = bench;
    const topic = await filled(bench, 1_500);
    const offsets = async (range: { from: bigint; to: bigint }) => {
      const seen: bigint[] = [];
      const visit = ({ offset }: { readonly offset: bigint }) => void seen.push(offset);
      const reading = topics.read(topic, { partition: 0, ...range }, { signal, visit });
      reading.catch(() => undefined);
      await clock.advance(1_000);
      await reading;
      return seen;
    };
    log.broker.trim(topic, 0, 1_400n);
    assert.equal((await offsets({ from: 0n, to: 1_500n })).length, 100);
    log.broker.trim(topic, 0, 1_450n);
    assert.deepEqual(await offsets({ from: 0n, to: 1_450n }), []);
    log.broker.loseEnd(topic, 0, 1_480n);
    await assert.rejects(offsets({ from: 1_450n, to: 1_500n }), { code: "end_lost" });
    await assert.rejects(offsets({ from: 1_490n, to: 1_500n }), { code: "end_lost" });
  });
});

Deno.test("LiveTopics.read() that is aborted has not read to the end, and says so", async () => {
  await bench(async (bench) => {
    const topic = await filled(bench, 1_500);
    const stop = new AbortController();
    const reading = bench.topics.read(topic, { partition: 0, from: 0n, to: 1_500n }, {
      signal: stop.signal,
      visit: () => stop.abort(new Error("stopped")),
    });
    await assert.rejects(reading, /stopped/);
  });
});

Deno.test("LiveTopics.settle() waits once for a topic, for all sources", async () => {
  await bench(async ({ log, clock, topics }) => {
    await topics.look(TARGETS, signal);
    const name = TARGETS[0]?.topic ?? "";
    const both = Promise.all([topics.settle(name, signal), topics.settle(name, signal)]);
    const client = await log.createProducer();
    await clock.advance(SETTLE_MS / 2);
    await client.send(name, 1, [{ key: null, value: new Uint8Array([1]), timestamp: 0 }]);
    let done = false;
    both.finally(() => done = true);
    await clock.advance(SETTLE_MS);
    assert.equal(done, false, "something has arrived meanwhile");
    await clock.advance(SETTLE_MS);
    await both;
    await topics.settle(name, signal);
    await client.close();
  });
});

Deno.test("LiveTopics.settle() waits for followers of an earlier process' records, and says so", async () => {
  await bench(async ({ log, clock, topics, events }) => {
    await topics.look(TARGETS, signal);
    const name = TARGETS[0]?.topic ?? "";
    const followers = log.broker.freezeFollowers(name, 1);
    const client = await log.createProducer();
    const sending = client.send(name, 1, [{ key: null, value: new Uint8Array([1]), timestamp: 0 }]);
    let done = false;
    const settling = topics.settle(name, signal).finally(() => done = true);
    await clock.advance(10_000);
    assert.equal(done, false, "a record of the leader cannot be read yet");
    const [told] = events;
    assert.deepEqual(told?.type === "replication_awaited" && told.partitions, [{ partition: 1, records: 1 }]);
    followers.release();
    await clock.advance(2 * SETTLE_MS);
    await settling;
    assert.equal((await sending).type, "stored");
    await client.close();
  });
});

Deno.test("LiveTopics.settle() waits for each topic by itself", async () => {
  await bench(async ({ clock, topics }) => {
    await topics.look(TARGETS, signal);
    const [one = "", other = ""] = TARGETS.map(({ topic }) => topic);
    const first = topics.settle(one, signal);
    await clock.advance(SETTLE_MS);
    await first;
    let done = false;
    const second = topics.settle(other, signal).then(() => done = true);
    await clock.advance(SETTLE_MS / 2);
    assert.equal(done, false, "the first topic says nothing of the second");
    await clock.advance(SETTLE_MS);
    await second;
  });
});
