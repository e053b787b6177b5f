import assert from "node:assert/strict";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { LogError } from "../../transport/log.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { TopicLedger } from "./topic_ledger.ts";
import { needsHelp } from "../needs_help.ts";
import { openTopic, type TopicPolicy } from "./topic_opening.ts";

const TOPIC = "market.equities.trades.asx";

function bench(policy: Partial<TopicPolicy> = {}, brokers = 1) {
  const log = new MemoryLog({ brokers });
  const ledger = new TopicLedger();
  const events: RuntimeEvent[] = [];
  const whole: TopicPolicy = {
    name: TOPIC,
    create: { name: TOPIC, partitions: 3 },
    mustKeepAll: true,
    warnOfReplication: false,
    ...policy,
  };
  const open = async () => {
    return (await openTopic(whole, { log, ledger, observe: (event) => events.push(event) })).partitions;
  };
  return { log, ledger, events, open };
}

const types = (events: readonly RuntimeEvent[]) => events.map(({ type }) => type);

Deno.test("openTopic() makes a topic that is not there, and says so", async () => {
  const { log, ledger, events, open } = bench({ create: { name: TOPIC, partitions: 3, config: { a: "b" } } });
  assert.equal(await open(), 3);
  assert.deepEqual(log.broker.topic(TOPIC)?.spec.config, { a: "b" });
  assert.deepEqual(types(events), ["topic_created", "topic_opened"]);
  assert.deepEqual([0, 1, 2].map((partition) => ledger.next(partition)), [0n, 0n, 0n]);
});

Deno.test("openTopic() takes a topic as it is, and notes where it ends", async () => {
  const { log, ledger, events, open } = bench();
  await log.admin.createTopic({ name: TOPIC, partitions: 2 });
  const client = await log.createProducer();
  await client.send(TOPIC, 1, [{ key: null, value: new Uint8Array(1), timestamp: 0 }]);
  assert.equal(await open(), 2);
  assert.deepEqual(types(events), ["topic_opened"]);
  assert.deepEqual([ledger.next(0), ledger.next(1)], [0n, 1n]);
});

Deno.test("openTopic() takes the topic of another program that was faster", async () => {
  const { log, open } = bench();
  await log.admin.createTopic({ name: TOPIC, partitions: 5 });
  const late = Object.create(log.admin, {
    describeTopic: {
      value: (() => {
        let looks = 0;
        return (name: string) => looks++ === 0 ? Promise.resolve(null) : log.admin.describeTopic(name);
      })(),
    },
  });
  const other = bench();
  const { partitions } = await openTopic(
    { name: TOPIC, create: { name: TOPIC, partitions: 3 }, mustKeepAll: true, warnOfReplication: false },
    { log: Object.create(log, { admin: { value: late } }), ledger: other.ledger, observe: () => {} },
  );
  assert.equal(partitions, 5);
  assert.equal(await open(), 5);
});

Deno.test("openTopic() refuses a topic that is not there and may not be made", async () => {
  const { log, open } = bench({ create: null });
  await assert.rejects(open(), (error: LogError) => {
    assert.equal(error.code, "invalid_request");
    assert.match(error.message, /Topic "market\.equities\.trades\.asx" does not exist and topics\.create is false/);
    return true;
  });
  assert.equal(log.broker.topic(TOPIC), undefined);
});

Deno.test("openTopic() passes on what the log refuses", async () => {
  const { log, open } = bench();
  log.broker.faults.next("create_topic", { type: "fail", code: "unauthorized" });
  await assert.rejects(open(), { code: "unauthorized" });
});

Deno.test("openTopic() does not make a topic again that was written to", async () => {
  const { log, open } = bench();
  await open();
  log.broker.deleteTopic(TOPIC);
  await assert.rejects(open(), { code: "unknown_topic" });
  assert.equal(log.broker.topic(TOPIC), undefined);
});

Deno.test("openTopic() refuses another topic of the same name once, and then begins anew", async () => {
  const { log, ledger, open } = bench();
  await open();
  ledger.settled(0, 99n);
  log.broker.recreateTopic(TOPIC);
  await assert.rejects(open(), /was deleted and made again while it was written to/);
  assert.equal(await open(), 3);
  assert.equal(ledger.next(0), 0n);
});

Deno.test("openTopic() warns of a topic that could lose acknowledged records, where that is asked for", async () => {
  for (
    const [brokers, config, risky] of [
      [1, {}, true],
      [3, {}, true],
      [3, { "min.insync.replicas": "1" }, true],
      [3, { "min.insync.replicas": "2" }, false],
    ] as const
  ) {
    for (const warnOfReplication of [true, false]) {
      const { events, open } = bench({ warnOfReplication, create: { name: TOPIC, partitions: 1, config } }, brokers);
      await open();
      assert.equal(types(events).includes("topic_at_risk"), warnOfReplication && risky, `${brokers} ${config}`);
    }
  }
});

for (const policy of ["compact", "compact,delete"]) {
  Deno.test(`openTopic() refuses a topic with cleanup.policy ${policy} where every record must stay, untouched`, async () => {
    const { log, ledger, events, open } = bench();
    await log.admin.createTopic({ name: TOPIC, partitions: 1, config: { "cleanup.policy": policy } });
    const error = await open().then(() => null, (cause: unknown) => cause);
    assert.ok(error instanceof LogError);
    assert.equal(error.code, "compacted_topic");
    assert.ok(needsHelp(error.code));
    assert.match(
      error.message,
      new RegExp(`"${TOPIC}" has cleanup\\.policy ${policy}: .*kafka-configs.*topics\\.compacted`),
    );
    assert.deepEqual([events, ledger.next(0)], [[], undefined]);
  });
}

Deno.test("openTopic() takes a compacted topic where that is allowed", async () => {
  const { log, open } = bench({ mustKeepAll: false });
  await log.admin.createTopic({ name: TOPIC, partitions: 1, config: { "cleanup.policy": "compact" } });
  assert.equal(await open(), 1);
});
