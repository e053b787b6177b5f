/**
 * The six records of the contract as TypeScript types: the schema's own field names, decimals as `Decimal`, instants as
 * whole micros (v2) or millis (v1) since the epoch.
 *
 * @module
 */
import type { Decimal } from "decimal.js";

/** A schema version of the contract. v2 is the default. */
export type SchemaVersion = "v1" | "v2";

/** What a record describes. Names the .avsc file. */
export type RecordKind = "trade" | "quote" | "reference_data";

/** The data type part of a topic name. */
export type DataType = "trades" | "quotes" | "reference_data";

/** Symbols of the Avro enum `AssetClass`. */
export type AssetClass = "equities" | "crypto" | "futures" | "options";

/** Symbols of the Avro enum `TradeSide`. */
export type TradeSide = "BUY" | "SELL" | "SELL_SHORT" | "UNKNOWN";

/** Text pairs that have no field of their own; Avro `null | map<string>`. */
export type VendorData = Readonly<Record<string, string>> | null;

/** `com.k2.market_data.Trade`: decimal(18,6), timestamp-millis. */
export interface TradeV1 {
  readonly symbol: string;
  readonly company_id: number;
  readonly exchange: string;
  readonly exchange_timestamp: number;
  readonly price: Decimal;
  readonly volume: number | bigint;
  readonly qualifiers: number;
  readonly venue: string;
  readonly buyer_id: string | null;
  readonly ingestion_timestamp: number;
  readonly sequence_number: number | bigint | null;
}

/** `com.k2.market_data.Quote`: decimal(18,6), timestamp-millis. */
export interface QuoteV1 {
  readonly symbol: string;
  readonly company_id: number;
  readonly exchange: string;
  readonly exchange_timestamp: number;
  readonly bid_price: Decimal;
  readonly bid_volume: number | bigint;
  readonly ask_price: Decimal;
  readonly ask_volume: number | bigint;
  readonly ingestion_timestamp: number;
  readonly sequence_number: number | bigint | null;
}

/** `com.k2.market_data.ReferenceData`: dates as MM/DD/YYYY text. */
export interface ReferenceDataV1 {
  readonly company_id: number;
  readonly symbol: string;
  readonly company_name: string;
  readonly isin: string;
  readonly start_date: string;
  readonly end_date: string | null;
}

/** `com.k2.marketdata.TradeV2`: decimal(18,8), timestamp-micros. */
export interface TradeV2 {
  readonly message_id: string;
  readonly trade_id: string;
  readonly symbol: string;
  readonly exchange: string;
  readonly asset_class: AssetClass;
  readonly timestamp: number;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly currency: string;
  readonly side: TradeSide;
  readonly trade_conditions: readonly string[];
  readonly source_sequence: number | bigint | null;
  readonly ingestion_timestamp: number;
  readonly platform_sequence: number | bigint | null;
  readonly vendor_data: VendorData;
}

/** `com.k2.marketdata.QuoteV2`: decimal(18,8), timestamp-micros. */
export interface QuoteV2 {
  readonly message_id: string;
  readonly quote_id: string;
  readonly symbol: string;
  readonly exchange: string;
  readonly asset_class: AssetClass;
  readonly timestamp: number;
  readonly bid_price: Decimal;
  readonly bid_quantity: Decimal;
  readonly ask_price: Decimal;
  readonly ask_quantity: Decimal;
  readonly currency: string;
  readonly source_sequence: number | bigint | null;
  readonly ingestion_timestamp: number;
  readonly platform_sequence: number | bigint | null;
  readonly vendor_data: VendorData;
}

/** `com.k2.marketdata.ReferenceDataV2`: timestamp-micros. */
export interface ReferenceDataV2 {
  readonly message_id: string;
  readonly company_id: string;
  readonly symbol: string;
  readonly exchange: string;
  readonly asset_class: AssetClass;
  readonly company_name: string;
  readonly isin: string | null;
  readonly currency: string | null;
  readonly listing_date: number | null;
  readonly delisting_date: number | null;
  readonly is_active: boolean;
  readonly ingestion_timestamp: number;
  readonly vendor_data: VendorData;
}

/** The record types by kind and version: `RecordTypes["trade"]["v2"]` is {@link TradeV2}. */
export interface RecordTypes {
  readonly trade: { readonly v1: TradeV1; readonly v2: TradeV2 };
  readonly quote: { readonly v1: QuoteV1; readonly v2: QuoteV2 };
  readonly reference_data: { readonly v1: ReferenceDataV1; readonly v2: ReferenceDataV2 };
}

/** Any v1 record. */
export type RecordV1 = TradeV1 | QuoteV1 | ReferenceDataV1;
/** Any v2 record. */
export type RecordV2 = TradeV2 | QuoteV2 | ReferenceDataV2;
/** Any record of either version. */
export type MarketRecord = RecordV1 | RecordV2;

/**
 * A record whose decimals are unscaled integers (Avro's term: the value is `unscaled * 10^-scale`), at the scale of the
 * record's schema. This is the form that the record path uses: no Decimal object is made for a row of a file.
 */
export type Unscaled<R> = { readonly [K in keyof R]: R[K] extends Decimal ? bigint : R[K] };

/** The data type of a topic that carries records of a kind. */
export const DATA_TYPE_OF: Readonly<Record<RecordKind, DataType>> = {
  trade: "trades",
  quote: "quotes",
  reference_data: "reference_data",
};

/** The record kind that a data type's topics carry. */
export const KIND_OF: Readonly<Record<DataType, RecordKind>> = {
  trades: "trade",
  quotes: "quote",
  reference_data: "reference_data",
};
