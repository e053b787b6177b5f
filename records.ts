/**
 * Records of trades, quotes and reference data: building, converting and validating them, without Kafka.
 *
 * @example
 * ```ts
 * import { buildTradeV2, convertTradeV2ToV1 } from "tickflume/records";
 *
 * const trade = buildTradeV2({
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   timestamp: "2014-03-10T10:00:06.717+11:00",
 *   price: "45.67",
 *   quantity: "1000",
 *   currency: "AUD",
 *   vendorData: { company_id: "123" },
 * });
 * console.log(convertTradeV2ToV1(trade).company_id); // 123
 * ```
 *
 * @module
 */
// Builders.
export { buildTradeV1, buildTradeV2, type TradeV1Input, type TradeV2Input } from "./records/trade/build.ts";
export { buildQuoteV1, buildQuoteV2, type QuoteV1Input, type QuoteV2Input } from "./records/quote/build.ts";
export {
  buildReferenceDataV1,
  buildReferenceDataV2,
  type ReferenceDataV1Input,
  type ReferenceDataV2Input,
} from "./records/reference_data/build.ts";
export type { BuilderOptions } from "./records/builder_options.ts";
export type { InstantInputs, MarketEventV1Input, MarketEventV2Input, RecordV2Input } from "./records/builder_input.ts";
export type { DecimalInput } from "./records/values/decimal.ts";
export { RECORD_RULES, RecordError, type RecordRule } from "./records/errors.ts";
export type { InstantInput } from "./records/values/instant.ts";
export { recordVersionOf, validateRecord, type ValidationOptions } from "./records/validate.ts";

// Conversions.
export { convertTradeV1ToV2, convertTradeV2ToV1, type PlainTrade } from "./records/trade/convert.ts";
export { convertQuoteV1ToV2, convertQuoteV2ToV1, type PlainQuote } from "./records/quote/convert.ts";
export {
  convertReferenceDataV1ToV2,
  convertReferenceDataV2ToV1,
  type PlainReferenceData,
} from "./records/reference_data/convert.ts";
export type { ConversionDefaults, ExchangeCatalogue, KnownExchange } from "./records/conversion_defaults.ts";
export type { PlainMarketEvent, PlainRecord } from "./records/plain_record.ts";
export type { QuoteSide } from "./records/quote/sides.ts";
export type { AmbiguousTime } from "./records/values/local_time.ts";

// Ids and decimals.
export {
  type Distinction,
  type FieldIdentity,
  type IdScope,
  messageIdOf,
  type QuoteIdentity,
  type ReferenceDataIdentity,
  type TradeIdentity,
  type VenueIdentity,
} from "./records/ids/identity.ts";
export { NO_OPEN_INSTANT, OpenInstant, type OpenInstantState } from "./records/ids/open_instant.ts";
export { withDecimals, withUnscaled } from "./records/record_decimals.ts";
