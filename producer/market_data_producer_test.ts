/** What the embedded producer writes. What goes wrong is in tests/producer/producer_faults_test.ts. */
import assert from "node:assert/strict";
import { ConfigError } from "../config/config_error.ts";
import { CatalogueError } from "../config/catalogue.ts";
import { TopicNameError } from "../config/topics.ts";
import { BatchError } from "./batch.ts";
import { RecordRefusedError } from "./errors.ts";
import type { ProduceReceipt } from "./receipt.ts";
import { RecordError } from "../records/errors.ts";
import { uuidToBytes } from "../records/ids/uuid_text.ts";
import { buildQuoteV1, buildQuoteV2 } from "../records/quote/build.ts";
import { buildReferenceDataV1, buildReferenceDataV2 } from "../records/reference_data/build.ts";
import { buildTradeV1 } from "../records/trade/build.ts";
import { convertTradeV2ToV1 } from "../records/trade/convert.ts";
import {
  allRecords,
  decodedAt,
  exampleTrade,
  plain,
  rejection,
  settle,
  storedAt,
  TRADES,
  utf8,
  withProducer,
} from "../tests/support/producer_harness.ts";

const SYMBOLS = ["BHP", "RIO", "CBA", "NAB", "MWR"];

/** A trade whose sequence is its number. */
const numbered = (number: number) =>
  exampleTrade({ symbol: SYMBOLS[number % SYMBOLS.length] ?? "BHP", sourceSequence: number });

const v1Trade = (volume = 1000) =>
  buildTradeV1({
    symbol: "BHP",
    companyId: 123,
    timestamp: "2014-03-10T10:00:06.717+11:00",
    price: "45.67",
    volume,
    qualifiers: 3,
    venue: "X",
    sequenceNumber: 12345,
  });

Deno.test("produceTrade() writes the contract's example so that it decodes to the same values", async () => {
  await withProducer(async (bench) => {
    const trade = exampleTrade();
    assert.equal(trade.message_id.length, 36);
    assert.equal(trade.asset_class, "equities");
    const receipt = await bench.producer.produceTrade("equities", "ASX", trade);
    assert.equal(receipt.topic, TRADES);
    assert.equal(receipt.messageId, trade.message_id);
    assert.equal(receipt.copies.length, 1);
    assert.equal(utf8(storedAt(bench.log, receipt).key), "BHP");
    const decoded = await decodedAt(bench, receipt, { kind: "trade", version: "v2" });
    assert.deepEqual(plain(decoded), plain(trade));
    assert.deepEqual(plain(decoded.price), "45.67");
  }, { schemaVersion: "v2" });
});

Deno.test("produceTrade() converts a v1 trade under the flag v2", async () => {
  await withProducer(async (bench) => {
    const receipt = await bench.producer.produceTrade("equities", "ASX", v1Trade());
    const decoded = await decodedAt(bench, receipt, { kind: "trade", version: "v2" });
    assert.equal(decoded.message_id, receipt.messageId);
    assert.equal(decoded.quantity.toString(), "1000");
    assert.equal(decoded.currency, "AUD");
    assert.equal(decoded.source_sequence, 12345);
    assert.equal(decoded.timestamp, 1_394_406_006_717_000);
    assert.deepEqual(decoded.trade_conditions, ["3"]);
    assert.deepEqual(decoded.vendor_data, { company_id: "123", qualifiers: "3", venue: "X" });
  });
});

Deno.test("produceTrade() writes a v2 trade as v1 under the flag v1, with its message id as a header", async () => {
  await withProducer(async (bench) => {
    const trade = exampleTrade();
    const receipt = await bench.producer.produceTrade("equities", "ASX", trade);
    const decoded = await decodedAt(bench, receipt, { kind: "trade", version: "v1" });
    assert.deepEqual(plain(decoded), plain(convertTradeV2ToV1(trade)));
    assert.deepEqual(storedAt(bench.log, receipt).headers, [["message_id", uuidToBytes(trade.message_id)]]);
  }, { schemaVersion: "v1" });
});

Deno.test("produceTrade() gives a v1 trade back unchanged under the flag v1", async () => {
  await withProducer(async (bench) => {
    const trade = v1Trade();
    const receipt = await bench.producer.produceTrade("equities", "ASX", trade);
    assert.deepEqual(plain(await decodedAt(bench, receipt, { kind: "trade", version: "v1" })), plain(trade));
  }, { schemaVersion: "v1" });
});

Deno.test("produceTrade() writes two copies under the flag both, and resolves when both are acknowledged", async () => {
  await withProducer(async (bench) => {
    const { log, clock, producer } = bench;
    const held = log.broker.faults.next("send", { type: "hang" }, { topic: `${TRADES}.v1` });
    let settled = false;
    const call = producer.produceTrade("equities", "ASX", exampleTrade()).finally(() => settled = true);
    await held.reached;
    await clock.runUntilIdle();
    assert.equal(allRecords(log, TRADES).length, 1);
    assert.equal(settled, false, "v1 is not acknowledged yet");
    held.release();
    const receipt = await call;
    const [first, second] = receipt.copies.toSorted((a, b) => a.schemaVersion < b.schemaVersion ? -1 : 1);
    assert.ok(first !== undefined && second !== undefined && receipt.copies.length === 2);
    assert.deepEqual([first.topic, second.topic], [`${TRADES}.v1`, TRADES]);
    assert.equal(first.messageId, second.messageId);
    assert.equal(receipt.topic, second.topic, "the receipt itself is the one of v2");
    const v1 = await decodedAt(bench, first, { kind: "trade", version: "v1" });
    const v2 = await decodedAt(bench, second, { kind: "trade", version: "v2" });
    assert.equal(v1.volume, 1000);
    assert.equal(v2.quantity.toString(), "1000");
    assert.deepEqual(producer.stats().topics, { [TRADES]: 1, [`${TRADES}.v1`]: 1 });
  }, { schemaVersion: "both" });
});

Deno.test("produceTrade() refuses under the flag both what one version cannot hold, and says which copy was written", async () => {
  await withProducer(async ({ producer, log }) => {
    const call = producer.produceTrade("equities", "ASX", exampleTrade({ quantity: "0.5" }));
    const error = await rejection(call, RecordRefusedError);
    assert.equal(error.rule, "lossy");
    assert.deepEqual(error.written.map(({ topic }) => topic), [TRADES]);
    assert.equal(allRecords(log, `${TRADES}.v1`).length, 0);
  }, { schemaVersion: "both" });
});

Deno.test("produceTrade() refuses a trade that the version asked for cannot hold, and writes those around it", async () => {
  await withProducer(async ({ producer, log }) => {
    const before = producer.produceTrade("equities", "ASX", exampleTrade());
    const lossy = rejection(
      producer.produceTrade("equities", "ASX", exampleTrade({ quantity: "0.5" })),
      RecordRefusedError,
    );
    const after = producer.produceTrade("equities", "ASX", exampleTrade());
    assert.equal((await lossy).rule, "lossy");
    assert.match((await lossy).message, /quantity/);
    assert.deepEqual([(await before).offset, (await after).offset], [0n, 1n]);
    assert.equal(allRecords(log).length, 2);
  }, { schemaVersion: "v1" });
});

Deno.test("produceTrade() refuses a record that is of neither version, or of both", async () => {
  await withProducer(async ({ producer }) => {
    const v2 = exampleTrade();
    const { quantity: _, ...neither } = v2;
    for (const record of [neither, { ...v2, volume: 1000 }]) {
      // @ts-expect-error: a record of neither version does not compile either
      const error = await rejection(producer.produceTrade("equities", "ASX", record), RecordError);
      assert.equal(error.rule, "unclear_version");
    }
  });
});

Deno.test("produceTrade() fills in exchange and asset class from its arguments, in upper or lower case", async () => {
  await withProducer(async (bench) => {
    const { exchange: _, asset_class: __, ...trade } = exampleTrade();
    const receipt = await bench.producer.produceTrade("Equities", "asx", trade);
    const decoded = await decodedAt(bench, receipt, { kind: "trade", version: "v2" });
    assert.deepEqual([decoded.exchange, decoded.asset_class], ["ASX", "equities"]);
  });
});

Deno.test("produceTrade() refuses a record of another exchange or asset class than its arguments", async () => {
  await withProducer(async ({ producer, log }) => {
    const exchange = producer.produceTrade("equities", "ASX", { ...exampleTrade(), exchange: "NYSE" });
    const assetClass = producer.produceTrade("equities", "ASX", { ...exampleTrade(), asset_class: "crypto" });
    const v1 = producer.produceTrade("crypto", "BINANCE", v1Trade());
    for (const [call, field] of [[exchange, "exchange"], [assetClass, "asset_class"], [v1, "exchange"]] as const) {
      const error = await rejection(call, RecordError);
      assert.deepEqual([error.rule, error.field], ["disagrees", field]);
    }
    assert.deepEqual(log.broker.topicNames, []);
  });
});

Deno.test("produceTrade() refuses an unknown exchange or asset class, and one that is not traded there", async () => {
  await withProducer(async ({ producer }) => {
    const code = async (assetClass: string, exchange: string) =>
      (await rejection(producer.produceTrade(assetClass, exchange, exampleTrade()), CatalogueError)).code;
    assert.equal(await code("equities", "AXS"), "unknown_exchange");
    assert.equal(await code("equity", "ASX"), "unknown_asset_class");
    assert.equal(await code("crypto", "ASX"), "not_traded_there");
  });
});

Deno.test("produce…() refuses a record without a key", async () => {
  await withProducer(async ({ producer }) => {
    const { symbol: _, ...trade } = exampleTrade();
    const { company_id: __, ...company } = buildReferenceDataV2({
      companyId: "7078",
      symbol: "BHP",
      exchange: "ASX",
      assetClass: "equities",
      companyName: "BHP Billiton",
    });
    // @ts-expect-error: without a symbol
    const error = await rejection(producer.produceTrade("equities", "ASX", trade), RecordError);
    assert.deepEqual([error.field, error.rule], ["symbol", "missing"]);
    const empty = await rejection(
      producer.produceTrade("equities", "ASX", { ...exampleTrade(), symbol: "" }),
      RecordError,
    );
    assert.deepEqual([empty.field, empty.rule], ["symbol", "empty"]);
    // @ts-expect-error: without a company id
    const keyless = await rejection(producer.produceReferenceData("equities", "ASX", company), RecordError);
    assert.deepEqual([keyless.field, keyless.rule], ["company_id", "missing"]);
  });
});

Deno.test("produceQuote() writes v2 quotes, and v1 quotes as v2", async () => {
  await withProducer(async (bench) => {
    const place = { symbol: "BHP", exchange: "ASX", timestamp: "2014-03-10T10:00:06.717+11:00" };
    const v2 = buildQuoteV2({
      ...place,
      assetClass: "equities",
      bidPrice: "45.66",
      bidQuantity: "200",
      askPrice: "45.68",
      askQuantity: "300",
    });
    const v1 = buildQuoteV1({
      ...place,
      companyId: 7078,
      bidPrice: "45.66",
      bidVolume: 200,
      askPrice: "45.68",
      askVolume: 300,
    });
    for (const quote of [v2, v1]) {
      const receipt = await bench.producer.produceQuote("equities", "ASX", quote);
      assert.equal(receipt.topic, "market.equities.quotes.asx");
      const decoded = await decodedAt(bench, receipt, { kind: "quote", version: "v2" });
      assert.equal(utf8(storedAt(bench.log, receipt).key), "BHP");
      assert.deepEqual(
        [decoded.bid_price, decoded.bid_quantity, decoded.ask_price, decoded.ask_quantity].map(String),
        ["45.66", "200", "45.68", "300"],
      );
    }
  });
});

Deno.test("produceReferenceData() keys by company id, 0 included, on one compacted partition", async () => {
  await withProducer(async (bench) => {
    const v1 = buildReferenceDataV1({
      companyId: 0,
      symbol: "BHP",
      companyName: "BHP Billiton",
      isin: "AU000000BHP4",
      startDate: "01/02/2003",
    });
    const v2 = buildReferenceDataV2({
      companyId: "7078",
      symbol: "BHP",
      exchange: "ASX",
      assetClass: "equities",
      companyName: "BHP Billiton",
    });
    const keys = [];
    for (const record of [v1, v2]) {
      const receipt = await bench.producer.produceReferenceData("equities", "ASX", record);
      keys.push(utf8(storedAt(bench.log, receipt).key));
      const decoded = await decodedAt(bench, receipt, { kind: "reference_data", version: "v2" });
      assert.deepEqual([decoded.company_id, decoded.exchange, decoded.asset_class], [keys.at(-1), "ASX", "equities"]);
    }
    assert.deepEqual(keys, ["0", "7078"]);
    const topic = bench.log.broker.topic("market.equities.reference_data.asx");
    assert.equal(topic?.partitions.length, 1);
    assert.equal(topic?.spec.config?.["cleanup.policy"], "compact");
  });
});

Deno.test("produceTrade() gives each of 5,000 concurrent calls its own receipt, and keeps each key's order", async () => {
  await withProducer(async ({ log, producer }) => {
    const trades = Array.from({ length: 5000 }, (_, number) => numbered(number));
    const receipts = await Promise.all(trades.map((trade) => producer.produceTrade("equities", "ASX", trade)));
    const places = new Set<string>();
    const last = new Map<string, bigint>();
    receipts.forEach((receipt, number) => {
      const trade = trades[number];
      const stored = storedAt(log, receipt);
      assert.equal(receipt.messageId, trade?.message_id);
      assert.equal(utf8(stored.key), trade?.symbol);
      assert.ok(utf8(stored.value).includes(trade?.message_id ?? "?"), `call ${number} has another call's receipt`);
      assert.ok(receipt.offset > (last.get(utf8(stored.key)) ?? -1n), `call ${number} was overtaken`);
      last.set(utf8(stored.key), receipt.offset);
      places.add(`${receipt.partition}/${receipt.offset}`);
    });
    assert.equal(places.size, 5000);
    assert.equal(allRecords(log).length, 5000);
    const { acked, rejected, pending, topics } = producer.stats();
    assert.deepEqual({ acked, rejected, pending, topics }, {
      acked: 5000,
      rejected: 0,
      pending: 0,
      topics: { [TRADES]: 5000 },
    });
  });
});

Deno.test("produceTrades() resolves with the receipts in the order of the batch", async () => {
  await withProducer(async ({ producer }) => {
    const trades = Array.from({ length: 1000 }, (_, number) => numbered(number));
    const receipts = await producer.produceTrades("equities", "ASX", trades);
    assert.deepEqual(receipts.map(({ messageId }) => messageId), trades.map((trade) => trade.message_id));
    const bhp = receipts.filter((_, number) => trades[number]?.symbol === "BHP").map(({ offset }) => offset);
    assert.deepEqual(bhp, bhp.toSorted((a, b) => Number(a - b)));
  });
});

Deno.test("produceTrades() writes the good records of a batch and says which ones failed", async () => {
  await withProducer(async ({ log, producer }) => {
    const trades = Array.from({ length: 6 }, (_, number) => numbered(number));
    const batch = [trades[0], { ...trades[1], symbol: "" }, trades[2], exampleTrade({ quantity: "0.5" }), trades[4]];
    // @ts-expect-error: one of them may be no trade
    const error = await rejection(producer.produceTrades("equities", "ASX", batch), BatchError);
    assert.deepEqual(error.failures.map(({ index }) => index), [1, 3]);
    assert.ok(error.failures[0]?.cause instanceof RecordError);
    assert.ok(error.failures[1]?.cause instanceof RecordRefusedError);
    assert.equal(error.cause, error.failures[0].cause);
    assert.match(error.message, /2 of 5 .* index 1: symbol/);
    assert.deepEqual(error.receipts.map((receipt) => receipt?.messageId), [
      trades[0]?.message_id,
      undefined,
      trades[2]?.message_id,
      undefined,
      trades[4]?.message_id,
    ]);
    assert.equal(allRecords(log).length, 3);
  }, { schemaVersion: "v1" });
});

Deno.test("produceTrades() takes no more from a generator than the producer holds", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    const held = log.broker.faults.next("send", { type: "hang" }, { times: Infinity });
    let made = 0;
    const trade = exampleTrade();
    const batch = producer.produceTrades(
      "equities",
      "ASX",
      function* () {
        for (; made < 25_000; made++) yield trade;
      }(),
    );
    await held.reached;
    await clock.runUntilIdle();
    assert.ok(made > 0 && made <= 20_000, `${made} records were taken while none was acknowledged`);
    held.release();
    assert.equal((await settle(clock, batch)).length, 25_000);
  });
});

Deno.test("produceTrades() takes on from a generator when a record was refused", async () => {
  await withProducer(async ({ producer }) => {
    const [lossy, trade] = [exampleTrade({ quantity: "0.5" }), exampleTrade()];
    const batch = producer.produceTrades(
      "equities",
      "ASX",
      function* () {
        yield lossy;
        for (let made = 1; made < 25_000; made++) yield trade;
      }(),
    );
    const { failures, receipts } = await rejection(batch, BatchError);
    assert.deepEqual(failures.map(({ index }) => index), [0]);
    assert.equal(receipts.length, 25_000);
  }, { schemaVersion: "v1" });
});

Deno.test("produceTrade() tells each of many callers that their record is refused, and stops for none of them", async () => {
  await withProducer(async ({ producer }) => {
    const lossy = exampleTrade({ quantity: "0.5" });
    const calls = Array.from({ length: 2500 }, () => producer.produceTrade("equities", "ASX", lossy));
    for (const call of calls) assert.equal((await rejection(call, RecordRefusedError)).rule, "lossy");
    assert.equal((await producer.produceTrade("equities", "ASX", exampleTrade())).offset, 0n);
  }, { schemaVersion: "v1" });
});

Deno.test("produceTrades() has the receipts of what a generator gave before it threw, and what it threw", async () => {
  await withProducer(async ({ log, producer }) => {
    const boom = new Error("the feed broke");
    const batch = producer.produceTrades(
      "equities",
      "ASX",
      function* () {
        yield exampleTrade();
        throw boom;
      }(),
    );
    const error = await rejection(batch, BatchError);
    assert.equal(error.cause, boom);
    assert.deepEqual(error.failures, [{ index: 1, cause: boom }]);
    assert.deepEqual(error.receipts.map((receipt) => receipt?.offset), [0n]);
    assert.equal(error.message, "the batch ended after 1 records, all of which were acknowledged: the feed broke");
    assert.equal(allRecords(log).length, 1);
    assert.equal(producer.stats().pending, 0);
  });
});

Deno.test("flush() waits for every call that was made before it", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    const held = log.broker.faults.next("send", { type: "hang" });
    const call = producer.produceTrade("equities", "ASX", exampleTrade());
    const refused = rejection(producer.produceTrade("equities", "ASX", { ...exampleTrade(), symbol: "" }), RecordError);
    let flushed = false;
    const flush = producer.flush().then(() => flushed = true);
    await held.reached;
    await clock.runUntilIdle();
    assert.equal(flushed, false);
    assert.deepEqual([producer.stats().pending, producer.stats().rejected], [1, 1]);
    held.release();
    await flush;
    assert.deepEqual([producer.stats().pending, producer.stats().acked], [0, 1]);
    await Promise.all([call, refused, producer.flush()]);
  });
});

Deno.test("setSchemaVersion() changes the version of what comes, in mid-flight, and loses nothing", async () => {
  await withProducer(async (bench) => {
    const { log, producer } = bench;
    const early = Array.from({ length: 3000 }, (_, at) => producer.produceTrade("equities", "ASX", numbered(at)));
    await early[0];
    producer.setSchemaVersion("v1");
    const late = Array.from({ length: 3000 }, (_, at) => producer.produceTrade("equities", "ASX", numbered(3000 + at)));
    const receipts: ProduceReceipt[] = await Promise.all([...early, ...late]);
    assert.equal(allRecords(log).length, 6000);
    const versions = receipts.map(({ schemaVersion }) => schemaVersion);
    assert.equal(versions[0], "v2");
    assert.deepEqual(new Set(versions.slice(3000)), new Set(["v1"]), "calls after the change have the new version");
    assert.equal(versions.lastIndexOf("v2") + 1, versions.indexOf("v1"), "the change is at one point of the order");
    for (const at of [0, versions.lastIndexOf("v2"), versions.indexOf("v1"), 5999]) {
      const receipt = receipts[at];
      assert.ok(receipt !== undefined);
      const version = receipt.schemaVersion;
      const decoded = await decodedAt(bench, receipt, { kind: "trade", version });
      assert.equal("sequence_number" in decoded ? decoded.sequence_number : decoded.source_sequence, at);
    }
  });
});

Deno.test("setSchemaVersion() refuses what is no version, and topics that v1 and v2 would share", async () => {
  const pattern = { both: { v1: "market.{asset_class}.{data_type}.{exchange}" } };
  await withProducer(async ({ producer }) => {
    // @ts-expect-error: no version
    assert.throws(() => producer.setSchemaVersion("v3"), ConfigError);
    await producer.produceTrade("equities", "ASX", exampleTrade());
    assert.throws(() => producer.setSchemaVersion("both"), TopicNameError);
    assert.equal((await producer.produceTrade("equities", "ASX", exampleTrade())).schemaVersion, "v2");
  }, { config: { topics: { pattern } } });
});

Deno.test("two asset classes and two exchanges go through one producer, each to its topic", async () => {
  await withProducer(async ({ log, producer }) => {
    const btc = exampleTrade({ symbol: "BTCUSDT", exchange: "BINANCE", assetClass: "crypto", quantity: "0.05" });
    await Promise.all([
      producer.produceTrade("equities", "ASX", exampleTrade()),
      producer.produceTrade("crypto", "BINANCE", btc),
      producer.produceTrade("crypto", "KRAKEN", { ...btc, exchange: "KRAKEN" }),
    ]);
    assert.deepEqual(log.broker.topicNames, [
      "market.crypto.trades.binance",
      "market.crypto.trades.kraken",
      TRADES,
    ]);
  });
});

Deno.test("produceTrade() refuses under v1 a message id that is no UUID, and still writes others", async () => {
  await withProducer(async ({ producer, clock }) => {
    const odd = rejection(
      producer.produceTrade("equities", "ASX", { ...exampleTrade(), message_id: "order-1" }),
      RecordRefusedError,
    );
    const good = producer.produceTrade("equities", "ASX", exampleTrade());
    assert.match((await settle(clock, odd)).message, /not_a_uuid/);
    assert.equal((await settle(clock, good)).offset, 0n);
  }, { schemaVersion: "v1" });
});
