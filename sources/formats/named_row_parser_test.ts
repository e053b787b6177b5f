import assert from "node:assert/strict";
import fc from "fast-check";
import { messageIdOf } from "../../records/ids/identity.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import { FIXED_CLOCK, type ReadRow, readRows, theBadRow, theGoodRow } from "../../tests/support/source_input.ts";
import { fieldsOfHeader } from "./header_fields.ts";
import type { RowSettings } from "./format.ts";
import { rowSettingsOf } from "./row_options.ts";
import type { BadRow } from "../source.ts";

const encoder = new TextEncoder();
const MICROS = 1_394_406_006_717_000;
const ISO = "2014-03-10T10:00:06.717+11:00";

const OPTIONS = { exchange: "ASX", assetClass: "equities", currency: "AUD", timeZone: "Australia/Sydney" } as const;

type Change = Partial<RowSettings>;

const VENUE_TRADE = {
  dataType: "trades",
  assetClass: "equities",
  exchange: "ASX",
  symbol: "TFA",
  venueId: "3490183201",
} as const;

function settingsOf(format: "csv" | "ndjson", kind: RecordKind, change: Change): RowSettings {
  return { ...rowSettingsOf({ ...OPTIONS, format, kind }, "FILE"), earliestMicros: 0, ...change };
}

/** Reads csv rows below a header. */
async function readCsv(kind: RecordKind, text: string, change: Change = {}): Promise<readonly ReadRow[]> {
  const [header = ""] = text.split("\n");
  const names = header.split(",");
  const given = new Set(change.symbol === undefined ? [] : ["symbol"]);
  const fields = fieldsOfHeader(names, { kind, file: "rows.csv", given });
  const settings = settingsOf("csv", kind, change);
  const { rows } = await readRows(encoder.encode(text.slice(header.length + 1)), {
    kind,
    quoted: true,
    parser: (instant) => settings.layout.parser(settings, { instant, fields }),
  });
  return rows;
}

async function readJson(kind: RecordKind, text: string, change: Change = {}): Promise<readonly ReadRow[]> {
  const settings = settingsOf("ndjson", kind, change);
  const { rows } = await readRows(encoder.encode(text), {
    kind,
    parser: (instant) => settings.layout.parser(settings, { instant, fields: [] }),
  });
  return rows;
}

/** One JSON row of a trade, with changes; `undefined` leaves a field out. */
function tradeJson(change: Record<string, unknown> = {}): string {
  return JSON.stringify({ symbol: "TFA", timestamp: ISO, price: "36.78", quantity: "358", ...change });
}

Deno.test("CsvParser reads v2 trades", async () => {
  const rows = await readCsv(
    "trade",
    "symbol,exchange,asset_class,timestamp,price,quantity,currency,side,trade_conditions,source_sequence,vendor_data.Note\n" +
      `TFA,asx,EQUITIES,${MICROS},36.78,358.5,USD,short,a|b,9007199254740993,x\n`,
    { timeUnit: "us" },
  );
  const { record, messageId, tradeDate } = theGoodRow(rows);
  assert.equal(tradeDate, "2014-03-10");
  assert.deepEqual(record, {
    message_id: messageId,
    trade_id: `ASX-TFA-${MICROS}-${messageId.slice(0, 8)}`,
    symbol: "TFA",
    exchange: "ASX",
    asset_class: "equities",
    timestamp: MICROS,
    price: 3_678_000_000n,
    quantity: 35_850_000_000n,
    currency: "USD",
    side: "SELL_SHORT",
    trade_conditions: ["a", "b"],
    source_sequence: 9_007_199_254_740_993n,
    ingestion_timestamp: FIXED_CLOCK.now() * 1000,
    platform_sequence: null,
    vendor_data: { Note: "x" },
  });
});

Deno.test("CsvParser reads v1 trades, with millis as declared, whole volumes and header names in any case", async () => {
  const rows = await readCsv(
    "trade",
    "Symbol,Company_ID,EXCHANGE,exchange_timestamp,price,volume,qualifiers,venue,buyer_id,ingestion_timestamp,sequence_number\n" +
      `TFA,1001,ASX,${MICROS / 1000},36.78,358,3,X,36.79,1700000000001,17\n`,
    { timeUnit: "ms" },
  );
  const { record, messageId } = theGoodRow(rows);
  assert.deepEqual(record, {
    message_id: messageId,
    trade_id: `ASX-TFA-${MICROS}-${messageId.slice(0, 8)}`,
    symbol: "TFA",
    exchange: "ASX",
    asset_class: "equities",
    timestamp: MICROS,
    price: 3_678_000_000n,
    quantity: 35_800_000_000n,
    currency: "AUD",
    side: "UNKNOWN",
    trade_conditions: ["3"],
    source_sequence: 17,
    ingestion_timestamp: 1_700_000_000_001_000,
    platform_sequence: null,
    vendor_data: { company_id: "1001", qualifiers: "3", venue: "X", buyer_id: "36.79" },
  });
  assert.equal(
    messageId,
    messageIdOf({
      dataType: "trades",
      assetClass: "equities",
      exchange: "ASX",
      symbol: "TFA",
      micros: MICROS,
      price: 3_678_000_000n,
      quantity: 35_800_000_000n,
      qualifiers: 3,
      venue: "X",
      extra: "36.79",
    }),
    "the same id as the row of a tick file",
  );
});

/** Bid and ask as price and quantity: the values in a row, and the sides of its record with the mark, or the rule. */
const SIDES: readonly (readonly [given: readonly (string | null)[], sides: readonly unknown[] | string])[] = [
  [["1", "2", "3", "4"], [1, 2, 3, 4, undefined]],
  [["", "", "3", "4"], [0, 0, 3, 4, "bid"]],
  [["1", "2", "", ""], [1, 2, 0, 0, "ask"]],
  [[null, null, "3", "4"], [0, 0, 3, 4, "bid"]],
  [["0", "0", "3", "4"], [0, 0, 3, 4, undefined]],
  [["", "", "0", "0"], [0, 0, 0, 0, "bid"]],
  [["", "", "", ""], "missing"],
  [["1", "", "3", "4"], "missing"],
  [["", "2", "3", "4"], "missing"],
  [["1", "2", "", "4"], "missing"],
  [["", "0", "3", "4"], "missing"],
];

for (const [given, sides] of SIDES) {
  Deno.test(`a quote row of ${JSON.stringify(given)} is ${JSON.stringify(sides)}`, async () => {
    const texts = given.map((text) => text ?? "");
    const header = "symbol,timestamp,bid_price,SIZE_bid,ask_price,SIZE_ask";
    const json = { symbol: "TFA", timestamp: ISO, bid_price: given[0], ask_price: given[2] };
    const read = [
      ...await readCsv("quote", `${header.replaceAll(/SIZE_(bid|ask)/g, "$1_quantity")}\nTFA,${ISO},${texts}\n`),
      ...await readCsv("quote", `${header.replaceAll(/SIZE_(bid|ask)/g, "$1_volume")}\nTFA,${ISO},${texts}\n`),
      ...await readJson("quote", JSON.stringify({ ...json, bid_quantity: given[1], ask_quantity: given[3] })),
    ];
    assert.equal(read.length, 3);
    for (const { row } of read) {
      if (typeof sides === "string") {
        assert.ok(!row.ok);
        assert.equal(row.rule, sides);
        continue;
      }
      assert.ok(row.ok && "bid_price" in row.record, row.ok ? "" : row.reason);
      const { bid_price, bid_quantity, ask_price, ask_quantity, vendor_data } = row.record;
      const units = [bid_price, bid_quantity, ask_price, ask_quantity].map((unscaled) =>
        Number(unscaled / 100_000_000n)
      );
      assert.deepEqual([...units, vendor_data?.absent_side], sides);
    }
  });
}

Deno.test("a quote without a side has another id than one with 0 and 0 there, and than one without the other side", async () => {
  const header = "symbol,timestamp,bid_price,bid_quantity,ask_price,ask_quantity\n";
  const sides = ["0,0,0,0", ",,0,0", "0,0,,"];
  const ids = [];
  for (const side of sides) ids.push(theGoodRow(await readCsv("quote", `${header}TFA,${ISO},${side}\n`)).messageId);
  assert.equal(new Set(ids).size, 3);
});

Deno.test("a quote row whose own mark names the side that it has is refused", async () => {
  const header = "symbol,timestamp,bid_price,bid_quantity,ask_price,ask_quantity,vendor_data.absent_side\n";
  assert.equal(theBadRow(await readCsv("quote", `${header}TFA,${ISO},,,1,2,ask\n`)).rule, "disagrees");
});

Deno.test("CsvParser reads quotes of both versions as the same record", async () => {
  const v1 = theGoodRow(
    await readCsv(
      "quote",
      "symbol,exchange_timestamp,bid_price,bid_volume,ask_price,ask_volume\n" +
        `TFA,${MICROS / 1000},37.7,300,0.0,0\n`,
      { timeUnit: "ms" },
    ),
  );
  const v2 = theGoodRow(
    await readCsv(
      "quote",
      `ask_quantity,ask_price,bid_quantity,bid_price,timestamp,symbol\n0,0,300.000,37.70,2014-03-10T10:00:06.717,TFA\n`,
    ),
  );
  assert.deepEqual(v1.record, v2.record);
  assert.ok("bid_price" in v1.record);
  const { bid_price, bid_quantity, ask_price, ask_quantity } = v1.record;
  assert.deepEqual([bid_price, bid_quantity, ask_price, ask_quantity], [3_770_000_000n, 30_000_000_000n, 0n, 0n]);
});

Deno.test("CsvParser reads reference data; the end date is a delisting only if the source says so", async () => {
  const text = "company_id,symbol,company_name,ISIN,start_date,end_date\r\n" +
    '1001,TFA,"TICKFLUME ALPHA, LTD",AU000000TFA0,05/07/2008,03/31/2014\r\n';
  const { record, messageId, tradeDate } = theGoodRow(await readCsv("reference_data", text));
  assert.equal(tradeDate, "");
  const expected = {
    message_id: messageId,
    company_id: "1001",
    symbol: "TFA",
    exchange: "ASX",
    asset_class: "equities",
    company_name: "TICKFLUME ALPHA, LTD",
    isin: "AU000000TFA0",
    currency: "AUD",
    listing_date: Date.UTC(2008, 4, 7) * 1000,
    delisting_date: null,
    is_active: true,
    ingestion_timestamp: FIXED_CLOCK.now() * 1000,
    vendor_data: { start_date: "05/07/2008", end_date: "03/31/2014" },
  };
  assert.deepEqual(record, expected);
  const delisted = theGoodRow(await readCsv("reference_data", text, { endDate: "delisting" }));
  assert.deepEqual(delisted.record, { ...expected, delisting_date: Date.UTC(2014, 2, 31) * 1000, is_active: false });
  assert.equal(delisted.messageId, messageId);
});

Deno.test("CsvParser reads v2 reference data", async () => {
  const { record } = theGoodRow(
    await readCsv(
      "reference_data",
      "company_id,symbol,company_name,currency,listing_date,delisting_date,is_active\n" +
        "x-1,BTC,Bitcoin,USD,2009-01-03,1700000000000000,false\n",
      { timeUnit: "us" },
    ),
  );
  assert.ok("listing_date" in record);
  assert.equal(record.listing_date, Date.UTC(2009, 0, 3) * 1000);
  assert.equal(record.delisting_date, 1_700_000_000_000_000);
  assert.equal(record.is_active, false);
  assert.equal(record.isin, null);
  assert.equal(record.vendor_data, null);
});

Deno.test("CsvParser takes symbol and company from the settings if the file has none", async () => {
  const { record } = theGoodRow(
    await readCsv("trade", `timestamp,price,quantity\n${ISO},1,2\n`, { symbol: "TFA", companyId: "1001" }),
  );
  assert.equal(record.symbol, "TFA");
  assert.deepEqual(record.vendor_data, { company_id: "1001" });
});

Deno.test("CsvParser reads a quoted field with commas, quotes and line ends as one text", async () => {
  const rows = await readCsv(
    "trade",
    "symbol,timestamp,price,quantity,vendor_data.note\r\nTFA," + ISO + ',1,2,"a ""b"",\r\nc"\r\nTFA,' + ISO +
      ",1,2,\r\n",
  );
  const [first, second] = rows.map(({ row }) => row);
  assert.ok(first?.ok && second?.ok);
  assert.deepEqual(first.record.vendor_data, { note: 'a "b",\r\nc' });
  assert.deepEqual([first.line, second.line], [1, 3]);
  assert.equal(second.record.vendor_data, null);
});

Deno.test("CsvParser does not let an open quote swallow the good rows after it", async () => {
  const good = `TFA,${ISO},1,2`;
  for (const after of [[good, good], [good, `"TFA",${ISO},1,2`], [good, `TFA,${ISO},"1",2`]]) {
    const rows = await readCsv("trade", ["symbol,timestamp,price,quantity", `"TFA,${ISO},1,2`, ...after].join("\n"));
    assert.deepEqual(rows.map(({ row }) => row.ok || row.rule), ["unterminated_quote", true, true]);
    assert.deepEqual(rows.map(({ row }) => row.line), [1, 2, 3]);
    assert.deepEqual(rows[0]?.raw, encoder.encode(`"TFA,${ISO},1,2`));
  }
});

Deno.test("CsvParser finds the good rows between two lines with an open quote each", async () => {
  for (const end of ["\n", "\r\n"]) {
    const good = `TFA,${ISO},1,2`;
    const lines = ["symbol,timestamp,price,quantity", `"${good}`, good, `${good}"`, good];
    const rows = await readCsv("trade", lines.join(end));
    assert.deepEqual(rows.map(({ row }) => row.ok || row.rule), ["unterminated_quote", true, "misplaced_quote", true]);
    assert.deepEqual(rows.map(({ row }) => row.line), [1, 2, 3, 4]);
    assert.deepEqual(rows.map(({ raw }) => new TextDecoder().decode(raw)), lines.slice(1));
  }
});

const CSV_HEADER = "symbol,timestamp,price,quantity,side,message_id";
const UUID = "01234567-89ab-4def-8123-456789abcdef";
const BAD_CSV: readonly [row: string, rule: BadRow["rule"], reason: RegExp][] = [
  [`TFA,${ISO},1,2,BUY`, "wrong_column_count", /It has 5, and the header has 6/],
  [`TFA,${ISO},1,2,BUY,,`, "wrong_column_count", /It has 7/],
  [CSV_HEADER, "repeated_header", /header once more/],
  ["Symbol,TIMESTAMP,price,quantity,side,message_id", "repeated_header", /header once more/],
  [`TFA,${ISO},1,2,"BUY,`, "unterminated_quote", /does not end/],
  [`TFA,${ISO},1,2,B"UY,`, "misplaced_quote", /quote/],
  [`TF\u0000A,${ISO},1,2,BUY,`, "nul_byte", /NUL/],
  [`,${ISO},1,2,BUY,`, "missing", /symbol/],
  ["TFA,,1,2,BUY,", "missing", /timestamp/],
  ["TFA,2014-03-10,1,2,BUY,", "not_iso_8601", /timestamp "2014-03-10"/],
  ["TFA,2014-02-30T10:00:00Z,1,2,BUY,", "bad_date", /timestamp/],
  ["TFA,2014-10-05T02:30:00,1,2,BUY,", "nonexistent_local_time", /timestamp/],
  [
    "TFA,1394406006717000.5,1,2,BUY,",
    "no_unit",
    /timestamp.*--time-unit s, ms, us or ns: us is 2014-03-09T23:00:06.717Z\.$/,
  ],
  ["TFA,99999999999999999999,1,2,BUY,", "no_unit", /timestamp.*In no unit is it an instant from 1980 to tomorrow/],
  [`TFA,${ISO},,2,BUY,`, "missing", /price/],
  [`TFA,${ISO},NaN,2,BUY,`, "not_finite", /price "NaN"/],
  [`TFA,${ISO},"1,234.5",2,BUY,`, "grouping", /price "1,234.5"/],
  [`TFA,${ISO}, 12 ,2,BUY,`, "spaces", /price " 12 "/],
  [`TFA,${ISO},1,,BUY,`, "missing", /quantity.*Give it, or volume/],
  [`TFA,${ISO},1,-2,BUY,`, "negative", /quantity "-2"/],
  [`TFA,${ISO},1,2,LONG,`, "unknown_enum", /side "LONG"/],
  [`TFA,${ISO},1,2,BUY,123`, "not_a_uuid", /message_id "123"/],
];

for (const [row, rule, reason] of BAD_CSV) {
  Deno.test(`CsvParser refuses ${JSON.stringify(row)} as ${rule}, and reads the next rows`, async () => {
    const good = `TFA,${ISO},1,2,BUY,`;
    const rows = await readCsv("trade", [CSV_HEADER, good, row, good].join("\r\n"));
    assert.deepEqual(rows.map(({ row }) => row.ok), [true, false, true]);
    const bad = rows[1];
    assert.ok(bad !== undefined && !bad.row.ok);
    assert.equal(bad.row.rule, rule);
    assert.match(bad.row.reason, reason);
    assert.deepEqual(bad.raw, encoder.encode(row));
  });
}

Deno.test("NdjsonParser keeps every digit of a number", async () => {
  const text = `{"symbol":"TFA","timestamp":${MICROS},"price":1234567890.12345678,"quantity":0.1,` +
    `"source_sequence":9007199254740993,"platform_sequence":1,"trade_id":12345678901234567890}`;
  const { record } = theGoodRow(await readJson("trade", text, { timeUnit: "us" }));
  assert.ok("price" in record);
  assert.equal(record.price, 123_456_789_012_345_678n);
  assert.equal(record.quantity, 10_000_000n);
  assert.equal(record.source_sequence, 9_007_199_254_740_993n);
  assert.equal(record.trade_id, "12345678901234567890");
});

Deno.test("NdjsonParser takes lists, objects, nulls and keys in any case", async () => {
  const text = tradeJson({
    Side: "buy",
    trade_conditions: ["a", "b|c"],
    currency: null,
    vendor_data: { note: "x", empty: null },
    "vendor_data.Other": "y",
  });
  const { record } = theGoodRow(await readJson("trade", text));
  assert.ok("side" in record);
  assert.equal(record.side, "BUY");
  assert.equal(record.currency, "AUD");
  assert.deepEqual(record.trade_conditions, ["a", "b|c"]);
  assert.deepEqual(record.vendor_data, { note: "x", Other: "y" });
});

Deno.test("NdjsonParser reads v1 and v2 rows of one file", async () => {
  const rows = await readJson(
    "trade",
    [
      tradeJson(),
      tradeJson({ timestamp: undefined, exchange_timestamp: MICROS / 1000, quantity: undefined, volume: 358 }),
      tradeJson({ quantity: undefined, volume: "358" }),
    ].join("\n"),
    { timeUnit: "ms" },
  );
  const seen = rows.map(({ row }) => {
    assert.ok(row.ok && "quantity" in row.record);
    return [row.record.timestamp, row.record.quantity];
  });
  assert.deepEqual(seen, Array.from({ length: 3 }, () => [MICROS, 35_800_000_000n]));
  assert.equal(new Set(rows.map(({ row }) => row.messageId)).size, 3, "equal rows of one instant");
});

Deno.test("NdjsonParser keeps a row's own message id, and makes one of a venue's trade id", async () => {
  const own = theGoodRow(await readJson("trade", tradeJson({ message_id: UUID.toUpperCase() })));
  assert.equal(own.messageId, UUID);
  const rows = await readJson(
    "trade",
    [
      tradeJson({ trade_id: 3490183201 }),
      tradeJson({ trade_id: "3490183201", price: "99", timestamp: "2014-03-10T10:00:07Z" }),
      tradeJson({ trade_id: "3490183202" }),
      tradeJson({ trade_id: "3490183201", timestamp: "2014-03-11T10:00:07Z" }),
    ].join("\n"),
  );
  const [first, same, other, later] = rows.map(({ row }) => row);
  assert.ok(first?.ok && "trade_id" in first.record);
  assert.equal(first.record.trade_id, "3490183201");
  assert.equal(first.messageId, messageIdOf({ ...VENUE_TRADE, scope: "day", tradeDate: "2014-03-10" }));
  assert.equal(same?.messageId, first.messageId);
  assert.notEqual(other?.messageId, first.messageId);
  assert.equal(later?.messageId, messageIdOf({ ...VENUE_TRADE, scope: "day", tradeDate: "2014-03-11" }));
});

Deno.test("NdjsonParser gives a venue's trade id the same message id forever if its scope is the symbol", async () => {
  const rows = await readJson(
    "trade",
    [
      tradeJson({ trade_id: 3490183201 }),
      tradeJson({ trade_id: "3490183201", price: "99", timestamp: "2024-03-11T10:00:07Z" }),
      tradeJson({ trade_id: "3490183201", symbol: "TFB" }),
    ].join("\n"),
    { idScope: "symbol" },
  );
  const [first, same, other] = rows.map(({ row }) => row);
  assert.equal(first?.messageId, messageIdOf({ ...VENUE_TRADE, scope: "symbol" }));
  assert.equal(same?.messageId, first?.messageId);
  assert.equal(other?.messageId, messageIdOf({ ...VENUE_TRADE, symbol: "TFB", scope: "symbol" }));
});

/** Instants and their local date in a time zone: trading days on both sides of midnight and of clock changes. */
const TRADING_DAYS: readonly [timeZone: string, instant: string, tradeDate: string][] = [
  ["UTC", "2024-01-02T23:59:59.999999Z", "2024-01-02"],
  ["UTC", "2024-01-03T00:00:00Z", "2024-01-03"],
  ["UTC", "2024-01-03T10:59:00+11:00", "2024-01-02"],
  // Summer time, 11 hours ahead.
  ["Australia/Sydney", "2024-01-02T12:59:59.999999Z", "2024-01-02"],
  ["Australia/Sydney", "2024-01-02T13:00:00Z", "2024-01-03"],
  // Standard time, 10 hours ahead.
  ["Australia/Sydney", "2024-07-02T13:59:59.999999Z", "2024-07-02"],
  ["Australia/Sydney", "2024-07-02T14:00:00Z", "2024-07-03"],
  // The day that ends summer time has 25 hours, and the one that begins it 23.
  ["Australia/Sydney", "2024-04-06T13:00:00Z", "2024-04-07"],
  ["Australia/Sydney", "2024-04-07T13:59:59.999999Z", "2024-04-07"],
  ["Australia/Sydney", "2024-04-07T14:00:00Z", "2024-04-08"],
  ["Australia/Sydney", "2024-10-05T14:00:00Z", "2024-10-06"],
  ["Australia/Sydney", "2024-10-06T12:59:59.999999Z", "2024-10-06"],
  ["Australia/Sydney", "2024-10-06T13:00:00Z", "2024-10-07"],
  ["Australia/Sydney", "2024-01-03T00:00:00", "2024-01-03"],
  ["America/New_York", "2024-01-03T00:30:00Z", "2024-01-02"],
  ["Asia/Tokyo", "1969-12-31T15:00:00Z", "1970-01-01"],
  ["Asia/Tokyo", "1969-12-31T14:59:59Z", "1969-12-31"],
];

for (const [timeZone, timestamp, tradeDate] of TRADING_DAYS) {
  Deno.test(`a venue's id of ${timestamp} in ${timeZone} is one of ${tradeDate}`, async () => {
    const { messageId } = theGoodRow(
      await readJson("trade", tradeJson({ trade_id: "3490183201", timestamp }), { timeZone }),
    );
    assert.equal(messageId, messageIdOf({ ...VENUE_TRADE, scope: "day", tradeDate }));
    const quote = { symbol: "TFA", timestamp, bid_price: "1", ask_price: "2", bid_quantity: "3", ask_quantity: "4" };
    const ofQuote = theGoodRow(await readJson("quote", JSON.stringify({ ...quote, quote_id: "Q" }), { timeZone }));
    const event = { ...VENUE_TRADE, dataType: "quotes", venueId: "Q" } as const;
    assert.equal(ofQuote.messageId, messageIdOf({ ...event, scope: "day", tradeDate }));
  });
}

const BAD_JSON: readonly [text: string, rule: BadRow["rule"], reason: RegExp][] = [
  ["{", "not_json", /early end.*: jq -c \. makes/],
  ["[", "not_json", /early end.*: jq -c '\.\[\]' makes/],
  ["1", "not_json", /not an object\. Each line is one JSON object\.$/],
  ["[]", "not_json", /not an object.*'\{symbol: \.\[…\], timestamp: .*\}' < FILE > NEW\.ndjson$/],
  ['["9", ["1.5"]]', "not_json", /no names.*jq -c '\{symbol: \.\[…\]/],
  ['[["1.5", "2", 1704189600.1234567890]]', "not_json", /no names.*jq -nc 'if .*1\.7 or newer.* \| \.\[\] \| \{symbol/],
  [`[${tradeJson()}]`, "not_json", /a line of each in a list .*: jq -c '\.\[\]' < FILE > NEW\.ndjson$/],
  ["x", "not_json", /character 1/],
  [tradeJson().slice(0, -1), "not_json", /early end/],
  ['{"symbol":"TFA","symbol":"TFB"}', "duplicate_key", /"symbol"/],
  ['{"symbol":"TFA","Symbol":"TFB"}', "duplicate_key", /symbol/],
  [`{"vendor_data":${'{"a":'.repeat(50)}1${"}".repeat(50)}}`, "too_deep", /levels/],
  ['{"__proto__":{"symbol":"X"}}', "unknown_field", /__proto__/],
  [tradeJson({ colour: "red" }), "unknown_field", /colour/],
  [tradeJson({ price: undefined }), "missing", /price/],
  [tradeJson({ price: true }), "wrong_type", /price true/],
  [tradeJson({ price: {} }), "wrong_type", /price/],
  [tradeJson({ price: "1e400" }), "too_many_integer_digits", /price "1e400"/],
  [tradeJson().replace('"36.78"', "1e400"), "too_many_integer_digits", /price "1e400"/],
  [tradeJson().replace('"36.78"', "-0"), "negative", /price "-0"/],
  [tradeJson().replace('"36.78"', "0.123456789"), "too_many_decimals", /price/],
  [tradeJson({ symbol: 5 }), "wrong_type", /symbol 5/],
  [tradeJson({ symbol: "\ud800" }), "malformed_text", /symbol/],
  [tradeJson({ volume: 358 }), "unclear_version", /volume, not both/],
  [tradeJson({ exchange_timestamp: 1 }), "unclear_version", /exchange_timestamp, not both/],
  [tradeJson({ quantity: undefined, volume: 358.5 }), "not_an_integer", /volume "358.5"/],
  [tradeJson({ quantity: undefined, volume: 1, timestamp: 1394406006717 }), "no_unit", /timestamp/],
  [tradeJson({ exchange: "NYSE" }), "disagrees", /exchange "NYSE".*ASX/],
  [tradeJson({ asset_class: "crypto" }), "disagrees", /asset_class "crypto"/],
  [tradeJson({ vendor_data: "x" }), "wrong_type", /vendor_data/],
  [tradeJson({ vendor_data: { a: 1 } }), "wrong_type", /vendor_data.a 1/],
  [tradeJson({ vendor_data: { company_id: "7" }, company_id: 8 }), "disagrees", /company_id/],
  [tradeJson({ vendor_data: { "\ud800": "x" } }), "malformed_text", /vendor_data "\\ud800"/],
  [tradeJson({ "vendor_data.\ud800": "x" }), "malformed_text", /vendor_data "\\ud800"/],
  [tradeJson().replace(`"${ISO}"`, "9".repeat(65)), "no_unit", /timestamp "9{65}"/],
  [tradeJson({ trade_conditions: "a" }).replace('"a"', "[1]"), "wrong_type", /trade_conditions.0/],
  [tradeJson({ qualifiers: 1.5 }), "not_an_integer", /qualifiers/],
];

for (const [text, rule, reason] of BAD_JSON) {
  Deno.test(`NdjsonParser refuses ${text.slice(0, 120)} as ${rule}, and reads the next rows`, async () => {
    const rows = await readJson("trade", [tradeJson(), text, tradeJson()].join("\n"));
    assert.deepEqual(rows.map(({ row }) => row.ok), [true, false, true]);
    const bad = rows[1];
    assert.ok(bad !== undefined && !bad.row.ok);
    assert.equal(bad.row.rule, rule);
    assert.match(bad.row.reason, reason);
    assert.deepEqual(bad.raw, encoder.encode(text));
  });
}

Deno.test("NdjsonParser refuses bytes that are not UTF-8", async () => {
  const bytes = Uint8Array.of(...encoder.encode('{"symbol":"'), 0xc3, 0x28, ...encoder.encode('"}'));
  const settings = settingsOf("ndjson", "trade", {});
  const { rows } = await readRows(bytes, {
    kind: "trade",
    parser: (instant) => settings.layout.parser(settings, { instant, fields: [] }),
  });
  assert.equal(theBadRow(rows).rule, "invalid_utf8");
});

Deno.test("NdjsonParser counts a row that is refused after its id was made", async () => {
  const rows = await readJson("trade", [tradeJson(), tradeJson({ side: "LONG" }), tradeJson()].join("\n"));
  const ids = rows.map(({ row }) => row.messageId);
  assert.deepEqual(rows.map(({ row }) => row.ok), [true, false, true]);
  assert.equal(new Set(ids).size, 3);
  const fixed = await readJson("trade", [tradeJson(), tradeJson({ side: "BUY" }), tradeJson()].join("\n"));
  assert.deepEqual(fixed.map(({ row }) => row.messageId), ids, "the ids stay when the row is put right");
});

Deno.test("CsvParser gives the same ids with any quoting and any line ends", async () => {
  const field = fc.record({ price: fc.integer({ min: 0, max: 3 }), millis: fc.integer({ min: 0, max: 2 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(field, { minLength: 1, maxLength: 10 }),
      fc.infiniteStream(fc.boolean()),
      async (rows, quoted) => {
        const header = "symbol,timestamp,price,quantity";
        const columns = rows.map(({ price, millis }) => ["TFA", `2014-03-10T10:00:00.00${millis}Z`, `${price}`, "1"]);
        const plain = await readCsv("trade", [header, ...columns.map((row) => row.join(","))].join("\n"));
        const other = columns.map((row) => row.map((text) => quoted.next().value ? `"${text}"` : text).join(","));
        const read = await readCsv("trade", `${[header, ...other].join("\r\n")}\r\n`);
        assert.deepEqual(read.map(({ row }) => row.messageId), plain.map(({ row }) => row.messageId));
        assert.equal(new Set(plain.map(({ row }) => row.messageId)).size, rows.length);
      },
    ),
    { numRuns: 200 },
  );
});
