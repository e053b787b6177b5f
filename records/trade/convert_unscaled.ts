/**
 * Makes v2 trades of parts, and v1 trades of v2, with unscaled decimals. Runs once for each row that is not in columns.
 *
 * @module
 */
import type { TradeSide, TradeV1, TradeV2, Unscaled } from "../../schemas/record_types.ts";
import { defaultRecordId, fillOf } from "../builder_options.ts";
import { type ConversionDefaults, marketOf } from "../conversion_defaults.ts";
import { toTradeSide } from "../values/enums.ts";
import { RecordError } from "../errors.ts";
import type { MarketEventParts } from "../plain_record.ts";
import { checkPriceSign } from "../values/price_sign.ts";
import {
  canonicalInteger,
  companyNumberOf,
  decimalToV1,
  eventMillisOf,
  millisOf,
  VendorEntries,
  volumeOf,
} from "../version_parts.ts";

/** A trade on its way to v2: values in v2's form, decimals unscaled at 8 decimals; absent ones are null. */
export interface TradeParts extends MarketEventParts {
  readonly tradeId: string | null;
  readonly price: bigint;
  readonly quantity: bigint;
  readonly side: TradeSide | null;
  readonly qualifiers: number | null;
  readonly venue: string | null;
  readonly buyerId: string | null;
}

/** Makes a v2 trade, with the defaults for absent values. */
export function assembleTrade(parts: TradeParts, defaults: ConversionDefaults): Unscaled<TradeV2> {
  const fill = fillOf(defaults);
  const { exchange, assetClass, currency } = marketOf(parts, defaults);
  const { symbol, timestamp, qualifiers } = parts;
  const messageId = parts.messageId ?? defaults.messageId ?? fill.newId();
  const vendor = new VendorEntries(parts.vendorData);
  vendor.add("company_id", parts.companyId);
  vendor.add("qualifiers", qualifiers === null ? null : String(qualifiers));
  vendor.add("venue", parts.venue === "" ? null : parts.venue);
  vendor.add("buyer_id", parts.buyerId);
  return {
    message_id: messageId,
    trade_id: parts.tradeId ?? defaultRecordId({ exchange, symbol, timestamp }, messageId),
    symbol,
    exchange,
    asset_class: assetClass,
    timestamp,
    price: checkPriceSign(parts.price, assetClass, "price"),
    quantity: parts.quantity,
    currency,
    side: parts.side ?? toTradeSide(defaults.side ?? "UNKNOWN", "side"),
    trade_conditions: qualifiers === null || qualifiers === 0 ? [] : [String(qualifiers)],
    source_sequence: parts.sequence,
    ingestion_timestamp: parts.ingestionTimestamp ?? fill.now() * 1000,
    platform_sequence: null,
    vendor_data: vendor.get(),
  };
}

/** A v2 trade in v1. @throws {RecordError} If v1 would lose something that it has a place for. */
export function tradeToV1(record: Unscaled<TradeV2>): Unscaled<TradeV1> {
  const vendor = record.vendor_data;
  return {
    symbol: record.symbol,
    company_id: companyNumberOf(vendor?.company_id, "vendor_data.company_id"),
    exchange: record.exchange,
    exchange_timestamp: eventMillisOf(record.timestamp, record.vendor_data),
    price: decimalToV1(record.price, "price"),
    volume: volumeOf(record.quantity, "quantity"),
    qualifiers: qualifiersOf(record),
    venue: vendor?.venue ?? "",
    buyer_id: vendor?.buyer_id ?? null,
    ingestion_timestamp: millisOf(record.ingestion_timestamp, "ingestion_timestamp"),
    sequence_number: record.source_sequence,
  };
}

/** v1 has one number for the conditions of a trade, so any other condition would be lost. */
function qualifiersOf({ vendor_data: vendor, trade_conditions: conditions }: Unscaled<TradeV2>): number {
  const text = vendor?.qualifiers ?? conditions[0];
  if (conditions.length > 1 || (conditions.length === 1 && conditions[0] !== text)) {
    const hint = "v1 holds one numeric condition of a trade, its qualifiers.";
    throw new RecordError("lossy", { field: "trade_conditions", value: conditions, hint });
  }
  if (text === undefined) return 0;
  return canonicalInteger(text, vendor?.qualifiers === undefined ? "trade_conditions.0" : "vendor_data.qualifiers");
}
