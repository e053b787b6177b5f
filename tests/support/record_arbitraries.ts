/**
 * Random records for property tests.
 *
 * @module
 */
import fc from "fast-check";
import { ASSET_CLASSES } from "../../config/catalogue.ts";
import type {
  QuoteV1,
  QuoteV2,
  ReferenceDataV1,
  ReferenceDataV2,
  TradeV1,
  TradeV2,
  Unscaled,
} from "../../schemas/record_types.ts";
import { TRADE_SIDES } from "../../records/values/enums.ts";

const freeText = fc.string({ unit: "grapheme", maxLength: 12 });
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const currency = fc.stringMatching(/^[A-Z0-9]{2,10}$/);
const exchange = fc.constantFrom("ASX", "BINANCE", "KRAKEN", "NYSE", "X1", "unknown");
const companyNumber = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 31 - 1 }));
const int32 = fc.oneof(fc.constant(0), fc.integer());
const long = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }),
);
const optionalLong = fc.option(long);
/** Every digit count is equally likely, so that short and long numbers both occur. */
const unscaled = (limit: bigint) =>
  fc.oneof(fc.constant(0n), fc.nat(17).chain((digits) => fc.bigInt({ min: 0n, max: 10n ** BigInt(digits + 1) - 1n })))
    .map((value) => value % limit);
/** The v1 decimals that v2 can hold: below 10^10, at 6 decimals. */
const sharedDecimal = unscaled(10n ** 16n);
const decimalV2 = unscaled(10n ** 18n);
const sharedVolume = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10 ** 10 - 1 }));
const MAX_MICROS = 2 ** 53 - 1;
const micros = fc.integer({ min: -MAX_MICROS, max: MAX_MICROS });
const millis = fc.integer({ min: Math.ceil(-MAX_MICROS / 1000), max: Math.floor(MAX_MICROS / 1000) });
const name = fc.oneof(text, fc.constantFrom("__proto__", "constructor", "toString", "trade_date"));
const vendorData = fc.option(
  fc.array(fc.tuple(name, freeText), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
);
const usDate = fc.date({ min: new Date("1700-01-01"), max: new Date("2250-01-01"), noInvalidDate: true }).map(
  (date) => {
    const [year, month, day] = date.toISOString().slice(0, 10).split("-");
    return `${month}/${day}/${year}`;
  },
);

/** v1 trades that v2 can hold. */
export const tradeV1: fc.Arbitrary<Unscaled<TradeV1>> = fc.record({
  symbol: text,
  company_id: companyNumber,
  exchange,
  exchange_timestamp: millis,
  price: sharedDecimal,
  volume: sharedVolume,
  qualifiers: int32,
  venue: freeText,
  buyer_id: fc.option(freeText),
  ingestion_timestamp: millis,
  sequence_number: optionalLong,
}, { noNullPrototype: true });

/** v1 quotes that v2 can hold. */
export const quoteV1: fc.Arbitrary<Unscaled<QuoteV1>> = fc.record({
  symbol: text,
  company_id: companyNumber,
  exchange,
  exchange_timestamp: millis,
  bid_price: sharedDecimal,
  bid_volume: sharedVolume,
  ask_price: sharedDecimal,
  ask_volume: sharedVolume,
  ingestion_timestamp: millis,
  sequence_number: optionalLong,
}, { noNullPrototype: true });

/** v1 reference data. */
export const referenceDataV1: fc.Arbitrary<Unscaled<ReferenceDataV1>> = fc.record({
  company_id: companyNumber,
  symbol: text,
  company_name: freeText,
  isin: freeText,
  start_date: usDate,
  end_date: fc.option(usDate),
}, { noNullPrototype: true });

const v2 = {
  message_id: fc.oneof(fc.uuid(), text),
  symbol: text,
  exchange,
  asset_class: fc.constantFrom(...ASSET_CLASSES),
  ingestion_timestamp: micros,
  vendor_data: vendorData,
};

/** A record of futures or options, sometimes with a price below zero. */
function withSpread<R extends { readonly asset_class: string }>(
  record: fc.Arbitrary<R>,
  spread: (record: R) => R,
): fc.Arbitrary<R> {
  return fc.tuple(record, fc.boolean()).map(([made, isSpread]) =>
    isSpread && ["futures", "options"].includes(made.asset_class) ? spread(made) : made
  );
}

/** Any v2 trades. */
export const tradeV2: fc.Arbitrary<Unscaled<TradeV2>> = withSpread(
  fc.record({
    ...v2,
    trade_id: text,
    timestamp: micros,
    price: decimalV2,
    quantity: decimalV2,
    currency,
    side: fc.constantFrom(...TRADE_SIDES),
    trade_conditions: fc.array(text, { maxLength: 3 }),
    source_sequence: optionalLong,
    platform_sequence: optionalLong,
  }, { noNullPrototype: true }),
  (trade) => ({ ...trade, price: -trade.price }),
);

/** Any v2 quotes. */
export const quoteV2: fc.Arbitrary<Unscaled<QuoteV2>> = withSpread(
  fc.record({
    ...v2,
    quote_id: text,
    timestamp: micros,
    bid_price: decimalV2,
    bid_quantity: decimalV2,
    ask_price: decimalV2,
    ask_quantity: decimalV2,
    currency,
    source_sequence: optionalLong,
    platform_sequence: optionalLong,
  }, { noNullPrototype: true }),
  (quote) => ({ ...quote, bid_price: -quote.bid_price, ask_price: -quote.ask_price }),
);

/** Any v2 reference data. */
export const referenceDataV2: fc.Arbitrary<Unscaled<ReferenceDataV2>> = fc.record({
  ...v2,
  company_id: text,
  company_name: freeText,
  isin: fc.option(text),
  currency: fc.option(currency),
  listing_date: fc.option(micros),
  delisting_date: fc.option(micros),
  is_active: fc.boolean(),
}, { noNullPrototype: true });
