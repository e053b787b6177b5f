/** A topic's contents decide whether it is written to: nothing follows another program's records, or goes beside its keys. */
import assert from "node:assert/strict";
import { TopicRefusedError } from "../../actors/topic_refused_error.ts";
import { loadSchema } from "../../schemas/load.ts";
import { frame } from "../../schemas/avro/wire.ts";
import { exitCodeOf } from "../../cli/shared/exit_code_of.ts";
import { type Partitioner, partitionFor } from "../../transport/partitioner.ts";
import { ArraySource } from "../support/array_source.ts";
import { type Bench, bench, rows, TOPIC } from "../support/pipeline_harness.ts";
import { exampleTrade, rejection, TRADES, withProducer } from "../support/producer_harness.ts";

const NORMALIZED = JSON.stringify({
  type: "record",
  name: "NormalizedTrade",
  namespace: "com.k2.marketdata.crypto",
  fields: [{ name: "price", type: "string" }],
});
const V1 = loadSchema("trade", "v1");

type Place = Pick<Bench, "log" | "registry">;

async function put({ log }: Place, value: Uint8Array, { key = "BHP", rule = "murmur2" as Partitioner } = {}) {
  if (!log.broker.topicNames.includes(TOPIC)) await log.admin.createTopic({ name: TOPIC, partitions: 30 });
  const bytes = new TextEncoder().encode(key);
  const producer = await log.createProducer();
  const record = { key: bytes, value, timestamp: 0 };
  assert.equal((await producer.send(TOPIC, partitionFor(bytes, 30, rule), [record])).type, "stored");
  await producer.close();
}

async function putOf(place: Place, schema: string, options?: Parameters<typeof put>[2]) {
  await put(place, frame(await place.registry.register("elsewhere", schema), new Uint8Array([1, 2])), options);
}

const count = ({ log }: Place) => log.broker.topic(TOPIC)?.partitions.flatMap(({ records }) => records).length;

const REFUSED: readonly (readonly [string, (on: Place) => Promise<void>, object, string, string])[] = [
  ["another record", (on) => putOf(on, NORMALIZED), {}, "foreign_record", "topics.foreign"],
  ["JSON", (on) => put(on, new TextEncoder().encode('{"p":1}')), {}, "foreign_record", "topics.pattern"],
  ["an unknown schema id", (on) => put(on, frame(99, new Uint8Array(3))), {}, "foreign_record", "schema id 99"],
  ["v1", (on) => putOf(on, V1.text), { topics: { mixed: "refuse" } }, "mixed_versions", "topics.pattern.v2"],
  ["keys of librdkafka's", (on) => putOf(on, V1.text, { rule: "crc32" }), {}, "other_partitioner", "to crc32"],
];

for (const [what, fill, config, code, help] of REFUSED) {
  Deno.test(`nothing is written or registered for a topic that holds ${what}`, async () => {
    await bench(async (on) => {
      await fill(on);
      const subjects = await on.registry.subjects();
      const end = await on.load(new ArraySource(rows(10)));
      assert.ok(end.type === "stopped" && end.cause instanceof TopicRefusedError, Deno.inspect(end));
      assert.deepEqual([end.cause.code, exitCodeOf(end.cause), count(on)], [code, 3, 1]);
      assert.ok(end.cause.message.includes(help), end.cause.message);
      assert.deepEqual(await on.registry.subjects(), subjects);
    }, { config });
  });
}

Deno.test("a topic that holds another record is written to if that is allowed, and is reported once", async () => {
  await bench(async (on) => {
    await putOf(on, NORMALIZED);
    for (const _ of [1, 2]) assert.deepEqual(await on.load(new ArraySource(rows(10))), { type: "completed" });
    assert.equal(count(on), 21);
    const told = on.events.flatMap((event) => event.type === "topic_doubted" ? [event.about] : []);
    assert.deepEqual(told, ["foreign_record"]);
  }, { config: { topics: { foreign: "allow" } } });
});

Deno.test("with librdkafka's partitioner a key stays in its partition", async () => {
  await bench(async (on) => {
    await putOf(on, V1.text, { rule: "crc32" });
    await on.load(new ArraySource(rows(10)));
    const { partitions = [] } = on.log.broker.topic(TOPIC) ?? {};
    const wrong = partitions.flatMap(({ records }, partition) =>
      records.filter(({ key }) => partitionFor(key ?? new Uint8Array(), 30, "crc32") !== partition)
    );
    assert.deepEqual([wrong, count(on)], [[], 11]);
  }, { config: { topics: { partitioner: "crc32" } } });
});

Deno.test("a version flag that changes within one topic is reported once, and refused on request", async () => {
  for (const mixed of ["tell", "refuse"] as const) {
    await bench(async (on) => {
      await on.load(new ArraySource(rows(10)));
      on.runtime.setSchemaVersion("v1");
      const end = await on.load(new ArraySource(rows(10)));
      const told = on.events.flatMap((event) => event.type === "topic_doubted" ? [event.about] : []);
      if (mixed === "tell") {
        return assert.deepEqual([end, told, count(on)], [{ type: "completed" }, ["mixed_versions"], 20]);
      }
      assert.ok(end.type === "stopped" && end.cause instanceof TopicRefusedError);
      assert.deepEqual([end.cause.code, count(on)], ["mixed_versions", 10]);
    }, { config: { topics: { mixed }, schemas: { topicSubject: false } } });
  }
});

Deno.test("MarketDataProducer rejects with the reason for which the topic is refused, and uses it once that is gone", async () => {
  await withProducer(async (on) => {
    await put(on, new TextEncoder().encode('{"p":1}'));
    const trade = exampleTrade();
    const error = await rejection(on.producer.produceTrade("equities", "ASX", trade), TopicRefusedError);
    assert.deepEqual([error.code, error.topic, count(on)], ["foreign_record", TRADES, 1]);
    await on.log.admin.deleteTopic(TRADES);
    assert.equal((await on.producer.produceTrade("equities", "ASX", trade)).offset, 0n);
  });
});
