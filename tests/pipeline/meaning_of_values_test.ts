/**
 * The meaning of a number, an instant, a price or a currency of a file: the file and the settings decide it, or the
 * value is refused with the setting that helps. Nothing is guessed.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { unscaledToText } from "../../records/values/decimal.ts";
import { type FileSourceOptions, openFileSource } from "../../sources/files/file_source.ts";
import { SourceError, type SourceErrorCode, type SourceRow } from "../../sources/source.ts";
import { inFolder } from "../support/temp_folder.ts";

const CLOCK = { ...systemClock, now: () => Date.UTC(2025, 5, 1) };

type Options = Partial<Omit<FileSourceOptions, "path" | "clock">>;

const CRYPTO: Options = { exchange: "BINANCE", assetClass: "crypto", currency: "USDT" };
const FUTURES: Options = { exchange: "CME", assetClass: "futures", currency: "USD" };
const SYDNEY: Options = { timeZone: "Australia/Sydney" };

/** The records that a source makes from a text. */
interface Case {
  readonly name: string;
  readonly text: string;
  readonly options?: Options;
  /** One text for each row: instant, prices, currency, and the whole instant if it was cut; or the rule that the row broke. */
  readonly rows?: readonly string[];
  /** For a source that is refused before its first row. */
  readonly refused?: readonly [code: SourceErrorCode, message: RegExp];
}

const HEADER = "symbol,timestamp,price,quantity";

function csv(timestamp: string, rest = "1.5,2"): string {
  return `${HEADER}\nX,${timestamp},${rest}\n`;
}

const cases: readonly Case[] = [
  {
    name: "millis without a unit",
    text: csv("1735603200000"),
    options: CRYPTO,
    refused: [
      "undeclared",
      /Row 1 of .*no_unit.*--time-unit s, ms, us or ns: ms is 2024-12-31T00:00:00Z\. Nothing of the file was written/,
    ],
  },
  {
    name: "millis",
    text: csv("1735603200000"),
    options: { ...CRYPTO, timeUnit: "ms" },
    rows: ["2024-12-31T00:00:00Z 1.5 USDT"],
  },
  {
    name: "numbers without a unit after an instant that has none to say",
    text: `${HEADER}\nX,2024-01-02T10:00:00Z,1,1\nX,1704189600,1,1\nX,1704189600000000000,1,1\nX,20240102,1,1\n`,
    rows: ["2024-01-02T10:00:00Z 1 USD", "no_unit", "no_unit", "no_unit"],
  },
  {
    name: "a date written as a number",
    text: csv("20240102"),
    refused: ["undeclared", /In no unit is it an instant from 1980 to tomorrow.*ISO 8601/],
  },
  {
    name: "a date written as a number, taken for seconds",
    text: csv("20240102"),
    options: { timeUnit: "s" },
    refused: [
      "unlikely_instant",
      /before 1980-01-01.*--time-unit, which is s.*"X,20240102,1.5,2".*"1970-08-23T06:15:02/,
    ],
  },
  {
    name: "a time of day written as a number",
    text: csv("093000417837000"),
    options: { timeUnit: "us" },
    refused: ["unlikely_instant", /1972-12-12/],
  },
  {
    name: "seconds with and without a fraction",
    text: csv("1704067200") + "X,1704067201.123401,1,1\nX,1704067202.5000000000,1,1\n",
    options: { timeUnit: "s" },
    rows: ["2024-01-01T00:00:00Z 1.5 USD", "2024-01-01T00:00:01.123401Z 1 USD", "2024-01-01T00:00:02.5Z 1 USD"],
  },
  {
    name: "micros taken for nanos",
    text: csv("1704189600000000"),
    options: { timeUnit: "ns" },
    refused: ["unlikely_instant", /before 1980-01-01/],
  },
  {
    name: "millis taken for seconds",
    text: csv("1704189600000"),
    options: { timeUnit: "s" },
    // After the year 2254, which records cannot hold.
    refused: ["undeclared", /--time-unit, which is s: ms is 2024-01-02T10:00:00Z/],
  },
  {
    name: "seconds of the future",
    text: csv("1748995200"),
    options: { timeUnit: "s", earliest: "1900-01-01" },
    refused: ["unlikely_instant", /The first trade of .* is in the future/],
  },
  {
    name: "an instant within a day of the clock",
    text: csv("2025-06-01T23:59:59Z"),
    rows: ["2025-06-01T23:59:59Z 1.5 USD"],
  },
  {
    name: "nanos",
    text: csv("1704189600123456789"),
    options: { timeUnit: "ns" },
    refused: ["undeclared", /too_fine.*--finer keep/],
  },
  {
    name: "nanos, kept",
    text: csv("1704189600123456789") + "X,1704189600123456000,1,1\n",
    options: { timeUnit: "ns", finer: "keep" },
    rows: ["2024-01-02T10:00:00.123456Z 1.5 USD 1704189600123456789", "2024-01-02T10:00:00.123456Z 1 USD"],
  },
  {
    name: "ISO 8601 text with nanos after a coarse one",
    text: csv("2024-01-02T10:00:00Z") + "X,2024-01-02T10:00:00.123456789Z,1,1\n",
    rows: ["2024-01-02T10:00:00Z 1.5 USD", "too_fine"],
  },
  {
    name: "ISO 8601 text with nanos, kept, also before 1970",
    text: csv("2024-01-02T10:00:00.123456789Z") + "X,1969-12-31T23:59:59.999999999Z,1,1\n",
    options: { finer: "keep" },
    rows: ["2024-01-02T10:00:00.123456Z 1.5 USD 1704189600123456789", "1969-12-31T23:59:59.999999Z 1 USD -1"],
  },
  {
    name: "a part of a nanosecond, which nothing can keep",
    text: csv("2024-01-02T10:00:00Z") + "X,2024-01-02T10:00:00.1234567891Z,1,1\n",
    options: { finer: "keep" },
    rows: ["2024-01-02T10:00:00Z 1.5 USD", "too_fine"],
  },
  {
    name: "nanos of the ingestion time, which has no place for them",
    text: `${HEADER},ingestion_timestamp\nX,2024-01-02T10:00:00Z,1,1,2024-01-02T10:00:00.123456789Z\n`,
    options: { finer: "keep" },
    rows: ["too_fine"],
  },
  {
    name: "1962",
    text: csv("1962-01-02T10:00:00-05:00", "7.71,100"),
    refused: ["unlikely_instant", /before 1980-01-01.*--earliest DATE/],
  },
  {
    name: "1962, allowed",
    text: csv("1962-01-02T10:00:00-05:00", "7.71,100"),
    options: { earliest: "1962-01-02" },
    rows: ["1962-01-02T15:00:00Z 7.71 USD"],
  },
  {
    name: "an old row after a first one that is none",
    text: csv("1962-01-02T10:00:00Z", "x,100") + "X,1962-01-02T10:00:00Z,1,1\n",
    refused: ["unlikely_instant", /Row 2 is/],
  },
  {
    name: "an old row after a likely one",
    text: csv("2024-01-02T10:00:00Z") + "X,1970-01-02T10:00:00Z,1,1\n",
    rows: ["2024-01-02T10:00:00Z 1.5 USD", "1970-01-02T10:00:00Z 1 USD"],
  },
  {
    name: "a file glued from millis, seconds and micros, declared as millis",
    text: csv("1735603200000") + "X,1735603201,1,1\nX,1735603202000000,1,1\nX,1735603203000,1,1\n",
    options: { ...CRYPTO, timeUnit: "ms" },
    rows: ["2024-12-31T00:00:00Z 1.5 USDT", "unlikely_instant", "out_of_range", "2024-12-31T00:00:03Z 1 USDT"],
  },
  {
    name: "a file glued from micros, millis and seconds, declared as micros",
    text: csv("1735603200000000") + "X,1735603201000,1,1\nX,1735603202,1,1\n",
    options: { ...CRYPTO, timeUnit: "us" },
    rows: ["2024-12-31T00:00:00Z 1.5 USDT", "unlikely_instant", "unlikely_instant"],
  },
  {
    name: "a file glued from seconds and nanos, declared as nanos",
    text: csv("1735603200000000000") + "X,1735603201,1,1\n",
    options: { ...CRYPTO, timeUnit: "ns" },
    rows: ["2024-12-31T00:00:00Z 1.5 USDT", "unlikely_instant"],
  },
  {
    name: "numbers that are no likely instant in any unit, after one that is",
    text: csv("1735603200") + "X,0,1,1\nX,20240102,1,1\nX,315532799.999999,1,1\nX,315532800,1,1\n",
    options: { ...CRYPTO, timeUnit: "s" },
    rows: [
      "2024-12-31T00:00:00Z 1.5 USDT",
      "unlikely_instant",
      "unlikely_instant",
      "unlikely_instant",
      "1980-01-01T00:00:00Z 1 USDT",
    ],
  },
  {
    name: "numbers of old trades, allowed",
    text: csv("1735603200") + "X,0,1,1\nX,-252460800,1,1\nX,-252460801,1,1\n",
    options: { timeUnit: "s", earliest: "1962-01-01" },
    rows: [
      "2024-12-31T00:00:00Z 1.5 USD",
      "1970-01-01T00:00:00Z 1 USD",
      "1962-01-01T00:00:00Z 1 USD",
      "unlikely_instant",
    ],
  },
  {
    name: "a number of the future after a likely one",
    text: csv("1735603200") + "X,1764547200,1,1\n",
    options: { timeUnit: "s" },
    rows: ["2024-12-31T00:00:00Z 1.5 USD", "2025-12-01T00:00:00Z 1 USD"],
  },
  {
    name: "quotes as JSON, v1 and v2, of which later ones count seconds",
    text: '{"symbol":"X","timestamp":1735603200000,"bid_price":1,"bid_quantity":1,"ask_price":2,"ask_quantity":1}\n' +
      '{"symbol":"X","timestamp":1735603201,"bid_price":1,"bid_quantity":1,"ask_price":2,"ask_quantity":1}\n' +
      '{"symbol":"X","exchange_timestamp":"1735603202","bid_price":1,"bid_volume":1,"ask_price":2,"ask_volume":1}\n',
    options: { ...CRYPTO, format: "ndjson", kind: "quote", timeUnit: "ms" },
    rows: ["2024-12-31T00:00:00Z 1 2 USDT", "unlikely_instant", "unlikely_instant"],
  },
  {
    name: "v1 trades of which a later one counts seconds",
    text: "symbol,exchange_timestamp,price,volume,company_id\nX,1735603200000,1,1,7\nX,1735603201,1,1,7\n",
    options: { timeUnit: "ms" },
    rows: ["2024-12-31T00:00:00Z 1 USD", "unlikely_instant"],
  },
  {
    name: "an ingestion time that counts seconds, after one that counts millis",
    text: `${HEADER},ingestion_timestamp\nX,1735603200000,1,1,1735603200000\nX,1735603200000,1,1,1735603201\n`,
    options: { timeUnit: "ms" },
    rows: ["2024-12-31T00:00:00Z 1 USD", "unlikely_instant"],
  },
  {
    name: "a first ingestion time that counts seconds",
    text: `${HEADER},ingestion_timestamp\nX,1735603200000,1,1,1735603201\n`,
    options: { timeUnit: "ms" },
    refused: ["undeclared", /ingestion_timestamp "1735603201".*unlikely_instant.*s is 2024-12-31T00:00:01Z/],
  },
  {
    name: "clocks that are put back and forward",
    text: `${HEADER}\nX,2024-04-07 01:59:59,1,1\nX,2024-04-07 02:30:00,1,1\nX,2024-04-07 02:30:00+11:00,1,1\n` +
      "X,2024-04-07 03:00:00,1,1\nX,2024-10-06 02:30:00,1,1\n",
    options: SYDNEY,
    rows: [
      "2024-04-06T14:59:59Z 1 USD",
      "ambiguous_local_time",
      "2024-04-06T15:30:00Z 1 USD",
      "2024-04-06T17:00:00Z 1 USD",
      "nonexistent_local_time",
    ],
  },
  {
    name: "crude oil on 2020-04-20",
    text: csv("2020-04-20T18:08:00Z", "-37.63,10"),
    options: FUTURES,
    rows: ["2020-04-20T18:08:00Z -37.63 USD"],
  },
  {
    name: "a spread as an option, and -0",
    text: csv("2020-04-20T18:08:00Z", "-0.00000001,10") + "X,2020-04-20T18:08:00Z,-0,1\n",
    options: { ...FUTURES, assetClass: "options" },
    rows: ["2020-04-20T18:08:00Z -0.00000001 USD", "2020-04-20T18:08:00Z 0 USD"],
  },
  {
    name: "negative prices of v1 rows",
    text: "symbol,timestamp,price,volume,company_id\nX,2020-04-20T18:08:00Z,-37.63,10,1\n",
    options: FUTURES,
    rows: ["2020-04-20T18:08:00Z -37.63 USD"],
  },
  {
    name: "negative prices of equities",
    text: csv("2020-04-20T18:08:00Z", "-37.63,10") + "X,2020-04-20T18:08:00Z,-0,1\n",
    rows: ["negative", "negative"],
  },
  {
    name: "negative quantities of futures",
    text: csv("2020-04-20T18:08:00Z", "37.63,-10"),
    options: FUTURES,
    rows: ["negative"],
  },
  {
    name: "negative quotes",
    text: "symbol,timestamp,bid_price,bid_quantity,ask_price,ask_quantity\n" +
      "CLK0,2020-04-20T18:08:00Z,-37.70,5,-37.60,3\nES-CAL,2024-01-02T10:00:00Z,-0.25,5,0.00,3\n",
    options: { ...FUTURES, kind: "quote" },
    rows: ["2020-04-20T18:08:00Z -37.7 -37.6 USD", "2024-01-02T10:00:00Z -0.25 0 USD"],
  },
  {
    name: "zeros",
    text: csv("2024-01-02T10:00:00Z", "1.5,0") + "X,2024-01-02T10:00:00Z,0,5\n",
    rows: ["2024-01-02T10:00:00Z 1.5 USD", "2024-01-02T10:00:00Z 0 USD"],
  },
  {
    name: "csv without a currency",
    text: csv("2024-01-02T10:00:00Z", "39000.00,1"),
    options: { exchange: "KRAKEN", assetClass: "crypto", currency: null },
    refused: ["undeclared", /no column currency.*--currency.*KRAKEN/],
  },
  {
    name: "csv with a column of currencies, of which the first one is empty",
    text: `${HEADER},currency\nX,2024-01-02T10:00:00Z,1,1,\n`,
    options: { currency: null },
    refused: ["undeclared", /currency.*missing.*--currency/],
  },
  {
    name: "csv with a column of currencies, of which a later one is empty",
    text: `${HEADER},currency\nX,2024-01-02T10:00:00Z,1,1,EUR\nX,2024-01-02T10:00:00Z,1,1,\n`,
    options: { currency: null },
    rows: ["2024-01-02T10:00:00Z 1 EUR", "missing"],
  },
  {
    name: "ndjson without a currency",
    text: '{"symbol":"X","timestamp":"2024-01-02T10:00:00Z","price":"1","quantity":"1"}\n',
    options: { format: "ndjson", currency: null },
    refused: ["undeclared", /currency.*missing.*--currency/],
  },
  {
    name: "a tick file without a currency",
    text: "03/10/2014,10:00:01.000,1.11,3667,0,,\n",
    options: { format: "asx-ticks", symbol: "X", currency: null },
    refused: ["bad_option", /The currency of .* is not known.*--currency/],
  },
  {
    name: "a tick file of 1970",
    text: "03/10/1970,10:00:01.000,1.11,3667,0,,\n",
    options: { format: "asx-ticks", symbol: "X", ...SYDNEY },
    refused: ["unlikely_instant", /"03\/10\/1970,10:00:01.000,1.11,3667,0,,".*"price":"1.11"/],
  },
  {
    name: "a tick file of futures",
    text: "04/20/2020,10:00:01.000,-37.63,10,0,,\n",
    options: { format: "asx-ticks", symbol: "X", ...FUTURES },
    rows: ["2020-04-20T10:00:01Z -37.63 USD"],
  },
  {
    name: "currencies in other spellings",
    text: `${HEADER},currency\n` +
      ["GBX", "USDT", "1INCH", "GBp", "ZAc", "ILa", "usd", "dollars", "U", "ABCDEFGHIJK", "E R"]
        .map((currency) => `X,2024-01-02T10:00:00Z,1,1,${currency}\n`).join(""),
    rows: [
      ...["GBX", "USDT", "1INCH"].map((currency) => `2024-01-02T10:00:00Z 1 ${currency}`),
      ...Array.from({ length: 8 }, () => "bad_currency"),
    ],
  },
  {
    name: "reference data has no instant of its own, and may have no currency",
    text: "company_id,symbol,company_name,listing_date\n1,X,X LTD,1901-01-01\n",
    options: { kind: "reference_data", currency: null },
    rows: ["- null"],
  },
  {
    name: "reference data with a number for a date",
    text: "company_id,symbol,company_name,listing_date\n1,X,X LTD,1231006505\n",
    options: { kind: "reference_data" },
    refused: ["undeclared", /listing_date.*s is 2009-01-03T18:15:05Z/],
  },
  {
    name: "dates of reference data as numbers: old ones, future ones, and those that another unit would make likely",
    text: "company_id,symbol,company_name,listing_date,delisting_date\n" +
      ["-2177452800000,", "157766400000,4102444800000", "1231006505,", ",1231006505"]
        .map((dates, index) => `${index + 1},X,X LTD,${dates}\n`).join(""),
    options: { kind: "reference_data", timeUnit: "ms" },
    rows: ["- USD", "- USD", "unlikely_instant", "unlikely_instant"],
  },
  {
    name: "a first date of reference data that another unit would make likely",
    text: "company_id,symbol,company_name,listing_date\n1,X,X LTD,1231006505\n",
    options: { kind: "reference_data", timeUnit: "ms" },
    refused: [
      "undeclared",
      /listing_date "1231006505".*which is ms.*1970-01-15T05:56:46.505Z.*s is 2009-01-03T18:15:05Z/,
    ],
  },
  {
    name: "dates of reference data as numbers that count nothing",
    text: "company_id,symbol,company_name,listing_date\n1,X,X LTD,157766400000\n2,X,X LTD,0\n3,X,X LTD,20240102\n",
    options: { kind: "reference_data", timeUnit: "ms" },
    rows: ["- USD", "unlikely_instant", "unlikely_instant"],
  },
  {
    name: "a date of reference data from January 1970, allowed",
    text: "company_id,symbol,company_name,listing_date\n1,X,X LTD,1231006505\n",
    options: { kind: "reference_data", timeUnit: "ms", earliest: "1970-01-01" },
    rows: ["- USD"],
  },
];

for (const { name, text, options = {}, rows, refused } of cases) {
  Deno.test(`openFileSource() ${refused === undefined ? "reads" : "refuses"} ${name}`, async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "rows.csv");
      await Deno.writeTextFile(path, text);
      if (refused === undefined) {
        assert.deepEqual(await readAll(path, options), rows);
        return;
      }
      const [code, message] = refused;
      const isRefusal = (error: unknown) => {
        assert.ok(error instanceof SourceError);
        assert.deepEqual(error.code, code, error.message);
        assert.match(error.message, message);
        return true;
      };
      await assert.rejects(readAll(path, options), isRefusal);
      // Before a checkpoint is stored, too.
      await assert.rejects(async () => {
        const examined = await sourceOf(path, options).file?.examine();
        try {
          await examined?.start();
        } finally {
          examined?.close();
        }
      }, isRefusal);
    });
  });
}

function sourceOf(path: string, options: Options) {
  return openFileSource({
    format: "csv",
    kind: "trade",
    exchange: "NYSE",
    assetClass: "equities",
    currency: "USD",
    timeZone: "UTC",
    ...options,
    path,
    clock: CLOCK,
  });
}

// deno-lint-ignore require-await -- what cannot be opened must reject
async function readAll(path: string, options: Options): Promise<string[]> {
  const source = sourceOf(path, options);
  return Array.fromAsync(rowsOf(source), textOf);
}

async function* rowsOf(source: ReturnType<typeof sourceOf>): AsyncGenerator<SourceRow> {
  const reader = await source.open();
  try {
    for (let batch = await reader.next(100); batch !== null; batch = await reader.next(100)) yield* batch.rows;
  } finally {
    await reader.close();
  }
}

function textOf(row: SourceRow): string {
  if (!row.ok) return row.rule;
  const { record } = row;
  if (!("timestamp" in record)) return `- ${record.currency}`;
  const instant = Temporal.Instant.fromEpochNanoseconds(BigInt(record.timestamp) * 1000n);
  const prices = "price" in record ? [record.price] : [record.bid_price, record.ask_price];
  const whole = record.vendor_data?.timestamp_ns;
  return [instant, ...prices.map((price) => unscaledToText(price, 8)), record.currency, ...(whole ? [whole] : [])].join(
    " ",
  );
}

Deno.test("the reason of a number in another unit names both readings, and the remedies", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "rows.csv");
    await Deno.writeTextFile(path, csv("1735603200000") + "X,1735603201,1,1\nX,0,1,1\nX,1735603202000000,1,1\n");
    const rows = await Array.fromAsync(rowsOf(sourceOf(path, { ...CRYPTO, timeUnit: "ms" })));
    const reasons = rows.map((row) => row.ok ? "" : row.reason);
    for (const reason of reasons.slice(1)) {
      assert.match(reason, /--time-unit, which is ms.*ISO 8601.*a file of its own.*dlq replay --time-unit/);
    }
    assert.match(reasons[1] ?? "", /it is 1970-01-21T02:06:43\.201Z.*s is 2024-12-31T00:00:01Z.*--earliest DATE/);
    assert.match(reasons[2] ?? "", /it is 1970-01-01T00:00:00Z.*In no unit.*--earliest DATE/);
    assert.match(reasons[3] ?? "", /us is 2024-12-31T00:00:02Z/);
  });
});
