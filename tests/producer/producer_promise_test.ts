/** The answer to a call of the embedded producer, compared with the log: faults, crashes, refused flags. */
import assert from "node:assert/strict";
import { actorsOf } from "../../producer/actors_of.ts";
import { TopicParkedError } from "../../actors/delivery/delivery.ts";
import { CatalogueError } from "../../config/catalogue.ts";
import { ConfigError } from "../../config/config_error.ts";
import { OutcomeUnknownError, ProducerClosedError, ProducerFullError } from "../../producer/errors.ts";
import { RecordError } from "../../records/errors.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import { convertTradeV2ToV1 } from "../../records/trade/convert.ts";
import type { GoodRow } from "../../sources/source.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { RegistryError } from "../../transport/registry.ts";
import { ArraySource } from "../support/array_source.ts";
import { bench as loadBench, good } from "../support/pipeline_harness.ts";
import {
  allRecords,
  exampleTrade,
  type ProducerBench,
  rejection,
  settle,
  TRADES,
  withProducer,
} from "../support/producer_harness.ts";

const PRODUCER = `root/producers/${TRADES}`;
const OTHER_SCHEMA = '{"type":"record","name":"Other","fields":[{"name":"a","type":"int"}]}';

const idsIn = (bench: ProducerBench, topic = TRADES) => allRecords(bench.log, topic).map(storedMessageId);
const copiesOf = (bench: ProducerBench, id: string) => idsIn(bench).filter((each) => each === id).length;

/** Kills an actor as soon as an incarnation of it runs, this many times. */
async function killOften({ producer, clock }: ProducerBench, path: string, times: number): Promise<void> {
  const { kill, at } = actorsOf(producer);
  for (let killed = 0; killed < times; killed++) {
    for (let wait = 0; at(path).state !== "running"; wait++) {
      assert.ok(wait < 1_000);
      await clock.advance(10);
    }
    kill(path);
    await clock.runUntilIdle();
  }
}

for (const stored of ["yes", "no"] as const) {
  Deno.test(`a record whose send was in doubt (stored: ${stored}) is resolved, however often the topic's producer dies`, async () => {
    await withProducer(async (bench) => {
      const { clock, log, producer } = bench;
      await producer.produceTrade("equities", "ASX", exampleTrade());
      const fault = log.broker.faults.next("send", { type: "unknown", stored });
      const trade = exampleTrade();
      const call = producer.produceTrade("equities", "ASX", trade);
      await fault.reached;
      const away = log.broker.faults.unreachable();
      await killOften(bench, PRODUCER, 9);
      away.release();
      assert.equal((await settle(clock, call)).messageId, trade.message_id);
      assert.equal(copiesOf(bench, trade.message_id), 1);
    });
  });
}

Deno.test("a flag that is refused while a send is in doubt says nothing of the pending record", async () => {
  await withProducer(async (bench) => {
    const { clock, log, registry, producer } = bench;
    await producer.produceTrade("equities", "ASX", exampleTrade());
    await registry.register("market.equities.trades.v1-value", OTHER_SCHEMA);
    const held = log.broker.faults.next("send", { type: "hang" });
    const trade = exampleTrade();
    const call = producer.produceTrade("equities", "ASX", trade);
    await held.reached;
    producer.setSchemaVersion("v1");
    const refused = rejection(producer.produceTrade("equities", "ASX", exampleTrade()), RegistryError);
    await clock.runUntilIdle();
    producer.setSchemaVersion("v2");
    const later = Array.from({ length: 5 }, () => producer.produceTrade("equities", "ASX", exampleTrade()));
    actorsOf(producer).kill(PRODUCER);
    await clock.runUntilIdle();
    held.release();
    assert.equal((await settle(clock, call)).messageId, trade.message_id);
    await settle(clock, refused);
    await settle(clock, Promise.all(later));
    assert.equal(allRecords(log).length, 7);
    assert.equal(new Set(idsIn(bench)).size, 7);
  });
});

Deno.test("a topic that is parked in the middle distinguishes sent from unsent records", async () => {
  await withProducer(async (bench) => {
    const { clock, log, producer } = bench;
    await producer.produceTrade("equities", "ASX", exampleTrade());
    const fault = log.broker.faults.next("send", { type: "unknown", stored: "yes" });
    const forbidden = log.broker.faults.next("offsets", { type: "fail", code: "unauthorized" }, { times: Infinity });
    const sent = exampleTrade();
    const first = rejection(producer.produceTrade("equities", "ASX", sent), OutcomeUnknownError);
    await fault.reached;
    const unsent = exampleTrade();
    const second = rejection(producer.produceTrade("equities", "ASX", unsent), TopicParkedError);
    const unknown = await settle(clock, first);
    assert.ok(unknown.cause instanceof TopicParkedError);
    assert.match(unknown.message, /^Whether the record was written is not known: Topic /);
    await settle(clock, second);
    forbidden.release();
    assert.deepEqual([copiesOf(bench, sent.message_id), copiesOf(bench, unsent.message_id)], [1, 0]);
    // Passed again, it is found and not written a second time.
    await settle(clock, producer.produceTrade("equities", "ASX", sent));
    assert.equal(copiesOf(bench, sent.message_id), 1);
  });
});

Deno.test("close() distinguishes at its deadline sent from unsent records, and takes no longer", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    await producer.produceTrade("equities", "ASX", exampleTrade());
    const held = log.broker.faults.next("send", { type: "hang", lost: true });
    const sent = rejection(producer.produceTrade("equities", "ASX", exampleTrade()), OutcomeUnknownError);
    await held.reached;
    const unsent = rejection(producer.produceTrade("equities", "ASX", exampleTrade()), ProducerClosedError);
    await clock.runUntilIdle();
    const from = clock.monotonic();
    const took = await settle(clock, producer.close({ deadlineMs: 1_000 }).then(() => clock.monotonic() - from));
    // The client that waits for its send is let go a tenth of a second later at most.
    assert.ok(took <= 1_100, `it took ${took} ms`);
    assert.ok((await sent).cause instanceof ProducerClosedError);
    await unsent;
  });
});

for (const deadlineMs of [0, 1, 500, 2_500, 30_000]) {
  Deno.test(`close({ deadlineMs: ${deadlineMs} }) takes that long, and no longer, while the brokers are unreachable`, async () => {
    await withProducer(async ({ clock, log, producer }) => {
      log.broker.faults.unreachable();
      const call = rejection(producer.produceTrade("equities", "ASX", exampleTrade()), ProducerClosedError);
      await clock.runUntilIdle();
      const from = clock.monotonic();
      let end: number | undefined;
      const closed = producer.close({ deadlineMs }).then(() => end = clock.monotonic());
      for (let step = 0; end === undefined && step < 40_000; step++) await clock.advance(1);
      await closed;
      await call;
      assert.ok((end ?? Infinity) - from <= deadlineMs + 1, `it took ${(end ?? Infinity) - from} ms`);
      assert.ok((end ?? 0) - from >= deadlineMs * 0.8 - 1);
    });
  });
}

Deno.test("close({ deadlineMs: Infinity }) waits as long as necessary", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    const away = log.broker.faults.unreachable();
    const call = producer.produceTrade("equities", "ASX", exampleTrade());
    await clock.runUntilIdle();
    const closed = producer.close({ deadlineMs: Infinity });
    await clock.advance(10 * 60_000);
    away.release();
    await settle(clock, closed);
    assert.equal((await call).offset, 0n);
  });
});

Deno.test("close() refuses a deadline that is no time, and closes nothing", async () => {
  await withProducer(async ({ producer }) => {
    for (const deadlineMs of [NaN, -1, -Infinity, "5", null]) {
      // @ts-expect-error: some are no numbers
      const error = await rejection(producer.close({ deadlineMs }), ConfigError);
      assert.equal(error.problems[0]?.key, "deadlineMs");
    }
    await producer.produceTrade("equities", "ASX", exampleTrade());
  });
});

Deno.test("records of one topic keep the order of the calls, across kinds, asset classes and flags", async () => {
  for (const schemaVersion of ["v2", "both"] as const) {
    await withProducer(async ({ log, clock, producer }) => {
      const calls = [];
      const ids: string[] = [];
      for (let at = 0; at < 600; at++) {
        const assetClass = at % 3 === 0 ? "futures" : "equities";
        const trade = exampleTrade({ exchange: "TWO", assetClass, sourceSequence: at });
        ids.push(trade.message_id);
        calls.push(producer.produceTrade(assetClass, "TWO", trade));
        if (at % 50 === 7) await clock.runUntilIdle();
      }
      await settle(clock, Promise.all(calls));
      assert.deepEqual(allRecords(log, "all.trades").map(storedMessageId), ids);
      if (schemaVersion === "v2") return;
      for (const each of ["equities", "futures"]) {
        const own = ids.filter((_, at) => (at % 3 === 0) === (each === "futures"));
        assert.deepEqual(allRecords(log, `old.trades.${each}`).map(storedMessageId), own);
      }
    }, {
      schemaVersion,
      config: {
        exchanges: { two: { assetClasses: ["equities", "futures"], partitions: 1 } },
        topics: {
          pattern: {
            v2: "all.{data_type}",
            both: { v1: "old.{data_type}.{asset_class}", v2: "all.{data_type}" },
          },
        },
      },
    });
  }
});

Deno.test("each record is written under the flag at the time of its call, in the order of the calls", async () => {
  await withProducer(async ({ log, clock, producer }) => {
    const held = log.broker.faults.next("send", { type: "hang" });
    const flags = ["v2", "v1", "v2", "v1", "both", "v1", "v2"] as const;
    const calls: { flag: string; id: string; call: ReturnType<typeof producer.produceTrade> }[] = [];
    for (let at = 0; at < 210; at++) {
      const flag = flags[Math.floor(at / 30)] ?? "v2";
      producer.setSchemaVersion(flag);
      const trade = exampleTrade({ sourceSequence: at });
      calls.push({ flag, id: trade.message_id, call: producer.produceTrade("equities", "ASX", trade) });
      if (at === 0) await held.reached;
    }
    held.release();
    const receipts = await settle(clock, Promise.all(calls.map(({ call }) => call)));
    for (const [at, { copies }] of receipts.entries()) {
      const versions = copies.map(({ schemaVersion }) => schemaVersion).sort();
      const flag = calls[at]?.flag ?? "";
      assert.deepEqual(versions, flag === "both" ? ["v1", "v2"] : [flag]);
    }
    assert.deepEqual(allRecords(log).map(storedMessageId), calls.map(({ id }) => id));
  });
});

Deno.test("no more is taken than may be pending; ready() waits for room, and a batch waits by itself", async () => {
  const events: RuntimeEvent[] = [];
  await withProducer(async ({ log, clock, producer }) => {
    const away = log.broker.faults.unreachable();
    const calls = Array.from({ length: 100 }, () => producer.produceTrade("equities", "ASX", exampleTrade()));
    for (let more = 0; more < 5; more++) {
      const full = await rejection(producer.produceTrade("equities", "ASX", exampleTrade()), ProducerFullError);
      assert.equal(full.pending.records, 100);
    }
    assert.equal(events.filter(({ type }) => type === "producer_full").length, 1);
    const { pending, pending_bytes, rejected } = producer.stats();
    assert.deepEqual([pending, rejected], [100, 5]);
    assert.ok(pending_bytes > 100 * 250 && pending_bytes < 100 * 1_000);
    const batch = producer.produceTrades("equities", "ASX", Array.from({ length: 1_000 }, () => exampleTrade()));
    const workers = Array.from({ length: 300 }, async () => {
      await producer.ready();
      return await producer.produceTrade("equities", "ASX", exampleTrade());
    });
    await clock.advance(60_000);
    assert.equal(producer.stats().pending, 100);
    away.release();
    await settle(clock, Promise.all([...calls, batch, ...workers]));
    assert.equal(allRecords(log).length, 1_400);
  }, { maxPending: { records: 100 }, observe: (event) => events.push(event) });
});

Deno.test("ready() rejects when the producer is closed", async () => {
  await withProducer(async ({ log, clock, producer }) => {
    log.broker.faults.unreachable();
    rejection(producer.produceTrade("equities", "ASX", exampleTrade()), ProducerClosedError);
    const waiting = rejection(producer.ready(), ProducerClosedError);
    await settle(clock, producer.close({ deadlineMs: 10 }));
    await waiting;
    await rejection(producer.ready(), ProducerClosedError);
  }, { maxPending: { records: 1 } });
});

Deno.test("start() refuses invalid limits", async () => {
  for (const maxPending of [{ records: 0 }, { bytes: NaN }, { records: "7" }]) {
    // @ts-expect-error: one is no number
    await rejection(withProducer(() => Promise.resolve(), { maxPending }), ConfigError);
  }
});

Deno.test("start() refuses an invalid earliest date", async () => {
  for (const earliest of ["1962", "1962-02-30", "", 1962]) {
    // @ts-expect-error: one is no text
    await rejection(withProducer(() => Promise.resolve(), { earliest }), ConfigError);
  }
});

Deno.test("a record whose instants count another unit than its fields is refused with both readings, and not written", async () => {
  const micros = exampleTrade();
  const refused = [
    [
      { ...micros, timestamp: 1_394_406_006_717 },
      "timestamp",
      /counts us.*1970-01-17T.*; ms is 2014-03-09T23:00:06\.717Z/,
    ],
    [{ ...micros, timestamp: 1_394_406_006 }, "timestamp", /s is 2014-03-09T23:00:06Z/],
    [exampleTrade({ timestamp: 1_394_406_006_717n }), "timestamp", /Temporal\.Instant/],
    [{ ...micros, ingestion_timestamp: 1_394_406_006_717 }, "ingestion_timestamp", /start\(\{ earliest \}\)/],
    [
      { ...convertTradeV2ToV1(micros), exchange_timestamp: 1_394_406_006 },
      "exchange_timestamp",
      /counts ms.*; s is 2014/,
    ],
  ] as const;
  await withProducer(async ({ clock, log, producer }) => {
    for (const [record, field, words] of refused) {
      const error = await rejection(producer.produceTrade("equities", "ASX", record), RecordError);
      assert.deepEqual([error.rule, error.field], ["unlikely_instant", field], error.message);
      assert.match(error.message, words);
    }
    assert.deepEqual(log.broker.topicNames, []);
    for (const timestamp of ["1962-01-02T10:00:00Z", "1970-01-01T00:00:00Z", "1979-12-31T23:59:59Z"]) {
      await settle(clock, producer.produceTrade("equities", "ASX", exampleTrade({ timestamp })));
    }
  });
  await withProducer(async ({ clock, producer }) => {
    for (const [record] of refused) await settle(clock, producer.produceTrade("equities", "ASX", record));
  }, { earliest: "1970-01-01" });
});

Deno.test("absent arguments have their own errors, and nothing is written", async () => {
  await withProducer(async ({ log, producer }) => {
    const trade = exampleTrade();
    const wrong: readonly (readonly [unknown, unknown, unknown, typeof CatalogueError | typeof RecordError])[] = [
      [undefined, "ASX", trade, CatalogueError],
      [null, "ASX", trade, CatalogueError],
      [{}, "ASX", trade, CatalogueError],
      ["equities", undefined, trade, CatalogueError],
      ["equities", 7, trade, CatalogueError],
      ["equities", "ASX", undefined, RecordError],
      ["equities", "ASX", null, RecordError],
    ];
    for (const [assetClass, exchange, record, type] of wrong) {
      // @ts-expect-error: that is what programs without types do
      await rejection(producer.produceTrade(assetClass, exchange, record), type);
    }
    for (const records of [undefined, null, 5, {}, "text"]) {
      // @ts-expect-error: nothing that can be iterated
      await rejection(producer.produceTrades("equities", "ASX", records), RecordError);
    }
    // @ts-expect-error: neither
    await rejection(producer.produceTrades(undefined, "ASX", []), CatalogueError);
    assert.deepEqual(log.broker.topicNames, []);
  });
});

for (const stored of ["yes", "no"] as const) {
  Deno.test(`load dead-letters a row that crashes the converter only if its topic does not have it (stored: ${stored})`, async () => {
    await loadBench(async ({ clock, log, letters, runtime, load }) => {
      let poisonous = false;
      const row: GoodRow = {
        ...good(1),
        get record() {
          if (poisonous) throw new TypeError("the row is poisonous now");
          return good(1).record;
        },
      };
      const fault = log.broker.faults.next("send", { type: "unknown", stored });
      const ended = load(new ArraySource([row]));
      for (let wait = 0; wait < 100 && log.broker.topic(TRADES) === undefined; wait++) await clock.advance(10);
      await fault.reached;
      const away = log.broker.faults.unreachable();
      poisonous = true;
      const { kill } = actorsOf(runtime);
      kill(PRODUCER);
      await clock.advance(120_000);
      assert.deepEqual(letters, [], "nothing is said before the topic can be read");
      away.release();
      await clock.advance(20_000);
      assert.deepEqual(await ended, { type: "completed" });
      assert.deepEqual(letters.map(({ rule }) => rule), stored === "yes" ? [] : ["poison_row"]);
      assert.equal(allRecords(log).length, stored === "yes" ? 1 : 0);
      const { acked, dead_lettered } = runtime.account().totals();
      assert.deepEqual([acked, dead_lettered], stored === "yes" ? [1, 0] : [0, 1]);
    }, { manual: true, config: { pipeline: { maxAttempts: 1 } } });
  });
}
