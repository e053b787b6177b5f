/**
 * Random records of all six schemas, over the full range of each field.
 *
 * @module
 */
import fc from "fast-check";
import type {
  AssetClass,
  MarketRecord,
  QuoteV1,
  QuoteV2,
  RecordKind,
  ReferenceDataV1,
  ReferenceDataV2,
  SchemaVersion,
  TradeSide,
  TradeV1,
  TradeV2,
  Unscaled,
} from "../../schemas/record_types.ts";

const text = fc.string({ unit: "binary", maxLength: 40 });
const id = fc.uuid();
const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const instant = fc.maxSafeInteger();
/** Any 64-bit integer in the form that decoding gives: a number if that is exact. */
const long = fc.oneof(fc.integer(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)).map((value) =>
  typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value
);
const decimal = fc.oneof(fc.bigInt(-(10n ** 18n) + 1n, 10n ** 18n - 1n), fc.bigInt(-70_000n, 70_000n));
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const vendorData = nullable(fc.dictionary(text, text, { maxKeys: 6, noNullPrototype: true }));
const assetClass = fc.constantFrom<AssetClass>("equities", "crypto", "futures", "options");
const side = fc.constantFrom<TradeSide>("BUY", "SELL", "SELL_SHORT", "UNKNOWN");

const tradeV1 = fc.record<Unscaled<TradeV1>>({
  symbol: text,
  company_id: int,
  exchange: text,
  exchange_timestamp: instant,
  price: decimal,
  volume: long,
  qualifiers: int,
  venue: text,
  buyer_id: nullable(text),
  ingestion_timestamp: instant,
  sequence_number: nullable(long),
}, { noNullPrototype: true });

const quoteV1 = fc.record<Unscaled<QuoteV1>>({
  symbol: text,
  company_id: int,
  exchange: text,
  exchange_timestamp: instant,
  bid_price: decimal,
  bid_volume: long,
  ask_price: decimal,
  ask_volume: long,
  ingestion_timestamp: instant,
  sequence_number: nullable(long),
}, { noNullPrototype: true });

const referenceDataV1 = fc.record<Unscaled<ReferenceDataV1>>({
  company_id: int,
  symbol: text,
  company_name: text,
  isin: text,
  start_date: text,
  end_date: nullable(text),
}, { noNullPrototype: true });

const tradeV2 = fc.record<Unscaled<TradeV2>>({
  message_id: id,
  trade_id: text,
  symbol: text,
  exchange: text,
  asset_class: assetClass,
  timestamp: instant,
  price: decimal,
  quantity: decimal,
  currency: text,
  side,
  trade_conditions: fc.array(text, { maxLength: 5 }),
  source_sequence: nullable(long),
  ingestion_timestamp: instant,
  platform_sequence: nullable(long),
  vendor_data: vendorData,
}, { noNullPrototype: true });

const quoteV2 = fc.record<Unscaled<QuoteV2>>({
  message_id: id,
  quote_id: text,
  symbol: text,
  exchange: text,
  asset_class: assetClass,
  timestamp: instant,
  bid_price: decimal,
  bid_quantity: decimal,
  ask_price: decimal,
  ask_quantity: decimal,
  currency: text,
  source_sequence: nullable(long),
  ingestion_timestamp: instant,
  platform_sequence: nullable(long),
  vendor_data: vendorData,
}, { noNullPrototype: true });

const referenceDataV2 = fc.record<Unscaled<ReferenceDataV2>>({
  message_id: id,
  company_id: text,
  symbol: text,
  exchange: text,
  asset_class: assetClass,
  company_name: text,
  isin: nullable(text),
  currency: nullable(text),
  listing_date: nullable(instant),
  delisting_date: nullable(instant),
  is_active: fc.boolean(),
  ingestion_timestamp: instant,
  vendor_data: vendorData,
}, { noNullPrototype: true });

const ARBITRARIES = {
  trade: { v1: tradeV1, v2: tradeV2 },
  quote: { v1: quoteV1, v2: quoteV2 },
  reference_data: { v1: referenceDataV1, v2: referenceDataV2 },
};

/** Random records of one schema, with unscaled decimals, in the form that decoding gives. */
export function recordsOf(kind: RecordKind, version: SchemaVersion): fc.Arbitrary<Unscaled<MarketRecord>> {
  return ARBITRARIES[kind][version];
}
