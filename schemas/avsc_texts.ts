/**
 * The .avsc files as text, made by `deno task schemas:texts`; a test compares each with its file, byte for byte. An import
 * of a text would be shorter, but packages with such imports cannot be published.
 *
 * @module
 */
export const QUOTE_V1 = `{
  "type": "record",
  "name": "Quote",
  "namespace": "com.k2.market_data",
  "doc": "Best bid and ask of one symbol at one instant. Schema v1 (legacy): 6 decimals, milliseconds. Crossed and locked quotes are kept as they came.",
  "fields": [
    { "name": "symbol", "type": "string", "doc": "Symbol as the source spells it, never folded or re-spelt. The Kafka message key." },
    { "name": "company_id", "type": "int", "doc": "Number of the company in the reference data." },
    { "name": "exchange", "type": "string", "default": "ASX", "doc": "Exchange code in upper case." },
    { "name": "exchange_timestamp", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When the exchange published the quote, in milliseconds since 1970-01-01T00:00:00Z." },
    { "name": "bid_price", "type": { "type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 6 }, "doc": "Best bid in the currency of the exchange. Exact: 12 integer digits and 6 decimals. Price 0 with volume 0 means that there is no bid; it is kept as 0." },
    { "name": "bid_volume", "type": "long", "doc": "Units wanted at the best bid, a whole number; 0 with price 0 where there is no bid." },
    { "name": "ask_price", "type": { "type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 6 }, "doc": "Best ask in the currency of the exchange. Exact: 12 integer digits and 6 decimals. Price 0 with volume 0 means that there is no ask; it is kept as 0." },
    { "name": "ask_volume", "type": "long", "doc": "Units offered at the best ask, a whole number; 0 with price 0 where there is no ask." },
    { "name": "ingestion_timestamp", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When this record was made, in milliseconds since 1970-01-01T00:00:00Z." },
    { "name": "sequence_number", "type": ["null", "long"], "default": null, "doc": "Sequence number of the exchange where the source has one, else null. The row number in a file is no venue sequence: it is in the header src of the record." }
  ]
}
`;

export const QUOTE_V2 = `{
  "type": "record",
  "name": "QuoteV2",
  "namespace": "com.k2.marketdata",
  "doc": "Best bid and ask of one symbol at one instant, on any market. Schema v2: 8 decimals, microseconds. Crossed and locked quotes are kept as they came.",
  "fields": [
    { "name": "message_id", "type": "string", "doc": "Identity of this record as UUID text. The same on every reload and retry of the same source row: drop a second one." },
    { "name": "quote_id", "type": "string", "doc": "The exchange's own quote id where it has one, else exchange, symbol, microseconds and the first 8 hex digits of message_id joined by hyphens." },
    { "name": "symbol", "type": "string", "doc": "Symbol as the source spells it, never folded or re-spelt. The Kafka message key." },
    { "name": "exchange", "type": "string", "doc": "Exchange code in upper case." },
    { "name": "asset_class", "type": { "type": "enum", "name": "AssetClass", "namespace": "com.k2.marketdata", "symbols": ["equities", "crypto", "futures", "options"], "doc": "The kind of instrument. Also a part of the topic's name." }, "doc": "The kind of instrument that is quoted." },
    { "name": "timestamp", "type": { "type": "long", "logicalType": "timestamp-micros" }, "doc": "When the exchange published the quote, in microseconds since 1970-01-01T00:00:00Z." },
    { "name": "bid_price", "type": { "type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 8 }, "doc": "Best bid in the currency of this record. Exact: 10 integer digits and 8 decimals. Price 0 with quantity 0 means that there is no bid; it is kept as 0." },
    { "name": "bid_quantity", "type": { "type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 8 }, "doc": "Units wanted at the best bid: shares, contracts or coins. Exact: 10 integer digits and 8 decimals. 0 with price 0 where there is no bid." },
    { "name": "ask_price", "type": { "type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 8 }, "doc": "Best ask in the currency of this record. Exact: 10 integer digits and 8 decimals. Price 0 with quantity 0 means that there is no ask; it is kept as 0." },
    { "name": "ask_quantity", "type": { "type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 8 }, "doc": "Units offered at the best ask: shares, contracts or coins. Exact: 10 integer digits and 8 decimals. 0 with price 0 where there is no ask." },
    { "name": "currency", "type": "string", "doc": "Currency of the prices: an ISO 4217 code, or the ticker of a crypto asset." },
    { "name": "source_sequence", "type": ["null", "long"], "default": null, "doc": "Sequence number of the exchange where the source has one, else null. The row number in a file is no venue sequence: it is in the header src of the record." },
    { "name": "ingestion_timestamp", "type": { "type": "long", "logicalType": "timestamp-micros" }, "doc": "When this record was made, in microseconds since 1970-01-01T00:00:00Z." },
    { "name": "platform_sequence", "type": ["null", "long"], "default": null, "doc": "Sequence number given by the platform, null where it gives none." },
    { "name": "vendor_data", "type": ["null", { "type": "map", "values": "string" }], "default": null, "doc": "What the source says beyond the fields above, as text by name; a name is there only where the source has a value for it." }
  ]
}
`;

export const REFERENCE_DATA_V1 = `{
  "type": "record",
  "name": "ReferenceData",
  "namespace": "com.k2.market_data",
  "doc": "What is known of one company, for look-up by number. The latest record of a company counts. Schema v1 (legacy).",
  "fields": [
    { "name": "company_id", "type": "int", "doc": "Number of the company. Its decimal text is the Kafka message key of the compacted topic." },
    { "name": "symbol", "type": "string", "doc": "Symbol as the source spells it." },
    { "name": "company_name", "type": "string", "doc": "Full name of the company." },
    { "name": "isin", "type": "string", "doc": "International Securities Identification Number (ISO 6166); empty text where there is none." },
    { "name": "start_date", "type": "string", "doc": "First day as MM/DD/YYYY, as in the source." },
    { "name": "end_date", "type": ["null", "string"], "default": null, "doc": "Last day as MM/DD/YYYY, as in the source, null where there is none. Some sources give the end of their extract here and not a delisting." }
  ]
}
`;

export const REFERENCE_DATA_V2 = `{
  "type": "record",
  "name": "ReferenceDataV2",
  "namespace": "com.k2.marketdata",
  "doc": "What is known of one instrument, for look-up by company_id. The latest record of a company_id counts. Schema v2: microseconds.",
  "fields": [
    { "name": "message_id", "type": "string", "doc": "Identity of this record as UUID text. The same on every reload and retry of the same source row: drop a second one." },
    { "name": "company_id", "type": "string", "doc": "The source's identifier of the company or instrument. The Kafka message key of the compacted topic." },
    { "name": "symbol", "type": "string", "doc": "Symbol as the source spells it, never folded or re-spelt." },
    { "name": "exchange", "type": "string", "doc": "Exchange code in upper case." },
    { "name": "asset_class", "type": { "type": "enum", "name": "AssetClass", "namespace": "com.k2.marketdata", "symbols": ["equities", "crypto", "futures", "options"], "doc": "The kind of instrument. Also a part of the topic's name." }, "doc": "The kind of instrument that is described." },
    { "name": "company_name", "type": "string", "doc": "Full name of the company or instrument." },
    { "name": "isin", "type": ["null", "string"], "default": null, "doc": "International Securities Identification Number (ISO 6166), null where there is none." },
    { "name": "currency", "type": ["null", "string"], "default": null, "doc": "Currency of trading: an ISO 4217 code, or the ticker of a crypto asset; null where it is not known." },
    { "name": "listing_date", "type": ["null", { "type": "long", "logicalType": "timestamp-micros" }], "default": null, "doc": "When trading began, in microseconds since 1970-01-01T00:00:00Z, null where it is not known." },
    { "name": "delisting_date", "type": ["null", { "type": "long", "logicalType": "timestamp-micros" }], "default": null, "doc": "When trading ended, in microseconds since 1970-01-01T00:00:00Z, null while it goes on or where it is not known." },
    { "name": "is_active", "type": "boolean", "default": true, "doc": "Whether the instrument can be traded." },
    { "name": "ingestion_timestamp", "type": { "type": "long", "logicalType": "timestamp-micros" }, "doc": "When this record was made, in microseconds since 1970-01-01T00:00:00Z." },
    { "name": "vendor_data", "type": ["null", { "type": "map", "values": "string" }], "default": null, "doc": "What the source says beyond the fields above, as text by name; a name is there only where the source has a value for it." }
  ]
}
`;

export const TRADE_V1 = `{
  "type": "record",
  "name": "Trade",
  "namespace": "com.k2.market_data",
  "doc": "One execution on an exchange. Schema v1 (legacy): 6 decimals, milliseconds.",
  "fields": [
    { "name": "symbol", "type": "string", "doc": "Symbol as the source spells it, never folded or re-spelt. The Kafka message key." },
    { "name": "company_id", "type": "int", "doc": "Number of the company in the reference data." },
    { "name": "exchange", "type": "string", "default": "ASX", "doc": "Exchange code in upper case." },
    { "name": "exchange_timestamp", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When the exchange executed the trade, in milliseconds since 1970-01-01T00:00:00Z." },
    { "name": "price", "type": { "type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 6 }, "doc": "Price of one unit in the currency of the exchange. Exact: 12 integer digits and 6 decimals." },
    { "name": "volume", "type": "long", "doc": "Units traded, a whole number." },
    { "name": "qualifiers", "type": "int", "doc": "The exchange's code for the conditions of the trade; 0 means none." },
    { "name": "venue", "type": "string", "doc": "Venue code as the source gives it; empty text where it gives none." },
    { "name": "buyer_id", "type": ["null", "string"], "default": null, "doc": "The last column of the source row as text, null where it is empty. The name is historical: in ASX tick files the column holds a price close to the trade's." },
    { "name": "ingestion_timestamp", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When this record was made, in milliseconds since 1970-01-01T00:00:00Z." },
    { "name": "sequence_number", "type": ["null", "long"], "default": null, "doc": "Sequence number of the exchange where the source has one, else null. The row number in a file is no venue sequence: it is in the header src of the record." }
  ]
}
`;

export const TRADE_V2 = `{
  "type": "record",
  "name": "TradeV2",
  "namespace": "com.k2.marketdata",
  "doc": "One execution on any market, for every asset class. Schema v2: 8 decimals, microseconds. What has no field of its own is in vendor_data.",
  "fields": [
    { "name": "message_id", "type": "string", "doc": "Identity of this record as UUID text. The same on every reload and retry of the same source row: drop a second one." },
    { "name": "trade_id", "type": "string", "doc": "The exchange's own trade id where it has one, else exchange, symbol, microseconds and the first 8 hex digits of message_id joined by hyphens." },
    { "name": "symbol", "type": "string", "doc": "Symbol as the source spells it, never folded or re-spelt. The Kafka message key." },
    { "name": "exchange", "type": "string", "doc": "Exchange code in upper case." },
    { "name": "asset_class", "type": { "type": "enum", "name": "AssetClass", "namespace": "com.k2.marketdata", "symbols": ["equities", "crypto", "futures", "options"], "doc": "The kind of instrument. Also a part of the topic's name." }, "doc": "The kind of instrument that was traded." },
    { "name": "timestamp", "type": { "type": "long", "logicalType": "timestamp-micros" }, "doc": "When the exchange executed the trade, in microseconds since 1970-01-01T00:00:00Z." },
    { "name": "price", "type": { "type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 8 }, "doc": "Price of one unit in the currency of this record. Exact: 10 integer digits and 8 decimals." },
    { "name": "quantity", "type": { "type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 8 }, "doc": "Units traded: shares, contracts or coins. Exact: 10 integer digits and 8 decimals." },
    { "name": "currency", "type": "string", "doc": "Currency of the price: an ISO 4217 code, or the ticker of a crypto asset." },
    { "name": "side", "type": { "type": "enum", "name": "TradeSide", "namespace": "com.k2.marketdata", "symbols": ["BUY", "SELL", "SELL_SHORT", "UNKNOWN"], "doc": "Side of the party that took liquidity." }, "doc": "Side of the party that took liquidity; UNKNOWN where the source does not say." },
    { "name": "trade_conditions", "type": { "type": "array", "items": "string" }, "doc": "The exchange's condition codes in source order; empty where there are none." },
    { "name": "source_sequence", "type": ["null", "long"], "default": null, "doc": "Sequence number of the exchange where the source has one, else null. The row number in a file is no venue sequence: it is in the header src of the record." },
    { "name": "ingestion_timestamp", "type": { "type": "long", "logicalType": "timestamp-micros" }, "doc": "When this record was made, in microseconds since 1970-01-01T00:00:00Z." },
    { "name": "platform_sequence", "type": ["null", "long"], "default": null, "doc": "Sequence number given by the platform, null where it gives none." },
    { "name": "vendor_data", "type": ["null", { "type": "map", "values": "string" }], "default": null, "doc": "What the source says beyond the fields above, as text by name; a name is there only where the source has a value for it." }
  ]
}
`;
