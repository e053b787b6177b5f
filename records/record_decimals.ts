/**
 * Converts between the two forms of a record: `Decimal` values for the API, unscaled integers for the record path.
 *
 * @module
 */
import type {
  QuoteV1,
  QuoteV2,
  RecordKind,
  RecordTypes,
  SchemaVersion,
  TradeV1,
  TradeV2,
  Unscaled,
} from "../schemas/record_types.ts";
import { DECIMAL_V1, DECIMAL_V2, fromUnscaled, toUnscaled } from "./values/decimal.ts";
import { pricesOfV2, SIGNED_V1 } from "./values/price_sign.ts";

interface Forms<R> {
  withDecimals(record: Unscaled<R>): R;
  withUnscaled(record: R): Unscaled<R>;
}

const V1 = DECIMAL_V1.scale;
const V2 = DECIMAL_V2.scale;

const FORMS: { readonly [K in RecordKind]: { readonly [V in SchemaVersion]: Forms<RecordTypes[K][V]> } } = {
  trade: {
    v1: {
      withDecimals: (record: Unscaled<TradeV1>) => ({ ...record, price: fromUnscaled(record.price, V1) }),
      withUnscaled: (record: TradeV1) => ({ ...record, price: toUnscaled(record.price, SIGNED_V1, "price") }),
    },
    v2: {
      withDecimals: (record: Unscaled<TradeV2>) => ({
        ...record,
        price: fromUnscaled(record.price, V2),
        quantity: fromUnscaled(record.quantity, V2),
      }),
      withUnscaled: (record: TradeV2) => ({
        ...record,
        price: toUnscaled(record.price, pricesOfV2(record.asset_class), "price"),
        quantity: toUnscaled(record.quantity, DECIMAL_V2, "quantity"),
      }),
    },
  },
  quote: {
    v1: {
      withDecimals: (record: Unscaled<QuoteV1>) => ({
        ...record,
        bid_price: fromUnscaled(record.bid_price, V1),
        ask_price: fromUnscaled(record.ask_price, V1),
      }),
      withUnscaled: (record: QuoteV1) => ({
        ...record,
        bid_price: toUnscaled(record.bid_price, SIGNED_V1, "bid_price"),
        ask_price: toUnscaled(record.ask_price, SIGNED_V1, "ask_price"),
      }),
    },
    v2: {
      withDecimals: (record: Unscaled<QuoteV2>) => ({
        ...record,
        bid_price: fromUnscaled(record.bid_price, V2),
        bid_quantity: fromUnscaled(record.bid_quantity, V2),
        ask_price: fromUnscaled(record.ask_price, V2),
        ask_quantity: fromUnscaled(record.ask_quantity, V2),
      }),
      withUnscaled: (record: QuoteV2) => ({
        ...record,
        bid_price: toUnscaled(record.bid_price, pricesOfV2(record.asset_class), "bid_price"),
        bid_quantity: toUnscaled(record.bid_quantity, DECIMAL_V2, "bid_quantity"),
        ask_price: toUnscaled(record.ask_price, pricesOfV2(record.asset_class), "ask_price"),
        ask_quantity: toUnscaled(record.ask_quantity, DECIMAL_V2, "ask_quantity"),
      }),
    },
  },
  reference_data: {
    v1: { withDecimals: (record) => record, withUnscaled: (record) => record },
    v2: { withDecimals: (record) => record, withUnscaled: (record) => record },
  },
};

/** The record with `Decimal` values. */
export function withDecimals<K extends RecordKind, V extends SchemaVersion>(
  kind: K,
  version: V,
  record: Unscaled<RecordTypes[K][V]>,
): RecordTypes[K][V] {
  return formsOf(kind, version).withDecimals(record);
}

/**
 * The record with unscaled integers, at the scale of its schema.
 *
 * @throws {RecordError} As `toUnscaled`, if a decimal does not fit the schema.
 *
 * @example
 * ```ts
 * import { buildTradeV2, withUnscaled } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const trade = buildTradeV2({
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   timestamp: new Date(),
 *   price: "45.67",
 *   quantity: 1000,
 * });
 * assert.equal(withUnscaled("trade", "v2", trade).price, 4_567_000_000n); // 8 decimals
 * ```
 */
export function withUnscaled<K extends RecordKind, V extends SchemaVersion>(
  kind: K,
  version: V,
  record: RecordTypes[K][V],
): Unscaled<RecordTypes[K][V]> {
  return formsOf(kind, version).withUnscaled(record);
}

function formsOf<K extends RecordKind, V extends SchemaVersion>(kind: K, version: V): Forms<RecordTypes[K][V]> {
  // The table's type says this for each kind and version; the checker does not follow it through two type parameters.
  return FORMS[kind][version] as Forms<RecordTypes[K][V]>;
}
