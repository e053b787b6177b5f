/** The whole tree on the in-memory log: the fate of every row when actors die and sends fail. */
import assert from "node:assert/strict";
import { killActor } from "../../kernel/testing.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { ArraySource } from "../support/array_source.ts";
import {
  assertExact,
  bad,
  bench,
  good,
  idsIn,
  rows,
  TOPIC,
  whenRunning,
  whenStored,
} from "../support/pipeline_harness.ts";

Deno.test("a load writes every row once, in order, under the v2 schema, and accounts for it", async () => {
  await bench(async ({ log, registry, runtime, load }) => {
    assert.deepEqual(await load(new ArraySource(rows(2500, ["BHP", "RIO", "CBA"]))), { type: "completed" });
    assertExact(log, 2500);
    const totals = runtime.account().totals();
    assert.equal(totals.read, 2500);
    assert.equal(totals.acked, 2500);
    assert.equal(totals.lost, 0);
    assert.deepEqual(totals.topics, { [TOPIC]: 2500 });
    assert.deepEqual(totals.days, { "2014-03-10": 2500 });
    assert.deepEqual(await registry.subjects(), ["market.equities.trades-value", "market.equities.trades.asx-value"]);
    assert.equal(log.broker.topic(TOPIC)?.partitions.length, 30);
  });
});

Deno.test("v1 carries the id as a header; both writes v1 and v2 to separate topics", async () => {
  await bench(async ({ log, registry, load }) => {
    await load(new ArraySource(rows(250)));
    assertExact(log, 250, TOPIC);
    assertExact(log, 250, `${TOPIC}.v1`);
    const ids = new Map<string, Set<number>>();
    for (const topic of [TOPIC, `${TOPIC}.v1`]) {
      const records = log.broker.topic(topic)?.partitions.flatMap((partition) => partition.records) ?? [];
      ids.set(topic, new Set(records.map(({ value }) => parseFrame(value ?? new Uint8Array(0)).schemaId)));
    }
    const v1 = (await registry.version("market.equities.trades.v1-value", "latest")).id;
    const v2 = (await registry.version("market.equities.trades-value", "latest")).id;
    assert.deepEqual([...ids.values()].map((set) => [...set]), [[v2], [v1]]);
  }, { config: { schemaVersion: "both" } });
});

Deno.test("bad rows become dead letters with their bytes; the others are written", async () => {
  await bench(async ({ log, letters, runtime, load }) => {
    const mixed = Array.from({ length: 500 }, (_, at) => at % 50 === 7 ? bad(at + 1) : good(at + 1));
    await load(new ArraySource(mixed));
    assert.equal(idsIn(log).length, 490);
    assert.equal(letters.length, 10);
    const [first] = letters;
    assert.equal(first?.row, 8);
    assert.equal(first?.rule, "not_a_number");
    assert.equal(new TextDecoder().decode(first?.bytes), "row 8");
    const totals = runtime.account().totals();
    assert.deepEqual(totals.dead_letter_reasons, { not_a_number: 10 });
    assert.equal(totals.lost, 0);
  });
});

Deno.test("a source whose first 1,000 rows are all bad is stopped", async () => {
  await bench(async ({ load }) => {
    const end = await load(new ArraySource(Array.from({ length: 5000 }, (_, at) => bad(at + 1))));
    assert.equal(end.type, "stopped");
    assert.match(String(end.type === "stopped" && end.cause), /first \d+ rows are all bad/);
  });
});

for (
  const path of [
    "root/converters/converter",
    `root/producers/${TOPIC}`,
    "root/sources/source-1",
    "root/lookup/registry",
    "root/lookup/schema_loader",
    "root/stores/dead_letters",
  ]
) {
  Deno.test(`${path} killed three times during a load: nothing missing, nothing twice, nothing late`, async () => {
    await bench(async ({ log, events, runtime, load }) => {
      const count = 6000;
      const loaded = load(new ArraySource(rows(count, ["BHP", "RIO"])));
      for (const at of [500, 2500, 4500]) {
        await whenStored(log, at);
        await whenRunning(runtime, path);
        killActor(runtime.system, path);
      }
      assert.deepEqual(await loaded, { type: "completed" });
      assertExact(log, count);
      assert.equal(runtime.account().totals().acked, count);
      assert.equal(events.filter((event) => event.type === "restart_scheduled" && event.path === path).length, 3);
    });
  });
}

Deno.test("sends of unknown outcome, stored or not, early or late, are resolved by reading", async () => {
  await bench(async ({ log, events, runtime, load }) => {
    const count = 6000;
    const { faults } = log.broker;
    const loaded = load(new ArraySource(rows(count, ["BHP", "RIO", "CBA", "NAB"])));
    for (const [at, stored] of [[500, "yes"], [1500, "no"], [2500, "yes"], [3500, "no"]] as const) {
      await whenStored(log, at);
      faults.next("send", { type: "unknown", stored });
    }
    await whenStored(log, 4500);
    faults.next("send", { type: "unknown", stored: "late", afterMs: 20 });
    assert.deepEqual(await loaded, { type: "completed" });
    assertExact(log, count);
    assert.equal(runtime.account().totals().acked, count);
    assert.ok(events.some((event) => event.type === "send_resolved" && event.found > 0));
    assert.ok(events.some((event) => event.type === "send_resolved" && event.sentAgain > 0));
  });
});

Deno.test("a log that fails for some calls only delays the load", async () => {
  await bench(async ({ log, events, load }) => {
    const loaded = load(new ArraySource(rows(3000)));
    await whenStored(log, 500);
    log.broker.faults.unreachable({ calls: 5 });
    assert.deepEqual(await loaded, { type: "completed" });
    assertExact(log, 3000);
    assert.ok(events.some((event) => event.type === "topic_unavailable"));
  });
});

Deno.test("a producer killed while its send hangs leaves no row behind and writes none twice", async () => {
  await bench(async ({ log, runtime, load }) => {
    const loaded = load(new ArraySource(rows(3000)));
    await whenStored(log, 500);
    const hung = log.broker.faults.next("send", { type: "hang" });
    await hung.reached;
    killActor(runtime.system, `root/producers/${TOPIC}`);
    hung.release();
    assert.deepEqual(await loaded, { type: "completed" });
    assertExact(log, 3000);
  });
});

Deno.test("the version flag changed during a load: no batch mixes versions, no row is lost", async () => {
  await bench(async ({ log, runtime, load }) => {
    const loaded = load(new ArraySource(rows(4000)));
    await whenStored(log, 1000);
    runtime.setSchemaVersion("v1");
    await loaded;
    assertExact(log, 4000);
    const records = log.broker.topic(TOPIC)?.partitions.flatMap((partition) => partition.records) ?? [];
    const versions = records.map(({ value }) => parseFrame(value ?? new Uint8Array(0)).schemaId);
    const changes = versions.filter((id, at) => at > 0 && id !== versions[at - 1]).length;
    assert.equal(changes, 1, "all of v2, then all of v1");
    for (const { records } of log.broker.appends) {
      assert.equal(new Set(records.map(({ value }) => parseFrame(value ?? new Uint8Array(0)).schemaId)).size, 1);
    }
  });
});

Deno.test("a registry that refuses stops the sources of that subject with its reason; others continue", async () => {
  await bench(async ({ registry, events, load }) => {
    const quote = '{"type":"record","name":"Other","fields":[{"name":"a","type":"int"}]}';
    await registry.register("market.equities.trades-value", quote);
    const end = await load(new ArraySource(rows(10)));
    assert.equal(end.type, "stopped");
    assert.match(String(end.type === "stopped" && end.cause), /market\.equities\.trades-value/);
    assert.ok(events.some((event) => event.type === "schema_refused"));
  });
});

Deno.test("a registry that is down at the start is waited for", async () => {
  await bench(async ({ log, registry, events, load }) => {
    registry.server.faults.unreachable({ calls: 3 });
    assert.deepEqual(await load(new ArraySource(rows(200))), { type: "completed" });
    assertExact(log, 200);
    assert.equal(events.filter((event) => event.type === "registry_unavailable").length, 3);
    assert.equal(events.filter((event) => event.type === "registry_available").length, 1);
  });
});

Deno.test("stop() drains pending rows and reads no more", async () => {
  await bench(async ({ log, runtime, load }) => {
    const loaded = load(new ArraySource(rows(100_000)));
    await whenStored(log, 1000);
    await runtime.stop();
    assert.deepEqual(await loaded, { type: "drained" });
    const { read, acked, lost } = runtime.account().totals();
    assert.ok(read < 100_000);
    assert.equal(acked, read);
    assert.equal(lost, 0);
    assertExact(log, read);
  });
});

Deno.test("a row too large for the log is dead-lettered, those around it are written", async () => {
  await bench(async ({ log, letters, load }) => {
    const loaded = load(new ArraySource(rows(1000)));
    await whenStored(log, 300);
    log.broker.faults.next("send", { type: "refuse", code: "message_too_large" });
    await loaded;
    assertExact(log, 1000);
    assert.equal(letters.length, 0, "a send that was too large is halved, not thrown away");
  });
});
