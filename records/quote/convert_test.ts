import { Decimal } from "decimal.js";
import fc from "fast-check";
import assert from "node:assert/strict";
import type { QuoteV1, QuoteV2 } from "../../schemas/record_types.ts";
import { quoteV1 } from "../../tests/support/record_arbitraries.ts";
import { convertQuoteV1ToV2, convertQuoteV2ToV1, type PlainQuote, plainQuoteToV2 } from "./convert.ts";
import { unscaledToV1, withDecimals, withUnscaled } from "../values/unscaled.ts";

const NOW = Date.parse("2026-01-02T03:04:05.678Z");
const UUID = "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9";
const FIXED = { clock: { now: () => NOW }, newId: () => UUID };
const MILLIS = Date.parse("2014-03-10T05:46:13.604+11:00");

const V1: QuoteV1 = {
  symbol: "MWR",
  company_id: 3153,
  exchange: "ASX",
  exchange_timestamp: MILLIS,
  bid_price: new Decimal("1.11"),
  bid_volume: 10300,
  ask_price: new Decimal(0),
  ask_volume: 0,
  ingestion_timestamp: MILLIS + 5,
  sequence_number: 1,
};

const V2: QuoteV2 = {
  message_id: UUID,
  quote_id: `ASX-MWR-${MILLIS * 1000}-0f1e2d3c`,
  symbol: "MWR",
  exchange: "ASX",
  asset_class: "equities",
  timestamp: MILLIS * 1000,
  bid_price: new Decimal("1.11"),
  bid_quantity: new Decimal(10300),
  ask_price: new Decimal(0),
  ask_quantity: new Decimal(0),
  currency: "AUD",
  source_sequence: 1,
  ingestion_timestamp: (MILLIS + 5) * 1000,
  platform_sequence: null,
  vendor_data: { company_id: "3153" },
};

const PLAIN: PlainQuote = {
  symbol: "MWR",
  timestamp: "2014-03-10T05:46:13.604",
  bid_price: "1.11",
  bid_volume: "10300",
  ask_price: "0.0",
  ask_volume: 0n,
};

Deno.test("convertQuoteV1ToV2() maps each field of a v1 record", () => {
  assert.deepEqual(convertQuoteV1ToV2(V1, FIXED), V2);
});

Deno.test("convertQuoteV1ToV2() takes the plain form, with the defaults for what is absent", () => {
  const quote = convertQuoteV1ToV2(PLAIN, { ...FIXED, exchange: "ASX", timeZone: "Australia/Sydney" });
  assert.deepEqual(quote, {
    ...V2,
    source_sequence: null,
    ingestion_timestamp: NOW * 1000,
    vendor_data: null,
  });
  const own = {
    exchange: "KRAKEN",
    currency: "EUR",
    quote_id: "Q1",
    message_id: "m-1",
    vendor_data: { pair: "XBT/EUR" },
  };
  const other = convertQuoteV1ToV2({ ...PLAIN, ...own, timestamp: new Date(MILLIS), ask_volume: "0.5" }, {
    messageId: "m-2",
  });
  assert.equal(other.message_id, "m-1");
  assert.deepEqual([other.asset_class, other.currency, other.quote_id], ["crypto", "EUR", "Q1"]);
  assert.deepEqual(other.vendor_data, { pair: "XBT/EUR" });
  assert.equal(other.ask_quantity.toFixed(), "0.5");
});

Deno.test("convertQuoteV1ToV2() refuses what v2 cannot hold, each with its field and rule", () => {
  const table: [Record<string, unknown>, string, string][] = [
    [{}, "timestamp", "no_offset"],
    [{ timestamp: 1n, bid_price: "1e10" }, "bid_price", "too_many_integer_digits"],
    [{ timestamp: 1n, ask_price: undefined }, "ask_price", "missing"],
    [{ timestamp: 1n, ask_volume: 1e10 }, "ask_volume", "too_many_integer_digits"],
    [{ timestamp: 1n, side: "BUY" }, "side", "unknown_field"],
  ];
  for (const [changes, field, rule] of table) {
    const record = { ...PLAIN, ...changes } as PlainQuote;
    assert.throws(() => convertQuoteV1ToV2(record), { name: "RecordError", field, rule }, `${field} ${rule}`);
  }
});

Deno.test("convertQuoteV2ToV1() maps each field that v1 has a place for", () => {
  assert.deepEqual(convertQuoteV2ToV1(V2), V1);
});

Deno.test("convertQuoteV2ToV1() refuses every loss, each with its field and rule", () => {
  const table: [Record<string, unknown>, string, string][] = [
    [{ bid_quantity: new Decimal("0.5") }, "bid_quantity", "lossy"],
    [{ ask_quantity: new Decimal("0.5") }, "ask_quantity", "lossy"],
    [{ bid_price: new Decimal("1.1234567") }, "bid_price", "lossy"],
    [{ ask_price: new Decimal("1.1234567") }, "ask_price", "lossy"],
    [{ timestamp: V2.timestamp + 1 }, "timestamp", "lossy"],
    [{ ingestion_timestamp: V2.ingestion_timestamp + 1 }, "ingestion_timestamp", "lossy"],
    [{ vendor_data: null }, "vendor_data.company_id", "missing"],
    [{ quote_id: undefined }, "quote_id", "missing"],
  ];
  for (const [changes, field, rule] of table) {
    const record = { ...V2, ...changes } as QuoteV2;
    assert.throws(() => convertQuoteV2ToV1(record), { name: "RecordError", field, rule }, `${field} ${rule}`);
  }
});

Deno.test("a v1 quote comes back from v2 as it was, by the API and on the record path", () => {
  fc.assert(fc.property(quoteV1, (unscaled) => {
    const record = withDecimals("quote", "v1", unscaled);
    const v2 = convertQuoteV1ToV2(record, FIXED);
    assert.deepEqual(convertQuoteV2ToV1(v2), record);
    const unscaledV2 = plainQuoteToV2(record, FIXED);
    assert.deepEqual(withDecimals("quote", "v2", unscaledV2), v2);
    assert.deepEqual(withUnscaled("quote", "v2", v2), unscaledV2);
    assert.deepEqual(unscaledToV1("quote", unscaledV2), unscaled);
    assert.ok(Object.isFrozen(v2) && Object.isFrozen(v2.vendor_data));
  }));
});
