/**
 * Records as the embedded producer takes them.
 *
 * @module
 */
import type { QuoteV1, QuoteV2, ReferenceDataV1, ReferenceDataV2, TradeV1, TradeV2 } from "../schemas/record_types.ts";

/** A trade of either version; exchange and asset class may be left out where the arguments of the call say them. */
export type TradeInput = Fillable<TradeV1> | Fillable<TradeV2>;
/** A quote of either version; as {@link TradeInput}. */
export type QuoteInput = Fillable<QuoteV1> | Fillable<QuoteV2>;
/** Reference data of either version; as {@link TradeInput}. */
export type ReferenceDataInput = ReferenceDataV1 | Fillable<ReferenceDataV2>;

/** A record whose exchange and asset class may be absent. */
export type Fillable<R> =
  & Omit<R, "exchange" | "asset_class">
  & Partial<Pick<R, Extract<keyof R, "exchange" | "asset_class">>>;
