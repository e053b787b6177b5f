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

type Filled = "exchange" | "asset_class";
type Fillable<R> = Omit<R, Filled> & Partial<Pick<R, Extract<keyof R, Filled>>>;
