import assert from "node:assert/strict";
import { readVendorFile, type VendorFile } from "../support/vendor_file.ts";
import { golden, refused } from "./golden.ts";

const TAQ = "Time|Exchange|Symbol|Sale Condition|Trade Volume|Trade Price|Trade Stop Stock Indicator|" +
  "Trade Correction Indicator|Sequence Number|Trade Id|Source of Trade|Trade Reporting Facility|Participant Timestamp|" +
  "Trade Reporting Facility TRF Timestamp|Trade Through Exempt Indicator";
const SIP = "093000900000000";
interface TaqRow {
  readonly at: string;
  readonly venue?: string;
  readonly id?: string;
  readonly correction?: string;
}
const taq = ({ at, venue = "N", id = "7", correction = "00" }: TaqRow) =>
  `${SIP}|${venue}|BRK B| 4 B|100|45.880000|N|${correction}|1231|${id}|C||${at}||0`;
const taqFile = (date: string, rows: readonly TaqRow[], count = rows.length): VendorFile => ({
  format: "nyse-taq-trades",
  name: `EQY_US_ALL_TRADE_${date}`,
  lines: [TAQ, ...rows.map(taq), `END|${date}|${count}||||||||||||`],
});
const taqValues = (timestamp: number, more = {}) => ({
  trade_id: "7",
  symbol: "BRK B",
  timestamp,
  price: "45.88",
  quantity: "100",
  currency: "USD",
  trade_conditions: ["4", "B"],
  vendor_data: {
    venue: "N",
    conditions_raw: " 4 B",
    conditions_scheme: "taq",
    sequence: "1231",
    sequence_scope: "channel",
    sip_time: SIP,
    stop_stock: "N",
    trade_source: "C",
    trade_through_exempt: "0",
    ...more,
  },
});

// Half past nine in New York on the trading days around both changes of the clocks in 2016.
for (
  const [date, timestamp] of [
    ["20160311", 1457706600000000],
    ["20160314", 1457962200000000],
    ["20161104", 1478266200000000],
    ["20161107", 1478529000000000],
  ] as const
) {
  golden(`NYSE TAQ: half past nine in New York on ${date}`, taqFile(date, [{ at: "093000000000000" }]), [
    taqValues(timestamp),
  ]);
}

golden(
  "NYSE TAQ: the hour that is left out when clocks go forward",
  taqFile("20160313", [{ at: "013000000000000" }, { at: "023000000000000" }, { at: "033000000000001" }]),
  [
    taqValues(1457850600000000),
    "nonexistent_local_time",
    taqValues(1457854200000000, { timestamp_ns: "1457854200000000001" }),
  ],
);

golden(
  "NYSE TAQ: the hour that comes twice when clocks go back",
  taqFile("20161106", [{ at: "003000000000000" }, { at: "013000000000000" }, { at: "023000000000000" }]),
  [taqValues(1478406600000000), "ambiguous_local_time", taqValues(1478417400000000)],
);

golden(
  "NYSE TAQ: a correction is no trade, and counts as a row",
  taqFile("20160311", [{ at: "093000000000999" }, { at: "093000000000999", correction: "08" }]),
  [taqValues(1457706600000000, { timestamp_ns: "1457706600000000999" }), "correction"],
);

Deno.test("NYSE TAQ: a trailer with another count is told once the rows are given out", async () => {
  const { rows, error } = await readVendorFile(taqFile("20160311", [{ at: "093000000000000" }], 2));
  assert.equal(rows.length, 1);
  assert.ok(error instanceof Error && "code" in error && error.code === "incomplete");
});

/** The message id of each row. */
async function idsOf(file: VendorFile): Promise<readonly string[]> {
  const { rows, error } = await readVendorFile(file);
  assert.equal(error, null);
  return rows.map((row) => row.ok ? row.messageId : assert.fail(row.reason));
}

Deno.test("NYSE TAQ: an id is one within its exchange and its day", async () => {
  const at = "093000000000000";
  const [first, again, other] = await idsOf(taqFile("20160311", [{ at }, { at }, { at, venue: "Z" }]));
  const [next] = await idsOf(taqFile("20160314", [{ at }]));
  assert.equal(first, again);
  assert.equal(new Set([first, other, next]).size, 3);
});

const MASSIVE =
  "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp,size,tape,trf_id,trf_timestamp";
const massive = (lines: readonly string[]): VendorFile => ({
  format: "massive-trades",
  name: "2024-04-05.csv",
  lines: [MASSIVE, ...lines],
});

golden(
  "Massive: lists of conditions, parts of shares, corrections, and 0 where no facility reported",
  massive([
    'A,"12,37",0,11,52983525035312,1712306654208705342,142.99,3807,1712306654208740096,5,1,0,0',
    "BRK.A,,0,4,71675222901845,1712306654208705000,610000.01,12,1712306654208740096,0.001500,1,202,1712306654208706001",
    "A,12,8,11,52983525035313,1712306654208705343,143,3808,1712306654208743168,8,1,0,0",
  ]),
  [
    {
      trade_id: "52983525035312",
      symbol: "A",
      timestamp: 1712306654208705,
      price: "142.99",
      quantity: "5",
      currency: "USD",
      trade_conditions: ["12", "37"],
      source_sequence: 3807,
      vendor_data: {
        venue: "11",
        conditions_raw: "12,37",
        conditions_scheme: "massive",
        sip_timestamp: "1712306654208740096",
        tape: "1",
        timestamp_ns: "1712306654208705342",
      },
    },
    {
      trade_id: "71675222901845",
      symbol: "BRK.A",
      timestamp: 1712306654208705,
      price: "610000.01",
      quantity: "0.0015",
      currency: "USD",
      source_sequence: 12,
      vendor_data: {
        venue: "4",
        sip_timestamp: "1712306654208740096",
        tape: "1",
        reporting_facility: "202",
        report_timestamp_ns: "1712306654208706001",
      },
    },
    "correction",
  ],
);

Deno.test("Massive: an id is one within its ticker, its exchange, its facility and its day", async () => {
  const trade = (ticker: string, venue: number, facility: number, day = "1712306654") =>
    `${ticker},,0,${venue},7,${day}208705342,142.99,3807,${day}208740096,5,1,${facility},0`;
  const ids = await idsOf(massive([
    trade("A", 4, 201),
    trade("A", 4, 202),
    trade("A", 11, 0),
    trade("B", 11, 0),
    trade("A", 11, 0, "1712393054"),
    trade("A", 4, 202),
  ]));
  assert.equal(new Set(ids).size, 5);
  assert.equal(ids[1], ids[5]);
});

golden(
  "Massive options: seven columns, and the time of the tape",
  {
    format: "massive-options-trades",
    name: "2024-01-19.csv",
    options: { assetClass: "options" },
    lines: [
      "ticker,conditions,correction,exchange,price,sip_timestamp,size",
      "O:MU240119C00080000,227,0,309,6.2,1705674909681000001,3",
      "O:MU240119C00080000,227,0,309,-0.05,1705674909681000000,3",
    ],
  },
  [["6.2", "1705674909681000001"], ["-0.05"]].map(([price, nanos]) => ({
    symbol: "O:MU240119C00080000",
    timestamp: 1705674909681000,
    price,
    quantity: "3",
    currency: "USD",
    trade_conditions: ["227"],
    vendor_data: {
      venue: "309",
      conditions_raw: "227",
      conditions_scheme: "massive",
      ...(nanos === undefined ? {} : { timestamp_ns: nanos }),
    },
  })),
);

const MASSIVE_QUOTES =
  "ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,conditions,indicators,participant_timestamp,sequence_number,sip_timestamp,tape,trf_timestamp";
golden(
  "Massive quotes: no bid is 0 for 0",
  {
    format: "massive-quotes",
    name: "2024-04-05.csv",
    lines: [
      MASSIVE_QUOTES,
      "A,11,143.5,2,0,0,0,1,,1712306654208705000,5,1712306654208740096,1,0",
      "A,11,143.5,2,12,143.4,1,1,605,1712306654208705000,9,1712306654208740096,1,0",
    ],
  },
  [
    ["0", "0", 5, { absent_side: "bid", bid_venue: "0" }] as const,
    ["143.4", "1", 9, { bid_venue: "12", quote_indicators: "605" }] as const,
  ].map(([bid_price, bid_quantity, source_sequence, more]) => ({
    symbol: "A",
    timestamp: 1712306654208705,
    bid_price,
    bid_quantity,
    ask_price: "143.5",
    ask_quantity: "2",
    currency: "USD",
    source_sequence,
    vendor_data: {
      ask_venue: "11",
      quote_conditions: "1",
      sip_timestamp: "1712306654208740096",
      tape: "1",
      ...more,
    },
  })),
);

golden("IEX: nanoseconds", {
  format: "iex-trades",
  name: "20240311_trades.csv",
  lines: [
    "exchange_timestamp_ns,symbol,size,price,trade_id,sale_condition",
    "1710163800123456789,SPY,100,511.1000,900000,",
  ],
}, [{
  trade_id: "900000",
  symbol: "SPY",
  timestamp: 1710163800123456,
  price: "511.1",
  quantity: "100",
  currency: "USD",
  vendor_data: { timestamp_ns: "1710163800123456789" },
}]);

// LOBSTER has the side of the order that rested: -1 is a sell order, which a buyer took.
for (
  const [date, seconds, timestamp] of [["2012-03-09", "34200", 1331303400], [
    "2012-03-12",
    "34200",
    1331559000,
  ]] as const
) {
  golden(`LOBSTER: half past nine in New York on ${date}`, {
    format: "lobster-executions",
    name: `AAPL_${date}_34200000_57600000_message_10.csv`,
    lines: [
      `${seconds}.000000001,4,206833312,100,2239500,-1`,
      `${seconds},5,0,7,2239501,1`,
      `${seconds},1,206833313,100,2239500,1`,
      `${seconds},7,0,0,-1,-1`,
    ],
  }, [
    {
      symbol: "AAPL",
      timestamp: timestamp * 1000000,
      price: "223.95",
      quantity: "100",
      currency: "USD",
      side: "BUY",
      vendor_data: { trade_type: "4", maker_order_id: "206833312", timestamp_ns: `${timestamp}000000001` },
    },
    {
      symbol: "AAPL",
      timestamp: timestamp * 1000000,
      price: "223.9501",
      quantity: "7",
      currency: "USD",
      side: "SELL",
      vendor_data: { trade_type: "5", maker_order_id: "0" },
    },
  ]);
}

// The clocks of New York went back on 2013-11-03.
for (const [date, timestamp] of [["20131101", 1383292800009367], ["20131104", 1383555600009367]] as const) {
  golden(
    `LEAN: four in the morning in New York on ${date}`,
    {
      format: "lean-equity-trades",
      name: `${date}_bac_Trade_Tick.csv`,
      lines: ["14400009.367,137450,100,D,80000001,0", "14400009.3671,137450,100,D,0,0"],
    },
    [["80000001"], ["0", `${timestamp}100`]].map(([sale_conditions, nanos]) => ({
      symbol: "BAC",
      timestamp,
      price: "13.745",
      quantity: "100",
      currency: "USD",
      vendor_data: {
        venue: "D",
        sale_conditions,
        suspicious: "0",
        ...(nanos === undefined ? {} : { timestamp_ns: nanos }),
      },
    })),
  );
}

golden("LEAN: 0 for 0 means that the side is not in the row, so that half a quote is none", {
  format: "lean-equity-quotes",
  name: "20131008_spy_Quote_Tick.csv",
  lines: [
    "54006000,1068700,1600,1068800,300,P,1,0",
    "54006000.3038,1068700,1600,0,0,P,1,0",
    "54006000.3038,0,0,1068800,300,Q,1,0",
  ],
}, [
  {
    symbol: "SPY",
    timestamp: 1381258806000000,
    bid_price: "106.87",
    bid_quantity: "1600",
    ask_price: "106.88",
    ask_quantity: "300",
    currency: "USD",
    vendor_data: { venue: "P", quote_conditions: "1", suspicious: "0" },
  },
  "missing",
  "missing",
]);

const LSEG =
  "#RIC,Domain,Date-Time,GMT Offset,Type,Price,Volume,Bid Price,Bid Size,Ask Price,Ask Size,Qualifiers,Seq. No.";
const LSEG_LINES = [
  LSEG,
  "TRI.N,Market Price,2018-03-12T13:30:00.402881806Z,-4,Quote,,,43.96,4,43.98,5,,10",
  'TRI.N,Market Price,2018-03-12T13:30:00.402881806Z,-4,Trade,43.97,400,,,,,"@F I[GV4_TEXT];0[ACVOL_1]",11',
  "TRI.N,Market Price,2018-03-12T13:30:00.500000000Z,-4,Auction,43.97,1,,,,,,12",
  "TRI.N,Market Price,2018-03-12T13:30:01Z,-4,Quote,,,,,43.99,6,,13",
  "TRI.N,Market Price,2018-03-12T13:30:02Z,-4,Correction,43.97,400,,,,,,14",
];
const LSEG_DATA = { domain: "Market Price", gmt_offset: "-4", sequence_scope: "feed" };
golden("LSEG: trades among quotes", {
  format: "lseg-trades",
  name: "tri.csv",
  options: { currency: "USD" },
  lines: LSEG_LINES,
}, [{
  symbol: "TRI.N",
  timestamp: 1520861400402881,
  price: "43.97",
  quantity: "400",
  currency: "USD",
  trade_conditions: ["@F I[GV4_TEXT]", "0[ACVOL_1]"],
  vendor_data: {
    ...LSEG_DATA,
    sequence: "11",
    conditions_raw: "@F I[GV4_TEXT];0[ACVOL_1]",
    conditions_scheme: "lseg",
    timestamp_ns: "1520861400402881806",
  },
}, "unknown_enum"]);
golden("LSEG: quotes among trades", {
  format: "lseg-quotes",
  name: "tri.csv",
  options: { currency: "USD" },
  lines: LSEG_LINES,
}, [
  {
    symbol: "TRI.N",
    timestamp: 1520861400402881,
    bid_price: "43.96",
    bid_quantity: "4",
    ask_price: "43.98",
    ask_quantity: "5",
    currency: "USD",
    vendor_data: { ...LSEG_DATA, sequence: "10", timestamp_ns: "1520861400402881806" },
  },
  // Whether there is no bid, or the same one as before, the row does not say.
  "missing",
  "unknown_enum",
]);

const DATABENTO =
  "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,ts_in_delta,sequence";
const DATABENTO_DATA = {
  publisher_id: "1",
  instrument_id: "14160",
  flags: "0",
  ts_in_delta: "13730",
  sequence_scope: "channel",
};
const FUTURES = { assetClass: "futures", currency: "USD", symbol: "CLK0" };
const databentoValues = (price: string, side: string | null, sequence: string, received: string) => ({
  symbol: "CLK0",
  timestamp: 1587405600004194,
  price,
  quantity: "3",
  currency: "USD",
  ...(side === null ? {} : { side }),
  vendor_data: { ...DATABENTO_DATA, ...JSON.parse(received), sequence, timestamp_ns: "1587405600004194717" },
});
const RECEIVED = '{"receive_timestamp_ns":"1587405600004195717"}';

golden("Databento, raw: prices of nine decimals as whole numbers, which may be negative, and the mark of none", {
  format: "databento-trades-raw",
  name: "trades.csv",
  options: FUTURES,
  lines: [
    DATABENTO,
    "1587405600004195717,1587405600004194717,0,1,14160,T,A,0,-37630000000,3,0,13730,1",
    "1587405600004195717,1587405600004194717,0,1,14160,T,B,0,1500000000,3,0,13730,2",
    "1587405600004195717,1587405600004194717,0,1,14160,T,N,0,1500000001,3,0,13730,3",
    "1587405600004195717,1587405600004194717,0,1,14160,T,N,0,9223372036854775807,3,0,13730,4",
    "1587405600004195717,1587405600004194717,0,1,14160,C,N,0,1500000000,3,0,13730,5",
  ],
}, [
  databentoValues("-37.63", "SELL", "1", RECEIVED),
  databentoValues("1.5", "BUY", "2", RECEIVED),
  "too_many_decimals",
  "missing",
  "unknown_enum",
]);

golden("Databento, pretty", {
  format: "databento-trades-pretty",
  name: "trades.csv",
  options: FUTURES,
  lines: [
    `${DATABENTO},symbol`,
    "2020-04-20T18:00:00.004195717Z,2020-04-20T18:00:00.004194717Z,0,1,14160,T,N,0,-37.630000000,3,0,13730,1,CLK0",
  ],
}, [databentoValues("-37.63", null, "1", '{"receive_timestamp":"2020-04-20T18:00:00.004195717Z"}')]);

golden("Databento, JSON lines", {
  format: "databento-trades-json",
  name: "trades.json",
  options: FUTURES,
  lines: [
    '{"ts_recv": "1587405600004195717", "hd": {"ts_event": "1587405600004194717", "rtype": 0, "publisher_id": 1, "instrument_id": 14160}, "action": "T", "side": "A", "depth": 0, "price": "-37630000000", "size": 3, "flags": 0, "ts_in_delta": 13730, "sequence": 1, "symbol": "CLK0"}',
  ],
}, [databentoValues("-37.63", "SELL", "1", RECEIVED)]);

golden("Databento, quotes: no price is INT64_MAX", {
  format: "databento-mbp-1-raw",
  name: "mbp-1.csv",
  options: FUTURES,
  lines: [
    `${DATABENTO},bid_px_00,ask_px_00,bid_sz_00,ask_sz_00,bid_ct_00,ask_ct_00`,
    "1587405600004195717,1587405600004194717,1,1,14160,A,B,0,10250000000,3,0,13730,1,10250000000,9223372036854775807,3,0,1,0",
  ],
}, [{
  symbol: "CLK0",
  timestamp: 1587405600004194,
  bid_price: "10.25",
  bid_quantity: "3",
  ask_price: "0",
  ask_quantity: "0",
  currency: "USD",
  vendor_data: {
    ...DATABENTO_DATA,
    absent_side: "ask",
    action: "A",
    action_side: "B",
    action_price: "10250000000",
    action_quantity: "3",
    bid_orders: "1",
    ask_orders: "0",
    receive_timestamp_ns: "1587405600004195717",
    sequence: "1",
    timestamp_ns: "1587405600004194717",
  },
}]);

refused("LOBSTER: a name without the date is refused", {
  format: "lobster-executions",
  name: "AAPL_message_10.csv",
  lines: ["34200,4,1,100,2239500,-1"],
}, /The (?:symbol|date) of /);
