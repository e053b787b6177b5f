/** The registry's contents decide whether a topic is written to: consumers that know only the topic must be able to read. */
import assert from "node:assert/strict";
import { exitCodeOf } from "../../cli/shared/exit_code_of.ts";
import { loadSchema } from "../../schemas/load.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { ArraySource } from "../support/array_source.ts";
import { bad, type Bench, bench, good, rows, TOPIC } from "../support/pipeline_harness.ts";

const V1 = loadSchema("trade", "v1");
const V2 = loadSchema("trade", "v2");
const NORMALIZED = JSON.stringify({
  type: "record",
  name: "NormalizedTrade",
  namespace: "com.k2.marketdata.crypto",
  fields: [{ name: "price", type: "string" }],
});
const OWN = "market.equities.trades-value";
const OF_TOPIC = `${TOPIC}-value`;

/** The platform's text of its v2: other docs, so another text of the same record. */
const PLATFORM_V2 = JSON.stringify({ ...JSON.parse(V2.text), doc: "Trade event, version 2" });

function recordsIn({ log }: Bench, topic = TOPIC): number[] {
  const records = log.broker.topic(topic)?.partitions.flatMap((partition) => partition.records) ?? [];
  return records.map(({ value }) => parseFrame(value ?? new Uint8Array(0)).schemaId);
}

const latest = async ({ registry }: Bench, subject: string) => (await registry.version(subject, "latest")).schema;

for (const level of ["NONE", "BACKWARD", "FULL_TRANSITIVE"] as const) {
  for (
    const [where, held] of [[OWN, V1.text], [OWN, NORMALIZED], [OF_TOPIC, V1.text], [OF_TOPIC, NORMALIZED]] as const
  ) {
    const name = JSON.parse(held).name;
    Deno.test(`nothing is written or registered over ${name} in ${where}, at level ${level}`, async () => {
      await bench(async (on) => {
        await on.registry.setCompatibility(level);
        await on.registry.register(where, held);
        const end = await on.load(new ArraySource(rows(10)));
        assert.ok(end.type === "stopped");
        assert.equal(exitCodeOf(end.cause), 3);
        const said = String(end.cause);
        for (
          const word of [
            where,
            name,
            "com.k2.marketdata.TradeV2",
            where === OWN ? "schemas.subjects.v2" : "topics.pattern",
          ]
        ) {
          assert.ok(said.includes(word), `${said} does not name ${word}`);
        }
        assert.deepEqual([await latest(on, where), recordsIn(on)], [held, []]);
      });
    });
  }
}

Deno.test("a topic's subject that holds another record does not matter if none is wanted", async () => {
  await bench(async (on) => {
    await on.registry.register(OF_TOPIC, V1.text);
    assert.deepEqual(await on.load(new ArraySource(rows(10))), { type: "completed" });
    assert.deepEqual([await latest(on, OF_TOPIC), recordsIn(on).length], [V1.text, 10]);
  }, { config: { schemas: { topicSubject: false } } });
});

for (const level of ["NONE", "BACKWARD"] as const) {
  for (const first of ["v1", "v2", "both"] as const) {
    Deno.test(`the platform registers its v2 after our ${first}, and ours goes in after the platform's, at ${level}`, async () => {
      await bench(async (on) => {
        await on.registry.setCompatibility(level);
        await on.load(new ArraySource(rows(10)));
        await on.registry.register(OWN, PLATFORM_V2);
        const written = loadSchema("trade", first === "v1" ? "v1" : "v2").text;
        assert.equal(await latest(on, OF_TOPIC), written);
        if (first === "both") assert.equal(await latest(on, `${TOPIC}.v1-value`), V1.text);
      }, { config: { schemaVersion: first } });
      await bench(async (on) => {
        await on.registry.setCompatibility(level);
        for (const subject of [OWN, OF_TOPIC]) await on.registry.register(subject, PLATFORM_V2);
        assert.deepEqual(await on.load(new ArraySource(rows(10))), { type: "completed" });
        assert.deepEqual([await on.registry.versions(OWN), await latest(on, OF_TOPIC)], [[1, 2], V2.text]);
      });
    });
  }
}

Deno.test("a version flag that changes keeps the topic's subject, even before the first record, and is reported once", async () => {
  await bench(async (on) => {
    await on.registry.setCompatibility("NONE");
    const held = on.log.broker.faults.next("send", { type: "hang" }, { topic: TOPIC });
    const first = on.load(new ArraySource(rows(10)));
    await held.reached;
    on.runtime.setSchemaVersion("v1");
    const second = on.load(new ArraySource(rows(10).map((row) => row)));
    held.release();
    assert.deepEqual([await first, await second], [{ type: "completed" }, { type: "completed" }]);
    assert.equal(await latest(on, OF_TOPIC), V2.text, "the version that was there first");
    assert.equal(new Set(recordsIn(on)).size, 2);
    const told = on.events.flatMap((event) => event.type === "topic_subject_kept" ? [[event.held, event.record]] : []);
    assert.deepEqual(told, [[V2.fullName, V1.fullName]]);
  });
});

/** A row that v2 can hold and v1 cannot, which has no fractions of a share. */
function fraction(row: number) {
  const { record, ...about } = good(row);
  return { ...about, record: { ...record, quantity: 50_000_000n } } as const;
}

Deno.test("a source without a record registers nothing; the first record of a version registers that version", async () => {
  await bench(async (on) => {
    assert.deepEqual(await on.load(new ArraySource([bad(1), fraction(2)], { id: "none" })), { type: "completed" });
    assert.deepEqual(await on.registry.subjects(), []);
    assert.equal(on.letters.length, 2);
    on.runtime.setSchemaVersion("v2");
    assert.deepEqual(await on.load(new ArraySource([fraction(2)], { id: "v2" })), { type: "completed" });
    assert.deepEqual(await on.registry.subjects(), [OF_TOPIC, OWN].sort());
    assert.deepEqual([await latest(on, OF_TOPIC), recordsIn(on).length], [V2.text, 1]);
  }, { config: { schemaVersion: "v1" } });
});

for (const columns of [false, true]) {
  Deno.test(`under both, a version is registered with its own first record, rows in columns ${columns}`, async () => {
    await bench(async (on) => {
      const some = [fraction(1), fraction(2), bad(3), good(4), good(5)];
      assert.deepEqual(await on.load(new ArraySource(some, { columns })), { type: "completed" });
      assert.equal(recordsIn(on).length, 4);
      assert.equal(recordsIn(on, `${TOPIC}.v1`).length, 2);
      const resolved = on.events.flatMap((event) => event.type === "schema_resolved" ? [event.subject] : []);
      assert.deepEqual(resolved, [OWN, OF_TOPIC, "market.equities.trades.v1-value", `${TOPIC}.v1-value`]);
      assert.equal(on.letters.length, 3, "one for each row that is refused, by one version or both");
    }, { config: { schemaVersion: "both", pipeline: { batchRows: 1 } } });
  });
}
