import { Decimal } from "decimal.js";
import fc from "fast-check";
import assert from "node:assert/strict";
import { Catalogue } from "../../config/catalogue.ts";
import type { TradeV1, TradeV2 } from "../../schemas/record_types.ts";
import { tradeV1, tradeV2 } from "../../tests/support/record_arbitraries.ts";
import type { ConversionDefaults } from "../conversion_defaults.ts";
import { RecordError } from "../errors.ts";
import { buildTradeV2 } from "./build.ts";
import { convertTradeV1ToV2, convertTradeV2ToV1, type PlainTrade, plainTradeToV2 } from "./convert.ts";
import { unscaledToV1, withDecimals, withUnscaled } from "../values/unscaled.ts";

const NOW = Date.parse("2026-01-02T03:04:05.678Z");
const UUID = "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9";
const FIXED = { clock: { now: () => NOW }, newId: () => UUID };
const MILLIS = Date.parse("2014-03-10T10:00:00.123+11:00");

const V1: TradeV1 = {
  symbol: "BHP",
  company_id: 123,
  exchange: "ASX",
  exchange_timestamp: MILLIS,
  price: new Decimal("45.67"),
  volume: 1000,
  qualifiers: 0,
  venue: "X",
  buyer_id: null,
  ingestion_timestamp: MILLIS + 5,
  sequence_number: 12345,
};

const PLAIN: PlainTrade = { symbol: "BHP", timestamp: "2014-03-10T10:00:00.123+11:00", price: 45.67, volume: "1000" };

const V2: TradeV2 = buildTradeV2({
  symbol: "BHP",
  exchange: "ASX",
  assetClass: "equities",
  timestamp: new Date(MILLIS),
  price: "45.67",
  quantity: "1000",
  side: "BUY",
  vendorData: { company_id: "123" },
}, FIXED);

Deno.test("convertTradeV1ToV2() maps each field of a v1 record", () => {
  assert.deepEqual(convertTradeV1ToV2(V1, FIXED), {
    message_id: UUID,
    trade_id: `ASX-BHP-${MILLIS * 1000}-0f1e2d3c`,
    symbol: "BHP",
    exchange: "ASX",
    asset_class: "equities",
    timestamp: MILLIS * 1000,
    price: new Decimal("45.67"),
    quantity: new Decimal(1000),
    currency: "AUD",
    side: "UNKNOWN",
    trade_conditions: [],
    source_sequence: 12345,
    ingestion_timestamp: (MILLIS + 5) * 1000,
    platform_sequence: null,
    vendor_data: { company_id: "123", qualifiers: "0", venue: "X" },
  });
});

Deno.test("convertTradeV1ToV2() keeps what is there and makes nothing up", () => {
  const trade = convertTradeV1ToV2({ ...V1, qualifiers: 3, venue: "", buyer_id: "36.667", company_id: 0 });
  assert.deepEqual(trade.trade_conditions, ["3"]);
  assert.deepEqual(trade.vendor_data, { company_id: "0", qualifiers: "3", buyer_id: "36.667" });
  assert.equal(convertTradeV1ToV2(PLAIN).vendor_data, null);
  assert.deepEqual(convertTradeV1ToV2({ ...PLAIN, vendor_data: {} }).vendor_data, {});
});

Deno.test("convertTradeV1ToV2() takes the plain form, with the defaults for what is absent", () => {
  assert.deepEqual(convertTradeV1ToV2(PLAIN, FIXED), {
    message_id: UUID,
    trade_id: `unknown-BHP-${MILLIS * 1000}-0f1e2d3c`,
    symbol: "BHP",
    exchange: "unknown",
    asset_class: "equities",
    timestamp: MILLIS * 1000,
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
  const defaults: ConversionDefaults = {
    exchange: "asx",
    assetClass: "OPTIONS",
    currency: "NZD",
    side: "sell",
    messageId: "m-1",
    timeZone: "Australia/Sydney",
  };
  const nulls = { exchange: null, venue: null, company_id: null, buyer_id: null, qualifiers: null, currency: null };
  const trade = convertTradeV1ToV2({ ...PLAIN, ...nulls, timestamp: "2014-03-10T10:00:00.123456" }, defaults);
  assert.equal(trade.vendor_data, null);
  assert.equal(trade.timestamp, MILLIS * 1000 + 456);
  assert.deepEqual([trade.exchange, trade.asset_class, trade.currency], ["ASX", "options", "NZD"]);
  assert.deepEqual([trade.side, trade.message_id], ["SELL", "m-1"]);
});

Deno.test("convertTradeV1ToV2() puts a record's own values before the defaults", () => {
  const own = {
    exchange: "Binance",
    asset_class: "crypto",
    currency: "USDT",
    side: "short",
    message_id: "own",
    trade_id: "T1",
    vendor_data: { base_asset: "BTC", company_id: "7", ["__proto__"]: "kept" },
    company_id: 7,
  };
  const defaults = { exchange: "ASX", assetClass: "equities", currency: "AUD", side: "BUY", messageId: "default" };
  const trade = convertTradeV1ToV2({ ...PLAIN, ...own, volume: "0.00000001" }, defaults);
  assert.deepEqual([trade.exchange, trade.asset_class, trade.currency], ["BINANCE", "crypto", "USDT"]);
  assert.deepEqual([trade.side, trade.message_id, trade.trade_id], ["SELL_SHORT", "own", "T1"]);
  assert.equal(trade.quantity.toFixed(8), "0.00000001");
  const entries = Object.entries(trade.vendor_data ?? {});
  assert.deepEqual(entries, [["base_asset", "BTC"], ["company_id", "7"], ["__proto__", "kept"]]);
});

Deno.test("convertTradeV1ToV2() asks the catalogue for asset class and currency", () => {
  const market = (exchange: string, defaults: ConversionDefaults = {}) => {
    const trade = convertTradeV1ToV2({ ...PLAIN, exchange }, defaults);
    return [trade.asset_class, trade.currency];
  };
  assert.deepEqual(market("asx"), ["equities", "AUD"]);
  assert.deepEqual(market("BINANCE"), ["crypto", "USD"]);
  assert.deepEqual(market("NOWHERE"), ["equities", "USD"]);
  const catalogue = new Catalogue({
    lse: { currency: "GBP", assetClasses: ["options", "equities"] },
    cme: { assetClasses: ["futures"], currency: "USD" },
  });
  assert.deepEqual(market("LSE", { catalogue }), ["equities", "GBP"]);
  assert.deepEqual(market("CME", { catalogue }), ["futures", "USD"]);
});

Deno.test("convertTradeV1ToV2() takes the instants that decoders of v1 return", () => {
  for (const exchange_timestamp of [new Date(MILLIS), "2014-03-09T23:00:00.123Z", MILLIS]) {
    // Not a TradeV1 by its type: other decoders make dates of timestamps.
    const trade = convertTradeV1ToV2({ ...V1, exchange_timestamp } as TradeV1);
    assert.equal(trade.timestamp, MILLIS * 1000);
  }
});

Deno.test("convertTradeV1ToV2() refuses what v2 cannot hold, each with its field and rule", () => {
  const table: [Record<string, unknown>, string, string][] = [
    [{ price: "10000000000" }, "price", "too_many_integer_digits"],
    [{ price: "-1" }, "price", "negative"],
    [{ volume: 10 ** 10 }, "volume", "too_many_integer_digits"],
    [{ volume: undefined }, "volume", "missing"],
    [{ symbol: "" }, "symbol", "empty"],
    [{ timestamp: MILLIS }, "timestamp", "no_unit"],
    [{ timestamp: undefined }, "timestamp", "missing"],
    [{ timestamp: "2014-03-10T10:00:00" }, "timestamp", "no_offset"],
    [{ exchange_timestamp: MILLIS }, "timestamp", "disagrees"],
    [{ timestamp: undefined, exchange_timestamp: BigInt(MILLIS) }, "exchange_timestamp", "no_unit"],
    [{ timestamp: undefined, exchange_timestamp: 2 ** 53 - 1 }, "exchange_timestamp", "out_of_range"],
    [{ timestamp: undefined, exchange_timestamp: 0.5 }, "exchange_timestamp", "not_an_integer"],
    [{ company_id: 7, vendor_data: { company_id: "8" } }, "vendor_data.company_id", "disagrees"],
    [{ vendor_data: { a: 1 } }, "vendor_data.a", "wrong_type"],
    [{ qualifiers: 1.5 }, "qualifiers", "not_an_integer"],
    [{ side: "b" }, "side", "unknown_enum"],
    [{ quantity: 5 }, "quantity", "unknown_field"],
  ];
  for (const [changes, field, rule] of table) {
    const record = { ...PLAIN, ...changes } as PlainTrade;
    assert.throws(() => convertTradeV1ToV2(record), { name: "RecordError", field, rule }, `${field} ${rule}`);
  }
});

Deno.test("convertTradeV1ToV2() refuses defaults that it could not use", () => {
  const table: [Record<string, unknown>, string, string][] = [
    [{ exchange: "" }, "exchange", "empty"],
    [{ assetClass: "bonds" }, "assetClass", "unknown_enum"],
    [{ side: "b" }, "side", "unknown_enum"],
    [{ messageId: 5 }, "messageId", "wrong_type"],
    [{ currency: 5 }, "currency", "wrong_type"],
    [{ endDate: "end" }, "endDate", "unknown_enum"],
    [{ timezone: "UTC" }, "timezone", "unknown_field"],
    [{ ambiguousTime: "x" }, "ambiguousTime", "unknown_enum"],
  ];
  for (const [defaults, field, rule] of table) {
    assert.throws(() => convertTradeV1ToV2(PLAIN, defaults), { field, rule }, `${field} ${rule}`);
  }
});

Deno.test("convertTradeV2ToV1() maps each field that v1 has a place for", () => {
  assert.deepEqual(convertTradeV2ToV1(V2), {
    symbol: "BHP",
    company_id: 123,
    exchange: "ASX",
    exchange_timestamp: MILLIS,
    price: new Decimal("45.67"),
    volume: 1000,
    qualifiers: 0,
    venue: "",
    buyer_id: null,
    ingestion_timestamp: NOW,
    sequence_number: null,
  });
  const conditioned = convertTradeV2ToV1({ ...V2, trade_conditions: ["3"] });
  assert.equal(conditioned.qualifiers, 3);
  const vendor_data = { company_id: "0", qualifiers: "-9", venue: "X", buyer_id: "", trade_date: "2014-03-10" };
  const detailed = convertTradeV2ToV1({ ...V2, vendor_data, trade_conditions: ["-9"], source_sequence: 7n });
  assert.deepEqual(
    [detailed.company_id, detailed.qualifiers, detailed.venue, detailed.buyer_id, detailed.sequence_number],
    [0, -9, "X", "", 7],
  );
});

Deno.test("convertTradeV2ToV1() refuses every loss, each with its field and rule", () => {
  const vendor = (changes: Record<string, string>) => ({ vendor_data: { company_id: "123", ...changes } });
  const table: [Record<string, unknown>, string, string][] = [
    [{ quantity: new Decimal("0.5") }, "quantity", "lossy"],
    [{ price: new Decimal("1.1234567") }, "price", "lossy"],
    [{ timestamp: V2.timestamp + 1 }, "timestamp", "lossy"],
    [{ ingestion_timestamp: V2.ingestion_timestamp + 1 }, "ingestion_timestamp", "lossy"],
    [{ vendor_data: null }, "vendor_data.company_id", "missing"],
    [{ vendor_data: { venue: "X" } }, "vendor_data.company_id", "missing"],
    [vendor({ company_id: "BHP" }), "vendor_data.company_id", "not_an_integer"],
    [vendor({ company_id: "007" }), "vendor_data.company_id", "lossy"],
    [vendor({ company_id: "" }), "vendor_data.company_id", "lossy"],
    [vendor({ company_id: "1e3" }), "vendor_data.company_id", "lossy"],
    [vendor({ company_id: "-1" }), "vendor_data.company_id", "negative"],
    [vendor({ company_id: "2147483648" }), "vendor_data.company_id", "out_of_range"],
    [vendor({ qualifiers: "-2147483649" }), "vendor_data.qualifiers", "out_of_range"],
    [vendor({ qualifiers: "late" }), "vendor_data.qualifiers", "not_an_integer"],
    [{ trade_conditions: ["late"] }, "trade_conditions.0", "not_an_integer"],
    [{ trade_conditions: ["3", "9"] }, "trade_conditions", "lossy"],
    [{ ...vendor({ qualifiers: "3" }), trade_conditions: ["9"] }, "trade_conditions", "lossy"],
    [{ message_id: undefined }, "message_id", "missing"],
    [{ price: "-1" }, "price", "negative"],
    [{ side: "b" }, "side", "unknown_enum"],
    [{ volume: 5 }, "volume", "unknown_field"],
  ];
  for (const [changes, field, rule] of table) {
    const record = { ...V2, ...changes } as TradeV2;
    assert.throws(() => convertTradeV2ToV1(record), { name: "RecordError", field, rule }, `${field} ${rule}`);
  }
});

Deno.test("a v1 trade comes back from v2 as it was, by the API and on the record path", () => {
  fc.assert(
    fc.property(tradeV1, (unscaled) => {
      const record = withDecimals("trade", "v1", unscaled);
      const v2 = convertTradeV1ToV2(record, FIXED);
      assert.deepEqual(convertTradeV2ToV1(v2), record);
      const unscaledV2 = plainTradeToV2(record, FIXED);
      assert.deepEqual(withDecimals("trade", "v2", unscaledV2), v2);
      assert.deepEqual(unscaledToV1("trade", unscaledV2), unscaled);
      assert.deepEqual(withUnscaled("trade", "v1", record), unscaled);
      assert.ok(Object.isFrozen(v2.vendor_data) && Object.isFrozen(v2.trade_conditions) && Object.isFrozen(v2));
    }),
    { numRuns: 500 },
  );
});

Deno.test("a v2 trade in v1 has the same values, or is refused", () => {
  let kept = 0;
  const nearlyV1 = fc.tuple(tradeV1, tradeV2, fc.subarray(["price", "quantity", "timestamp", "vendor_data"] as const))
    .map(([old, other, changed]) => {
      const defaults = { ...FIXED, side: other.side, currency: other.currency };
      const record = plainTradeToV2(withDecimals("trade", "v1", old), defaults);
      return { ...record, ...Object.fromEntries(changed.map((name) => [name, other[name]])) };
    });
  fc.assert(fc.property(nearlyV1, (v2) => {
    let v1;
    try {
      v1 = unscaledToV1("trade", v2);
    } catch (error) {
      assert.ok(error instanceof RecordError);
      return;
    }
    kept += 1;
    assert.equal(v1.price * 100n, v2.price);
    assert.equal(BigInt(v1.volume) * 100_000_000n, v2.quantity);
    assert.equal(v1.exchange_timestamp * 1000, v2.timestamp);
    assert.equal(v1.ingestion_timestamp * 1000, v2.ingestion_timestamp);
    assert.equal(String(v1.company_id), v2.vendor_data?.company_id);
    assert.equal(v1.sequence_number, v2.source_sequence);
    assert.deepEqual([v1.symbol, v1.exchange], [v2.symbol, v2.exchange]);
  }));
  assert.ok(kept > 5, `only ${kept} records could be held by v1`);
});
