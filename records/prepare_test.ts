import assert from "node:assert/strict";
import { Catalogue } from "../config/catalogue.ts";
import type { MarketRecord, RecordKind } from "../schemas/record_types.ts";
import { EARLIEST_LIKELY_MICROS } from "./values/epoch_number.ts";
import { RecordError } from "./errors.ts";
import { type Destination, prepareRecord } from "./prepare.ts";
import { buildQuoteV1, buildQuoteV2 } from "./quote/build.ts";
import { withUnscaled } from "./record_decimals.ts";
import { buildReferenceDataV1, buildReferenceDataV2 } from "./reference_data/build.ts";
import { buildTradeV1, buildTradeV2 } from "./trade/build.ts";

const instants = { earliestMicros: EARLIEST_LIKELY_MICROS, now: () => Date.UTC(2025, 0, 1) };
const ASX: Destination = { exchange: "ASX", assetClass: "equities", catalogue: new Catalogue(), instants };
const timestamp = "2014-03-10T10:00:06.717+11:00";
const place = { symbol: "BHP", exchange: "ASX", timestamp };
const v2Place = { ...place, assetClass: "equities" };
const sides = { bidPrice: "45.66", askPrice: "45.68" };
const company = { symbol: "BHP", companyName: "BHP Billiton" };

const TRADE_V2 = buildTradeV2({ ...v2Place, price: "45.67", quantity: "1000" });
const TRADE_V1 = buildTradeV1({ ...place, companyId: 7078, price: "45.67", volume: 1000 });
const QUOTE_V2 = buildQuoteV2({ ...v2Place, ...sides, bidQuantity: "1", askQuantity: "2" });
const QUOTE_V1 = buildQuoteV1({ ...place, ...sides, companyId: 7078, bidVolume: 1, askVolume: 2 });
const COMPANY_V2 = buildReferenceDataV2({ ...company, companyId: "7078", exchange: "ASX", assetClass: "equities" });
const COMPANY_V1 = buildReferenceDataV1({ ...company, companyId: 7078, isin: "AU000000BHP4", startDate: "01/02/2003" });

const V2: readonly (readonly [RecordKind, MarketRecord])[] = [
  ["trade", TRADE_V2],
  ["quote", QUOTE_V2],
  ["reference_data", COMPANY_V2],
];
const V1: readonly (readonly [RecordKind, MarketRecord])[] = [
  ["trade", TRADE_V1],
  ["quote", QUOTE_V1],
  ["reference_data", COMPANY_V1],
];

function refusal(kind: RecordKind, record: unknown, destination: Destination = ASX): [string, string] {
  try {
    prepareRecord(kind, record, destination);
  } catch (error) {
    assert.ok(error instanceof RecordError, String(error));
    return [error.field, error.rule];
  }
  assert.fail("It must be refused");
}

for (const [kind, record] of V2) {
  Deno.test(`prepareRecord() gives a v2 ${kind} back unscaled, with its own message id`, () => {
    const prepared = prepareRecord(kind, record, ASX);
    assert.equal(prepared.message_id, "message_id" in record ? record.message_id : undefined);
    assert.equal(prepared.symbol, "BHP");
  });
}

for (const [kind, record] of V1) {
  Deno.test(`prepareRecord() converts a v1 ${kind} to unscaled v2, with a new message id each time`, () => {
    const first = prepareRecord(kind, record, ASX);
    const second = prepareRecord(kind, record, ASX);
    assert.match(first.message_id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    assert.notEqual(first.message_id, second.message_id);
    assert.deepEqual([first.exchange, first.asset_class], ["ASX", "equities"]);
  });
}

Deno.test("prepareRecord() gives exactly the unscaled form of a v2 record", () => {
  assert.deepEqual(prepareRecord("trade", TRADE_V2, ASX), withUnscaled("trade", "v2", TRADE_V2));
});

Deno.test("prepareRecord() takes the plain form of a v1 trade", () => {
  const record = prepareRecord("trade", { symbol: "BHP", timestamp, price: "45.67", volume: "1000" }, ASX);
  assert.ok("price" in record);
  assert.deepEqual([record.price, record.currency], [4_567_000_000n, "AUD"]);
});

Deno.test("prepareRecord() fills exchange and asset class where the record has none, null included", () => {
  for (const absent of [undefined, null]) {
    const record = prepareRecord("trade", { ...TRADE_V2, exchange: absent, asset_class: absent }, ASX);
    assert.deepEqual([record.exchange, record.asset_class], ["ASX", "equities"]);
  }
  const record = prepareRecord("trade", { ...TRADE_V1, exchange: undefined }, ASX);
  assert.equal(record.exchange, "ASX");
});

Deno.test("prepareRecord() refuses another exchange or asset class, and folds their case", () => {
  assert.deepEqual(refusal("trade", { ...TRADE_V2, exchange: "NYSE" }), ["exchange", "disagrees"]);
  assert.deepEqual(refusal("trade", { ...TRADE_V1, exchange: "NYSE" }), ["exchange", "disagrees"]);
  assert.deepEqual(refusal("quote", { ...QUOTE_V2, asset_class: "crypto" }), ["asset_class", "disagrees"]);
  assert.equal(prepareRecord("trade", { ...TRADE_V2, exchange: "asx" }, ASX).exchange, "ASX");
});

Deno.test("prepareRecord() refuses what is of neither version, of both, or no record at all", () => {
  const { quantity: _, ...neither } = TRADE_V2;
  assert.deepEqual(refusal("trade", neither), ["trade", "unclear_version"]);
  assert.deepEqual(refusal("trade", { ...TRADE_V2, volume: 1 }), ["trade", "unclear_version"]);
  assert.deepEqual(refusal("trade", { ...TRADE_V2, message_id: undefined }), ["trade", "unclear_version"]);
  assert.deepEqual(refusal("trade", "BHP"), ["trade", "wrong_type"]);
  assert.deepEqual(refusal("trade", null), ["trade", "missing"]);
  assert.deepEqual(refusal("trade", []), ["trade", "wrong_type"]);
});

Deno.test("prepareRecord() refuses fields that the version does not have", () => {
  assert.deepEqual(refusal("trade", { ...TRADE_V2, colour: "red" }), ["colour", "unknown_field"]);
  assert.deepEqual(refusal("trade", { ...TRADE_V1, colour: "red" }), ["colour", "unknown_field"]);
});
