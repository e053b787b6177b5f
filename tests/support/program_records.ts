/**
 * Records as programs hand them over, good and bad, of both versions.
 *
 * @module
 */
import fc from "fast-check";
import { ASSET_CLASSES, Catalogue } from "../../config/catalogue.ts";
import { RecordError } from "../../records/errors.ts";
import type { Destination } from "../../records/prepare.ts";
import { withDecimals } from "../../records/values/unscaled.ts";
import type { AssetClass, RecordKind, RecordV2, Unscaled } from "../../schemas/record_types.ts";
import { quoteV1, quoteV2, referenceDataV1, referenceDataV2, tradeV1, tradeV2 } from "./record_arbitraries.ts";

const catalogue = new Catalogue();
/** All instants are likely, so that the records and not their times are what is compared. */
export const instants = { earliestMicros: -Infinity, now: () => Number.MAX_SAFE_INTEGER };

/** The record, or why it is refused; without what is new with each call. */
export function outcomeOf(value: object, prepare: () => Unscaled<RecordV2>): unknown {
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
export function given(kind: RecordKind, records: fc.Arbitrary<object>): fc.Arbitrary<object> {
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

export const RECORDS: Readonly<Record<RecordKind, fc.Arbitrary<object>>> = {
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

/** Where records of a dataset go. */
export function destinationOf({ exchange, assetClass }: Pick<Destination, "exchange" | "assetClass">): Destination {
  return { exchange, assetClass, catalogue, instants };
}

export const destination: fc.Arbitrary<Destination> = fc.record({
  exchange: fc.constantFrom("ASX", "BINANCE", "X1", "unknown", "UNKNOWN"),
  assetClass: fc.constantFrom<AssetClass>(...ASSET_CLASSES),
}).map(destinationOf);
