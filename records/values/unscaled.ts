/**
 * Converts records in the record path's form: decimals are unscaled integers, so that a row of a file makes no
 * `Decimal`. The conversions of the API are these, behind a check of every field.
 *
 * @module
 */
import type { RecordKind, RecordTypes, Unscaled } from "../../schemas/record_types.ts";
import { quoteToV1 } from "../quote/convert_unscaled.ts";
import { referenceDataToV1 } from "../reference_data/convert_unscaled.ts";
import { tradeToV1 } from "../trade/convert_unscaled.ts";

export { withDecimals, withUnscaled } from "../record_decimals.ts";

type ToV1 = { readonly [K in RecordKind]: (record: Unscaled<RecordTypes[K]["v2"]>) => Unscaled<RecordTypes[K]["v1"]> };
const TO_V1: ToV1 = { trade: tradeToV1, quote: quoteToV1, reference_data: referenceDataToV1 };

/**
 * A v2 record in v1, if v1 can hold the values for which it has a place: whole quantity, at most 6 decimals, whole
 * milliseconds, a known company number, at most one numeric trade condition.
 *
 * @throws {RecordError} `lossy`, `missing` and others, with the field that does not fit.
 */
export function unscaledToV1<K extends RecordKind>(
  kind: K,
  record: Unscaled<RecordTypes[K]["v2"]>,
): Unscaled<RecordTypes[K]["v1"]> {
  return TO_V1[kind](record);
}
