/**
 * Conversion of quotes between the schema versions.
 *
 * @module
 */
import type { QuoteV1, QuoteV2, Unscaled } from "../../schemas/record_types.ts";
import { checkDefaults, type ConversionDefaults } from "../conversion_defaults.ts";
import { DECIMAL_V2, type DecimalInput } from "../values/decimal.ts";
import { FieldReader, FieldSet } from "../field_reader.ts";
import { toText } from "../values/field_values.ts";
import { freezeRecord } from "../freeze_record.ts";
import { PLAIN_FIELDS, type PlainMarketEvent, readMarketEventParts } from "../plain_record.ts";
import { SIGNED_V2 } from "../values/price_sign.ts";
import { QUOTE_V1_FIELDS, QUOTE_V2_RECORD, readQuoteV2 } from "./fields.ts";
import { assembleQuote, type QuoteParts } from "./convert_unscaled.ts";
import { withDecimals } from "../record_decimals.ts";
import { unscaledToV1 } from "../values/unscaled.ts";

/** A quote in plain form; each decimal has at most 10 integer digits and 8 decimals. */
export interface PlainQuote extends PlainMarketEvent {
  /** At most 10 integer digits and 8 decimals; 0 with a volume of 0 where there is no bid. */
  readonly bid_price: DecimalInput;
  /** Units wanted at the best bid: at most 10 integer digits and 8 decimals. */
  readonly bid_volume: DecimalInput;
  /** At most 10 integer digits and 8 decimals; 0 with a volume of 0 where there is no ask. */
  readonly ask_price: DecimalInput;
  /** Units offered at the best ask: at most 10 integer digits and 8 decimals. */
  readonly ask_volume: DecimalInput;
  /** Quote id of the exchange, which v1 does not have. */
  readonly quote_id?: string | null | undefined;
}

const PLAIN_QUOTE = new FieldSet("a v1 quote", "fields", [...QUOTE_V1_FIELDS, ...PLAIN_FIELDS, "quote_id"]);

/**
 * A v1 quote, or one in plain form, as a v2 quote. company_id goes to vendor_data.
 *
 * @throws {RecordError} Names field, value and rule, e.g. `too_many_integer_digits` for a price of 10^10 and more.
 *
 * @example
 * ```ts
 * import { convertQuoteV1ToV2 } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const quote = convertQuoteV1ToV2({
 *   symbol: "MWR",
 *   timestamp: "2014-03-10T05:46:13.604",
 *   bid_price: "1.11",
 *   bid_volume: 10300,
 *   ask_price: 0,
 *   ask_volume: 0,
 *   company_id: 3153,
 * }, { exchange: "ASX", timeZone: "Australia/Sydney" });
 * assert.equal(quote.currency, "AUD");
 * assert.deepEqual(quote.vendor_data, { company_id: "3153" });
 * ```
 */
export function convertQuoteV1ToV2(record: QuoteV1 | PlainQuote, defaults: ConversionDefaults = {}): QuoteV2 {
  return freezeRecord(withDecimals("quote", "v2", plainQuoteToV2(record, defaults)));
}

/**
 * As {@link convertQuoteV1ToV2}, for the record path: decimals as unscaled integers, not frozen.
 *
 * @throws {RecordError} Names field, value and rule.
 */
export function plainQuoteToV2(record: unknown, defaults: ConversionDefaults): Unscaled<QuoteV2> {
  const parts = readQuoteParts(new FieldReader(record, PLAIN_QUOTE, checkDefaults(defaults)));
  return assembleQuote(parts, defaults);
}

/**
 * A v2 quote as a v1 quote, if v1 can hold it: whole quantities, at most 6 decimals, whole milliseconds, company_id in
 * vendor_data. The conversion leaves out message_id, quote_id, asset class, currency, platform_sequence and other
 * vendor_data, for which v1 has no place.
 *
 * @throws {RecordError} `lossy`, `missing` and others, with the field that does not fit.
 *
 * @example
 * ```ts
 * import { buildQuoteV2, convertQuoteV2ToV1 } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const quote = convertQuoteV2ToV1(buildQuoteV2({
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   timestamp: "2014-03-10T10:00:00.123+11:00",
 *   bidPrice: "45.66",
 *   bidQuantity: 500,
 *   askPrice: "45.68",
 *   askQuantity: 600,
 *   vendorData: { company_id: "7078" },
 * }));
 * assert.deepEqual([quote.bid_volume, quote.ask_volume, quote.company_id], [500, 600, 7078]);
 * ```
 */
export function convertQuoteV2ToV1(record: QuoteV2): QuoteV1 {
  const checked = readQuoteV2(new FieldReader(record, QUOTE_V2_RECORD), null);
  return freezeRecord(withDecimals("quote", "v1", unscaledToV1("quote", checked)));
}

function readQuoteParts(fields: FieldReader): QuoteParts {
  return {
    ...readMarketEventParts(fields),
    quoteId: fields.optional("quote_id", toText),
    bidPrice: fields.decimal("bid_price", SIGNED_V2),
    bidQuantity: fields.decimal("bid_volume", DECIMAL_V2),
    askPrice: fields.decimal("ask_price", SIGNED_V2),
    askQuantity: fields.decimal("ask_volume", DECIMAL_V2),
  };
}
