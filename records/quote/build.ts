/**
 * Builders of quotes.
 *
 * @module
 */
import type { QuoteV1, QuoteV2 } from "../../schemas/record_types.ts";
import { INSTANT_OPTIONS, type MarketEventV1Input, type MarketEventV2Input } from "../builder_input.ts";
import { type BuilderOptions, fillOf } from "../builder_options.ts";
import type { DecimalInput } from "../values/decimal.ts";
import { FieldReader, FieldSet } from "../field_reader.ts";
import { freezeRecord } from "../freeze_record.ts";
import { QUOTE_V1_FIELDS, QUOTE_V2_FIELDS, readQuoteV1, readQuoteV2 } from "./fields.ts";
import { absentSideOf, markAbsentSide, type QuoteSide } from "./sides.ts";
import { withDecimals } from "../record_decimals.ts";

/** Options of {@link buildQuoteV2}. `undefined` and `null` are as good as absent. */
export interface QuoteV2Input extends MarketEventV2Input {
  /** At most 10 integer digits and 8 decimals; null, like its quantity, where there is no bid. */
  readonly bidPrice: DecimalInput | null;
  /** At most 10 integer digits and 8 decimals. */
  readonly bidQuantity: DecimalInput | null;
  /** At most 10 integer digits and 8 decimals; null, like its quantity, where there is no ask. */
  readonly askPrice: DecimalInput | null;
  /** At most 10 integer digits and 8 decimals. */
  readonly askQuantity: DecimalInput | null;
  /** Quote id of the exchange. @default `{exchange}-{symbol}-{micros}-{first 8 hex digits of the message id}` */
  readonly quoteId?: string | null | undefined;
}

/** Options of {@link buildQuoteV1}. `undefined` and `null` are as good as absent. */
export interface QuoteV1Input extends MarketEventV1Input {
  /** At most 12 integer digits and 6 decimals; 0 with a volume of 0 where there is no bid. */
  readonly bidPrice: DecimalInput;
  /** A whole number from 0. */
  readonly bidVolume: number | bigint;
  /** At most 12 integer digits and 6 decimals; 0 with a volume of 0 where there is no ask. */
  readonly askPrice: DecimalInput;
  /** A whole number from 0. */
  readonly askVolume: number | bigint;
}

const V1_OPTIONS = new FieldSet("buildQuoteV1", "options", [
  ...QUOTE_V1_FIELDS.filter((name) => name !== "exchange_timestamp"),
  "timestamp",
  ...INSTANT_OPTIONS,
]);

const V2_OPTIONS = new FieldSet("buildQuoteV2", "options", [...QUOTE_V2_FIELDS, ...INSTANT_OPTIONS]);

/**
 * A v2 quote, checked and frozen. Crossed and locked quotes are data, and so is a quote with one side: give null for
 * price and quantity of the other. The record has 0 and 0 there, and `vendor_data.absent_side` names the side.
 *
 * @throws {RecordError} Names the option, the value and the rule, e.g. `too_many_decimals`.
 *
 * @example
 * ```ts
 * import { buildQuoteV2 } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const quote = buildQuoteV2({
 *   symbol: "MWR",
 *   exchange: "asx",
 *   assetClass: "equities",
 *   timestamp: "2014-03-09T18:46:13.604Z",
 *   bidPrice: "1.11",
 *   bidQuantity: 10300,
 *   askPrice: null,
 *   askQuantity: null,
 *   currency: "AUD",
 * });
 * assert.equal(quote.exchange, "ASX");
 * assert.ok(quote.ask_price.isZero());
 * assert.deepEqual(quote.vendor_data, { absent_side: "ask" });
 * ```
 */
export function buildQuoteV2(input: QuoteV2Input, options: BuilderOptions = {}): QuoteV2 {
  // Only null says that a side is absent: an undefined one was forgotten.
  const absent = absentSideOf((side) => input?.[`${side}Price`] === null && input[`${side}Quantity`] === null);
  const record = readQuoteV2(new FieldReader(withZeros(input, absent), V2_OPTIONS), fillOf(options));
  return freezeRecord(withDecimals("quote", "v2", markAbsentSide(record, absent)));
}

/** A side of null and null as 0 and 0. */
function withZeros(input: QuoteV2Input, absent: QuoteSide | null): QuoteV2Input {
  if (absent === null) return input;
  return { ...input, [`${absent}Price`]: 0, [`${absent}Quantity`]: 0 };
}

/**
 * A v1 quote, checked and frozen.
 *
 * @throws {RecordError} Names the option, the value and the rule, e.g. `not_an_integer` for a fraction of a share.
 *
 * @example
 * ```ts
 * import { buildQuoteV1 } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const quote = buildQuoteV1({
 *   symbol: "BHP",
 *   companyId: 7078,
 *   timestamp: "2014-03-09T18:43:45.676Z",
 *   bidPrice: "37.7",
 *   bidVolume: 300,
 *   askPrice: "37.73",
 *   askVolume: 600,
 * });
 * assert.equal(quote.sequence_number, null);
 * ```
 */
export function buildQuoteV1(input: QuoteV1Input, options: BuilderOptions = {}): QuoteV1 {
  const record = readQuoteV1(new FieldReader(input, V1_OPTIONS), fillOf(options));
  return freezeRecord(withDecimals("quote", "v1", record));
}
