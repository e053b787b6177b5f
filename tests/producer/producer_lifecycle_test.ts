/** Starting, closing and giving up: the answers to the embedded producer's callers. */
import assert from "node:assert/strict";
import { actorsOf } from "../../producer/actors_of.ts";
import { ActorFailedError } from "../../kernel/errors.ts";
import { ManualClock } from "../../kernel/testing.ts";
import { ConfigError } from "../../config/config_error.ts";
import { MarketDataProducer } from "../../producer/market_data_producer.ts";
import { BatchError } from "../../producer/batch.ts";
import { OutcomeUnknownError, ProducerClosedError } from "../../producer/errors.ts";
import type { ProduceReceipt } from "../../producer/receipt.ts";
import { buildQuoteV2 } from "../../records/quote/build.ts";
import { buildReferenceDataV2 } from "../../records/reference_data/build.ts";
import { RuntimeEndedError } from "../../runtime.ts";
import { systemClock } from "../../kernel/clock.ts";
import { DataDirLockedError } from "../../state/lock.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import { openTransport } from "../../transport/open.ts";
import { allRecords, exampleTrade, rejection, settle, TRADES, withProducer } from "../support/producer_harness.ts";
import { inFolder } from "../support/temp_folder.ts";

const quote = () =>
  buildQuoteV2({
    symbol: "BHP",
    exchange: "ASX",
    assetClass: "equities",
    timestamp: new Date(0),
    bidPrice: "1",
    bidQuantity: "1",
    askPrice: "2",
    askQuantity: "1",
  });

const company = () =>
  buildReferenceDataV2({
    companyId: "7078",
    symbol: "BHP",
    exchange: "ASX",
    assetClass: "equities",
    companyName: "BHP Billiton",
  });

Deno.test("calls after close() reject with ProducerClosedError; flush() resolves and the numbers stay", async () => {
  await withProducer(async ({ producer }) => {
    await producer.produceTrade("equities", "ASX", exampleTrade());
    await producer.close();
    const calls = [
      producer.produceTrade("equities", "ASX", exampleTrade()),
      producer.produceQuote("equities", "ASX", quote()),
      producer.produceReferenceData("equities", "ASX", company()),
      producer.produceTrades("equities", "ASX", [exampleTrade()]),
      producer.produceQuotes("equities", "ASX", []),
    ];
    for (const call of calls) await rejection(call, ProducerClosedError);
    assert.throws(() => producer.setSchemaVersion("v1"), ProducerClosedError);
    await producer.flush();
    assert.equal(producer.stats().acked, 1);
    assert.equal(producer.stats().topics[TRADES], 1);
  });
});

Deno.test("close() is idempotent: later calls wait for the first", async () => {
  await withProducer(async ({ log, clock, producer }) => {
    const held = log.broker.faults.next("send", { type: "hang" });
    const call = producer.produceTrade("equities", "ASX", exampleTrade());
    await held.reached;
    let ended = 0;
    const closes = [producer.close(), producer.close(), producer[Symbol.asyncDispose]()];
    for (const close of closes) close.then(() => ended += 1);
    await clock.runUntilIdle();
    assert.equal(ended, 0, "a record is under way");
    held.release();
    await call;
    await Promise.all(closes);
    assert.equal(producer.close(), closes[0]);
  });
});

Deno.test("close() writes everything that was handed over before, read by an actor or not", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    const calls = Array.from({ length: 15_000 }, () => producer.produceTrade("equities", "ASX", exampleTrade()));
    const quotes = producer.produceQuote("equities", "ASX", quote());
    await settle(clock, producer.close());
    assert.equal(new Set((await Promise.all(calls)).map(({ offset }) => offset)).size, 15_000);
    assert.equal((await quotes).offset, 0n);
    assert.equal(allRecords(log).length, 15_000);
  });
});

Deno.test("close() gives up at its deadline and rejects what has not settled", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    log.broker.faults.unreachable();
    const call = rejection(producer.produceTrade("equities", "ASX", exampleTrade()), ProducerClosedError);
    const closed = producer.close({ deadlineMs: 5_000 }).then(() => ({ at: clock.monotonic(), ...producer.stats() }));
    const { at: endedAt, rejected, pending } = await settle(clock, closed);
    assert.match((await call).message, /closed before the record was acknowledged/);
    // The last part of it is for stopping the tree, which has nothing to wait for.
    assert.ok(endedAt >= 4_000 && endedAt <= 5_000, `it took ${endedAt} ms`);
    assert.deepEqual({ rejected, pending }, { rejected: 1, pending: 0 });
  });
});

Deno.test("close() stops a batch that still takes from its generator, and says where", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    const held = log.broker.faults.next("send", { type: "hang" });
    const trade = exampleTrade();
    const batch = rejection(
      producer.produceTrades(
        "equities",
        "ASX",
        function* () {
          for (;;) yield trade;
        }(),
      ),
      BatchError,
    );
    await held.reached;
    const closed = producer.close();
    held.release();
    await settle(clock, closed);
    const error = await batch;
    assert.ok(error.cause instanceof ProducerClosedError);
    assert.equal(error.failures[0]?.index, error.receipts.length);
    assert.ok(error.receipts.every((receipt) => receipt !== null));
    assert.equal(allRecords(log).length, error.receipts.length);
  });
});

Deno.test("await using writes what was handed over even when the block throws, and does not mask what it threw", async () => {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock });
  const boom = new Error("boom");
  let call: Promise<ProduceReceipt> | undefined;
  const block = async () => {
    await using producer = await MarketDataProducer.start({ ports: { log, registry: new MemoryRegistry(), clock } });
    call = producer.produceTrade("equities", "ASX", exampleTrade());
    throw boom;
  };
  assert.equal(await rejection(settle(clock, block()), Error), boom);
  assert.equal((await call)?.offset, 0n);
  assert.equal(allRecords(log).length, 1);
  await log.close();
});

Deno.test("nested producers are independent: the inner one's end leaves the outer one working", async () => {
  await withProducer(async (outer) => {
    await withProducer(async (inner) => {
      await inner.producer.produceTrade("equities", "ASX", exampleTrade());
      await outer.producer.produceTrade("equities", "ASX", exampleTrade());
    }, { schemaVersion: "v1" });
    const receipt = await outer.producer.produceTrade("equities", "ASX", exampleTrade());
    assert.deepEqual([receipt.offset, receipt.schemaVersion], [1n, "v2"]);
  });
});

Deno.test("parallel producers on one broker are independent", async () => {
  await withProducer(async ({ log, registry, clock, producer }) => {
    const other = await MarketDataProducer.start({ ports: { log: new MemoryLog(log.broker), registry, clock } });
    await Promise.all([
      producer.produceTrades("equities", "ASX", Array.from({ length: 500 }, () => exampleTrade())),
      other.produceQuotes("equities", "ASX", Array.from({ length: 500 }, quote)),
    ]);
    await other.close();
    assert.deepEqual([producer.stats().acked, other.stats().acked], [500, 500]);
    await producer.produceTrade("equities", "ASX", exampleTrade());
  });
});

Deno.test("a topic whose producer cannot do its work rejects its calls; a later call starts it anew", async () => {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock });
  const bug = new TypeError("a bug in the client");
  const broken = {
    admin: log.admin,
    read: log.read.bind(log),
    offsetForTime: log.offsetForTime.bind(log),
    close: () => log.close(),
    createProducer: () =>
      Promise.resolve({
        send: () => {
          throw bug;
        },
        close: () => Promise.resolve(),
      }),
  };
  let fails = true;
  const createProducer = () => fails ? broken.createProducer() : log.createProducer();
  const producer = await MarketDataProducer.start({
    ports: { log: { ...broken, createProducer }, registry: new MemoryRegistry({ clock }), clock },
    config: { pipeline: { maxAttempts: 100 } },
  });
  const calls = Array.from(
    { length: 3 },
    () => rejection(producer.produceTrade("equities", "ASX", exampleTrade()), OutcomeUnknownError),
  );
  for (const error of await settle(clock, Promise.all(calls))) {
    assert.match(error.message, /producers\/market.equities.trades.asx" failed 11 times in .* a bug in the client/);
    assert.ok(error.cause instanceof ActorFailedError);
    assert.equal(error.cause.cause, bug);
  }
  fails = false;
  const receipt = await settle(clock, producer.produceTrade("equities", "ASX", exampleTrade()));
  assert.deepEqual([receipt.offset, producer.stats().rejected, producer.stats().acked], [0n, 3, 1]);
  await settle(clock, producer.close());
  await log.close();
});

Deno.test("a runtime that gives up rejects every call, pending or later, says why, and can still be closed", async () => {
  await withProducer(async ({ clock, registry, producer }) => {
    registry.server.faults.unreachable();
    const calls = Array.from(
      { length: 3 },
      () => rejection(producer.produceTrade("equities", "ASX", exampleTrade()), RuntimeEndedError),
    );
    const bug = new TypeError("a bug in the registry's client");
    const { kill } = actorsOf(producer);
    for (let failure = 0; failure < 11; failure++) {
      await clock.runUntilIdle();
      kill("root/lookup/registry", bug);
      await clock.advance(5_000);
    }
    for (const error of await settle(clock, Promise.all(calls))) {
      assert.match(
        error.message,
        /gave up: Actor "root\/lookup\/registry" failed 11 times in \S+ s .*: a bug in .*: start another producer/,
      );
      assert.deepEqual([error.failed?.path, error.failed?.failures, error.cause], ["root/lookup/registry", 11, bug]);
    }
    const later = await rejection(producer.produceQuote("equities", "ASX", quote()), RuntimeEndedError);
    assert.match(later.message, /start another producer/);
    assert.equal(producer.stats().rejected, 4);
    await rejection(producer.produceTrades("equities", "ASX", [exampleTrade()]), RuntimeEndedError);
    await settle(clock, producer.close());
    await rejection(producer.produceQuote("equities", "ASX", quote()), ProducerClosedError);
  });
});

Deno.test("without brokers the producer locks its data folder and writes to the embedded log there", async () => {
  await inFolder(async (dataDir) => {
    const first = await MarketDataProducer.start({ dataDir });
    const locked = await rejection(MarketDataProducer.start({ dataDir }), DataDirLockedError);
    assert.match(locked.message, new RegExp(`process ${Deno.pid} \\(embedded producer\\)`));
    const receipt = await first.produceTrade("equities", "ASX", exampleTrade());
    await first.close();
    const second = await MarketDataProducer.start({ dataDir });
    assert.equal((await second.produceTrade("equities", "ASX", exampleTrade())).offset, receipt.offset + 1n);
    await second.close();
    const transport = await openTransport({
      dataDir,
      sync: "full",
      readOnly: true,
      kafka: null,
      registry: null,
      clock: systemClock,
    });
    const offsets = await transport.log.admin.offsets(TRADES);
    assert.equal(offsets[receipt.partition]?.end, 2n);
    await transport.close();
  });
});

Deno.test("start() with a wrong setting is a ConfigError and leaves no lock behind", async () => {
  await inFolder(async (dataDir) => {
    // @ts-expect-error: no version
    await rejection(MarketDataProducer.start({ dataDir, schemaVersion: "v3" }), ConfigError);
    await rejection(MarketDataProducer.start({ dataDir, brokers: ["nowhere"] }), ConfigError);
    await rejection(MarketDataProducer.start({ dataDir, brokers: ["127.0.0.1:1"] }), ConfigError);
    await rejection(MarketDataProducer.start({ dataDir, connectTimeoutMs: 0 }), ConfigError);
    const caFile = `${dataDir}/none.pem`;
    const brokers = ["127.0.0.1:1"];
    await rejection(
      MarketDataProducer.start({ dataDir, brokers, registry: "embedded", config: { kafka: { tls: { caFile } } } }),
      ConfigError,
    );
    await (await MarketDataProducer.start({ dataDir })).close();
  });
});
