/**
 * Conversion of trades between the schema versions.
 *
 * @module
 */
import type { TradeV1, TradeV2, Unscaled } from "../../schemas/record_types.ts";
import { checkDefaults, type ConversionDefaults } from "../conversion_defaults.ts";
import { DECIMAL_V2, type DecimalInput } from "../values/decimal.ts";
import { toTradeSide } from "../values/enums.ts";
import { FieldReader, FieldSet } from "../field_reader.ts";
import { toFreeText, toInt32, toText } from "../values/field_values.ts";
import { freezeRecord } from "../freeze_record.ts";
import { PLAIN_FIELDS, type PlainMarketEvent, readMarketEventParts } from "../plain_record.ts";
import { SIGNED_V2 } from "../values/price_sign.ts";
import { withDecimals } from "../record_decimals.ts";
import { readTradeV2, TRADE_V1_FIELDS, TRADE_V2_RECORD } from "./fields.ts";
import { assembleTrade, type TradeParts } from "./convert_unscaled.ts";
import { unscaledToV1 } from "../values/unscaled.ts";

/** A trade in plain form. `undefined` and `null` are as good as absent. */
export interface PlainTrade extends PlainMarketEvent {
  /** At most 10 integer digits and 8 decimals. */
  readonly price: DecimalInput;
  /** At most 10 integer digits and 8 decimals. */
  readonly volume: DecimalInput;
  /** In any case; "short" is SELL_SHORT. */
  readonly side?: string | null | undefined;
  /** Code of the exchange for the conditions of the trade; 0 means none. */
  readonly qualifiers?: number | string | null | undefined;
  /** Venue code as the source gives it. */
  readonly venue?: string | null | undefined;
  /** Last column of a tick file, as text; the name is historical. */
  readonly buyer_id?: string | null | undefined;
  /** Trade id of the exchange, which v1 does not have. */
  readonly trade_id?: string | null | undefined;
}

const PLAIN_TRADE = new FieldSet("a v1 trade", "fields", [...TRADE_V1_FIELDS, ...PLAIN_FIELDS, "side", "trade_id"]);

/**
 * A v1 trade, or one in plain form, as a v2 trade. Values without a field in v2 (company_id, qualifiers, venue,
 * buyer_id) go to vendor_data if present, and qualifiers other than 0 also become a trade condition.
 *
 * @throws {RecordError} Names field, value and rule, e.g. `too_many_integer_digits` for a price of 10^10 and more.
 *
 * @example
 * ```ts
 * import { convertTradeV1ToV2 } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const trade = convertTradeV1ToV2({
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   timestamp: "2014-03-10T07:57:14.754+11:00",
 *   price: "36.667",
 *   volume: 20000,
 *   company_id: 7078,
 *   qualifiers: 3,
 *   venue: "X",
 * });
 * assert.equal(trade.currency, "AUD");
 * assert.equal(trade.quantity.toString(), "20000");
 * assert.deepEqual(trade.trade_conditions, ["3"]);
 * assert.deepEqual(trade.vendor_data, { company_id: "7078", qualifiers: "3", venue: "X" });
 * ```
 */
export function convertTradeV1ToV2(record: TradeV1 | PlainTrade, defaults: ConversionDefaults = {}): TradeV2 {
  return freezeRecord(withDecimals("trade", "v2", plainTradeToV2(record, defaults)));
}

/**
 * As {@link convertTradeV1ToV2}, for the record path: decimals as unscaled integers, not frozen.
 *
 * @throws {RecordError} Names field, value and rule.
 */
export function plainTradeToV2(record: unknown, defaults: ConversionDefaults): Unscaled<TradeV2> {
  const parts = readTradeParts(new FieldReader(record, PLAIN_TRADE, checkDefaults(defaults)));
  return assembleTrade(parts, defaults);
}

/**
 * A v2 trade as a v1 trade, if v1 can hold it: whole quantity, at most 6 decimals, whole milliseconds, company_id in
 * vendor_data, at most one numeric trade condition. The conversion leaves out message_id, trade_id, asset class,
 * currency, side, platform_sequence and other vendor_data, for which v1 has no place.
 *
 * @throws {RecordError} `lossy`, `missing` and others, with the field that does not fit.
 *
 * @example
 * ```ts
 * import { buildTradeV2, convertTradeV2ToV1, RecordError } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const trade = buildTradeV2({
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   timestamp: new Date(),
 *   price: "45.67",
 *   quantity: "1000",
 *   vendorData: { company_id: "7078" },
 * });
 * assert.equal(convertTradeV2ToV1(trade).volume, 1000);
 * assert.throws(
 *   () => convertTradeV2ToV1({ ...trade, vendor_data: null }),
 *   (error) => error instanceof RecordError && error.rule === "missing" && error.field === "vendor_data.company_id",
 * );
 * ```
 */
export function convertTradeV2ToV1(record: TradeV2): TradeV1 {
  const checked = readTradeV2(new FieldReader(record, TRADE_V2_RECORD), null);
  return freezeRecord(withDecimals("trade", "v1", unscaledToV1("trade", checked)));
}

function readTradeParts(fields: FieldReader): TradeParts {
  return {
    ...readMarketEventParts(fields),
    tradeId: fields.optional("trade_id", toText),
    price: fields.decimal("price", SIGNED_V2),
    quantity: fields.decimal("volume", DECIMAL_V2),
    side: fields.optional("side", toTradeSide),
    qualifiers: fields.optional("qualifiers", toInt32),
    venue: fields.optional("venue", toFreeText),
    buyerId: fields.optional("buyer_id", toFreeText),
  };
}
