/**
 * Checks the fields of trades one by one. One list of checks serves builders, validation and conversion.
 *
 * @module
 */
import type { AssetClass, TradeV1, TradeV2, Unscaled } from "../../schemas/record_types.ts";
import { defaultRecordId, type Fill } from "../builder_options.ts";
import { DECIMAL_V2 } from "../values/decimal.ts";
import { toAssetClass, toTradeSide } from "../values/enums.ts";
import { type FieldReader, FieldSet } from "../field_reader.ts";
import {
  toCompanyNumber,
  toCount,
  toCurrency,
  toExchange,
  toFreeText,
  toInt32,
  toLong,
  toText,
  toTexts,
  toVendorData,
} from "../values/field_values.ts";
import { pricesOfV1, pricesOfV2 } from "../values/price_sign.ts";

/** Fields of {@link TradeV1}, in the schema's order. */
export const TRADE_V1_FIELDS = [
  "symbol",
  "company_id",
  "exchange",
  "exchange_timestamp",
  "price",
  "volume",
  "qualifiers",
  "venue",
  "buyer_id",
  "ingestion_timestamp",
  "sequence_number",
] as const satisfies readonly (keyof TradeV1)[];

/** The fields of a caller's TradeV1. */
export const TRADE_V1_RECORD: FieldSet = new FieldSet("TradeV1", "fields", TRADE_V1_FIELDS);

/** Fields of {@link TradeV2}, in the schema's order. */
export const TRADE_V2_FIELDS = [
  "message_id",
  "trade_id",
  "symbol",
  "exchange",
  "asset_class",
  "timestamp",
  "price",
  "quantity",
  "currency",
  "side",
  "trade_conditions",
  "source_sequence",
  "ingestion_timestamp",
  "platform_sequence",
  "vendor_data",
] as const satisfies readonly (keyof TradeV2)[];

/** The fields of a caller's TradeV2. */
export const TRADE_V2_RECORD: FieldSet = new FieldSet("TradeV2", "fields", TRADE_V2_FIELDS);

/**
 * Reads a v1 trade. Without a fill, only fields that the schema has a default for may be absent.
 *
 * @param assetClass as known otherwise: the record does not say it
 */
export function readTradeV1(
  fields: FieldReader,
  fill: Fill | null,
  assetClass: AssetClass | null = null,
): Unscaled<TradeV1> {
  return {
    symbol: fields.read("symbol", toText),
    company_id: fields.read("company_id", toCompanyNumber),
    exchange: fields.read("exchange", toExchange, "ASX"),
    exchange_timestamp: fields.instant(fields.knows("timestamp") ? "timestamp" : "exchange_timestamp", "millis"),
    price: fields.decimal("price", pricesOfV1(assetClass)),
    volume: fields.read("volume", toCount),
    qualifiers: fields.read("qualifiers", toInt32, fill && 0),
    venue: fields.read("venue", toFreeText, fill && ""),
    buyer_id: fields.optional("buyer_id", toFreeText),
    ingestion_timestamp: fields.instant("ingestion_timestamp", "millis", fill),
    sequence_number: fields.optional("sequence_number", toLong),
  };
}

/** Reads a v2 trade. Without a fill, only fields that the schema has a default for may be absent. */
export function readTradeV2(fields: FieldReader, fill: Fill | null): Unscaled<TradeV2> {
  const symbol = fields.read("symbol", toText);
  const exchange = fields.read("exchange", toExchange);
  const timestamp = fields.instant("timestamp", "micros");
  const assetClass = fields.read("asset_class", toAssetClass);
  const messageId = fields.messageId(fill);
  return {
    message_id: messageId,
    trade_id: fields.read("trade_id", toText, fill && defaultRecordId({ exchange, symbol, timestamp }, messageId)),
    symbol,
    exchange,
    asset_class: assetClass,
    timestamp,
    price: fields.decimal("price", pricesOfV2(assetClass)),
    quantity: fields.decimal("quantity", DECIMAL_V2),
    currency: fields.read("currency", toCurrency, fill && "USD"),
    side: fields.read("side", toTradeSide, fill && "UNKNOWN"),
    trade_conditions: fields.read("trade_conditions", toTexts, fill && []),
    source_sequence: fields.optional("source_sequence", toLong),
    ingestion_timestamp: fields.instant("ingestion_timestamp", "micros", fill),
    platform_sequence: fields.optional("platform_sequence", toLong),
    vendor_data: fields.optional("vendor_data", toVendorData),
  };
}
