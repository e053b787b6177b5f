import assert from "node:assert/strict";
import fc from "fast-check";
import { messageIdOf } from "../../records/ids/identity.ts";
import { asxParser, readRows, theBadRow, theGoodRow } from "../../tests/support/source_input.ts";
import type { BadRow } from "../source.ts";

const encoder = new TextEncoder();
const TRADE = "03/10/2014,10:00:06.717,36.78,358,0,,";
const QUOTE = "03/10/2014,10:00:06.717,36.78,36.79,300,600";
const MICROS = 1_394_406_006_717_000;

function readTrades(text: string | Uint8Array) {
  return readRows(typeof text === "string" ? encoder.encode(text) : text, {
    kind: "trade",
    parser: asxParser("trade"),
  });
}

function readQuotes(text: string) {
  return readRows(encoder.encode(text), { kind: "quote", parser: asxParser("quote") });
}

Deno.test("AsxTradeParser makes a v2 trade of a row", async () => {
  const { rows } = await readTrades(`${TRADE}\r\n`);
  const messageId = messageIdOf({
    dataType: "trades",
    assetClass: "equities",
    exchange: "ASX",
    symbol: "TFA",
    micros: MICROS,
    price: 3_678_000_000n,
    quantity: 35_800_000_000n,
    qualifiers: 0,
    venue: "",
    extra: "",
  });
  assert.deepEqual(theGoodRow(rows), {
    row: 1,
    line: 1,
    offset: 0,
    length: TRADE.length,
    ok: true,
    messageId,
    tradeDate: "2014-03-10",
    record: {
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
      trade_conditions: [],
      source_sequence: null,
      ingestion_timestamp: 1_700_000_000_000_000,
      platform_sequence: null,
      vendor_data: { company_id: "1001", qualifiers: "0", trade_date: "2014-03-10" },
    },
  });
});

Deno.test("AsxTradeParser keeps qualifiers, venue and the extra column", async () => {
  const { rows } = await readTrades([
    TRADE,
    "03/10/2014,10:00:06.718,36.78,358,3,X,36.79",
    "03/10/2014,10:00:06.719,36.78,358,3,X,",
    "03/10/2014,10:00:06.719,36.78,358,25,,",
    "03/11/2014,10:00:06.719,36.78,358,25,,",
  ].join("\n"));
  const parts = rows.map(({ row }) => {
    assert.ok(row.ok && "trade_conditions" in row.record);
    return [row.record.trade_conditions, row.record.vendor_data];
  });
  assert.deepEqual(parts, [
    [[], { company_id: "1001", qualifiers: "0", trade_date: "2014-03-10" }],
    [["3"], { company_id: "1001", qualifiers: "3", venue: "X", buyer_id: "36.79", trade_date: "2014-03-10" }],
    [["3"], { company_id: "1001", qualifiers: "3", venue: "X", trade_date: "2014-03-10" }],
    [["25"], { company_id: "1001", qualifiers: "25", trade_date: "2014-03-10" }],
    [["25"], { company_id: "1001", qualifiers: "25", trade_date: "2014-03-11" }],
  ]);
});

Deno.test("AsxQuoteParser makes a v2 quote of a row, with bid before ask", async () => {
  const { rows } = await readQuotes(QUOTE);
  const { record, messageId } = theGoodRow(rows);
  assert.deepEqual(record, {
    message_id: messageId,
    quote_id: `ASX-TFA-${MICROS}-${messageId.slice(0, 8)}`,
    symbol: "TFA",
    exchange: "ASX",
    asset_class: "equities",
    timestamp: MICROS,
    bid_price: 3_678_000_000n,
    bid_quantity: 30_000_000_000n,
    ask_price: 3_679_000_000n,
    ask_quantity: 60_000_000_000n,
    currency: "AUD",
    source_sequence: null,
    ingestion_timestamp: 1_700_000_000_000_000,
    platform_sequence: null,
    vendor_data: { company_id: "1001", trade_date: "2014-03-10" },
  });
});

for (
  const [what, row, bid, ask] of [
    ["one-sided", "03/10/2014,05:43:45.676,37.7,0.0,300,0", 3_770_000_000n, 0n],
    ["crossed", "03/10/2014,07:00:13.948,37.73,37.0,19,16", 3_773_000_000n, 3_700_000_000n],
    ["locked", "03/10/2014,07:00:11.938,37.73,37.73,19,600", 3_773_000_000n, 3_773_000_000n],
    ["large", "03/10/2014,07:00:11.938,37.73,37.73,9999999999,9999999999", 3_773_000_000n, 3_773_000_000n],
  ] as const
) {
  Deno.test(`AsxQuoteParser keeps a ${what} quote`, async () => {
    const { record } = theGoodRow((await readQuotes(row)).rows);
    assert.ok("bid_price" in record);
    assert.deepEqual([record.bid_price, record.ask_price], [bid, ask]);
  });
}

Deno.test("AsxTradeParser gives early trades their local date, not the UTC one", async () => {
  const { rows } = await readTrades("03/10/2014,07:57:14.754,36.667,20000,3,X,");
  const row = theGoodRow(rows);
  assert.ok("timestamp" in row.record);
  assert.equal(new Date(row.record.timestamp / 1000).toISOString(), "2014-03-09T20:57:14.754Z");
  assert.equal(row.tradeDate, "2014-03-10");
});

Deno.test("AsxTradeParser reads columns in quotes as the same row", async () => {
  const plain = theGoodRow((await readTrades(TRADE)).rows);
  const quoted = theGoodRow((await readTrades('"03/10/2014",10:00:06.717,"36.78","358","0","",')).rows);
  assert.deepEqual({ ...quoted, length: 0 }, { ...plain, length: 0 });
});

Deno.test("AsxTradeParser reads other spellings of the same number as the same row", async () => {
  const { messageId } = theGoodRow((await readTrades(TRADE)).rows);
  for (
    const row of ["03/10/2014,10:00:06.717,36.780000000000,358.00,00,,", "03/10/2014,10:00:06.717,3678e-2,358,0,,"]
  ) {
    assert.equal(theGoodRow((await readTrades(row)).rows).messageId, messageId);
  }
});

const DATE = "03/10/2014", TIME = "10:00:06.717";
const BAD_TRADES: readonly [row: string, rule: BadRow["rule"], reason: RegExp][] = [
  // I1: the form of the row.
  ["x", "wrong_column_count", /It has 1, and 7 are expected: date, time, price/],
  [`${DATE},${TIME},36.78,358,0,`, "wrong_column_count", /It has 6/],
  [`${TRADE},`, "wrong_column_count", /It has 8/],
  [`${DATE},${TIME},36.78,358,0,"X,`, "unterminated_quote", /does not end/],
  [`${DATE},${TIME},36.78,358,0,X",`, "misplaced_quote", /quote/],
  [`${DATE},${TIME},36.78,358,0,"X"Y,`, "misplaced_quote", /quote/],
  [`${DATE},${TIME},36.78,358,0,X\u0000,`, "nul_byte", /NUL/],
  [`${DATE},${TIME},36.7\u00008,358,0,X,`, "nul_byte", /NUL/],
  ["date,time,price,volume,qualifiers,venue,extra", "bad_date", /date "date"/],
  // Swapped columns.
  [`${DATE},${TIME},358,36.78,0,,`, "not_an_integer", /volume "36.78".*check the order of the columns/],
  [`${TIME},${DATE},36.78,358,0,,`, "bad_date", /date "10:00:06.717"/],
  // Dates and times.
  [`13/10/2014,${TIME},36.78,358,0,,`, "bad_date", /13\/10\/2014/],
  [`02/29/2014,${TIME},36.78,358,0,,`, "bad_date", /02\/29\/2014/],
  [`00/10/2014,${TIME},36.78,358,0,,`, "bad_date", /00\/10\/2014/],
  [`03/1/2014,${TIME},36.78,358,0,,`, "bad_date", /MM\/dd\/yyyy/],
  [`03-10-2014,${TIME},36.78,358,0,,`, "bad_date", /MM\/dd\/yyyy/],
  [`2014-03-10,${TIME},36.78,358,0,,`, "bad_date", /MM\/dd\/yyyy/],
  [`aa/10/2014,${TIME},36.78,358,0,,`, "bad_date", /MM\/dd\/yyyy/],
  [`,${TIME},36.78,358,0,,`, "bad_date", /date ""/],
  [`${DATE},24:00:00.000,36.78,358,0,,`, "bad_date", /time "24:00:00.000"/],
  [`${DATE},10:60:00.000,36.78,358,0,,`, "bad_date", /HH:mm:ss\.SSS/],
  [`${DATE},10:00:60.000,36.78,358,0,,`, "bad_date", /HH:mm:ss\.SSS/],
  [`${DATE},10:00:06,36.78,358,0,,`, "bad_date", /HH:mm:ss\.SSS/],
  [`${DATE},10:00:06.7170,36.78,358,0,,`, "bad_date", /HH:mm:ss\.SSS/],
  [`${DATE},10:00:06,717,36.78,358,0,`, "bad_date", /HH:mm:ss\.SSS/],
  [`${DATE},10-00-06.717,36.78,358,0,,`, "bad_date", /HH:mm:ss\.SSS/],
  [`${DATE},10:00:06.71:,36.78,358,0,,`, "bad_date", /HH:mm:ss\.SSS/],
  [`${DATE},10:00:06.:17,36.78,358,0,,`, "bad_date", /HH:mm:ss\.SSS/],
  ["10/05/2014,02:30:00.000,36.78,358,0,,", "nonexistent_local_time", /10\/05\/2014,02:30:00.000.*Australia\/Sydney/],
  ["04/06/2014,02:30:00.000,36.78,358,0,,", "ambiguous_local_time", /--ambiguous-time earlier/],
  // I3: numbers.
  [`${DATE},${TIME},,358,0,,`, "empty", /price ""/],
  [`${DATE},${TIME},NaN,358,0,,`, "not_finite", /price "NaN"/],
  [`${DATE},${TIME},Infinity,358,0,,`, "not_finite", /price "Infinity"/],
  [`${DATE},${TIME},1e400,358,0,,`, "too_many_integer_digits", /price "1e400"/],
  [`${DATE},${TIME},1e-30,358,0,,`, "too_many_decimals", /price "1e-30"/],
  [`${DATE},${TIME},-0,358,0,,`, "negative", /price "-0"/],
  [`${DATE},${TIME},-36.78,358,0,,`, "negative", /price "-36.78"/],
  [`${DATE},${TIME}, 12 ,358,0,,`, "spaces", /price " 12 "/],
  [`${DATE},${TIME},"1,234.5",358,0,,`, "grouping", /price "1,234.5"/],
  [`${DATE},${TIME},1234567890123456789,358,0,,`, "too_many_integer_digits", /price/],
  [`${DATE},${TIME},1.123456789,358,0,,`, "too_many_decimals", /price "1.123456789"/],
  [`${DATE},${TIME},36.78,10000000000,0,,`, "too_many_integer_digits", /volume/],
  [`${DATE},${TIME},36.78,0.5,0,,`, "not_an_integer", /volume/],
  [`${DATE},${TIME},36.78,abc,0,,`, "not_a_number", /volume "abc"/],
  [`${DATE},${TIME},36.78,358,,,`, "empty", /qualifiers ""/],
  [`${DATE},${TIME},36.78,358,x,,`, "not_a_number", /qualifiers "x"/],
  [`${DATE},${TIME},36.78,358,-1,,`, "negative", /qualifiers "-1"/],
  [`${DATE},${TIME},36.78,358,1.5,,`, "not_an_integer", /qualifiers "1.5"/],
  [`${DATE},${TIME},36.78,358,2147483648,,`, "out_of_range", /qualifiers "2147483648"/],
];

for (const [row, rule, reason] of BAD_TRADES) {
  Deno.test(`AsxTradeParser refuses ${JSON.stringify(row)} as ${rule}, and reads the next rows`, async () => {
    const { rows } = await readTrades(`${TRADE}\r\n${row}\r\n${TRADE}\r\n`);
    assert.deepEqual(rows.map(({ row }) => row.ok), [true, false, true]);
    const bad = rows[1];
    assert.ok(bad !== undefined && !bad.row.ok);
    assert.equal(bad.row.rule, rule);
    assert.match(bad.row.reason, reason);
    assert.deepEqual(bad.raw, encoder.encode(row));
    const { offset, length, line } = bad.row;
    assert.deepEqual({ offset, length, line, number: bad.row.row }, {
      offset: TRADE.length + 2,
      length: encoder.encode(row).length,
      line: 2,
      number: 2,
    });
  });
}

Deno.test("AsxTradeParser refuses bytes that are not UTF-8", async () => {
  const row = Uint8Array.of(...encoder.encode(`${DATE},${TIME},36.78,358,0,`), 0xff, 0x2c);
  const { rows } = await readTrades(row);
  assert.equal(theBadRow(rows).rule, "invalid_utf8");
  assert.deepEqual(rows[0]?.raw, row);
});

Deno.test("AsxTradeParser takes no other date for a refused one", async () => {
  const { rows } = await readTrades([
    `xx/10/2014,${TIME},36.78,358,0,,`,
    `xx/10/2014,${TIME},36.78,358,0,,`,
    `02/30/2014,${TIME},36.78,358,0,,`,
    `02/30/2014,${TIME},36.78,358,0,,`,
    TRADE,
  ].join("\n"));
  assert.deepEqual(rows.map(({ row }) => row.ok), [false, false, false, false, true]);
});

Deno.test("AsxTradeParser gives equal rows ids of their own, adjacent or not", async () => {
  const other = `${DATE},${TIME},36.77,585,0,,`;
  const { rows } = await readTrades([TRADE, other, TRADE, TRADE, other].join("\n"));
  const ids = rows.map(({ row }) => row.ok && row.messageId);
  assert.equal(new Set(ids).size, 5);
  const again = await readTrades(["x", TRADE, other, TRADE, "", TRADE, other].join("\r\n"));
  assert.deepEqual(
    again.rows.filter(({ row }) => row.ok).map(({ row }) => row.messageId),
    ids,
    "bad rows change nothing",
  );
});

Deno.test("AsxTradeParser reads any row in the form of the format", async () => {
  const number = fc.integer({ min: 0, max: 9_999_999_999 });
  const row = fc.record({
    instant: fc.date({ min: new Date("1990-01-01T14:00Z"), max: new Date("2030-01-01T14:00Z"), noInvalidDate: true }),
    price: fc.tuple(number, fc.integer({ min: 0, max: 99_999_999 })),
    volume: number,
    qualifiers: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    venue: fc.string({ unit: fc.constantFrom("X", "Y", ",", '"', "Ω", " "), maxLength: 4 }),
    quoted: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(row, async ({ instant, price, volume, qualifiers, venue, quoted }) => {
      const local = Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO("Australia/Sydney");
      const [year, month, day] = local.toPlainDate().toString().split("-");
      const time = local.toPlainTime().toString({ fractionalSecondDigits: 3 });
      const [whole, fraction] = [price[0], String(price[1]).padStart(8, "0")];
      const columns = [`${month}/${day}/${year}`, time, `${whole}.${fraction}`, volume, qualifiers, venue, ""];
      const line = columns.map((column) =>
        quoted || /[",]/.test(String(column)) ? `"${String(column).replaceAll('"', '""')}"` : column
      ).join(",");
      const [read] = (await readTrades(line)).rows;
      assert.ok(read !== undefined);
      if (!read.row.ok) return assert.equal(read.row.rule, "ambiguous_local_time");
      const { record } = read.row;
      assert.ok("price" in record);
      assert.equal(record.timestamp, instant.getTime() * 1000);
      assert.equal(record.price, BigInt(`${whole}${fraction}`));
      assert.equal(record.quantity, BigInt(volume) * 100_000_000n);
      assert.deepEqual(record.trade_conditions, qualifiers === 0 ? [] : [String(qualifiers)]);
      assert.equal(record.vendor_data?.venue ?? "", venue);
    }),
    { numRuns: 1000 },
  );
});
