import { Decimal } from "decimal.js";
import fc from "fast-check";
import assert from "node:assert/strict";
import { tradeV1, tradeV2 } from "../../tests/support/record_arbitraries.ts";
import { withDecimals } from "../record_decimals.ts";
import { buildTradeV1, buildTradeV2, type TradeV1Input, type TradeV2Input } from "./build.ts";

const NOW = Date.parse("2026-01-02T03:04:05.678Z");
const UUID = "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9";
const FIXED = { clock: { now: () => NOW }, newId: () => UUID };
const TIMESTAMP = "2014-03-09T23:00:00.123456Z";
const MICROS = Date.parse("2014-03-09T23:00:00.123Z") * 1000 + 456;

const MINIMAL: TradeV2Input = {
  symbol: "BHP",
  exchange: "ASX",
  assetClass: "equities",
  timestamp: TIMESTAMP,
  price: "45.67",
  quantity: "1000",
};

const MINIMAL_V1: TradeV1Input = {
  symbol: "BHP",
  companyId: 7078,
  timestamp: "2014-03-09T23:00:00.123Z",
  price: "36.667",
  volume: 20000,
};

/** Options as a JavaScript caller could give them. */
function v2(changes: Record<string, unknown>): () => unknown {
  return () => buildTradeV2({ ...MINIMAL, ...changes } as TradeV2Input, FIXED);
}

function v1(changes: Record<string, unknown>): () => unknown {
  return () => buildTradeV1({ ...MINIMAL_V1, ...changes } as TradeV1Input, FIXED);
}

Deno.test("buildTradeV2() fills what is left out", () => {
  assert.deepEqual(buildTradeV2(MINIMAL, FIXED), {
    message_id: UUID,
    trade_id: `ASX-BHP-${MICROS}-0f1e2d3c`,
    symbol: "BHP",
    exchange: "ASX",
    asset_class: "equities",
    timestamp: MICROS,
    price: new Decimal("45.67"),
    quantity: new Decimal(1000),
    currency: "USD",
    side: "UNKNOWN",
    trade_conditions: [],
    source_sequence: null,
    ingestion_timestamp: NOW * 1000,
    platform_sequence: null,
    vendor_data: null,
  });
});

Deno.test("buildTradeV2() makes a random UUID and takes the time of the machine by default", () => {
  const before = Temporal.Now.instant().epochMilliseconds * 1000;
  const [first, second] = [buildTradeV2(MINIMAL), buildTradeV2(MINIMAL)];
  assert.match(first.message_id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(first.message_id, second.message_id);
  assert.notEqual(first.trade_id, second.trade_id);
  assert.ok(first.ingestion_timestamp >= before);
  assert.ok(first.ingestion_timestamp <= Temporal.Now.instant().epochMilliseconds * 1000);
});

Deno.test("buildTradeV2() passes all fields through", () => {
  const trade = buildTradeV2({
    symbol: "btc/usd ",
    exchange: "kraken",
    assetClass: "Crypto",
    timestamp: BigInt(MICROS),
    price: new Decimal("45.67000000"),
    quantity: 0.05,
    currency: "AUD",
    side: "short",
    tradeId: "T1",
    messageId: "m-1",
    tradeConditions: ["XT", "3"],
    sourceSequence: 2n ** 60n,
    platformSequence: 7n,
    vendorData: { company_id: "123" },
    ingestionTimestamp: new Date(NOW + 1),
  }, FIXED);
  assert.deepEqual(trade, {
    message_id: "m-1",
    trade_id: "T1",
    symbol: "btc/usd ",
    exchange: "KRAKEN",
    asset_class: "crypto",
    timestamp: MICROS,
    price: new Decimal("45.67"),
    quantity: new Decimal("0.05"),
    currency: "AUD",
    side: "SELL_SHORT",
    trade_conditions: ["XT", "3"],
    source_sequence: 2n ** 60n,
    ingestion_timestamp: (NOW + 1) * 1000,
    platform_sequence: 7,
    vendor_data: { company_id: "123" },
  });
});

Deno.test("buildTradeV2() holds for the example of the documentation", () => {
  const timestamp = new Date(NOW);
  const trade = buildTradeV2({
    symbol: "BHP",
    exchange: "ASX",
    assetClass: "equities",
    timestamp,
    price: "45.67",
    quantity: "1000",
    currency: "AUD",
    side: "BUY",
    vendorData: { company_id: "123" },
  });
  assert.equal(trade.message_id.length, 36);
  assert.equal(trade.asset_class, "equities");
  assert.equal(trade.timestamp, timestamp.getTime() * 1000);
  assert.deepEqual(trade.vendor_data, { company_id: "123" });
});

Deno.test("buildTradeV2() takes undefined and null for absent", () => {
  const absent = Object.fromEntries(
    ["currency", "side", "tradeId", "messageId", "tradeConditions", "sourceSequence", "platformSequence"]
      .concat(["vendorData", "ingestionTimestamp", "timeZone", "ambiguousTime"])
      .map((name, index) => [name, index % 2 === 0 ? null : undefined]),
  );
  assert.deepEqual(v2(absent)(), buildTradeV2(MINIMAL, FIXED));
});

Deno.test("buildTradeV2() ends the trade id with the whole message id if that is no UUID", () => {
  assert.equal(buildTradeV2({ ...MINIMAL, messageId: "m-1" }).trade_id, `ASX-BHP-${MICROS}-m-1`);
  assert.equal(buildTradeV2({ ...MINIMAL, messageId: "message-7" }).trade_id, `ASX-BHP-${MICROS}-message-7`);
  assert.equal(buildTradeV2({ ...MINIMAL, messageId: "abcdef0-7" }).trade_id, `ASX-BHP-${MICROS}-abcdef0-7`);
  assert.equal(buildTradeV2({ ...MINIMAL, messageId: "ABCDEF0123" }).trade_id, `ASX-BHP-${MICROS}-ABCDEF01`);
});

Deno.test("buildTradeV2() reads local times in the given time zone", () => {
  const local = { timestamp: "2014-04-06T02:30:00", timeZone: "Australia/Sydney" };
  const earlier = buildTradeV2({ ...MINIMAL, ...local, ambiguousTime: "earlier" }).timestamp;
  const later = buildTradeV2({ ...MINIMAL, ...local, ambiguousTime: "later" }).timestamp;
  assert.equal(later - earlier, 3_600_000_000);
  assert.throws(v2(local), { rule: "ambiguous_local_time", field: "timestamp" });
  assert.throws(v2({ ...local, timestamp: "2013-10-06T02:30:00" }), { rule: "nonexistent_local_time" });
  assert.throws(v2({ timestamp: "2014-04-07T02:30:00" }), { rule: "no_offset", field: "timestamp" });
  assert.throws(v2({ ...local, ambiguousTime: "first" }), { rule: "unknown_enum", field: "ambiguousTime" });
  assert.throws(v2({ ...local, timeZone: "Sydney" }), { rule: "unknown_time_zone" });
});

Deno.test("buildTradeV2() refuses bad options, each with its field and rule", () => {
  const table: [Record<string, unknown>, string, string][] = [
    [{ symbol: undefined }, "symbol", "missing"],
    [{ symbol: null }, "symbol", "missing"],
    [{ symbol: "" }, "symbol", "empty"],
    [{ symbol: 5 }, "symbol", "wrong_type"],
    [{ symbol: "BHP\ud800" }, "symbol", "malformed_text"],
    [{ exchange: "" }, "exchange", "empty"],
    [{ exchange: "A SX" }, "exchange", "spaces"],
    [{ assetClass: "bonds" }, "assetClass", "unknown_enum"],
    [{ assetClass: undefined }, "assetClass", "missing"],
    [{ side: "b" }, "side", "unknown_enum"],
    [{ side: 1 }, "side", "wrong_type"],
    [{ timestamp: undefined }, "timestamp", "missing"],
    [{ timestamp: 1672531199900 }, "timestamp", "no_unit"],
    [{ timestamp: new Date(NaN) }, "timestamp", "bad_date"],
    [{ ingestionTimestamp: 5 }, "ingestionTimestamp", "no_unit"],
    [{ price: undefined }, "price", "missing"],
    [{ price: "" }, "price", "empty"],
    [{ price: -1 }, "price", "negative"],
    [{ price: NaN }, "price", "not_finite"],
    [{ price: 0.1 + 0.2 }, "price", "too_many_decimals"],
    [{ quantity: "12345678901" }, "quantity", "too_many_integer_digits"],
    [{ quantity: "1,000" }, "quantity", "grouping"],
    [{ currency: "" }, "currency", "empty"],
    [{ messageId: "" }, "messageId", "empty"],
    [{ tradeId: "" }, "tradeId", "empty"],
    [{ tradeConditions: "XT" }, "tradeConditions", "wrong_type"],
    [{ tradeConditions: ["XT", ""] }, "tradeConditions.1", "empty"],
    [{ tradeConditions: [3] }, "tradeConditions.0", "wrong_type"],
    [{ sourceSequence: 1.5 }, "sourceSequence", "not_an_integer"],
    [{ sourceSequence: "" }, "sourceSequence", "empty"],
    [{ sourceSequence: "1.0" }, "sourceSequence", "not_an_integer"],
    [{ sourceSequence: true }, "sourceSequence", "wrong_type"],
    [{ sourceSequence: 2 ** 53 }, "sourceSequence", "out_of_range"],
    [{ platformSequence: 2n ** 63n }, "platformSequence", "out_of_range"],
    [{ platformSequence: -(2n ** 63n) - 1n }, "platformSequence", "out_of_range"],
    [{ vendorData: { company_id: 123 } }, "vendorData.company_id", "wrong_type"],
    [{ vendorData: { venue: null } }, "vendorData.venue", "missing"],
    [{ vendorData: ["x"] }, "vendorData", "wrong_type"],
    [{ vendorData: new Map([["a", "b"]]) }, "vendorData", "wrong_type"],
    [{ vendorData: { a: "\udc00" } }, "vendorData.a", "malformed_text"],
    [{ vendorData: { "\udc00": "a" } }, "vendorData", "malformed_text"],
  ];
  for (const [changes, field, rule] of table) {
    assert.throws(v2(changes), { name: "RecordError", field, rule }, `${field} ${rule}`);
  }
});

Deno.test("buildTradeV2() refuses options that it does not have, with a suggestion", () => {
  assert.throws(v2({ trade_id: "x" }), {
    field: "trade_id",
    rule: "unknown_field",
    message: /Did you mean "tradeId"\?/,
  });
  assert.throws(v2({ zzz: undefined }), {
    field: "zzz",
    rule: "unknown_field",
    message: /buildTradeV2 has messageId, /,
  });
  assert.throws(v2(JSON.parse('{"__proto__": {"side": "BUY"}}')), { field: "__proto__", rule: "unknown_field" });
  const noObjects: unknown[] = [null, undefined, "BHP", [MINIMAL]];
  for (const input of noObjects) {
    assert.throws(() => buildTradeV2(input as TradeV2Input), { field: "buildTradeV2", name: "RecordError" });
  }
});

Deno.test("buildTradeV2() refuses vendor_data with entries that it would leave out", () => {
  const hidden = Object.defineProperty({ a: "1" }, "b", { value: "2" });
  for (const vendorData of [hidden, { a: "1", [Symbol("b")]: "2" }]) {
    assert.throws(() => buildTradeV2({ ...MINIMAL, vendorData }), { name: "RecordError", rule: "wrong_type" });
  }
});

Deno.test("buildTradeV2() keeps vendor_data apart from the prototype and from the caller", () => {
  const vendorData = JSON.parse('{"__proto__": "x", "constructor": "y"}');
  const trade = buildTradeV2({ ...MINIMAL, vendorData });
  vendorData.late = "z";
  assert.deepEqual(Object.entries(trade.vendor_data ?? {}), [["__proto__", "x"], ["constructor", "y"]]);
  assert.equal(Object.getPrototypeOf(trade.vendor_data), Object.prototype);
});

Deno.test("builders freeze their records", () => {
  const trade = buildTradeV2({ ...MINIMAL, tradeConditions: ["a"], vendorData: { a: "b" } });
  for (const part of [trade, trade.trade_conditions, trade.vendor_data, buildTradeV1(MINIMAL_V1)]) {
    assert.ok(Object.isFrozen(part));
  }
});

Deno.test("buildTradeV2() gives back any record that its options were made of", () => {
  fc.assert(fc.property(tradeV2, (unscaled) => {
    const record = withDecimals("trade", "v2", unscaled);
    const built = buildTradeV2({
      symbol: record.symbol,
      exchange: record.exchange.toLowerCase(),
      assetClass: record.asset_class.toUpperCase(),
      timestamp: BigInt(record.timestamp),
      price: record.price.toFixed(),
      quantity: record.quantity,
      currency: record.currency,
      side: record.side.toLowerCase(),
      tradeId: record.trade_id,
      messageId: record.message_id,
      tradeConditions: record.trade_conditions,
      sourceSequence: record.source_sequence,
      platformSequence: record.platform_sequence,
      vendorData: record.vendor_data,
      ingestionTimestamp: new Temporal.Instant(BigInt(record.ingestion_timestamp) * 1000n),
    });
    assert.deepEqual(built, record);
  }));
});

Deno.test("buildTradeV1() fills what is left out", () => {
  assert.deepEqual(buildTradeV1(MINIMAL_V1, FIXED), {
    symbol: "BHP",
    company_id: 7078,
    exchange: "ASX",
    exchange_timestamp: (MICROS - 456) / 1000,
    price: new Decimal("36.667"),
    volume: 20000,
    qualifiers: 0,
    venue: "",
    buyer_id: null,
    ingestion_timestamp: NOW,
    sequence_number: null,
  });
});

Deno.test("buildTradeV1() gives back any record that its options were made of", () => {
  fc.assert(fc.property(tradeV1, (unscaled) => {
    const record = withDecimals("trade", "v1", unscaled);
    const built = buildTradeV1({
      symbol: record.symbol,
      companyId: record.company_id,
      exchange: record.exchange,
      timestamp: new Date(record.exchange_timestamp),
      price: record.price,
      volume: BigInt(record.volume),
      qualifiers: record.qualifiers,
      venue: record.venue,
      buyerId: record.buyer_id,
      sequenceNumber: record.sequence_number,
      ingestionTimestamp: new Date(record.ingestion_timestamp),
    });
    assert.deepEqual(built, record);
  }));
});

Deno.test("buildTradeV1() takes company 0, and refuses what v1 cannot hold", () => {
  assert.equal(buildTradeV1({ ...MINIMAL_V1, companyId: 0 }).company_id, 0);
  assert.equal(buildTradeV1({ ...MINIMAL_V1, price: "999999999999.999999" }).price.toFixed(), "999999999999.999999");
  const table: [Record<string, unknown>, string, string][] = [
    [{ companyId: undefined }, "companyId", "missing"],
    [{ companyId: -1 }, "companyId", "negative"],
    [{ companyId: 2 ** 31 }, "companyId", "out_of_range"],
    [{ companyId: 1.5 }, "companyId", "not_an_integer"],
    [{ companyId: NaN }, "companyId", "not_an_integer"],
    [{ timestamp: TIMESTAMP }, "timestamp", "too_fine"],
    [{ exchangeTimestamp: TIMESTAMP }, "exchangeTimestamp", "unknown_field"],
    [{ price: "1.1234567" }, "price", "too_many_decimals"],
    [{ price: "1000000000000" }, "price", "too_many_integer_digits"],
    [{ volume: -1 }, "volume", "negative"],
    [{ volume: 0.5 }, "volume", "not_an_integer"],
    [{ volume: 2n ** 63n }, "volume", "out_of_range"],
    [{ qualifiers: 2 ** 31 }, "qualifiers", "out_of_range"],
    [{ qualifiers: -(2 ** 31) - 1 }, "qualifiers", "out_of_range"],
    [{ qualifiers: 2n ** 60n }, "qualifiers", "out_of_range"],
    [{ venue: 3 }, "venue", "wrong_type"],
    [{ buyerId: 3 }, "buyerId", "wrong_type"],
  ];
  for (const [changes, field, rule] of table) assert.throws(v1(changes), { field, rule }, `${field} ${rule}`);
});
