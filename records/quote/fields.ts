/**
 * Checks the fields of quotes one by one. One list of checks serves builders, validation and conversion.
 *
 * A price of 0 with a quantity of 0 means that there is no quote on that side; crossed and locked quotes are data. Neither
 * is refused.
 *
 * @module
 */
import type { AssetClass, QuoteV1, QuoteV2, Unscaled } from "../../schemas/record_types.ts";
import { defaultRecordId, type Fill } from "../builder_options.ts";
import { DECIMAL_V2 } from "../values/decimal.ts";
import { toAssetClass } from "../values/enums.ts";
import { type FieldReader, FieldSet } from "../field_reader.ts";
import {
  toCompanyNumber,
  toCount,
  toCurrency,
  toExchange,
  toLong,
  toText,
  toVendorData,
} from "../values/field_values.ts";
import { pricesOfV1, pricesOfV2 } from "../values/price_sign.ts";

/** Fields of {@link QuoteV1}, in the schema's order. */
export const QUOTE_V1_FIELDS = [
  "symbol",
  "company_id",
  "exchange",
  "exchange_timestamp",
  "bid_price",
  "bid_volume",
  "ask_price",
  "ask_volume",
  "ingestion_timestamp",
  "sequence_number",
] as const satisfies readonly (keyof QuoteV1)[];

/** The fields of a caller's QuoteV1. */
export const QUOTE_V1_RECORD: FieldSet = new FieldSet("QuoteV1", "fields", QUOTE_V1_FIELDS);

/** Fields of {@link QuoteV2}, in the schema's order. */
export const QUOTE_V2_FIELDS = [
  "message_id",
  "quote_id",
  "symbol",
  "exchange",
  "asset_class",
  "timestamp",
  "bid_price",
  "bid_quantity",
  "ask_price",
  "ask_quantity",
  "currency",
  "source_sequence",
  "ingestion_timestamp",
  "platform_sequence",
  "vendor_data",
] as const satisfies readonly (keyof QuoteV2)[];

/** The fields of a caller's QuoteV2. */
export const QUOTE_V2_RECORD: FieldSet = new FieldSet("QuoteV2", "fields", QUOTE_V2_FIELDS);

/**
 * Reads a v1 quote. Without a fill, only fields that the schema has a default for may be absent.
 *
 * @param assetClass as known otherwise: the record does not say it
 */
export function readQuoteV1(
  fields: FieldReader,
  fill: Fill | null,
  assetClass: AssetClass | null = null,
): Unscaled<QuoteV1> {
  const prices = pricesOfV1(assetClass);
  return {
    symbol: fields.read("symbol", toText),
    company_id: fields.read("company_id", toCompanyNumber),
    exchange: fields.read("exchange", toExchange, "ASX"),
    exchange_timestamp: fields.instant(fields.knows("timestamp") ? "timestamp" : "exchange_timestamp", "millis"),
    bid_price: fields.decimal("bid_price", prices),
    bid_volume: fields.read("bid_volume", toCount),
    ask_price: fields.decimal("ask_price", prices),
    ask_volume: fields.read("ask_volume", toCount),
    ingestion_timestamp: fields.instant("ingestion_timestamp", "millis", fill),
    sequence_number: fields.optional("sequence_number", toLong),
  };
}

/** Reads a v2 quote. Without a fill, only fields that the schema has a default for may be absent. */
export function readQuoteV2(fields: FieldReader, fill: Fill | null): Unscaled<QuoteV2> {
  const symbol = fields.read("symbol", toText);
  const exchange = fields.read("exchange", toExchange);
  const timestamp = fields.instant("timestamp", "micros");
  const assetClass = fields.read("asset_class", toAssetClass);
  const prices = pricesOfV2(assetClass);
  const messageId = fields.messageId(fill);
  return {
    message_id: messageId,
    quote_id: fields.read("quote_id", toText, fill && defaultRecordId({ exchange, symbol, timestamp }, messageId)),
    symbol,
    exchange,
    asset_class: assetClass,
    timestamp,
    bid_price: fields.decimal("bid_price", prices),
    bid_quantity: fields.decimal("bid_quantity", DECIMAL_V2),
    ask_price: fields.decimal("ask_price", prices),
    ask_quantity: fields.decimal("ask_quantity", DECIMAL_V2),
    currency: fields.read("currency", toCurrency, fill && "USD"),
    source_sequence: fields.optional("source_sequence", toLong),
    ingestion_timestamp: fields.instant("ingestion_timestamp", "micros", fill),
    platform_sequence: fields.optional("platform_sequence", toLong),
    vendor_data: fields.optional("vendor_data", toVendorData),
  };
}
