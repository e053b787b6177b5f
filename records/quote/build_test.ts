import { Decimal } from "decimal.js";
import fc from "fast-check";
import assert from "node:assert/strict";
import { quoteV1, quoteV2 } from "../../tests/support/record_arbitraries.ts";
import { buildQuoteV1, buildQuoteV2, type QuoteV1Input, type QuoteV2Input } from "./build.ts";
import { convertQuoteV1ToV2, convertQuoteV2ToV1 } from "./convert.ts";
import { withDecimals } from "../record_decimals.ts";

const NOW = Date.parse("2026-01-02T03:04:05.678Z");
const UUID = "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9";
const FIXED = { clock: { now: () => NOW }, newId: () => UUID };
const MICROS = Date.parse("2014-03-09T18:46:13.604Z") * 1000;

const MINIMAL: QuoteV2Input = {
  symbol: "MWR",
  exchange: "asx",
  assetClass: "equities",
  timestamp: "2014-03-09T18:46:13.604Z",
  bidPrice: "1.11",
  bidQuantity: "10300",
  askPrice: "0.0",
  askQuantity: 0,
};

const MINIMAL_V1: QuoteV1Input = {
  symbol: "MWR",
  companyId: 3153,
  timestamp: "2014-03-09T18:46:13.604Z",
  bidPrice: "1.11",
  bidVolume: 10300,
  askPrice: "0.0",
  askVolume: 0,
};

Deno.test("buildQuoteV2() fills what is left out and keeps a side without a quote", () => {
  assert.deepEqual(buildQuoteV2(MINIMAL, FIXED), {
    message_id: UUID,
    quote_id: `ASX-MWR-${MICROS}-0f1e2d3c`,
    symbol: "MWR",
    exchange: "ASX",
    asset_class: "equities",
    timestamp: MICROS,
    bid_price: new Decimal("1.11"),
    bid_quantity: new Decimal(10300),
    ask_price: new Decimal(0),
    ask_quantity: new Decimal(0),
    currency: "USD",
    source_sequence: null,
    ingestion_timestamp: NOW * 1000,
    platform_sequence: null,
    vendor_data: null,
  });
});

Deno.test("buildQuoteV2() takes crossed and locked quotes", () => {
  for (const askPrice of ["1.10", "1.11"]) {
    assert.equal(buildQuoteV2({ ...MINIMAL, askPrice }).ask_price.toFixed(2), askPrice);
  }
});

Deno.test("buildQuoteV2() gives back any record that its options were made of", () => {
  fc.assert(fc.property(quoteV2, (unscaled) => {
    const record = withDecimals("quote", "v2", unscaled);
    const built = buildQuoteV2({
      symbol: record.symbol,
      exchange: record.exchange,
      assetClass: record.asset_class,
      timestamp: BigInt(record.timestamp),
      bidPrice: record.bid_price,
      bidQuantity: record.bid_quantity.toFixed(),
      askPrice: record.ask_price,
      askQuantity: record.ask_quantity.toFixed(8),
      currency: record.currency,
      quoteId: record.quote_id,
      messageId: record.message_id,
      sourceSequence: record.source_sequence,
      platformSequence: record.platform_sequence,
      vendorData: record.vendor_data,
      ingestionTimestamp: BigInt(record.ingestion_timestamp),
    });
    assert.deepEqual(built, record);
    assert.ok(Object.isFrozen(built));
  }));
});

Deno.test("buildQuoteV1() gives back any record that its options were made of", () => {
  fc.assert(fc.property(quoteV1, (unscaled) => {
    const record = withDecimals("quote", "v1", unscaled);
    const built = buildQuoteV1({
      symbol: record.symbol,
      companyId: record.company_id,
      exchange: record.exchange,
      timestamp: BigInt(record.exchange_timestamp) * 1000n,
      bidPrice: record.bid_price,
      bidVolume: record.bid_volume,
      askPrice: record.ask_price.toFixed(),
      askVolume: record.ask_volume,
      sequenceNumber: record.sequence_number,
      ingestionTimestamp: BigInt(record.ingestion_timestamp) * 1000n,
    });
    assert.deepEqual(built, record);
    assert.ok(Object.isFrozen(built));
  }));
});

Deno.test("buildQuoteV1() fills what is left out", () => {
  assert.deepEqual(buildQuoteV1(MINIMAL_V1, FIXED), {
    symbol: "MWR",
    company_id: 3153,
    exchange: "ASX",
    exchange_timestamp: MICROS / 1000,
    bid_price: new Decimal("1.11"),
    bid_volume: 10300,
    ask_price: new Decimal(0),
    ask_volume: 0,
    ingestion_timestamp: NOW,
    sequence_number: null,
  });
});

Deno.test("buildQuoteV2() takes null and null for a side that is not there, and marks it; v1 has no place for the mark", () => {
  const bid = { bidPrice: null, bidQuantity: null }, ask = { askPrice: null, askQuantity: null };
  const vendorData = { company_id: "3153" };
  const sides = (changes: Partial<QuoteV2Input>) => {
    const { bid_price, bid_quantity, ask_price, ask_quantity, vendor_data } = buildQuoteV2({ ...MINIMAL, ...changes });
    return [...[bid_price, bid_quantity, ask_price, ask_quantity].map(String), vendor_data];
  };
  assert.deepEqual(sides(ask), ["1.11", "10300", "0", "0", { absent_side: "ask" }]);
  assert.deepEqual(sides({ ...bid, vendorData }), ["0", "0", "0", "0", { ...vendorData, absent_side: "bid" }]);
  assert.deepEqual(sides({ ...ask, vendorData: { absent_side: "ask" } }).at(-1), { absent_side: "ask" });
  assert.equal(sides({}).at(-1), null, "a side of 0 and 0 is not marked");
  const v1 = convertQuoteV2ToV1(buildQuoteV2({ ...MINIMAL, ...ask, vendorData }));
  assert.deepEqual([v1.ask_price.toString(), v1.ask_volume], ["0", 0]);
  assert.equal(convertQuoteV1ToV2(v1).vendor_data?.absent_side, undefined);
  for (
    const [changes, rule] of [
      [{ ...bid, ...ask }, "missing"],
      [{ ...ask, vendorData: { absent_side: "bid" } }, "disagrees"],
      [{ askPrice: undefined, askQuantity: undefined }, "missing"],
      [{ askPrice: null, askQuantity: undefined }, "missing"],
    ] as const
  ) {
    assert.throws(() => buildQuoteV2({ ...MINIMAL, ...changes } as QuoteV2Input), { rule });
  }
  assert.throws(() => buildQuoteV2({ ...MINIMAL, ...ask, vendorData: "ask" } as never), { rule: "wrong_type" });
  for (const nothing of [null, undefined, 1]) {
    assert.throws(() => buildQuoteV2(nothing as never), { name: "RecordError" });
  }
});

Deno.test("buildQuoteV1() and buildQuoteV2() refuse bad options, each with its field and rule", () => {
  const table: [Record<string, unknown>, string, string][] = [
    [{ bidPrice: "-1" }, "bidPrice", "negative"],
    [{ bidPrice: undefined }, "bidPrice", "missing"],
    [{ askPrice: "1e10" }, "askPrice", "too_many_integer_digits"],
    [{ bidQuantity: "0.000000001" }, "bidQuantity", "too_many_decimals"],
    [{ askQuantity: null }, "askQuantity", "missing"],
    [{ quoteId: "" }, "quoteId", "empty"],
    [{ side: "BUY" }, "side", "unknown_field"],
    [{ bid_price: "1" }, "bid_price", "unknown_field"],
  ];
  for (const [changes, field, rule] of table) {
    assert.throws(() => buildQuoteV2({ ...MINIMAL, ...changes } as QuoteV2Input), { field, rule }, `${field} ${rule}`);
  }
  const tableV1: [Record<string, unknown>, string, string][] = [
    [{ companyId: null }, "companyId", "missing"],
    [{ askPrice: "0.0000001" }, "askPrice", "too_many_decimals"],
    [{ bidVolume: "0.5" }, "bidVolume", "not_an_integer"],
    [{ askVolume: -5n }, "askVolume", "negative"],
    [{ timestamp: 1n }, "timestamp", "too_fine"],
    [{ askQuantity: 1 }, "askQuantity", "unknown_field"],
  ];
  for (const [changes, field, rule] of tableV1) {
    assert.throws(
      () => buildQuoteV1({ ...MINIMAL_V1, ...changes } as QuoteV1Input),
      { field, rule },
      `${field} ${rule}`,
    );
  }
});
