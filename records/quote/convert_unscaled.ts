/**
 * Makes v2 quotes of parts, and v1 quotes of v2, with unscaled decimals. Runs once for each row that is not in columns.
 *
 * @module
 */
import type { QuoteV1, QuoteV2, Unscaled } from "../../schemas/record_types.ts";
import { defaultRecordId, fillOf } from "../builder_options.ts";
import { type ConversionDefaults, marketOf } from "../conversion_defaults.ts";
import type { MarketEventParts } from "../plain_record.ts";
import { checkPriceSign } from "../values/price_sign.ts";
import { companyNumberOf, decimalToV1, eventMillisOf, millisOf, VendorEntries, volumeOf } from "../version_parts.ts";

/** A quote on its way to v2: values in v2's form, decimals unscaled at 8 decimals; absent ones are null. */
export interface QuoteParts extends MarketEventParts {
  readonly quoteId: string | null;
  readonly bidPrice: bigint;
  readonly bidQuantity: bigint;
  readonly askPrice: bigint;
  readonly askQuantity: bigint;
}

/** Makes a v2 quote, with the defaults for absent values. */
export function assembleQuote(parts: QuoteParts, defaults: ConversionDefaults): Unscaled<QuoteV2> {
  const fill = fillOf(defaults);
  const { exchange, assetClass, currency } = marketOf(parts, defaults);
  const { symbol, timestamp } = parts;
  const messageId = parts.messageId ?? defaults.messageId ?? fill.newId();
  const vendor = new VendorEntries(parts.vendorData);
  vendor.add("company_id", parts.companyId);
  return {
    message_id: messageId,
    quote_id: parts.quoteId ?? defaultRecordId({ exchange, symbol, timestamp }, messageId),
    symbol,
    exchange,
    asset_class: assetClass,
    timestamp,
    bid_price: checkPriceSign(parts.bidPrice, assetClass, "bid_price"),
    bid_quantity: parts.bidQuantity,
    ask_price: checkPriceSign(parts.askPrice, assetClass, "ask_price"),
    ask_quantity: parts.askQuantity,
    currency,
    source_sequence: parts.sequence,
    ingestion_timestamp: parts.ingestionTimestamp ?? fill.now() * 1000,
    platform_sequence: null,
    vendor_data: vendor.get(),
  };
}

/** A v2 quote in v1. @throws {RecordError} If v1 would lose something that it has a place for. */
export function quoteToV1(record: Unscaled<QuoteV2>): Unscaled<QuoteV1> {
  return {
    symbol: record.symbol,
    company_id: companyNumberOf(record.vendor_data?.company_id, "vendor_data.company_id"),
    exchange: record.exchange,
    exchange_timestamp: eventMillisOf(record.timestamp, record.vendor_data),
    bid_price: decimalToV1(record.bid_price, "bid_price"),
    bid_volume: volumeOf(record.bid_quantity, "bid_quantity"),
    ask_price: decimalToV1(record.ask_price, "ask_price"),
    ask_volume: volumeOf(record.ask_quantity, "ask_quantity"),
    ingestion_timestamp: millisOf(record.ingestion_timestamp, "ingestion_timestamp"),
    sequence_number: record.source_sequence,
  };
}
