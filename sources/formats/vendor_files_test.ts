import assert from "node:assert/strict";
import { withDecimals } from "../../records/record_decimals.ts";
import type { SourceRow } from "../source.ts";
import { readVendorFile, type VendorFile } from "../../tests/support/vendor_file.ts";

/** A row in words: its values, or its rule. */
function shown(row: SourceRow): unknown {
  if (!row.ok) return row.rule;
  const { record } = row;
  if ("price" in record) {
    const { price, quantity } = withDecimals("trade", "v2", record);
    const { trade_id, symbol, timestamp, currency, side, trade_conditions, source_sequence, vendor_data } = record;
    return [
      trade_id,
      symbol,
      timestamp,
      String(price),
      String(quantity),
      currency,
      side,
      trade_conditions,
      source_sequence,
      vendor_data,
    ];
  }
  assert.ok("bid_price" in record);
  const { bid_price, bid_quantity, ask_price, ask_quantity } = withDecimals("quote", "v2", record);
  return [
    record.symbol,
    record.timestamp,
    ...[bid_price, bid_quantity, ask_price, ask_quantity].map(String),
    record.vendor_data,
  ];
}

const BINANCE = "4358121000,93576.01000000,0.00123000,115.09849230,";
const binance = (id: string, micros: number, side: string) => [
  id,
  "BTCUSDT",
  micros,
  "93576.01",
  "0.00123",
  "USDT",
  side,
  [],
  null,
  { quote_quantity: "115.09849230", best_match: "True" },
];

const TAQ_HEADER = "Time|Exchange|Symbol|Sale Condition|Trade Volume|Trade Price|Trade Stop Stock Indicator|" +
  "Trade Correction Indicator|Sequence Number|Trade Id|Source of Trade|Trade Reporting Facility|Participant Timestamp|" +
  "Trade Reporting Facility TRF Timestamp|Trade Through Exempt Indicator";
const taq = (time: string, correction = "00") => `${time}|N|BRK B| 4 B|100|45.88|N|${correction}|1231|7|C||${time}||0`;
const taqTrade = (micros: number, time: string, nanos: string) => [
  "7",
  "BRK B",
  micros,
  "45.88",
  "100",
  "USD",
  "UNKNOWN",
  ["4", "B"],
  null,
  {
    venue: "N",
    sequence_scope: "channel",
    conditions_raw: " 4 B",
    conditions_scheme: "taq",
    sip_time: time,
    stop_stock: "N",
    trade_source: "C",
    trade_through_exempt: "0",
    sequence: "1231",
    ...(nanos === "" ? {} : { timestamp_ns: nanos }),
  },
];

const LSEG_HEADER = "#RIC,Domain,Date-Time,GMT Offset,Type,Price,Volume,Bid Price,Bid Size,Ask Price,Ask Size";
const LSEG = ["2018-01-04T17:01:00.402881806Z,-5,", 1_515_085_260_402_881] as const;
const LSEG_TEXTS = { gmt_offset: "-5", domain: "Market Price", timestamp_ns: "1515085260402881806" };

const GOLDEN: readonly (VendorFile & { readonly expected: readonly unknown[] })[] = [
  {
    format: "binance-trades",
    name: "BTCUSDT-trades-2024-12-31.csv",
    lines: [
      `${BINANCE}1735689599999,False,True`,
      `${BINANCE}1735689600000000,True,True`,
      `${BINANCE}173568960000,True,True`,
    ],
    expected: [
      binance("4358121000", 1735689599999000, "BUY"),
      binance("4358121000", 1735689600000000, "SELL"),
      "no_unit",
    ],
  },
  {
    format: "binance-trades",
    name: "BTCUSDT-trades-2025-01.csv",
    lines: ["id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch", `${BINANCE}1735689600000000,true,True`],
    expected: [binance("4358121000", 1735689600000000, "SELL")],
  },
  {
    format: "binance-agg-trades",
    name: "ETHBTC-aggTrades-2025-01-01.csv",
    lines: ["0,0.20000000,5e1,3,4,1735689600010866,False,True"],
    expected: [[
      "agg-0",
      "ETHBTC",
      1735689600010866,
      "0.2",
      "50",
      "BTC",
      "BUY",
      [],
      null,
      { first_trade_id: "3", last_trade_id: "4", best_match: "True" },
    ]],
  },
  {
    format: "tardis-trades",
    name: "BTCUSDT.csv",
    options: { currency: "USDT", assetClass: "crypto" },
    lines: [
      "exchange,symbol,timestamp,local_timestamp,id,side,price,amount",
      "binance,BTCUSDT,1730419200123456,1730419200126666,5600000,sell,70123.1,0.003",
      "binance,BTCUSDT,1730419200123457,1730419200126666,5600001,unknown,70123.1,0.003",
    ],
    expected: ["SELL", "UNKNOWN"].map((side, index) => [
      String(5600000 + index),
      "BTCUSDT",
      1730419200123456 + index,
      "70123.1",
      "0.003",
      "USDT",
      side,
      [],
      null,
      { source_exchange: "binance", local_timestamp: "1730419200126666" },
    ]),
  },
  {
    format: "massive-trades",
    name: "2026-09-18.csv",
    lines: [
      "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp,size,tape,trf_id,trf_timestamp",
      'A,"12,37",0,4,71675222901845,1789718400814766587,157.350000,3372,1789718400831008119,0.001500,1,202,1789718400814766587',
      "A,,1,4,71675222901846,1789718400814766588,157.350000,3373,1789718400831008119,10.000000,1,202,1789718400814766587",
    ],
    expected: [[
      "71675222901845",
      "A",
      1789718400814766,
      "157.35",
      "0.0015",
      "USD",
      "UNKNOWN",
      ["12", "37"],
      3372,
      {
        venue: "4",
        conditions_raw: "12,37",
        conditions_scheme: "massive",
        sip_timestamp: "1789718400831008119",
        tape: "1",
        reporting_facility: "202",
        report_timestamp_ns: "1789718400814766587",
        timestamp_ns: "1789718400814766587",
      },
    ], "correction"],
  },
  {
    // The clocks of New York were put forward on 2016-03-13, and back on 2016-11-06.
    format: "nyse-taq-trades",
    name: "EQY_US_ALL_TRADE_20160311",
    lines: [TAQ_HEADER, taq("093000417837001"), taq("093000417837000", "01"), "END|20160311|2||||||||||||"],
    expected: [taqTrade(1457706600417837, "093000417837001", "1457706600417837001"), "correction"],
  },
  {
    format: "nyse-taq-trades",
    name: "EQY_US_ALL_TRADE_20160314",
    lines: [TAQ_HEADER, taq("093000417837000"), "END|20160314|1||||||||||||"],
    expected: [taqTrade(1457962200417837, "093000417837000", "")],
  },
  {
    format: "lseg-trades",
    name: "mixed.csv",
    options: { currency: "USD" },
    lines: [
      LSEG_HEADER,
      `TRI.N,Market Price,${LSEG[0]}Quote,,,43.96,4,43.98,5`,
      `TRI.N,Market Price,${LSEG[0]}Trade,43.97,400,,,,`,
      `TRI.N,Market Price,${LSEG[0]}Correction,43.97,400,,,,`,
    ],
    expected: [
      ["NYSE-TRI.N-1515085260402881-", "TRI.N", LSEG[1], "43.97", "400", "USD", "UNKNOWN", [], null, LSEG_TEXTS],
      "unknown_enum",
    ],
  },
  {
    format: "lseg-quotes",
    name: "mixed.csv",
    options: { currency: "USD" },
    lines: [
      LSEG_HEADER,
      `TRI.N,Market Price,${LSEG[0]}Trade,43.97,400,,,,`,
      `TRI.N,Market Price,${LSEG[0]}Quote,,,43.96,4,,`,
      `TRI.N,Market Price,${LSEG[0]}Quote,,,43.96,4,43.98,5`,
      `TRI.N,Market Price,${LSEG[0]}Quote,,,43.96,,43.98,5`,
    ],
    expected: [
      // Whether there is no ask, or the same one as before, the row does not say.
      "missing",
      ["TRI.N", LSEG[1], "43.96", "4", "43.98", "5", LSEG_TEXTS],
      "empty",
    ],
  },
  {
    format: "lean-equity-trades",
    name: "20131008_bac_Trade_Tick.csv",
    lines: ["14400009.367,137450,100,D,1,0"],
    expected: [[
      "NYSE-BAC-1381219200009367-",
      "BAC",
      1381219200009367,
      "13.745",
      "100",
      "USD",
      "UNKNOWN",
      [],
      null,
      { venue: "D", sale_conditions: "1", suspicious: "0" },
    ]],
  },
  {
    format: "lean-equity-quotes",
    name: "20131008_spy_Quote_Tick.csv",
    lines: ["54000006,1068700,1600,1068800,300,P,1,0", "54000006.3038,1068700,1600,0,0,P,1,0"],
    expected: [[
      "SPY",
      1381258800006000,
      "106.87",
      "1600",
      "106.88",
      "300",
      { venue: "P", quote_conditions: "1", suspicious: "0" },
    ], "missing"],
  },
  {
    format: "lobster-executions",
    name: "AAPL_2012-06-21_34200000_57600000_message_10.csv",
    options: { exchange: "NASDAQ" },
    lines: ["34713.685155243,4,206833312,100,2239500,-1", "34714,1,206833313,100,2239500,1", "34715,9,1,100,2239500,1"],
    expected: [[
      "NASDAQ-AAPL-1340285913685155-",
      "AAPL",
      1340285913685155,
      "223.95",
      "100",
      "USD",
      "BUY",
      [],
      null,
      { trade_type: "4", maker_order_id: "206833312", timestamp_ns: "1340285913685155243" },
    ], "unknown_enum"],
  },
  {
    format: "databento-trades-raw",
    name: "trades.csv",
    options: { currency: "USD", assetClass: "futures", symbol: "ESU5" },
    lines: [
      "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,ts_in_delta,sequence",
      "1757289600004195717,1757289600004194717,0,1,14160,T,A,0,-6505250000000,3,0,13730,245991",
      "1757289600004195717,1757289600004194717,0,1,14160,T,B,0,9223372036854775807,3,0,13730,245991",
    ],
    expected: [[
      "NYSE-ESU5-1757289600004194-",
      "ESU5",
      1757289600004194,
      "-6505.25",
      "3",
      "USD",
      "SELL",
      [],
      null,
      {
        sequence_scope: "channel",
        receive_timestamp_ns: "1757289600004195717",
        publisher_id: "1",
        instrument_id: "14160",
        flags: "0",
        ts_in_delta: "13730",
        sequence: "245991",
        timestamp_ns: "1757289600004194717",
      },
    ], "missing"],
  },
  {
    format: "coinbase-matches",
    name: "matches.ndjson",
    lines: [
      '{"type":"subscriptions","channels":[]}',
      '{"type":"match","trade_id":10,"sequence":50,"maker_order_id":"a","taker_order_id":"b","time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD","size":"5.23512","price":"400.23","side":"sell"}',
      '{"type":"match","trade_id":11,"sequence":51,"maker_order_id":"a","taker_order_id":"b","time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD","size":"5.23512","price":"400.23","side":"sell","more":1}',
    ],
    expected: [[
      "10",
      "BTC-USD",
      1415348367028459,
      "400.23",
      "5.23512",
      "USD",
      "BUY",
      [],
      50,
      { maker_order_id: "a", taker_order_id: "b" },
    ], "unknown_field"],
  },
  {
    format: "binance-ws-combined-trades",
    name: "stream.ndjson",
    lines: [
      '{"stream":"bnbbtc@trade","data":{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","T":1672515782136,"m":true,"M":true}}',
    ],
    expected: [["12345", "BNBBTC", 1672515782136000, "0.001", "100", "BTC", "SELL", [], null, null]],
  },
];

for (const { expected, ...file } of GOLDEN) {
  Deno.test(`${file.format} reads ${file.name}`, async () => {
    const { rows, error } = await readVendorFile(file);
    assert.equal(error, null);
    const got = rows.map(shown).map((row, index) => {
      const wanted = expected[index];
      if (!Array.isArray(row) || !Array.isArray(wanted) || typeof wanted[0] !== "string") return row;
      // A derived id ends with digits of the message id.
      return wanted[0].endsWith("-") ? [String(row[0]).slice(0, wanted[0].length), ...row.slice(1)] : row;
    });
    assert.deepEqual(got, expected);
  });
}

Deno.test("a trailer that counts other rows, rows after it, and a missing one are errors once the rows are given out", async () => {
  const good = taq("093000417837000");
  const read = (...lines: string[]) =>
    readVendorFile({ format: "nyse-taq-trades", name: "X_20160314", lines: [TAQ_HEADER, ...lines] });
  for (
    const [lines, message] of [
      [
        [good, good, "END|20160314|3||||||||||||"],
        /its last row counts "3" rows, and there are 2 lines between the header and it/,
      ],
      [[good, "END|20160314|1||||||||||||", good], /there are rows after the last one/],
      [[good, good], /ends without the row that says how many rows it has/],
    ] as const
  ) {
    const { rows, error } = await read(...lines);
    assert.ok(error instanceof Error && "code" in error && error.code === "incomplete");
    assert.match(error.message, message);
    assert.ok(rows.length > 0 && rows.every((row) => row.ok));
  }
});

Deno.test("where quotes are characters like others, none opens a row of several lines", async () => {
  const good = taq("093000417837000"),
    ending = (text: string, price = "45.88") => good.replace("45.88", price).replace(/0$/, text);
  const lines = [TAQ_HEADER, good, ending('"', "x"), good, ending('""'), good, "END|20160314|5||||||||||||"];
  const { rows, error } = await readVendorFile({ format: "nyse-taq-trades", name: "X_20160314", lines });
  assert.equal(error, null);
  assert.deepEqual(rows.map((row) => row.ok), [true, false, true, true, true]);
});

Deno.test("a header of other columns is refused, with all that is wrong", async () => {
  await assert.rejects(
    async () => {
      const { error } = await readVendorFile({
        format: "tardis-trades",
        name: "x.csv",
        options: { currency: "USD" },
        lines: ["exchange,symbol,timestamp,local_timestamp,id,side,prices,amount,more", "a"],
      });
      throw error;
    },
    {
      code: "bad_header",
      message: /no column "price", which fields.price takes. Is it "prices"\?[^]*does not know "prices", "more"/,
    },
  );
});

Deno.test("a file whose name does not say the symbol is refused at once", async () => {
  await assert.rejects(
    readVendorFile({ format: "binance-trades", name: "trades.csv", lines: [] }),
    { code: "bad_option", message: /takes it from the name, which is to be like \{symbol\}-trades-\{yyyy-MM-dd\}/ },
  );
});

Deno.test("a trade of a tape is known by its venue and its id, of WebSocket and file by its id alone", async () => {
  const header =
    "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp,size,tape,trf_id,trf_timestamp";
  const { rows } = await readVendorFile({
    format: "massive-trades",
    name: "a.csv",
    lines: [header, ...["4", "5", "4"].map((venue) => `A,,0,${venue},7,1789718400814766587,1,3372,1,1,1,,`)],
  });
  const ids = rows.map((row) => row.ok ? row.messageId : "");
  assert.equal(ids[0], ids[2]);
  assert.notEqual(ids[0], ids[1]);
  const file = await readVendorFile({
    format: "binance-trades",
    name: "BTCUSDT-trades-2024-12-31.csv",
    lines: [`${BINANCE}1735689599999,False,True`],
  });
  const stream = await readVendorFile({
    format: "binance-ws-trades",
    name: "x.ndjson",
    lines: [
      '{"e":"trade","E":1735689599999,"s":"BTCUSDT","t":4358121000,"p":"93576.01","q":"0.00123","T":1735689599999,"m":false,"M":true}',
    ],
  });
  const idOf = ({ rows: [row] }: { readonly rows: readonly SourceRow[] }) => row?.ok ? row.messageId : null;
  assert.notEqual(idOf(file), null);
  assert.equal(idOf(file), idOf(stream));
});
