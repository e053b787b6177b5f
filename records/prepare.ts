/**
 * Prepares a caller's record of either version for the record path: checks it and makes it unscaled v2.
 *
 * @module
 */
import type { AssetClass, RecordKind, RecordTypes, RecordV2, Unscaled } from "../schemas/record_types.ts";
import type { ConversionDefaults, ExchangeCatalogue } from "./conversion_defaults.ts";
import { type LikelyInstants, requireLikely } from "./values/likely_instants.ts";
import { plainQuoteToV2 } from "./quote/convert.ts";
import { plainReferenceDataToV2 } from "./reference_data/convert.ts";
import { plainTradeToV2 } from "./trade/convert.ts";
import { toExchange } from "./values/field_values.ts";
import { recordVersionOf, requireAgreement, validateUnscaled } from "./validate.ts";

/** The destination of the record. */
export interface Destination {
  /** Upper case. */
  readonly exchange: string;
  readonly assetClass: AssetClass;
  readonly catalogue: ExchangeCatalogue;
  readonly instants: LikelyInstants;
}

/**
 * Checks a record of either version, fills in exchange and asset class where it has none, and converts v1 to v2. A v1
 * record may also be in the plain form of the conversions. A v1 record gets a new message id.
 *
 * @throws {RecordError} Names field, value and rule; `disagrees` if the record is of another exchange or asset class,
 * `unclear_version` if it is of neither version or of both, `unlikely_instant` if its instants count another unit.
 */
export function prepareRecord<K extends RecordKind>(
  kind: K,
  value: unknown,
  destination: Destination,
): Unscaled<RecordTypes[K]["v2"]> {
  const { exchange, assetClass, catalogue, instants } = destination;
  const version = recordVersionOf(kind, value);
  const record = version === "v2"
    ? validateUnscaled(kind, "v2", value, { exchange, assetClass })
    : agreeing(TO_V2[kind](value, { exchange, assetClass, catalogue }), destination);
  requireLikely(record, version, instants);
  return record;
}

/** These check every field of what they are given, so that it need not be checked before, and the result not after. */
const TO_V2: { readonly [K in RecordKind]: ToV2<K> } = {
  trade: plainTradeToV2,
  quote: plainQuoteToV2,
  reference_data: plainReferenceDataToV2,
};

type ToV2<K extends RecordKind> = (record: unknown, defaults: ConversionDefaults) => Unscaled<RecordTypes[K]["v2"]>;

/** The record, unless it is of another exchange or asset class by its own words. */
function agreeing<R extends Unscaled<RecordV2>>(record: R, { exchange, assetClass }: Destination): R {
  requireAgreement("exchange", { own: record.exchange, wanted: toExchange(exchange, "exchange") });
  requireAgreement("asset_class", { own: record.asset_class, wanted: assetClass });
  return record;
}
