/**
 * The words in which a row of a file is refused: words of people with files, never those of the programming language.
 */
import assert from "node:assert/strict";
import type { TimeUnit } from "../../records/values/epoch_number.ts";
import { RECORD_RULES, type RecordRule } from "../../records/errors.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import { asxParser, readRows, theBadRow } from "../../tests/support/source_input.ts";
import { fieldsOfHeader } from "./header_fields.ts";
import { rowSettingsOf } from "./row_options.ts";
import type { BadRow } from "../source.ts";

/** Words of the programming language and its parts. */
const FORBIDDEN =
  /Temporal|\bDate\b|bigint|BigInt|undefined|\binstance\b|\bMap\b|\[object|an object\)|an array|Decimal\b|\d n\b|\dn\b|ambiguousTime|timeZone|\bnull\b|NaN/;

const OPTIONS = { exchange: "ASX", assetClass: "equities", timeZone: "Australia/Sydney" } as const;

const GOOD: Readonly<Record<RecordKind, Readonly<Record<string, unknown>>>> = {
  trade: {
    symbol: "TFA",
    timestamp: "2014-03-10T10:00:06.717+11:00",
    price: "36.78",
    quantity: "358",
    currency: "AUD",
  },
  quote: {
    symbol: "TFA",
    timestamp: "2014-03-10T10:00:06.717+11:00",
    bid_price: "1",
    bid_quantity: "2",
    ask_price: "3",
    ask_quantity: "4",
    currency: "AUD",
  },
  reference_data: { company_id: "1001", symbol: "TFA", company_name: "Tea for All" },
};

type TimeUnits = TimeUnit | null;

async function refusalOfCsv(
  kind: RecordKind,
  change: Readonly<Record<string, unknown>>,
  timeUnit: TimeUnits = null,
): Promise<BadRow> {
  const settings = rowSettingsOf({ ...OPTIONS, format: "csv", kind, timeUnit }, "FILE");
  const values = { ...GOOD[kind], ...change };
  const fields = fieldsOfHeader(Object.keys(values), { kind, file: "rows.csv", given: new Set() });
  const line = Object.values(values).map((value) => `"${String(value).replaceAll('"', '""')}"`).join(",");
  const { rows } = await readRows(new TextEncoder().encode(`${line}\n`), {
    kind,
    quoted: true,
    parser: (instant) => settings.layout.parser(settings, { instant, fields }),
  });
  return theBadRow(rows);
}

async function refusalOfJson(
  kind: RecordKind,
  change: Readonly<Record<string, unknown>>,
  timeUnit: TimeUnits = null,
): Promise<BadRow> {
  const settings = rowSettingsOf({ ...OPTIONS, format: "ndjson", kind, timeUnit }, "FILE");
  const { rows } = await readRows(new TextEncoder().encode(`${JSON.stringify({ ...GOOD[kind], ...change })}\n`), {
    kind,
    parser: (instant) => settings.layout.parser(settings, { instant, fields: [] }),
  });
  return theBadRow(rows);
}

type Words = readonly [change: Readonly<Record<string, unknown>>, rule: RecordRule, words: RegExp];

/** Faults that both formats refuse. */
const TRADES: readonly Words[] = [
  [{ price: "" }, "missing", /^price is refused \(missing\): a value is required\./],
  [{ quantity: "" }, "missing", /^quantity is refused.*Give it, or volume\./],
  [{ symbol: "" }, "missing", /^symbol is refused \(missing\).*--symbol/],
  [{ timestamp: "" }, "missing", /^timestamp is refused \(missing\)/],
  [{ currency: "" }, "missing", /--currency/],
  [{ timestamp: "yesterday" }, "not_iso_8601", /Write date and time in one, as ISO 8601 has them/],
  [{ timestamp: " 2014-03-10T10:00:06Z" }, "not_iso_8601", /begins or ends with a space/],
  [{ timestamp: "2014-03-10" }, "not_iso_8601", /date and time in one/],
  [{ timestamp: "1394406006" }, "no_unit", /--time-unit s, ms, us or ns/],
  [{ timestamp: "2014-02-30T10:00:00Z" }, "bad_date", /no such date/],
  [{ timestamp: "2014-03-10T10:00:06.7171234Z" }, "too_fine", /--finer keep/],
  [{ timestamp: "9999-03-10T10:00:06Z" }, "out_of_range", /1685 to 2254/],
  [
    { timestamp: "2014-04-06T02:30:00" },
    "ambiguous_local_time",
    /two instants in Australia\/Sydney choose one: --ambiguous-time earlier or later .*already, `deno task dlq replay --reason ambiguous_local_time --ambiguous-time earlier` or /,
  ],
  [{ timestamp: "2014-10-05T02:30:00" }, "nonexistent_local_time", /--time-zone, which is Australia\/Sydney/],
  [{ price: "1,234.5" }, "grouping", /Write digits with at most one dot/],
  [{ price: "+1.5" }, "not_a_number", /Leave the plus sign out/],
  [{ price: "ten" }, "not_a_number", /for example 1234\.5/],
  [{ price: "nan" }, "not_finite", /for example 1234\.5/],
  [{ price: "-37.63" }, "negative", /Only prices of futures and options/],
  [{ price: "1 000" }, "spaces", /for example 1234\.5/],
  [{ price: "12345678901" }, "too_many_integer_digits", /At most 10 integer digits/],
  [{ price: "0.123456789" }, "too_many_decimals", /8 decimals/],
  [{ source_sequence: "x" }, "not_an_integer", /^source_sequence "x"/],
  [{ source_sequence: "99999999999999999999" }, "not_an_integer", /whole/],
  [{ qualifiers: "99999999999" }, "out_of_range", /32 bits/],
  [{ side: "hold" }, "unknown_enum", /BUY, SELL/],
  [{ currency: "dollars" }, "bad_currency", /such as USD/],
  [{ message_id: "7" }, "not_a_uuid", /32 hexadecimal digits/],
  [{ exchange: "A SX" }, "spaces", /spaces/],
  [{ exchange: "NYSE" }, "disagrees", /The load is for ASX/],
  [{ asset_class: "crypto" }, "disagrees", /The load is for equities/],
];

/** Numbers in a row whose declared unit is milliseconds. */
const MILLIS: readonly Words[] = [
  [
    { timestamp: "1394406006" },
    "unlikely_instant",
    /--time-unit, which is ms, it is 1970-01-17T03:20:06\.006Z; s is 2014-03-09T23:00:06Z\..*dlq replay --time-unit/,
  ],
  [{ timestamp: "0" }, "unlikely_instant", /In no unit is it .* from 1980 to tomorrow.*--earliest DATE/],
  [{ timestamp: "1394406006717000" }, "out_of_range", /which is ms: us is 2014-03-09T23:00:06\.717Z/],
  [{ ingestion_timestamp: "1394406006" }, "unlikely_instant", /^ingestion_timestamp "1394406006"/],
];

/** Faults that only JSON can have. */
const JSON_TRADES: readonly Words[] = [
  [{ volume: "1.5", quantity: "" }, "not_an_integer", /Volumes are whole numbers/],
  [{ exchange_timestamp: "2014-03-10T10:00:00Z" }, "unclear_version", /not both/],
  [{ price: null }, "missing", /^price is refused \(missing\)/],
  [{ price: {} }, "wrong_type", /\(a JSON object\)/],
  [{ quantity: [1, 2] }, "wrong_type", /\(a list of 2\)/],
  [{ timestamp: true }, "wrong_type", /^timestamp true/],
  [{ symbol: 5 }, "wrong_type", /^symbol 5.*Give text/],
  [{ source_sequence: true }, "wrong_type", /Write a whole number in digits/],
  [{ qualifiers: 1.5 }, "not_an_integer", /^qualifiers "1\.5"/],
  [{ side: 1 }, "wrong_type", /Give one of BUY/],
  [{ trade_conditions: {} }, "wrong_type", /Give a list of texts/],
  [{ trade_conditions: [{}] }, "wrong_type", /Give text/],
  [{ vendor_data: "x" }, "wrong_type", /vendor_data\.NAME/],
  [{ vendor_data: { a: "x" }, "vendor_data.a": "y" }, "disagrees", /also gives "x"/],
  [{ symbol: "\ud800" }, "malformed_text", /lone surrogate/],
  [{ trade_conditions: [""] }, "empty", /empty/],
  [{ colour: "red", size: 5 }, "unknown_field", /Not known: "colour", "size"\. As vendor_data\.NAME/],
];

const REFERENCE_DATA: readonly Words[] = [
  [{ company_id: "" }, "missing", /^company_id is refused.*--company-id/],
  [{ start_date: "2014-03-10" }, "bad_date", /MM\/DD\/YYYY/],
  [{ is_active: "yes" }, "wrong_type", /Give true or false/],
];

for (const [change, rule, words] of TRADES) {
  Deno.test(`rows of trades are refused in words for people: ${JSON.stringify(change)}`, async () => {
    for (const refusalOf of [refusalOfCsv, refusalOfJson]) check(await refusalOf("trade", change), rule, words);
  });
}

for (const [change, rule, words] of MILLIS) {
  Deno.test(`numbers that are no millis are refused in words for people: ${JSON.stringify(change)}`, async () => {
    for (const refusalOf of [refusalOfCsv, refusalOfJson]) check(await refusalOf("trade", change, "ms"), rule, words);
  });
}

for (const [change, rule, words] of JSON_TRADES) {
  Deno.test(`JSON rows of trades are refused in words for people: ${JSON.stringify(change)}`, async () => {
    check(await refusalOfJson("trade", change), rule, words);
  });
}

for (const [change, rule, words] of REFERENCE_DATA) {
  Deno.test(`rows of reference data are refused in words for people: ${JSON.stringify(change)}`, async () => {
    for (const refusalOf of [refusalOfCsv, refusalOfJson]) {
      check(await refusalOf("reference_data", change), rule, words);
    }
  });
}

Deno.test("rows of quotes are refused in words for people", async () => {
  for (const refusalOf of [refusalOfCsv, refusalOfJson]) {
    check(
      await refusalOf("quote", { bid_quantity: "" }),
      "missing",
      /^bid_quantity is refused.*Give it, or bid_volume\.$/,
    );
    check(
      await refusalOf("quote", { bid_quantity: "", ask_quantity: "" }),
      "missing",
      /^bid_quantity is refused.*Give it, or bid_volume\. .*No size is guessed.* 0 /,
    );
    const neither = { bid_price: "", bid_quantity: "", ask_price: "", ask_quantity: "" };
    check(await refusalOf("quote", neither), "missing", /^bid_quantity is refused.*Give it, or bid_volume\.$/);
  }
});

Deno.test("rows of tick files are refused in words for people", async () => {
  for (
    const [row, words] of [
      ["04/06/2014,02:30:00.000,1,2,0,,", /dlq replay --reason ambiguous_local_time/],
      ["10/05/2014,02:30:00.000,1,2,0,,", /--time-zone, which is Australia\/Sydney/],
      ["2014-03-10,10:00:00.000,1,2,0,,", /MM\/dd\/yyyy/],
      ["03/10/2014,10:00:00.000,,2,0,,", /^price "" is refused/],
      ["03/10/2014,10:00:00.000,+1,2,0,,", /Leave the plus sign out/],
      ["03/10/2014,10:00:00.000,1,2.5,0,,", /whole numbers/],
      ["03/10/2014,10:00:00.000,1,2,x,,", /^qualifiers "x"/],
    ] as const
  ) {
    const { rows } = await readRows(new TextEncoder().encode(`${row}\n`), {
      kind: "trade",
      parser: asxParser("trade"),
    });
    check(theBadRow(rows), null, words);
  }
});

Deno.test("every rule that a row of a file can break is among these rows", () => {
  const tried = new Set([...TRADES, ...MILLIS, ...JSON_TRADES, ...REFERENCE_DATA].map(([, rule]) => rule));
  // The time zone belongs to the load, which refuses a wrong one before any row. The other rules are those of
  // conversions to v1.
  const ofNoRow: readonly RecordRule[] = ["no_offset", "unknown_time_zone", "lossy"];
  const rules = Object.keys(RECORD_RULES).filter((rule) => !ofNoRow.some((other) => other === rule));
  assert.deepEqual([...tried].toSorted(), rules.toSorted());
});

function check({ rule, reason }: BadRow, expected: RecordRule | null, words: RegExp): void {
  if (expected !== null) assert.equal(rule, expected, reason);
  assert.match(reason, words);
  assert.doesNotMatch(reason, FORBIDDEN);
}
