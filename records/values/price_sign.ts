/**
 * Which prices may be negative: those of futures and options, such as spreads, or crude oil on 2020-04-20. Prices of
 * equities and crypto, and all quantities, may not.
 *
 * @module
 */
import type { AssetClass } from "../../schemas/record_types.ts";
import { DECIMAL_V1, DECIMAL_V2, type DecimalFormat, unscaledToText } from "./decimal.ts";
import { RecordError } from "../errors.ts";

/** Prices of v1 that may be negative. */
export const SIGNED_V1: DecimalFormat = { ...DECIMAL_V1, signed: true };

/** Prices of v2 that may be negative. */
export const SIGNED_V2: DecimalFormat = { ...DECIMAL_V2, signed: true };

/** The prices of an asset class in v1; null if it is unknown, since v1 records do not name it. */
export function pricesOfV1(assetClass: AssetClass | null): DecimalFormat {
  return assetClass !== null && hasNegativePrices(assetClass) ? SIGNED_V1 : DECIMAL_V1;
}

/** The prices of an asset class in v2. */
export function pricesOfV2(assetClass: AssetClass): DecimalFormat {
  return hasNegativePrices(assetClass) ? SIGNED_V2 : DECIMAL_V2;
}

/** The price, unscaled as in v2. @throws {RecordError} `negative` if no price of the asset class may be */
export function checkPriceSign(unscaled: bigint, assetClass: AssetClass, field: string): bigint {
  if (unscaled >= 0n || hasNegativePrices(assetClass)) return unscaled;
  throw new RecordError("negative", {
    field,
    value: unscaledToText(unscaled, DECIMAL_V2.scale),
    hint: "Only prices of futures and options can be negative.",
  });
}

function hasNegativePrices(assetClass: AssetClass): boolean {
  return assetClass === "futures" || assetClass === "options";
}
