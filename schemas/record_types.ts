/**
 * The six records of the contract as TypeScript types: the schema's own field names, decimals as `Decimal`, instants as
 * whole micros (v2) or millis (v1) since the epoch.
 *
 * @module
 */
import type * as decimal from "decimal.js";

/** An exact decimal number: the `Decimal` of decimal.js. */
export type Decimal = decimal.Decimal;

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
  /** Symbol as the source spells it, never folded or re-spelt. The Kafka message key. */
  readonly symbol: string;
  /** Number of the company in the reference data. */
  readonly company_id: number;
  /** Exchange code in upper case. */
  readonly exchange: string;
  /** When the exchange executed the trade, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly exchange_timestamp: number;
  /** Price of one unit in the currency of the exchange. Exact: 12 integer digits and 6 decimals. */
  readonly price: Decimal;
  /** Units traded, a whole number. */
  readonly volume: number | bigint;
  /** The exchange's code for the conditions of the trade; 0 means none. */
  readonly qualifiers: number;
  /** Venue code as the source gives it; empty text where it gives none. */
  readonly venue: string;
  /**
   * The last column of the source row as text, null where it is empty. The name is historical: in ASX tick files the
   * column holds a price close to the trade's.
   */
  readonly buyer_id: string | null;
  /** When this record was made, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly ingestion_timestamp: number;
  /**
   * Sequence number of the exchange where the source has one, else null. The row number in a file is no venue sequence:
   * it is in the header src of the record.
   */
  readonly sequence_number: number | bigint | null;
}

/** `com.k2.market_data.Quote`: decimal(18,6), timestamp-millis. */
export interface QuoteV1 {
  /** Symbol as the source spells it, never folded or re-spelt. The Kafka message key. */
  readonly symbol: string;
  /** Number of the company in the reference data. */
  readonly company_id: number;
  /** Exchange code in upper case. */
  readonly exchange: string;
  /** When the exchange published the quote, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly exchange_timestamp: number;
  /**
   * Best bid in the currency of the exchange. Exact: 12 integer digits and 6 decimals. Price 0 with volume 0 means that
   * there is no bid; it is kept as 0.
   */
  readonly bid_price: Decimal;
  /** Units wanted at the best bid, a whole number; 0 with price 0 where there is no bid. */
  readonly bid_volume: number | bigint;
  /**
   * Best ask in the currency of the exchange. Exact: 12 integer digits and 6 decimals. Price 0 with volume 0 means that
   * there is no ask; it is kept as 0.
   */
  readonly ask_price: Decimal;
  /** Units offered at the best ask, a whole number; 0 with price 0 where there is no ask. */
  readonly ask_volume: number | bigint;
  /** When this record was made, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly ingestion_timestamp: number;
  /**
   * Sequence number of the exchange where the source has one, else null. The row number in a file is no venue sequence:
   * it is in the header src of the record.
   */
  readonly sequence_number: number | bigint | null;
}

/** `com.k2.market_data.ReferenceData`: dates as MM/DD/YYYY text. */
export interface ReferenceDataV1 {
  /** Number of the company. Its decimal text is the Kafka message key of the compacted topic. */
  readonly company_id: number;
  /** Symbol as the source spells it. */
  readonly symbol: string;
  /** Full name of the company. */
  readonly company_name: string;
  /** International Securities Identification Number (ISO 6166); empty text where there is none. */
  readonly isin: string;
  /** First day as MM/DD/YYYY, as in the source. */
  readonly start_date: string;
  /**
   * Last day as MM/DD/YYYY, as in the source, null where there is none. Some sources give the end of their extract here
   * and not a delisting.
   */
  readonly end_date: string | null;
}

/** `com.k2.marketdata.TradeV2`: decimal(18,8), timestamp-micros. */
export interface TradeV2 {
  /**
   * Identity of this record as UUID text. The same on every reload and retry of the same source row: drop a second one.
   */
  readonly message_id: string;
  /**
   * The exchange's own trade id where it has one, else exchange, symbol, microseconds and the first 8 hex digits of
   * message_id joined by hyphens.
   */
  readonly trade_id: string;
  /** Symbol as the source spells it, never folded or re-spelt. The Kafka message key. */
  readonly symbol: string;
  /** Exchange code in upper case. */
  readonly exchange: string;
  /** The kind of instrument that was traded. */
  readonly asset_class: AssetClass;
  /** When the exchange executed the trade, in microseconds since 1970-01-01T00:00:00Z. */
  readonly timestamp: number;
  /** Price of one unit in the currency of this record. Exact: 10 integer digits and 8 decimals. */
  readonly price: Decimal;
  /** Units traded: shares, contracts or coins. Exact: 10 integer digits and 8 decimals. */
  readonly quantity: Decimal;
  /** Currency of the price: an ISO 4217 code, or the ticker of a crypto asset. */
  readonly currency: string;
  /** Side of the party that took liquidity; UNKNOWN where the source does not say. */
  readonly side: TradeSide;
  /** The exchange's condition codes in source order; empty where there are none. */
  readonly trade_conditions: readonly string[];
  /**
   * Sequence number of the exchange where the source has one, else null. The row number in a file is no venue sequence:
   * it is in the header src of the record.
   */
  readonly source_sequence: number | bigint | null;
  /** When this record was made, in microseconds since 1970-01-01T00:00:00Z. */
  readonly ingestion_timestamp: number;
  /** Sequence number given by the platform, null where it gives none. */
  readonly platform_sequence: number | bigint | null;
  /**
   * What the source says beyond the fields above, as text by name; a name is there only where the source has a value
   * for it.
   */
  readonly vendor_data: VendorData;
}

/** `com.k2.marketdata.QuoteV2`: decimal(18,8), timestamp-micros. */
export interface QuoteV2 {
  /**
   * Identity of this record as UUID text. The same on every reload and retry of the same source row: drop a second one.
   */
  readonly message_id: string;
  /**
   * The exchange's own quote id where it has one, else exchange, symbol, microseconds and the first 8 hex digits of
   * message_id joined by hyphens.
   */
  readonly quote_id: string;
  /** Symbol as the source spells it, never folded or re-spelt. The Kafka message key. */
  readonly symbol: string;
  /** Exchange code in upper case. */
  readonly exchange: string;
  /** The kind of instrument that is quoted. */
  readonly asset_class: AssetClass;
  /** When the exchange published the quote, in microseconds since 1970-01-01T00:00:00Z. */
  readonly timestamp: number;
  /**
   * Best bid in the currency of this record. Exact: 10 integer digits and 8 decimals. Price 0 with quantity 0 means
   * that there is no bid; it is kept as 0.
   */
  readonly bid_price: Decimal;
  /**
   * Units wanted at the best bid: shares, contracts or coins. Exact: 10 integer digits and 8 decimals. 0 with price 0
   * where there is no bid.
   */
  readonly bid_quantity: Decimal;
  /**
   * Best ask in the currency of this record. Exact: 10 integer digits and 8 decimals. Price 0 with quantity 0 means
   * that there is no ask; it is kept as 0.
   */
  readonly ask_price: Decimal;
  /**
   * Units offered at the best ask: shares, contracts or coins. Exact: 10 integer digits and 8 decimals. 0 with price 0
   * where there is no ask.
   */
  readonly ask_quantity: Decimal;
  /** Currency of the prices: an ISO 4217 code, or the ticker of a crypto asset. */
  readonly currency: string;
  /**
   * Sequence number of the exchange where the source has one, else null. The row number in a file is no venue sequence:
   * it is in the header src of the record.
   */
  readonly source_sequence: number | bigint | null;
  /** When this record was made, in microseconds since 1970-01-01T00:00:00Z. */
  readonly ingestion_timestamp: number;
  /** Sequence number given by the platform, null where it gives none. */
  readonly platform_sequence: number | bigint | null;
  /**
   * What the source says beyond the fields above, as text by name; a name is there only where the source has a value
   * for it.
   */
  readonly vendor_data: VendorData;
}

/** `com.k2.marketdata.ReferenceDataV2`: timestamp-micros. */
export interface ReferenceDataV2 {
  /**
   * Identity of this record as UUID text. The same on every reload and retry of the same source row: drop a second one.
   */
  readonly message_id: string;
  /** The source's identifier of the company or instrument. The Kafka message key of the compacted topic. */
  readonly company_id: string;
  /** Symbol as the source spells it, never folded or re-spelt. */
  readonly symbol: string;
  /** Exchange code in upper case. */
  readonly exchange: string;
  /** The kind of instrument that is described. */
  readonly asset_class: AssetClass;
  /** Full name of the company or instrument. */
  readonly company_name: string;
  /** International Securities Identification Number (ISO 6166), null where there is none. */
  readonly isin: string | null;
  /** Currency of trading: an ISO 4217 code, or the ticker of a crypto asset; null where it is not known. */
  readonly currency: string | null;
  /** When trading began, in microseconds since 1970-01-01T00:00:00Z, null where it is not known. */
  readonly listing_date: number | null;
  /** When trading ended, in microseconds since 1970-01-01T00:00:00Z, null while it goes on or where it is not known. */
  readonly delisting_date: number | null;
  /** Whether the instrument can be traded. */
  readonly is_active: boolean;
  /** When this record was made, in microseconds since 1970-01-01T00:00:00Z. */
  readonly ingestion_timestamp: number;
  /**
   * What the source says beyond the fields above, as text by name; a name is there only where the source has a value
   * for it.
   */
  readonly vendor_data: VendorData;
}

/** The record types by kind and version: `RecordTypes["trade"]["v2"]` is {@link TradeV2}. */
export interface RecordTypes {
  /** One execution on a market. */
  readonly trade: { readonly v1: TradeV1; readonly v2: TradeV2 };
  /** Best bid and ask of one symbol at one instant. */
  readonly quote: { readonly v1: QuoteV1; readonly v2: QuoteV2 };
  /** What is known of one instrument. */
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
