/** Actors fail alone: the fate of the other actors, the rows and the callers when one of them dies again and again. */
import assert from "node:assert/strict";
import { actorsOf } from "../../producer/actors_of.ts";
import { ActorFailedError } from "../../kernel/errors.ts";
import { killActor } from "../../kernel/testing.ts";
import { RuntimeEndedError } from "../../runtime.ts";
import type { GoodRow } from "../../sources/source.ts";
import type { LogProducer } from "../../transport/log.ts";
import { ArraySource } from "../support/array_source.ts";
import { bench, good, idsIn, rows } from "../support/pipeline_harness.ts";
import { exampleTrade, settle, withProducer } from "../support/producer_harness.ts";

Deno.test("a converter that always throws ends the load with its path, and makes dead letters of hardly any rows", async () => {
  const poisonous = (row: number): GoodRow => ({
    ...good(row),
    get record(): GoodRow["record"] {
      throw new TypeError("a bug in the converter");
    },
  });
  await bench(async ({ clock, log, letters, events, runtime }) => {
    const { done } = await runtime.addSource(new ArraySource(rows(2_000).map(({ row }) => poisonous(row))));
    const outcome = done.catch((cause: unknown) => cause);
    await clock.advance(120_000);
    const error = await outcome;
    assert.ok(error instanceof RuntimeEndedError, Deno.inspect(error));
    assert.match(
      error.message,
      /gave up: Actor "root\/converters\/converter" failed 21 times in \S+ s with work waiting and none done: a bug/,
    );
    assert.deepEqual([error.failed?.path, error.failed?.failures], ["root/converters/converter", 21]);
    assert.match(String(error.cause), /TypeError: a bug in the converter/);
    assert.ok(letters.length <= 12, `${letters.length} letters`);
    assert.equal(idsIn(log).length, 0);
    const told = events.flatMap((event) => event.type === "restart_scheduled" ? [event.waiting] : []);
    assert.ok(told.length === 20 && told.every((waiting) => waiting > 0), "each restart says what it holds up");
  }, { manual: true });
});

Deno.test("a topic whose producer cannot do its work stops its own sources only, and a later source tries it again", async () => {
  const broken = "market.equities.trades.nyse";
  let fails = true;
  await bench(async ({ clock, log, runtime, events }) => {
    const create = log.createProducer.bind(log);
    log.createProducer = async () => {
      const client = await create();
      const send: LogProducer["send"] = (topic, partition, records) => {
        if (fails && topic === broken) throw new TypeError("a bug in the client");
        return client.send(topic, partition, records);
      };
      return { send, close: () => client.close() };
    };
    const nyse = (id: string) => Object.assign(new ArraySource(rows(100), { id }), { exchange: "NYSE" });
    const [one, other] = await Promise.all([
      runtime.addSource(nyse("nyse")),
      runtime.addSource(new ArraySource(rows(300))),
    ]);
    await clock.advance(120_000);
    const end = await one.done;
    assert.ok(end.type === "stopped" && end.cause instanceof ActorFailedError);
    assert.match(
      end.cause.message,
      /"root\/producers\/market.equities.trades.nyse" failed 11 times .*a bug in the client/,
    );
    assert.deepEqual(await other.done, { type: "completed" });
    assert.equal(idsIn(log).length, 300);
    const actors = actorsOf(runtime);
    assert.ok(!actors.paths().includes(`root/producers/${broken}`));
    assert.ok(actors.paths().every((path) => actors.at(path).incarnation === 1), "no other actor was restarted");
    assert.equal(events.filter(({ type }) => type === "source_stopped").length, 1);
    fails = false;
    const later = await runtime.addSource(nyse("nyse again"));
    await clock.advance(60_000);
    assert.deepEqual(await later.done, { type: "completed" });
    assert.equal(idsIn(log, broken).length, 100);
  }, {
    manual: true,
    config: { exchanges: { nyse: { assetClasses: ["equities"], partitions: 3 } }, pipeline: { maxAttempts: 100 } },
  });
});

Deno.test("a source whose actor cannot do its work ends by itself, with the reason", async () => {
  await bench(async ({ clock, log, runtime }) => {
    const tooManyDeadLetters = () => {
      throw new TypeError("a bug in the source");
    };
    const one = await runtime.addSource(new ArraySource(rows(100), { id: "one" }), { tooManyDeadLetters });
    const other = await runtime.addSource(new ArraySource(rows(300), { id: "other" }));
    await clock.advance(120_000);
    const end = await one.done;
    assert.ok(end.type === "stopped" && end.cause instanceof ActorFailedError);
    assert.match(end.cause.message, /"root\/sources\/source-1" failed 11 times .*: a bug in the source/);
    assert.deepEqual(await other.done, { type: "completed" });
    // The limit applies to the rows that the load has settled, and those were written by then.
    assert.equal(idsIn(log).length, 400);
  }, { manual: true });
});

Deno.test("a source that has nothing to read, or makes progress between its failures, is not given up", async () => {
  const path = "root/sources/source-1";
  await withProducer(async ({ clock, producer }) => {
    await settle(clock, producer.produceTrade("equities", "ASX", exampleTrade()));
    const actors = actorsOf(producer);
    for (let kill = 0; kill < 20; kill++) {
      actors.kill(path);
      await clock.advance(5_000);
    }
    assert.equal(actors.at(path).incarnation, 21);
  });
  await bench(async ({ clock, log, runtime }) => {
    let reads = 0;
    const beforeRead = () => ++reads % 3 === 0 ? queueMicrotask(() => killActor(runtime.system, path)) : undefined;
    const { done } = await runtime.addSource(new ArraySource(rows(300), { beforeRead }));
    await clock.advance(300_000);
    assert.deepEqual(await done, { type: "completed" });
    assert.equal(idsIn(log).length, 300);
    assert.ok(reads > 60);
  }, { manual: true, config: { pipeline: { batchRows: 5, windowRows: 60 } } });
});

const TRADES_V1 = "market.equities.trades.v1-value";
const TOPIC_SUBJECT = "market.equities.trades.asx-value";
const TRADES_V2 = "market.equities.trades-value";

for (const killed of [null, "root/lookup/registry", "root/lookup/schema_loader", "root/sources/source-1"]) {
  for (const when of ["before", "after"] as const) {
    const moment = killed === null ? "" : ` to ${killed}, which dies just ${when} it,`;
    Deno.test(`a version that the flag has left is not registered: a change${moment} is not lost`, async () => {
      await bench(async ({ clock, log, registry, runtime }) => {
        const down = registry.server.faults.unreachable();
        const { done } = await runtime.addSource(new ArraySource(rows(300)));
        await clock.advance(10_000);
        const kill = () => killed === null ? undefined : killActor(runtime.system, killed);
        if (when === "before") kill();
        runtime.setSchemaVersion("v1");
        if (when === "after") kill();
        await clock.advance(10_000);
        down.release();
        await clock.advance(30_000);
        assert.deepEqual(await done, { type: "completed" });
        assert.deepEqual(await registry.subjects(), [TOPIC_SUBJECT, TRADES_V1]);
        assert.equal(new Set(idsIn(log)).size, 300);
      }, { manual: true, config: { schemaVersion: "v2" } });
    });
  }
}

Deno.test("a version that the flag returns to is registered, and only once the registry answers", async () => {
  await bench(async ({ clock, registry, runtime }) => {
    const down = registry.server.faults.unreachable();
    const { done } = await runtime.addSource(new ArraySource(rows(300)));
    for (const flag of ["v1", "v2", "both", "v2"] as const) {
      await clock.advance(3_000);
      killActor(runtime.system, "root/lookup/schema_loader");
      runtime.setSchemaVersion(flag);
    }
    down.release();
    await clock.advance(30_000);
    assert.deepEqual(await done, { type: "completed" });
    assert.deepEqual(await registry.subjects(), [TRADES_V2, TOPIC_SUBJECT]);
  }, { manual: true, config: { schemaVersion: "v2" } });
});

Deno.test("actorsOf() knows a producer's actors, kills one of them and waits for its next incarnation", async () => {
  await withProducer(async ({ clock, producer }) => {
    const actors = actorsOf(producer);
    const path = "root/converters/converter";
    assert.equal(actors.snapshot().path, "root");
    actors.kill(path, new Error("for a test"));
    assert.throws(() => actors.kill(path), RangeError);
    assert.throws(
      () => actors.at("root/converters/other"),
      /RangeError: No actor "root\/converters\/other"; there are root/,
    );
    const running = actors.running(path, { incarnation: 2 });
    await clock.advance(100);
    assert.equal((await running).incarnation, 2);
  });
  const never = Object.create(null);
  assert.throws(() => actorsOf(never), TypeError);
});
