/**
 * Builders of trades.
 *
 * @module
 */
import type { TradeV1, TradeV2 } from "../../schemas/record_types.ts";
import { INSTANT_OPTIONS, type MarketEventV1Input, type MarketEventV2Input } from "../builder_input.ts";
import { type BuilderOptions, fillOf } from "../builder_options.ts";
import type { DecimalInput } from "../values/decimal.ts";
import { FieldReader, FieldSet } from "../field_reader.ts";
import { freezeRecord } from "../freeze_record.ts";
import { withDecimals } from "../record_decimals.ts";
import { readTradeV1, readTradeV2, TRADE_V1_FIELDS, TRADE_V2_FIELDS } from "./fields.ts";

/** Options of {@link buildTradeV2}. `undefined` and `null` are as good as absent. */
export interface TradeV2Input extends MarketEventV2Input {
  /** At most 10 integer digits and 8 decimals. */
  readonly price: DecimalInput;
  /** At most 10 integer digits and 8 decimals. */
  readonly quantity: DecimalInput;
  /** BUY, SELL, SELL_SHORT (or short) or UNKNOWN, in any case. @default "UNKNOWN" */
  readonly side?: string | null | undefined;
  /** Trade id of the exchange. @default `{exchange}-{symbol}-{micros}-{first 8 hex digits of the message id}` */
  readonly tradeId?: string | null | undefined;
  /** Condition codes of the exchange, in source order. @default [] */
  readonly tradeConditions?: readonly string[] | null | undefined;
}

/** Options of {@link buildTradeV1}. `undefined` and `null` are as good as absent. */
export interface TradeV1Input extends MarketEventV1Input {
  /** At most 12 integer digits and 6 decimals. */
  readonly price: DecimalInput;
  /** A whole number from 0. */
  readonly volume: number | bigint;
  /** The exchange's code for the conditions of the trade. @default 0 */
  readonly qualifiers?: number | null | undefined;
  /** Venue code as the source gives it. @default "" */
  readonly venue?: string | null | undefined;
  /** Last column of a tick file, as text; the name is historical. @default null */
  readonly buyerId?: string | null | undefined;
}

const V1_OPTIONS = new FieldSet("buildTradeV1", "options", [
  ...TRADE_V1_FIELDS.filter((name) => name !== "exchange_timestamp"),
  "timestamp",
  ...INSTANT_OPTIONS,
]);

const V2_OPTIONS = new FieldSet("buildTradeV2", "options", [...TRADE_V2_FIELDS, ...INSTANT_OPTIONS]);

/**
 * A v2 trade, checked and frozen. Nothing is rounded or guessed: what does not fit is refused.
 *
 * @throws {RecordError} Names the option, the value and the rule, e.g. `too_many_decimals`.
 *
 * @example
 * ```ts
 * import { buildTradeV2 } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const trade = buildTradeV2({
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   timestamp: "2014-03-10T10:00:00.123",
 *   timeZone: "Australia/Sydney",
 *   price: "45.67",
 *   quantity: "1000",
 *   currency: "AUD",
 *   side: "BUY",
 *   vendorData: { company_id: "123" },
 * });
 * assert.equal(trade.price.toString(), "45.67");
 * assert.equal(trade.timestamp, 1_394_406_000_123_000);
 * assert.equal(trade.trade_id, `ASX-BHP-1394406000123000-${trade.message_id.slice(0, 8)}`);
 * ```
 */
export function buildTradeV2(input: TradeV2Input, options: BuilderOptions = {}): TradeV2 {
  const record = readTradeV2(new FieldReader(input, V2_OPTIONS), fillOf(options));
  return freezeRecord(withDecimals("trade", "v2", record));
}

/**
 * A v1 trade, checked and frozen. Nothing is rounded or guessed: what does not fit is refused.
 *
 * @throws {RecordError} Names the option, the value and the rule, e.g. `too_fine` for a part of a millisecond.
 *
 * @example
 * ```ts
 * import { buildTradeV1 } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const trade = buildTradeV1({
 *   symbol: "BHP",
 *   companyId: 7078,
 *   timestamp: "2014-03-10T10:00:00.123+11:00",
 *   price: "36.667",
 *   volume: 20000,
 * });
 * assert.equal(trade.exchange, "ASX");
 * assert.equal(trade.exchange_timestamp, 1_394_406_000_123);
 * ```
 */
export function buildTradeV1(input: TradeV1Input, options: BuilderOptions = {}): TradeV1 {
  const record = readTradeV1(new FieldReader(input, V1_OPTIONS), fillOf(options));
  return freezeRecord(withDecimals("trade", "v1", record));
}
