import { golden, refused } from "./golden.ts";

const SPOT = "4358121000,93576.01000000,0.00123000,115.09849230,";
const SPOT_VALUES = {
  trade_id: "4358121000",
  symbol: "BTCUSDT",
  price: "93576.01",
  quantity: "0.00123",
  currency: "USDT",
};
const SPOT_DATA = { quote_quantity: "115.09849230", best_match: "True" };

golden("Binance spot: milliseconds to the end of 2024, microseconds from 2025 on", {
  format: "binance-trades",
  name: "BTCUSDT-trades-2024-12-31.csv",
  lines: [`${SPOT}1735689599999,False,True`],
}, [{ ...SPOT_VALUES, timestamp: 1735689599999000, side: "BUY", vendor_data: SPOT_DATA }]);

golden("Binance spot: the first day of microseconds", {
  format: "binance-trades",
  name: "BTCUSDT-trades-2025-01-01.csv",
  lines: [
    // The buyer was the maker, so that the taker sold.
    `${SPOT}1735689600000000,True,True`,
    `${SPOT}1735689600000001,False,True`,
    // 12 digits count nothing that is known.
    `${SPOT}173568960001,False,True`,
    "4358121003,0.000000001,1,1,1735689600000002,False,True",
    "4358121004,0.00002001,12345678901.00,247000.00,1735689600000003,True,True",
    "4358121005,1.5E+2,1e-8,1,1735689600000004,True,True",
  ],
}, [
  { ...SPOT_VALUES, timestamp: 1735689600000000, side: "SELL", vendor_data: SPOT_DATA },
  { ...SPOT_VALUES, timestamp: 1735689600000001, side: "BUY", vendor_data: SPOT_DATA },
  "no_unit",
  "too_many_decimals",
  "too_many_integer_digits",
  {
    trade_id: "4358121005",
    symbol: "BTCUSDT",
    timestamp: 1735689600000004,
    price: "150",
    quantity: "0.00000001",
    currency: "USDT",
    side: "SELL",
    vendor_data: { quote_quantity: "1", best_match: "True" },
  },
]);

const spotOf = (symbol: string, options = {}) => ({
  format: "binance-trades",
  name: `${symbol}-trades-2025-01-01.csv`,
  lines: ["1,2,3,6,1735689600000000,True,True"],
  options,
});
const spotValues = (symbol: string, currency: string) => ({
  trade_id: "1",
  symbol,
  timestamp: 1735689600000000,
  price: "2",
  quantity: "3",
  currency,
  side: "SELL",
  vendor_data: { quote_quantity: "6", best_match: "True" },
});
golden("Binance spot: FDUSD is the currency of BTCFDUSD", spotOf("BTCFDUSD"), [spotValues("BTCFDUSD", "FDUSD")]);
refused(
  "Binance spot: ADAEUR may be AD in AEUR, and is not guessed",
  spotOf("ADAEUR"),
  /EUR or in AEUR: give --currency/,
);
golden("Binance spot: --currency says what ADAEUR is in", spotOf("ADAEUR", { currency: "EUR" }), [
  spotValues("ADAEUR", "EUR"),
]);
refused("Binance spot: BTCBIDR may be BTCB in IDR", spotOf("BTCBIDR"), /IDR or in BIDR: give --currency/);

golden(
  "Binance futures: with a header, whose file may say futures-um, and without",
  {
    format: "binance-futures-trades",
    name: "ETHUSDC-futures-um-trades-2025-01-01.csv",
    lines: [
      "id,price,qty,quote_qty,time,is_buyer_maker",
      "5800000000,3350.01,0.002,6.70002,1735689600041,true",
      "5800000007,3350.02,0.002,6.70004,1735689600041,false",
    ],
  },
  ["SELL", "BUY"].map((side, index) => ({
    trade_id: ["5800000000", "5800000007"][index],
    symbol: "ETHUSDC",
    timestamp: 1735689600041000,
    price: ["3350.01", "3350.02"][index],
    quantity: "0.002",
    currency: "USDC",
    side,
    vendor_data: { quote_quantity: ["6.70002", "6.70004"][index] },
  })),
);

golden("Binance futures: a spot file, of the same name, has other columns", {
  format: "binance-futures-trades",
  name: "BTCUSDT-trades-2019-12-31.csv",
  lines: [`${SPOT}1577750400000,False,True`, "1,7195.2,0.002,14.39,1577750400000,false"],
}, ["wrong_column_count", {
  trade_id: "1",
  symbol: "BTCUSDT",
  timestamp: 1577750400000000,
  price: "7195.2",
  quantity: "0.002",
  currency: "USDT",
  side: "BUY",
  vendor_data: { quote_quantity: "14.39" },
}]);

golden("Kraken's history: seconds with a fraction or without, no id, no side", {
  format: "kraken-history",
  name: "XBTEUR.csv",
  lines: ["1704067200,38283.5,0.00100000", "1704067201.123401,38283.6,0.00200000", "1704067201.1234019,38283.6,2"],
}, [
  { symbol: "XBTEUR", timestamp: 1704067200000000, price: "38283.5", quantity: "0.001", currency: "EUR" },
  { symbol: "XBTEUR", timestamp: 1704067201123401, price: "38283.6", quantity: "0.002", currency: "EUR" },
  {
    symbol: "XBTEUR",
    timestamp: 1704067201123401,
    price: "38283.6",
    quantity: "2",
    currency: "EUR",
    vendor_data: { timestamp_ns: "1704067201123401900" },
  },
]);

refused("Kraken's history: XBTPYUSD may be in USD or in PYUSD", {
  format: "kraken-history",
  name: "XBTPYUSD.csv",
  lines: ["1704067200,38283.5,0.00100000"],
}, /USD or in PYUSD: give --currency/);

const KRAKEN = { symbol: "BTC/EUR", currency: "EUR", price: "42283.5" };
const krakenTrade = (id: number, rest = "") =>
  `{"symbol":"BTC/EUR","side":"${id % 2 === 0 ? "sell" : "buy"}","price":42283.50,"qty":1e-05,"ord_type":"market",` +
  `"trade_id":${id},"timestamp":"2024-01-01T00:00:00.123456Z"${rest}}`;
const krakenValues = (id: number) => ({
  ...KRAKEN,
  trade_id: String(id),
  timestamp: 1704067200123456,
  quantity: "0.00001",
  side: id % 2 === 0 ? "SELL" : "BUY",
  vendor_data: { order_type: "market" },
});

golden("Kraken's WebSocket v2: each element of a message is a trade, and what else comes is told apart", {
  format: "kraken-ws-trades",
  name: "messages.ndjson",
  lines: [
    '{"channel":"status","type":"update","data":[{"api_version":"v2","connection_id":13834774380200032777,"system":"online"}]}',
    '{"method":"subscribe","result":{"channel":"trade","symbol":"BTC/EUR","snapshot":true},"success":true,"req_id":1}',
    `{"channel":"trade","type":"snapshot","data":[${krakenTrade(4665905)},${krakenTrade(4665906)}]}`,
    '{"channel":"heartbeat"}',
    `{"channel":"trade","type":"update","data":[${krakenTrade(4665907)}, ${krakenTrade(4665908, ',"new":1')}]}`,
    '{"channel":"trade","type":"update","data":[]}',
    '{"channel":"trade","type":"update"}',
    `{"channel":"trade","type":"correction","data":[${krakenTrade(4665907)}]}`,
    `{"channel":"trade","type":"update","data":[${krakenTrade(4665909)}],"more":1}`,
    "{}",
  ],
}, [
  krakenValues(4665905),
  krakenValues(4665906),
  krakenValues(4665907),
  "unknown_field",
  "missing",
  "unknown_enum",
  "unknown_field",
  "unknown_enum",
]);

golden("Kraken's WebSocket v1: arrays by the places of their values, symbol and channel around them", {
  format: "kraken-ws-v1-trades",
  name: "messages.ndjson",
  lines: [
    '{"connectionID":8628615390848610000,"event":"systemStatus","status":"online","version":"1.0.0"}',
    '[340,[["42283.50000","0.00123000","1704067200.123456","s","l",""],["42283.5","1E-5","1704067200.123457","b","m","x"]],"trade","BTC/EUR"]',
    '{"event":"heartbeat"}',
    '[341,{"a":["1",1,"1"]},"ticker","BTC/EUR"]',
    '[342,["1.0","2.0","1704067200.1","1","1"],"spread","BTC/EUR"]',
    // A value more in the trade, or around it, is a form that the format does not know.
    '[340,[["42283.5","1","1704067200.123456","s","l","",1]],"trade","BTC/EUR"]',
    '[340,[["42283.5","1","1704067200.123456","s","l",""]],"trade","BTC/EUR",1]',
    '[340,[["42283.5","1","1704067200.123456","s"]],"trade","BTC/EUR"]',
    '[340,[["42283.5","1","1704067200.123456","c","l",""]],"trade","BTC/EUR"]',
    '{"event":"other"}',
  ],
}, [
  { ...KRAKEN, timestamp: 1704067200123456, quantity: "0.00123", side: "SELL", vendor_data: { order_type: "limit" } },
  {
    ...KRAKEN,
    timestamp: 1704067200123457,
    quantity: "0.00001",
    side: "BUY",
    vendor_data: { order_type: "market", misc: "x" },
  },
  "unknown_field",
  "unknown_field",
  { ...KRAKEN, timestamp: 1704067200123456, quantity: "1", side: "SELL" },
  "unknown_enum",
  "unknown_enum",
]);

const MATCH = '"maker_order_id":"m","taker_order_id":"t","time":"2024-03-10T07:00:00.123456Z","product_id":"ETH-EUR"';
golden(
  "Coinbase gives the maker's side",
  {
    format: "coinbase-matches",
    name: "matches.ndjson",
    lines: [
      '{"type":"subscriptions","channels":[{"name":"matches","product_ids":["ETH-EUR"]}]}',
      `{"type":"last_match","trade_id":9,"sequence":49,${MATCH},"size":"0.5","price":"3500.10","side":"sell"}`,
      `{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"ETH-EUR","time":"2024-03-10T07:00:00Z"}`,
      `{"type":"match","trade_id":10,"sequence":52,${MATCH},"size":"0.5","price":"3500.10","side":"buy"}`,
    ],
  },
  [[49, "9", "BUY"], [52, "10", "SELL"]].map(([source_sequence, trade_id, side]) => ({
    trade_id,
    symbol: "ETH-EUR",
    timestamp: 1710054000123456,
    price: "3500.1",
    quantity: "0.5",
    currency: "EUR",
    side,
    source_sequence,
    vendor_data: { maker_order_id: "m", taker_order_id: "t" },
  })),
);

golden("cryptofeed: seconds with a fraction as a number, taken digit by digit", {
  format: "cryptofeed-trades",
  name: "trades.ndjson",
  options: { exchange: "COINBASE" },
  lines: [
    '{"exchange": "COINBASE", "symbol": "BTC-USD", "side": "sell", "amount": 1e-05, "price": 42283.58, "id": "580000000", "type": null, "timestamp": 1704067200.123456, "receipt_timestamp": 1704067200.223456}',
    '{"exchange": "KRAKEN", "symbol": "BTC-USD", "side": "sell", "amount": 1, "price": 2, "id": "1", "type": null, "timestamp": 1704067200, "receipt_timestamp": 1704067200}',
  ],
}, [{
  trade_id: "580000000",
  symbol: "BTC-USD",
  timestamp: 1704067200123456,
  price: "42283.58",
  quantity: "0.00001",
  currency: "USD",
  side: "SELL",
  vendor_data: { receipt_timestamp: "1704067200.223456" },
}, "disagrees"]);

const TARDIS_QUOTES = "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount";
golden(
  "Tardis quotes: the ask stands first, and an empty side is absent",
  {
    format: "tardis-quotes",
    name: "binance-futures_quotes_2024-11-01_BTCUSDT.csv",
    options: { exchange: "BINANCE", assetClass: "futures", currency: "USDT" },
    lines: [
      TARDIS_QUOTES,
      "binance-futures,BTCUSDT,1730419200123456,1730419200126666,0.5,70123.2,70123.1,0.25",
      "binance-futures,BTCUSDT,1730419200123457,1730419200126667,0.5,70123.2,,",
      "binance-futures,BTCUSDT,1730419200123458,1730419200126668,,,70123.1,0.25",
    ],
  },
  [
    { bid_price: "70123.1", bid_quantity: "0.25", ask_price: "70123.2", ask_quantity: "0.5", vendor_data: {} },
    {
      bid_price: "0",
      bid_quantity: "0",
      ask_price: "70123.2",
      ask_quantity: "0.5",
      vendor_data: { absent_side: "bid" },
    },
    {
      bid_price: "70123.1",
      bid_quantity: "0.25",
      ask_price: "0",
      ask_quantity: "0",
      vendor_data: { absent_side: "ask" },
    },
  ].map(({ vendor_data, ...values }, index) => ({
    symbol: "BTCUSDT",
    timestamp: 1730419200123456 + index,
    ...values,
    currency: "USDT",
    vendor_data: {
      ...vendor_data,
      source_exchange: "binance-futures",
      local_timestamp: String(1730419200126666 + index),
    },
  })),
);

for (const name of ["BTCUSDT.csv", "BTCUSDT.csv.gz"]) {
  const options = { exchange: "BINANCE", assetClass: "futures", currency: "USDT" };
  golden(`Tardis: a day without trades is ${name} without a byte`, {
    format: "tardis-trades",
    name,
    options,
    lines: [],
  }, []);
}
