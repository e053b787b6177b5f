/** A v1 record is converted once and read once: with the outcome of converting it and then checking what came out. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { ASSET_CLASSES, Catalogue } from "../config/catalogue.ts";
import type { AssetClass, RecordKind, RecordV2, Unscaled } from "../schemas/record_types.ts";
import {
  quoteV1,
  quoteV2,
  referenceDataV1,
  referenceDataV2,
  tradeV1,
  tradeV2,
} from "../tests/support/record_arbitraries.ts";
import { RecordError } from "./errors.ts";
import { type Destination, prepareRecord } from "./prepare.ts";
import { convertQuoteV1ToV2, type PlainQuote } from "./quote/convert.ts";
import { convertReferenceDataV1ToV2, type PlainReferenceData } from "./reference_data/convert.ts";
import { convertTradeV1ToV2, type PlainTrade } from "./trade/convert.ts";
import { recordVersionOf, validateUnscaled } from "./validate.ts";
import { requireLikely } from "./values/likely_instants.ts";
import { withDecimals } from "./values/unscaled.ts";

const catalogue = new Catalogue();
/** All instants are likely, so that the records and not their times are what is compared. */
const instants = { earliestMicros: -Infinity, now: () => Number.MAX_SAFE_INTEGER };

/** By the public conversion, and all of the check of a v2 record after it. */
function convertedAndChecked(kind: RecordKind, value: object, destination: Destination): Unscaled<RecordV2> {
  const { exchange, assetClass } = destination;
  const version = recordVersionOf(kind, value);
  const v2 = version === "v2" ? value : converted(kind, value, destination);
  const record: Unscaled<RecordV2> = validateUnscaled(kind, "v2", v2, { exchange, assetClass });
  requireLikely(record, version, instants);
  return record;
}

function converted(kind: RecordKind, value: object, { exchange, assetClass }: Destination): RecordV2 {
  const defaults = { exchange, assetClass, catalogue };
  // What comes from a program without types is what the conversions refuse.
  switch (kind) {
    case "trade":
      return convertTradeV1ToV2(value as PlainTrade, defaults);
    case "quote":
      return convertQuoteV1ToV2(value as PlainQuote, defaults);
    case "reference_data":
      return convertReferenceDataV1ToV2(value as PlainReferenceData, defaults);
  }
}

/** The record, or why it is refused; without what is new with each call. */
function outcomeOf(value: object, prepare: () => Unscaled<RecordV2>): unknown {
  try {
    const record = prepare();
    const own = Object.entries(value).flatMap(([key, field]) => field === null ? [] : [key]);
    const { message_id, ingestion_timestamp, ...rest } = record;
    const tail = message_id.slice(0, 8);
    const id = "trade_id" in rest ? { trade_id: rest.trade_id.replace(tail, "") } : {};
    const quoteId = "quote_id" in rest ? { quote_id: rest.quote_id.replace(tail, "") } : {};
    return {
      ...rest,
      ...(own.includes("message_id") ? { message_id } : { ...id, ...quoteId }),
      ...(own.includes("ingestion_timestamp") ? { ingestion_timestamp } : {}),
    };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return { field: error.field, rule: error.rule, message: error.message };
  }
}

const ODD: fc.Arbitrary<unknown> = fc.constantFrom(
  undefined,
  null,
  "",
  " ",
  "\ud800",
  "0",
  "-1",
  "-0.5",
  "1e3",
  "1.000000001",
  "99999999999",
  0,
  -0,
  -1,
  0.5,
  Number.NaN,
  Infinity,
  2 ** 53,
  -(2n ** 64n),
  7n,
  true,
  [],
  {},
  { __proto__: null, company_id: "7" },
  { company_id: "7", start_date: "01/02/2003", qualifiers: "x", venue: "" },
  new Date("2024-05-06T10:00:00.123Z"),
  new Date(Number.NaN),
  "2024-05-06T10:00:00Z",
  "2024-05-06T10:00:00",
  "02/30/2003",
  "01/02/2003",
  "ASX",
  "asx",
  "unknown",
  "UNKNOWN",
  "futures",
  "CRYPTO",
  "aud",
  "GBp",
  "buy",
);
const KEYS = [
  ...["message_id", "trade_id", "quote_id", "symbol", "company_id", "company_name", "isin", "exchange", "asset_class"],
  ...["timestamp", "exchange_timestamp", "ingestion_timestamp", "price", "bid_price", "ask_price", "volume"],
  ...["bid_volume", "ask_volume", "quantity", "currency", "side", "qualifiers", "venue", "buyer_id", "sequence_number"],
  ...["start_date", "end_date", "vendor_data", "listing_date", "colour"],
];

/** Records of both versions and the plain form, some with odd values, more fields than they have, or less. */
function given(kind: RecordKind, records: fc.Arbitrary<object>): fc.Arbitrary<object> {
  const plain = { timestamp: "2024-05-06T10:00:00.5Z", exchange_timestamp: undefined };
  return fc.tuple(
    records,
    fc.boolean(),
    fc.constantFrom({}, { exchange: undefined, asset_class: undefined }, { asset_class: "FUTURES" }, {
      exchange: "asx",
    }),
    fc.dictionary(fc.constantFrom(...KEYS), ODD, { maxKeys: 3, noNullPrototype: true }),
  ).map(([record, isPlain, market, odd]) => ({
    ...record,
    ...(isPlain && kind !== "reference_data" ? plain : {}),
    ...market,
    ...odd,
  })).map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)));
}

const RECORDS: Readonly<Record<RecordKind, fc.Arbitrary<object>>> = {
  trade: fc.oneof(
    { weight: 3, arbitrary: tradeV1.map((trade): object => withDecimals("trade", "v1", trade)) },
    tradeV2.map((trade): object => withDecimals("trade", "v2", trade)),
  ),
  quote: fc.oneof(
    { weight: 3, arbitrary: quoteV1.map((quote): object => withDecimals("quote", "v1", quote)) },
    quoteV2.map((quote): object => withDecimals("quote", "v2", quote)),
  ),
  reference_data: fc.oneof({ weight: 3, arbitrary: referenceDataV1 }, referenceDataV2),
};

const destination: fc.Arbitrary<Destination> = fc.record({
  exchange: fc.constantFrom("ASX", "BINANCE", "X1", "unknown", "UNKNOWN"),
  assetClass: fc.constantFrom<AssetClass>(...ASSET_CLASSES),
}).map((names) => ({ ...names, catalogue, instants }));

for (const kind of ["trade", "quote", "reference_data"] as const) {
  Deno.test(`prepareRecord() makes of any ${kind} what converting it, and checking what came out, does`, () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(given(kind, RECORDS[kind]), destination, (value, to) => {
        const outcome = outcomeOf(value, () => prepareRecord(kind, value, to));
        assert.deepEqual(outcome, outcomeOf(value, () => convertedAndChecked(kind, value, to)));
        seen[typeof outcome === "object" && outcome !== null && "rule" in outcome ? "refused" : "taken"] += 1;
      }),
      { numRuns: 2_000 },
    );
    assert.ok(seen.taken > 50 && seen.refused > 50, JSON.stringify(seen));
  });
}
