/**
 * Behaviour on which programs of the previous platform relied: one test for each. If the behaviour differs here, the
 * title says what it was.
 */
import assert from "node:assert/strict";
import { Decimal } from "decimal.js";
import { TopicParkedError } from "../../actors/delivery/delivery.ts";
import { CatalogueError } from "../../config/catalogue.ts";
import { ProducerClosedError } from "../../producer/errors.ts";
import { RecordError } from "../../records/errors.ts";
import { buildQuoteV2 } from "../../records/quote/build.ts";
import { buildReferenceDataV2 } from "../../records/reference_data/build.ts";
import { buildTradeV2, type TradeV2Input } from "../../records/trade/build.ts";
import { convertTradeV1ToV2 } from "../../records/trade/convert.ts";
import { loadSchema, RECORD_KINDS, SCHEMA_VERSIONS, UnknownSchemaVersionError } from "../../schemas/load.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import { RegistryError } from "../../transport/registry.ts";
import {
  allRecords,
  exampleTrade,
  plain,
  rejection,
  settle,
  storedAt,
  utf8,
  withProducer,
} from "../support/producer_harness.ts";

const MINIMAL = {
  symbol: "BHP",
  exchange: "ASX",
  assetClass: "equities",
  timestamp: "2023-01-01T10:59:59.900+11:00",
  price: "45.67",
  quantity: "1000",
} as const satisfies TradeV2Input;

const quote = (currency?: string) =>
  buildQuoteV2({
    symbol: "BHP",
    exchange: "ASX",
    assetClass: "equities",
    timestamp: MINIMAL.timestamp,
    bidPrice: "45.66",
    bidQuantity: "500",
    askPrice: "45.68",
    askQuantity: "600",
    currency,
  });

const company = () =>
  buildReferenceDataV2({
    companyId: "7078",
    symbol: "BHP",
    exchange: "ASX",
    assetClass: "equities",
    companyName: "BHP Billiton",
  });

/** The rule that an input breaks. */
function ruleOf(change: Record<string, unknown>): string {
  try {
    buildTradeV2({ ...MINIMAL, ...change });
  } catch (error) {
    assert.ok(error instanceof RecordError, String(error));
    return `${error.field}: ${error.rule}`;
  }
  assert.fail("It must be refused");
}

// Builders.

Deno.test("builders: a minimal trade has a message id of 36 characters, USD, UNKNOWN, no conditions and three nulls", () => {
  const trade = buildTradeV2(MINIMAL);
  assert.equal(trade.message_id.length, 36);
  assert.ok(trade.trade_id.startsWith("ASX-"));
  assert.deepEqual([trade.currency, trade.side, trade.trade_conditions], ["USD", "UNKNOWN", []]);
  assert.deepEqual([trade.source_sequence, trade.platform_sequence, trade.vendor_data], [null, null, null]);
});

Deno.test("builders: every given field passes through", () => {
  const trade = buildTradeV2({
    ...MINIMAL,
    messageId: "6f9619ff-8b86-4011-b42d-00c04fc964ff",
    tradeId: "T-1",
    currency: "AUD",
    side: "SELL_SHORT",
    tradeConditions: ["A", "B"],
    sourceSequence: 12345,
    platformSequence: 7,
    vendorData: { company_id: "123", venue: "X" },
  }, { clock: { now: () => 1_700_000_000_000 } });
  assert.deepEqual(plain(trade), {
    message_id: "6f9619ff-8b86-4011-b42d-00c04fc964ff",
    trade_id: "T-1",
    symbol: "BHP",
    exchange: "ASX",
    asset_class: "equities",
    timestamp: 1_672_531_199_900_000,
    price: "45.67",
    quantity: "1000",
    currency: "AUD",
    side: "SELL_SHORT",
    trade_conditions: ["A", "B"],
    source_sequence: 12345,
    ingestion_timestamp: 1_700_000_000_000_000,
    platform_sequence: 7,
    vendor_data: { company_id: "123", venue: "X" },
  });
});

Deno.test("builders: a fraction of a coin keeps its digits", () => {
  const crypto = { symbol: "BTCUSDT", exchange: "BINANCE", assetClass: "crypto", price: "16500.12345678" };
  const trade = buildTradeV2({ ...MINIMAL, ...crypto, quantity: "0.05" });
  assert.deepEqual([trade.price.toString(), trade.quantity.toString()], ["16500.12345678", "0.05"]);
});

Deno.test("builders: an invalid asset class or side is refused", () => {
  assert.equal(ruleOf({ assetClass: "bonds" }), "assetClass: unknown_enum");
  assert.equal(ruleOf({ side: "HOLD" }), "side: unknown_enum");
});

Deno.test("builders: an instant with its offset is exact to the microsecond", () => {
  for (const timestamp of [MINIMAL.timestamp, new Date(1_672_531_199_900), 1_672_531_199_900_000n]) {
    assert.equal(buildTradeV2({ ...MINIMAL, timestamp }).timestamp, 1_672_531_199_900_000);
  }
  const fine = Temporal.Instant.from("2022-12-31T23:59:59.900123Z");
  assert.equal(buildTradeV2({ ...MINIMAL, timestamp: fine }).timestamp, 1_672_531_199_900_123);
});

Deno.test("builders: a plain number is refused as a timestamp, once its size made it milliseconds", () => {
  assert.equal(ruleOf({ timestamp: 1_672_531_199_900 }), "timestamp: no_unit");
});

Deno.test("builders: the number 45.67 and the text 1000 are exact decimals", () => {
  const trade = buildTradeV2({ ...MINIMAL, price: 45.67, quantity: "1000" });
  assert.ok(trade.price.equals(new Decimal("45.67")));
  assert.ok(trade.quantity.equals(new Decimal(1000)));
});

Deno.test("builders: a quote's default id begins with its exchange, and its currency can be given", () => {
  assert.ok(quote().quote_id.startsWith("ASX-"));
  assert.deepEqual([quote().currency, quote("AUD").currency], ["USD", "AUD"]);
});

Deno.test("builders: a v1 trade of BHP becomes v2 with its volume, price, sequence, time and vendor data", () => {
  const trade = convertTradeV1ToV2({
    symbol: "BHP",
    company_id: 123,
    exchange: "ASX",
    exchange_timestamp: 1_672_531_199_900,
    price: new Decimal("45.67"),
    volume: 1000,
    qualifiers: 0,
    venue: "X",
    buyer_id: null,
    ingestion_timestamp: 1_672_531_200_000,
    sequence_number: 12345,
  });
  assert.deepEqual([trade.quantity.toString(), trade.price.toString()], ["1000", "45.67"]);
  assert.deepEqual([trade.currency, trade.source_sequence], ["AUD", 12345]);
  assert.equal(trade.timestamp, 1_672_531_199_900_000);
  assert.deepEqual(trade.vendor_data, { company_id: "123", qualifiers: "0", venue: "X" });
});

Deno.test("builders: a v1 trade of BINANCE is crypto", () => {
  const plainTrade = { symbol: "BTCUSDT", exchange: "BINANCE", timestamp: MINIMAL.timestamp, price: "1", volume: 1 };
  assert.equal(convertTradeV1ToV2(plainTrade).asset_class, "crypto");
});

// Schemas.

interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly doc?: string;
  readonly default?: unknown;
}

function fieldsOf(kind: RecordKind, version: "v1" | "v2"): Field[] {
  const { fields }: { fields: Field[] } = JSON.parse(loadSchema(kind, version).text);
  return fields;
}

function typeOf(kind: RecordKind, name: string): unknown {
  return fieldsOf(kind, "v2").find((field) => field.name === name)?.type;
}

const DECIMAL_18_8 = { type: "bytes", logicalType: "decimal", precision: 18, scale: 8 };
const MICROS = { type: "long", logicalType: "timestamp-micros" };

Deno.test("schemas: v2 is TradeV2 and QuoteV2 in com.k2.marketdata", () => {
  assert.equal(loadSchema("trade", "v2").fullName, "com.k2.marketdata.TradeV2");
  assert.equal(loadSchema("quote", "v2").fullName, "com.k2.marketdata.QuoteV2");
});

Deno.test("schemas: every record loads as v1 and as v2", () => {
  for (const kind of RECORD_KINDS) {
    for (const version of SCHEMA_VERSIONS) assert.ok(fieldsOf(kind, version).length >= 6, `${kind} ${version}`);
  }
});

Deno.test("schemas: v2 has timestamp-micros and decimals (18,8)", () => {
  for (const name of ["timestamp", "ingestion_timestamp"]) assert.deepEqual(typeOf("trade", name), MICROS);
  for (const name of ["price", "quantity"]) assert.deepEqual(typeOf("trade", name), DECIMAL_18_8);
  for (const name of ["bid_price", "bid_quantity", "ask_price", "ask_quantity"]) {
    assert.deepEqual(typeOf("quote", name), DECIMAL_18_8);
  }
});

Deno.test("schemas: the symbols of the enums are exact", () => {
  const symbols = (name: string): unknown => {
    const type = typeOf("trade", name);
    return typeof type === "object" && type !== null && "symbols" in type ? type.symbols : undefined;
  };
  assert.deepEqual(symbols("asset_class"), ["equities", "crypto", "futures", "options"]);
  assert.deepEqual(symbols("side"), ["BUY", "SELL", "SELL_SHORT", "UNKNOWN"]);
});

Deno.test("schemas: vendor_data is null or a map of texts", () => {
  for (const kind of RECORD_KINDS) {
    assert.deepEqual(typeOf(kind, "vendor_data"), ["null", { type: "map", values: "string" }]);
  }
});

Deno.test("schemas: every field has a doc, and every nullable one a default", () => {
  for (const kind of RECORD_KINDS) {
    for (const version of SCHEMA_VERSIONS) {
      for (const { name, type, doc, default: fallback } of fieldsOf(kind, version)) {
        assert.ok((doc ?? "").length > 0, `${kind} ${version} ${name}`);
        if (Array.isArray(type) && type.includes("null")) assert.equal(fallback, null, `${kind} ${version} ${name}`);
      }
    }
  }
});

Deno.test("schemas: an unknown version has its own error", () => {
  // @ts-expect-error: no version
  assert.throws(() => loadSchema("trade", "v3"), UnknownSchemaVersionError);
});

// Producer.

Deno.test("producer: trades, quotes and reference data go to their topics under their keys, with receipts for callbacks", async () => {
  await withProducer(async ({ log, producer }) => {
    const receipts = [
      await producer.produceTrade("equities", "ASX", exampleTrade()),
      await producer.produceQuote("equities", "ASX", quote()),
      await producer.produceReferenceData("equities", "ASX", company()),
    ];
    assert.deepEqual(receipts.map((receipt) => [receipt.topic, utf8(storedAt(log, receipt).key)]), [
      ["market.equities.trades.asx", "BHP"],
      ["market.equities.quotes.asx", "BHP"],
      ["market.equities.reference_data.asx", "7078"],
    ]);
  });
});

Deno.test("producer: a missing key, an unknown exchange and an unknown asset class are named", async () => {
  await withProducer(async ({ producer }) => {
    const { symbol: _, ...keyless } = exampleTrade();
    // @ts-expect-error: without a symbol
    const key = await rejection(producer.produceTrade("equities", "ASX", keyless), RecordError);
    assert.match(key.message, /symbol .*missing/);
    const exchange = await rejection(producer.produceTrade("equities", "LSX", exampleTrade()), CatalogueError);
    assert.match(exchange.message, /"LSX" is not in the catalogue/);
    const assetClass = await rejection(producer.produceTrade("bonds", "ASX", exampleTrade()), CatalogueError);
    assert.match(assetClass.message, /"bonds" is not known/);
  });
});

Deno.test("producer: the registry is asked once for each schema, not for each record", async () => {
  await withProducer(async ({ registry, producer }) => {
    for (let count = 0; count < 20; count++) {
      await producer.produceTrade("equities", "ASX", exampleTrade());
      await producer.produceQuote("equities", "ASX", quote());
    }
    const registered = registry.server.calls.filter(({ call }) => call === "register").map(({ subject }) => subject);
    assert.deepEqual(registered, [
      "market.equities.trades-value",
      "market.equities.trades.asx-value",
      "market.equities.quotes-value",
      "market.equities.quotes.asx-value",
    ]);
  });
});

Deno.test("producer: successes and errors are counted", async () => {
  await withProducer(async ({ producer }) => {
    await producer.produceTrade("equities", "ASX", exampleTrade());
    await rejection(producer.produceTrade("equities", "NONE", exampleTrade()), CatalogueError);
    assert.deepEqual([producer.stats().acked, producer.stats().rejected], [1, 1]);
  });
});

Deno.test("producer: a send that fails once is sent twice and written once", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    const fault = log.broker.faults.leaderChange();
    await settle(clock, producer.produceTrade("equities", "ASX", exampleTrade()));
    assert.equal(fault.used, 1);
    assert.equal(allRecords(log).length, 1);
  });
});

Deno.test("producer: sends are retried until they are acknowledged, once only three times", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    const fault = log.broker.faults.leaderChange({ times: 50 });
    await settle(clock, producer.produceTrade("equities", "ASX", exampleTrade()));
    assert.equal(fault.used, 50);
    assert.equal(allRecords(log).length, 1);
  });
});

Deno.test("producer: flush waits as long as necessary, once it gave up at a time-out", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    const cut = log.broker.faults.unreachable();
    const call = producer.produceTrade("equities", "ASX", exampleTrade());
    let flushed = false;
    const flush = producer.flush().then(() => flushed = true);
    await clock.advance(5 * 60_000);
    assert.equal(flushed, false);
    cut.release();
    await settle(clock, flush);
    await call;
  });
});

Deno.test("producer: refusals by registry, brokers and encoding each reach the caller as their own kind of error", async () => {
  await withProducer(async ({ clock, log, registry, producer }) => {
    registry.server.faults.next("register", { type: "fail", code: "unauthorized" });
    await rejection(producer.produceTrade("equities", "ASX", exampleTrade()), RegistryError);
    log.broker.faults.next("create_topic", { type: "fail", code: "unauthorized" }, { times: Infinity });
    await rejection(settle(clock, producer.produceQuote("equities", "ASX", quote())), TopicParkedError);
    const bad = { ...exampleTrade(), price: new Decimal("0.123456789") };
    await rejection(producer.produceTrade("equities", "ASX", bad), RecordError);
  });
});

Deno.test("producer: one producer serves two asset classes", async () => {
  await withProducer(async ({ producer }) => {
    const btc = exampleTrade({ symbol: "BTCUSDT", exchange: "BINANCE", assetClass: "crypto", quantity: "0.05" });
    const topics = [
      (await producer.produceTrade("equities", "ASX", exampleTrade())).topic,
      (await producer.produceTrade("crypto", "BINANCE", btc)).topic,
    ];
    assert.deepEqual(topics, ["market.equities.trades.asx", "market.crypto.trades.binance"]);
  });
});

// tests/producer/producer_lifecycle_test.ts has more tests of cleanup.

Deno.test("cleanup: the end of the block writes the pending records, even on an exception, which it does not mask", async () => {
  const boom = new Error("boom");
  const block = withProducer(async ({ log, producer }) => {
    const use = async () => {
      await using scoped = producer;
      scoped.produceTrade("equities", "ASX", exampleTrade());
      throw boom;
    };
    await assert.rejects(use(), (cause) => cause === boom);
    assert.equal(allRecords(log).length, 1);
    throw boom;
  });
  await assert.rejects(block, (cause) => cause === boom);
});

Deno.test("cleanup: closing twice is harmless, and calls of all three kinds after it are errors", async () => {
  await withProducer(async ({ producer }) => {
    await producer.close();
    await producer.close();
    await rejection(producer.produceTrade("equities", "ASX", exampleTrade()), ProducerClosedError);
    await rejection(producer.produceQuote("equities", "ASX", quote()), ProducerClosedError);
    await rejection(producer.produceReferenceData("equities", "ASX", company()), ProducerClosedError);
  });
});

Deno.test("cleanup: a flush after the close has nothing to wait for, and the numbers stay", async () => {
  await withProducer(async ({ producer }) => {
    await producer.produceTrade("equities", "ASX", exampleTrade());
    await producer.close();
    await producer.flush();
    assert.deepEqual([producer.stats().acked, producer.stats().pending], [1, 0]);
  });
});

Deno.test("cleanup: producers that are nested or run side by side do not touch each other", async () => {
  await withProducer(async (outer) => {
    await Promise.all([1, 2].map(() =>
      withProducer(async ({ log, producer }) => {
        await producer.produceTrade("equities", "ASX", exampleTrade());
        assert.equal(allRecords(log).length, 1);
      })
    ));
    assert.equal((await outer.producer.produceTrade("equities", "ASX", exampleTrade())).offset, 0n);
  });
});
