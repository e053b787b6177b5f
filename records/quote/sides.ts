/**
 * Quotes with one side. The record has 0 and 0 for the absent side, since its fields must have values, and
 * `vendor_data` says that this is no quote of 0.
 *
 * @module
 */
import type { QuoteV2, Unscaled } from "../../schemas/record_types.ts";
import { RecordError } from "../errors.ts";

/** A side of a quote. */
export type QuoteSide = "bid" | "ask";

/** Name in `vendor_data` under which a record says which side is absent. */
export const ABSENT_SIDE = "absent_side";

/**
 * The absent side of a quote; null if it has both, or none, which is no quote.
 *
 * @param isAbsent whether neither the price nor the quantity of a side is given
 */
export function absentSideOf(isAbsent: (side: QuoteSide) => boolean): QuoteSide | null {
  const [bid, ask] = [isAbsent("bid"), isAbsent("ask")];
  if (bid === ask) return null;
  return bid ? "bid" : "ask";
}

/** The quote with the mark of its absent side. @throws {RecordError} `disagrees` if it has another mark */
export function markAbsentSide(quote: Unscaled<QuoteV2>, side: QuoteSide | null): Unscaled<QuoteV2> {
  if (side === null) return quote;
  const known = quote.vendor_data?.[ABSENT_SIDE];
  if (known !== undefined && known !== side) {
    const hint = `The ${side} is the side that is not given.`;
    throw new RecordError("disagrees", { field: `vendor_data.${ABSENT_SIDE}`, value: known, hint });
  }
  return { ...quote, vendor_data: { ...quote.vendor_data, [ABSENT_SIDE]: side } };
}
