/**
 * The mappings of sources/formats/shipped, made by `deno task formats:texts`; a test compares each with its file.
 *
 * @module
 */
// deno-fmt-ignore-file
import type { Mapping } from "./mapping/language.ts";

/** How the rows of a file are written: the name of a format that is shipped. */
export type FileFormat =
  | "asx-ticks"
  | "binance-agg-trades"
  | "binance-futures-trades"
  | "binance-trades"
  | "binance-ws-combined-trades"
  | "binance-ws-trades"
  | "coinbase-matches"
  | "cryptofeed-trades"
  | "csv"
  | "databento-mbp-1-raw"
  | "databento-trades-json"
  | "databento-trades-pretty"
  | "databento-trades-raw"
  | "iex-trades"
  | "kraken-history"
  | "kraken-ws-trades"
  | "kraken-ws-v1-trades"
  | "lean-equity-quotes"
  | "lean-equity-trades"
  | "lobster-executions"
  | "lseg-quotes"
  | "lseg-trades"
  | "massive-options-trades"
  | "massive-quotes"
  | "massive-trades"
  | "ndjson"
  | "nyse-taq-trades"
  | "tardis-quotes"
  | "tardis-trades";

/** All mappings that are shipped. */
export const SHIPPED_MAPPINGS: readonly Mapping[] = [
{
  "name": "asx-ticks",
  "summary": "ticks of one symbol by ASX, without a header",
  "dataType": "quotes",
  "symbolIs": "ofFile",
  "tradeDate": true,
  "rows": {
    "form": "delimited",
    "header": "absent",
    "columns": ["date", "time", "bid price", "ask price", "bid volume", "ask volume"]
  },
  "fields": {
    "timestamp": {
      "as": "calendar",
      "date": { "from": "date", "pattern": "MM/dd/yyyy" },
      "time": { "from": "time", "pattern": "HH:mm:ss.SSS" }
    },
    "bid_price": "bid price",
    "bid_quantity": { "from": "bid volume", "whole": true },
    "ask_price": "ask price",
    "ask_quantity": { "from": "ask volume", "whole": true }
  }
},
{
  "name": "asx-ticks",
  "summary": "ticks of one symbol by ASX, without a header",
  "dataType": "reference_data",
  "rows": { "form": "delimited", "header": "present" },
  "fields": "byName"
},
{
  "name": "asx-ticks",
  "summary": "ticks of one symbol by ASX, without a header",
  "dataType": "trades",
  "symbolIs": "ofFile",
  "tradeDate": true,
  "rows": {
    "form": "delimited",
    "header": "absent",
    "columns": ["date", "time", "price", "volume", "qualifiers", "venue", "extra"]
  },
  "fields": {
    "timestamp": {
      "as": "calendar",
      "date": { "from": "date", "pattern": "MM/dd/yyyy" },
      "time": { "from": "time", "pattern": "HH:mm:ss.SSS" }
    },
    "price": "price",
    "quantity": { "from": "volume", "whole": true },
    "qualifiers": "qualifiers",
    "venue": "venue",
    "buyer_id": "extra"
  }
},
{
  "name": "binance-agg-trades",
  "summary": "aggregated spot trades of data.binance.vision",
  "dataType": "trades",
  "exchange": "BINANCE",
  "assetClass": "crypto",
  "fileNames": ["{symbol}-aggTrades-{yyyy-MM-dd}", "{symbol}-aggTrades-{yyyy-MM}"],
  "idScope": "symbol",
  "rows": {
    "form": "delimited",
    "header": "either",
    "columns": ["aggId", "price", "qty", "firstId", "lastId", "time", "isBuyerMaker", "isBestMatch"]
  },
  "fields": {
    "trade_id": { "from": "aggId", "prefix": "agg-" },
    "symbol": { "fileName": "symbol" },
    "timestamp": { "as": "epoch", "from": "time", "unit": { "byDigits": ["ms", "us"] } },
    "price": "price",
    "quantity": "qty",
    "side": { "from": "isBuyerMaker", "as": "buyerIsMaker", "of": "taker" },
    "currency": {
      "symbolSuffix": [
        "USDT",
        "USDC",
        "FDUSD",
        "TUSD",
        "BUSD",
        "USDP",
        "USDS",
        "USD1",
        "DAI",
        "UST",
        "BTC",
        "ETH",
        "BNB",
        "SOL",
        "XRP",
        "TRX",
        "DOGE",
        "DOT",
        "PAX",
        "VAI",
        "EUR",
        "EURI",
        "AEUR",
        "GBP",
        "AUD",
        "TRY",
        "BRL",
        "ARS",
        "MXN",
        "COP",
        "JPY",
        "ZAR",
        "UAH",
        "RUB",
        "NGN",
        "PLN",
        "RON",
        "CZK",
        "IDR",
        "IDRT",
        "BIDR",
        "BKRW",
        "BVND"
      ]
    }
  },
  "vendorData": { "first_trade_id": "firstId", "last_trade_id": "lastId", "best_match": "isBestMatch" }
},
{
  "name": "binance-futures-trades",
  "summary": "USD-M futures trades of data.binance.vision",
  "dataType": "trades",
  "exchange": "BINANCE",
  "assetClass": "futures",
  "fileNames": [
    "{symbol}-futures-um-trades-{yyyy-MM-dd}",
    "{symbol}-trades-{yyyy-MM-dd}",
    "{symbol}-trades-{yyyy-MM}"
  ],
  "idScope": "symbol",
  "rows": {
    "form": "delimited",
    "header": "either",
    "columns": ["id", "price", "qty", "quote_qty", "time", "is_buyer_maker"]
  },
  "fields": {
    "trade_id": "id",
    "symbol": { "fileName": "symbol" },
    "timestamp": { "as": "epoch", "from": "time", "unit": "ms" },
    "price": "price",
    "quantity": "qty",
    "side": { "from": "is_buyer_maker", "as": "buyerIsMaker", "of": "taker" },
    "currency": { "symbolSuffix": ["USDT", "USDC", "BUSD", "FDUSD", "BTC"] }
  },
  "vendorData": { "quote_quantity": "quote_qty" }
},
{
  "name": "binance-trades",
  "summary": "spot trades of data.binance.vision",
  "dataType": "trades",
  "exchange": "BINANCE",
  "assetClass": "crypto",
  "fileNames": ["{symbol}-trades-{yyyy-MM-dd}", "{symbol}-trades-{yyyy-MM}"],
  "idScope": "symbol",
  "rows": {
    "form": "delimited",
    "header": "either",
    "columns": ["id", "price", "qty", "quoteQty", "time", "isBuyerMaker", "isBestMatch"]
  },
  "fields": {
    "trade_id": "id",
    "symbol": { "fileName": "symbol" },
    "timestamp": { "as": "epoch", "from": "time", "unit": { "byDigits": ["ms", "us"] } },
    "price": "price",
    "quantity": "qty",
    "side": { "from": "isBuyerMaker", "as": "buyerIsMaker", "of": "taker" },
    "currency": {
      "symbolSuffix": [
        "USDT",
        "USDC",
        "FDUSD",
        "TUSD",
        "BUSD",
        "USDP",
        "USDS",
        "USD1",
        "DAI",
        "UST",
        "BTC",
        "ETH",
        "BNB",
        "SOL",
        "XRP",
        "TRX",
        "DOGE",
        "DOT",
        "PAX",
        "VAI",
        "EUR",
        "EURI",
        "AEUR",
        "GBP",
        "AUD",
        "TRY",
        "BRL",
        "ARS",
        "MXN",
        "COP",
        "JPY",
        "ZAR",
        "UAH",
        "RUB",
        "NGN",
        "PLN",
        "RON",
        "CZK",
        "IDR",
        "IDRT",
        "BIDR",
        "BKRW",
        "BVND"
      ]
    }
  },
  "vendorData": { "quote_quantity": "quoteQty", "best_match": "isBestMatch" }
},
{
  "name": "binance-ws-combined-trades",
  "summary": "messages of Binance's combined streams of trades, as JSON lines",
  "dataType": "trades",
  "exchange": "BINANCE",
  "assetClass": "crypto",
  "idScope": "symbol",
  "rows": { "form": "json", "only": [{ "from": "data.e", "keep": ["trade"] }] },
  "fields": {
    "trade_id": "data.t",
    "symbol": "data.s",
    "timestamp": { "as": "epoch", "from": "data.T", "unit": { "byDigits": ["ms", "us"] } },
    "price": "data.p",
    "quantity": "data.q",
    "side": { "from": "data.m", "as": "buyerIsMaker", "of": "taker" },
    "currency": {
      "symbolSuffix": [
        "USDT",
        "USDC",
        "FDUSD",
        "TUSD",
        "BUSD",
        "USDP",
        "USDS",
        "USD1",
        "DAI",
        "UST",
        "BTC",
        "ETH",
        "BNB",
        "SOL",
        "XRP",
        "TRX",
        "DOGE",
        "DOT",
        "PAX",
        "VAI",
        "EUR",
        "EURI",
        "AEUR",
        "GBP",
        "AUD",
        "TRY",
        "BRL",
        "ARS",
        "MXN",
        "COP",
        "JPY",
        "ZAR",
        "UAH",
        "RUB",
        "NGN",
        "PLN",
        "RON",
        "CZK",
        "IDR",
        "IDRT",
        "BIDR",
        "BKRW",
        "BVND"
      ]
    }
  },
  "ignored": ["stream", "data.E", "data.M"]
},
{
  "name": "binance-ws-trades",
  "summary": "messages of Binance's stream of trades, as JSON lines",
  "dataType": "trades",
  "exchange": "BINANCE",
  "assetClass": "crypto",
  "idScope": "symbol",
  "rows": { "form": "json", "only": [{ "from": "e", "keep": ["trade"] }] },
  "fields": {
    "trade_id": "t",
    "symbol": "s",
    "timestamp": { "as": "epoch", "from": "T", "unit": { "byDigits": ["ms", "us"] } },
    "price": "p",
    "quantity": "q",
    "side": { "from": "m", "as": "buyerIsMaker", "of": "taker" },
    "currency": {
      "symbolSuffix": [
        "USDT",
        "USDC",
        "FDUSD",
        "TUSD",
        "BUSD",
        "USDP",
        "USDS",
        "USD1",
        "DAI",
        "UST",
        "BTC",
        "ETH",
        "BNB",
        "SOL",
        "XRP",
        "TRX",
        "DOGE",
        "DOT",
        "PAX",
        "VAI",
        "EUR",
        "EURI",
        "AEUR",
        "GBP",
        "AUD",
        "TRY",
        "BRL",
        "ARS",
        "MXN",
        "COP",
        "JPY",
        "ZAR",
        "UAH",
        "RUB",
        "NGN",
        "PLN",
        "RON",
        "CZK",
        "IDR",
        "IDRT",
        "BIDR",
        "BKRW",
        "BVND"
      ]
    }
  },
  "ignored": ["E", "M"]
},
{
  "name": "coinbase-matches",
  "summary": "messages of Coinbase Exchange's channel matches, as JSON lines",
  "dataType": "trades",
  "exchange": "COINBASE",
  "assetClass": "crypto",
  "idScope": "symbol",
  "rows": {
    "form": "json",
    "only": [{ "from": "type", "keep": ["match", "last_match"], "skip": ["subscriptions", "heartbeat"] }]
  },
  "fields": {
    "trade_id": "trade_id",
    "symbol": "product_id",
    "timestamp": { "as": "iso", "from": "time" },
    "price": "price",
    "quantity": "size",
    "side": { "from": "side", "as": { "buy": "BUY", "sell": "SELL" }, "of": "maker" },
    "currency": { "symbolAfter": "-" },
    "sequence": { "from": "sequence", "scope": "symbol" }
  },
  "vendorData": { "maker_order_id": "maker_order_id", "taker_order_id": "taker_order_id" }
},
{
  "name": "cryptofeed-trades",
  "summary": "trades as cryptofeed writes them, as JSON lines",
  "dataType": "trades",
  "assetClass": "crypto",
  "finer": "keep",
  "idScope": "symbol",
  "rows": { "form": "json" },
  "fields": {
    "trade_id": "id",
    "symbol": "symbol",
    "timestamp": { "as": "epoch", "from": "timestamp", "unit": "s" },
    "price": "price",
    "quantity": "amount",
    "side": { "from": "side", "as": { "buy": "BUY", "sell": "SELL" }, "of": "taker" },
    "exchange": "exchange",
    "currency": { "symbolAfter": "-" }
  },
  "vendorData": { "receipt_timestamp": "receipt_timestamp", "order_type": "type" }
},
{
  "name": "csv",
  "summary": "the first line names the columns",
  "endings": [".csv"],
  "dataType": "any",
  "rows": { "form": "delimited", "header": "present" },
  "fields": "byName"
},
{
  "name": "databento-mbp-1-raw",
  "summary": "quotes out of Databento's schema mbp-1 as csv, with raw prices and times",
  "dataType": "quotes",
  "finer": "keep",
  "oneSided": "absent",
  "rows": { "form": "delimited", "header": "present" },
  "fields": {
    "symbol": { "from": "symbol", "optional": true },
    "timestamp": { "as": "epoch", "from": "ts_event", "unit": "ns" },
    "bid_price": { "from": "bid_px_00", "shift": 9, "missing": ["9223372036854775807"] },
    "bid_quantity": "bid_sz_00",
    "ask_price": { "from": "ask_px_00", "shift": 9, "missing": ["9223372036854775807"] },
    "ask_quantity": "ask_sz_00",
    "sequence": { "from": "sequence", "scope": "channel" }
  },
  "vendorData": {
    "receive_timestamp_ns": "ts_recv",
    "publisher_id": "publisher_id",
    "instrument_id": "instrument_id",
    "action": "action",
    "action_side": "side",
    "action_price": "price",
    "action_quantity": "size",
    "flags": "flags",
    "ts_in_delta": "ts_in_delta",
    "bid_orders": "bid_ct_00",
    "ask_orders": "ask_ct_00"
  },
  "ignored": ["rtype", "depth"]
},
{
  "name": "databento-trades-json",
  "summary": "Databento's schema trades as JSON lines, with raw prices and times",
  "dataType": "trades",
  "finer": "keep",
  "rows": { "form": "json", "only": [{ "from": "action", "keep": ["T"] }] },
  "fields": {
    "symbol": { "from": "symbol", "optional": true },
    "timestamp": { "as": "epoch", "from": "hd.ts_event", "unit": "ns" },
    "price": { "from": "price", "shift": 9, "missing": ["9223372036854775807"] },
    "quantity": "size",
    "side": { "from": "side", "as": { "A": "SELL", "B": "BUY", "N": "UNKNOWN" }, "of": "taker" },
    "sequence": { "from": "sequence", "scope": "channel" }
  },
  "vendorData": {
    "receive_timestamp_ns": "ts_recv",
    "publisher_id": "hd.publisher_id",
    "instrument_id": "hd.instrument_id",
    "flags": "flags",
    "ts_in_delta": "ts_in_delta"
  },
  "ignored": ["hd.rtype", "depth"]
},
{
  "name": "databento-trades-pretty",
  "summary": "Databento's schema trades as csv, with pretty prices and times",
  "dataType": "trades",
  "finer": "keep",
  "rows": { "form": "delimited", "header": "present", "only": [{ "from": "action", "keep": ["T"] }] },
  "fields": {
    "symbol": { "from": "symbol", "optional": true },
    "timestamp": { "as": "iso", "from": "ts_event" },
    "price": "price",
    "quantity": "size",
    "side": { "from": "side", "as": { "A": "SELL", "B": "BUY", "N": "UNKNOWN" }, "of": "taker" },
    "sequence": { "from": "sequence", "scope": "channel" }
  },
  "vendorData": {
    "receive_timestamp": "ts_recv",
    "publisher_id": "publisher_id",
    "instrument_id": "instrument_id",
    "flags": "flags",
    "ts_in_delta": "ts_in_delta"
  },
  "ignored": ["rtype", "depth"]
},
{
  "name": "databento-trades-raw",
  "summary": "Databento's schema trades as csv, with raw prices and times",
  "dataType": "trades",
  "finer": "keep",
  "rows": { "form": "delimited", "header": "present", "only": [{ "from": "action", "keep": ["T"] }] },
  "fields": {
    "symbol": { "from": "symbol", "optional": true },
    "timestamp": { "as": "epoch", "from": "ts_event", "unit": "ns" },
    "price": { "from": "price", "shift": 9, "missing": ["9223372036854775807"] },
    "quantity": "size",
    "side": { "from": "side", "as": { "A": "SELL", "B": "BUY", "N": "UNKNOWN" }, "of": "taker" },
    "sequence": { "from": "sequence", "scope": "channel" }
  },
  "vendorData": {
    "receive_timestamp_ns": "ts_recv",
    "publisher_id": "publisher_id",
    "instrument_id": "instrument_id",
    "flags": "flags",
    "ts_in_delta": "ts_in_delta"
  },
  "ignored": ["rtype", "depth"]
},
{
  "name": "iex-trades",
  "summary": "trades out of IEX HIST as csv, with times in nanoseconds",
  "dataType": "trades",
  "assetClass": "equities",
  "finer": "keep",
  "idScope": "day",
  "rows": { "form": "delimited", "header": "present" },
  "fields": {
    "trade_id": "trade_id",
    "symbol": "symbol",
    "timestamp": { "as": "epoch", "from": "exchange_timestamp_ns", "unit": "ns" },
    "price": "price",
    "quantity": "size",
    "currency": { "constant": "USD" }
  },
  "vendorData": { "sale_conditions": "sale_condition" }
},
{
  "name": "kraken-history",
  "summary": "Kraken's downloadable history of trades: time, price and volume",
  "dataType": "trades",
  "exchange": "KRAKEN",
  "assetClass": "crypto",
  "finer": "keep",
  "fileNames": ["{symbol}"],
  "rows": { "form": "delimited", "header": "absent", "columns": ["time", "price", "volume"] },
  "fields": {
    "symbol": { "fileName": "symbol" },
    "timestamp": { "as": "epoch", "from": "time", "unit": "s" },
    "price": "price",
    "quantity": "volume",
    "currency": {
      "symbolSuffix": [
        "USD",
        "EUR",
        "GBP",
        "CAD",
        "AUD",
        "JPY",
        "CHF",
        "USDT",
        "USDC",
        "USDR",
        "USDQ",
        "EURT",
        "EURR",
        "EURQ",
        "PYUSD",
        "RLUSD",
        "DAI",
        "XBT",
        "ETH",
        "DOT",
        "AED"
      ]
    }
  }
},
{
  "name": "kraken-ws-trades",
  "summary": "messages of Kraken's WebSocket v2 as JSON lines; each element of a trade message's data is a trade",
  "dataType": "trades",
  "exchange": "KRAKEN",
  "assetClass": "crypto",
  "finer": "keep",
  "idScope": "symbol",
  "rows": {
    "form": "json",
    "each": "data",
    "only": [
      { "from": "method", "keep": [""], "skip": ["subscribe", "unsubscribe", "ping", "pong"] },
      {
        "from": "channel",
        "keep": ["trade"],
        "skip": ["heartbeat", "status", "ticker", "book", "level3", "ohlc", "instrument"]
      },
      { "from": "type", "keep": ["update", "snapshot"] }
    ]
  },
  "fields": {
    "trade_id": "data.trade_id",
    "symbol": "data.symbol",
    "timestamp": { "as": "iso", "from": "data.timestamp" },
    "price": "data.price",
    "quantity": "data.qty",
    "side": { "from": "data.side", "as": { "buy": "BUY", "sell": "SELL" }, "of": "taker" },
    "currency": { "symbolAfter": "/" }
  },
  "vendorData": { "order_type": "data.ord_type" }
},
{
  "name": "kraken-ws-v1-trades",
  "summary": "messages of Kraken's WebSocket v1 as JSON lines; each array in a trade message's second element is a trade",
  "dataType": "trades",
  "exchange": "KRAKEN",
  "assetClass": "crypto",
  "rows": {
    "form": "json",
    "each": "1",
    "only": [
      { "from": "event", "keep": [""], "skip": ["heartbeat", "systemStatus", "subscriptionStatus", "pong"] },
      { "from": "2", "keep": ["trade"], "skip": ["ticker", "spread"] }
    ]
  },
  "fields": {
    "symbol": "3",
    "timestamp": { "as": "epoch", "from": "1.2", "unit": "s" },
    "price": "1.0",
    "quantity": "1.1",
    "side": { "from": "1.3", "as": { "b": "BUY", "s": "SELL" }, "of": "taker" },
    "currency": { "symbolAfter": "/" }
  },
  "vendorData": {
    "order_type": { "from": "1.4", "words": { "m": "market", "l": "limit" } },
    "misc": "1.5"
  },
  "ignored": ["0"]
},
{
  "name": "lean-equity-quotes",
  "summary": "quote ticks of US equities as QuantConnect's LEAN stores them; rows of one side are refused",
  "dataType": "quotes",
  "assetClass": "equities",
  "finer": "keep",
  "oneSided": "refuse",
  "zeroIs": "noSide",
  "fileNames": ["{yyyyMMdd}_{symbol}_Quote_Tick", "{yyyyMMdd}_{symbol}_*"],
  "rows": {
    "form": "delimited",
    "header": "absent",
    "columns": ["milliseconds", "bid", "bid size", "ask", "ask size", "exchange", "conditions", "suspicious"]
  },
  "fields": {
    "symbol": { "fileName": "symbol", "case": "upper" },
    "timestamp": {
      "as": "calendar",
      "date": { "fileName": "date" },
      "time": { "from": "milliseconds", "sinceMidnight": "ms" },
      "zone": "America/New_York"
    },
    "bid_price": { "from": "bid", "shift": 4 },
    "bid_quantity": "bid size",
    "ask_price": { "from": "ask", "shift": 4 },
    "ask_quantity": "ask size",
    "currency": { "constant": "USD" }
  },
  "vendorData": { "venue": "exchange", "quote_conditions": "conditions", "suspicious": "suspicious" }
},
{
  "name": "lean-equity-trades",
  "summary": "trade ticks of US equities as QuantConnect's LEAN stores them",
  "dataType": "trades",
  "assetClass": "equities",
  "finer": "keep",
  "fileNames": ["{yyyyMMdd}_{symbol}_Trade_Tick", "{yyyyMMdd}_{symbol}_*"],
  "rows": {
    "form": "delimited",
    "header": "absent",
    "columns": ["milliseconds", "price", "size", "exchange", "conditions", "suspicious"]
  },
  "fields": {
    "symbol": { "fileName": "symbol", "case": "upper" },
    "timestamp": {
      "as": "calendar",
      "date": { "fileName": "date" },
      "time": { "from": "milliseconds", "sinceMidnight": "ms" },
      "zone": "America/New_York"
    },
    "price": { "from": "price", "shift": 4 },
    "quantity": "size",
    "venue": "exchange",
    "currency": { "constant": "USD" }
  },
  "vendorData": { "sale_conditions": "conditions", "suspicious": "suspicious" }
},
{
  "name": "lobster-executions",
  "summary": "executions out of LOBSTER's message files; crosses and halts are passed over",
  "dataType": "trades",
  "exchange": "NASDAQ",
  "assetClass": "equities",
  "finer": "keep",
  "fileNames": ["{symbol}_{yyyy-MM-dd}_*"],
  "rows": {
    "form": "delimited",
    "header": "absent",
    "columns": ["time", "type", "order_id", "size", "price", "direction"],
    "only": [{ "from": "type", "keep": ["4", "5"], "skip": ["1", "2", "3", "6", "7"] }]
  },
  "fields": {
    "symbol": { "fileName": "symbol" },
    "timestamp": {
      "as": "calendar",
      "date": { "fileName": "date" },
      "time": { "from": "time", "sinceMidnight": "s" },
      "zone": "America/New_York"
    },
    "price": { "from": "price", "shift": 4 },
    "quantity": "size",
    "side": { "from": "direction", "as": "sign", "of": "maker" },
    "currency": { "constant": "USD" }
  },
  "vendorData": { "trade_type": "type", "maker_order_id": "order_id" }
},
{
  "name": "lseg-quotes",
  "summary": "quotes out of LSEG (Refinitiv) Tick History, also of files with trades between them; rows of one side are refused",
  "dataType": "quotes",
  "finer": "keep",
  "oneSided": "refuse",
  "rows": {
    "form": "delimited",
    "header": "present",
    "only": [{ "from": "Type", "keep": ["Quote"], "skip": ["Trade", "Auction"] }]
  },
  "fields": {
    "symbol": "#RIC",
    "timestamp": { "as": "iso", "from": "Date-Time" },
    "bid_price": "Bid Price",
    "bid_quantity": "Bid Size",
    "ask_price": "Ask Price",
    "ask_quantity": "Ask Size",
    "sequence": { "from": "Seq. No.", "optional": true, "scope": "feed" }
  },
  "vendorData": {
    "quote_conditions": "Qualifiers",
    "gmt_offset": "GMT Offset",
    "exchange_time": "Exch Time",
    "domain": "Domain"
  },
  "ignored": ["Price", "Volume"]
},
{
  "name": "lseg-trades",
  "summary": "trades out of LSEG (Refinitiv) Tick History, also of files with quotes between them",
  "dataType": "trades",
  "finer": "keep",
  "rows": {
    "form": "delimited",
    "header": "present",
    "only": [{ "from": "Type", "keep": ["Trade"], "skip": ["Quote", "Auction"] }]
  },
  "fields": {
    "symbol": "#RIC",
    "timestamp": { "as": "iso", "from": "Date-Time" },
    "price": "Price",
    "quantity": "Volume",
    "trade_conditions": { "from": "Qualifiers", "optional": true, "separator": ";", "scheme": "lseg" },
    "sequence": { "from": "Seq. No.", "optional": true, "scope": "feed" }
  },
  "vendorData": { "gmt_offset": "GMT Offset", "exchange_time": "Exch Time", "domain": "Domain" },
  "ignored": ["Bid Price", "Bid Size", "Ask Price", "Ask Size"]
},
{
  "name": "massive-options-trades",
  "summary": "trades of the flat files of Massive (Polygon), US options: times of the tape",
  "dataType": "trades",
  "assetClass": "options",
  "finer": "keep",
  "rows": {
    "form": "delimited",
    "header": "present",
    "corrections": { "from": "correction", "none": ["0", ""], "then": "refuse" }
  },
  "fields": {
    "symbol": "ticker",
    "timestamp": { "as": "epoch", "from": "sip_timestamp", "unit": "ns" },
    "price": "price",
    "quantity": "size",
    "trade_conditions": { "from": "conditions", "separator": ",", "scheme": "massive" },
    "venue": "exchange",
    "currency": { "constant": "USD" }
  }
},
{
  "name": "massive-quotes",
  "summary": "quotes of the flat files of Massive (Polygon), US stocks",
  "dataType": "quotes",
  "assetClass": "equities",
  "finer": "keep",
  "oneSided": "absent",
  "zeroIs": "noSide",
  "rows": { "form": "delimited", "header": "present" },
  "fields": {
    "symbol": "ticker",
    "timestamp": { "as": "epoch", "from": "participant_timestamp", "unit": "ns" },
    "bid_price": "bid_price",
    "bid_quantity": "bid_size",
    "ask_price": "ask_price",
    "ask_quantity": "ask_size",
    "currency": { "constant": "USD" },
    "sequence": { "from": "sequence_number", "scope": "symbol" }
  },
  "vendorData": {
    "bid_venue": "bid_exchange",
    "ask_venue": "ask_exchange",
    "quote_conditions": "conditions",
    "quote_indicators": "indicators",
    "sip_timestamp": "sip_timestamp",
    "tape": "tape",
    "report_timestamp_ns": { "from": "trf_timestamp", "missing": ["0"] }
  }
},
{
  "name": "massive-trades",
  "summary": "trades of the flat files of Massive (Polygon), US stocks",
  "dataType": "trades",
  "assetClass": "equities",
  "finer": "keep",
  "idScope": "day",
  "rows": {
    "form": "delimited",
    "header": "present",
    "corrections": { "from": "correction", "none": ["0", ""], "then": "refuse" }
  },
  "fields": {
    "trade_id": { "from": "id", "within": ["exchange", "trf_id"] },
    "symbol": "ticker",
    "timestamp": { "as": "epoch", "from": "participant_timestamp", "unit": "ns" },
    "price": "price",
    "quantity": "size",
    "trade_conditions": { "from": "conditions", "separator": ",", "scheme": "massive" },
    "venue": "exchange",
    "currency": { "constant": "USD" },
    "sequence": { "from": "sequence_number", "scope": "symbol" }
  },
  "vendorData": {
    "sip_timestamp": "sip_timestamp",
    "tape": "tape",
    "reporting_facility": { "from": "trf_id", "missing": ["0"] },
    "report_timestamp_ns": { "from": "trf_timestamp", "missing": ["0"] }
  }
},
{
  "name": "ndjson",
  "summary": "each line is a JSON object",
  "endings": [".ndjson", ".jsonl", ".json"],
  "dataType": "any",
  "rows": { "form": "json" },
  "fields": "byName"
},
{
  "name": "nyse-taq-trades",
  "summary": "trades of NYSE Daily TAQ (EQY_US_ALL_TRADE)",
  "dataType": "trades",
  "assetClass": "equities",
  "finer": "keep",
  "idScope": "day",
  "fileNames": ["*_{yyyyMMdd}"],
  "rows": {
    "form": "delimited",
    "delimiter": "|",
    "quotes": false,
    "header": "present",
    "corrections": { "from": "Trade Correction Indicator", "none": ["00"], "then": "refuse" },
    "trailer": { "from": "Time", "equals": "END", "count": "Symbol" }
  },
  "fields": {
    "trade_id": { "from": "Trade Id", "within": "Exchange" },
    "symbol": "Symbol",
    "timestamp": {
      "as": "calendar",
      "date": { "fileName": "date" },
      "time": { "from": "Participant Timestamp", "pattern": "HHmmssSSSSSSSSS" },
      "zone": "America/New_York"
    },
    "price": "Trade Price",
    "quantity": "Trade Volume",
    "trade_conditions": { "from": "Sale Condition", "width": 1, "scheme": "taq" },
    "venue": "Exchange",
    "currency": { "constant": "USD" },
    "sequence": { "from": "Sequence Number", "scope": "channel" }
  },
  "vendorData": {
    "sip_time": "Time",
    "stop_stock": "Trade Stop Stock Indicator",
    "trade_source": "Source of Trade",
    "reporting_facility": "Trade Reporting Facility",
    "report_time": "Trade Reporting Facility TRF Timestamp",
    "trade_through_exempt": "Trade Through Exempt Indicator"
  }
},
{
  "name": "tardis-quotes",
  "summary": "quotes of tardis.dev, of any exchange",
  "dataType": "quotes",
  "oneSided": "absent",
  "rows": { "form": "delimited", "header": "present", "emptyFile": "emptyDay" },
  "fields": {
    "symbol": "symbol",
    "timestamp": { "as": "epoch", "from": "timestamp", "unit": "us" },
    "bid_price": "bid_price",
    "bid_quantity": "bid_amount",
    "ask_price": "ask_price",
    "ask_quantity": "ask_amount"
  },
  "vendorData": { "source_exchange": "exchange", "local_timestamp": "local_timestamp" }
},
{
  "name": "tardis-trades",
  "summary": "trades of tardis.dev, of any exchange",
  "dataType": "trades",
  "idScope": "symbol",
  "rows": { "form": "delimited", "header": "present", "emptyFile": "emptyDay" },
  "fields": {
    "trade_id": "id",
    "symbol": "symbol",
    "timestamp": { "as": "epoch", "from": "timestamp", "unit": "us" },
    "price": "price",
    "quantity": "amount",
    "side": { "from": "side", "as": { "buy": "BUY", "sell": "SELL", "unknown": "UNKNOWN" }, "of": "taker" }
  },
  "vendorData": { "source_exchange": "exchange", "local_timestamp": "local_timestamp" }
},
];
