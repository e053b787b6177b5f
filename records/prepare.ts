/**
 * Prepares a caller's record of either version for the record path: checks it and makes it unscaled v2.
 *
 * @module
 */
import type { AssetClass, RecordKind, RecordV2, Unscaled } from "../schemas/record_types.ts";
import type { ConversionDefaults, ExchangeCatalogue } from "./conversion_defaults.ts";
import { type LikelyInstants, requireLikely } from "./values/likely_instants.ts";
import { convertQuoteV1ToV2, type PlainQuote } from "./quote/convert.ts";
import { convertReferenceDataV1ToV2, type PlainReferenceData } from "./reference_data/convert.ts";
import { convertTradeV1ToV2, type PlainTrade } from "./trade/convert.ts";
import { recordVersionOf, validateUnscaled } from "./validate.ts";

/** The destination of the record. */
export interface Destination {
  /** Upper case. */
  readonly exchange: string;
  readonly assetClass: AssetClass;
  readonly catalogue: ExchangeCatalogue;
  readonly instants: LikelyInstants;
}

/** A record for the record path. */
export interface PreparedRecord {
  readonly record: Unscaled<RecordV2>;
  readonly messageId: string;
}

/**
 * Checks a record of either version, fills in exchange and asset class where it has none, and converts v1 to v2. A v1
 * record may also be in the plain form of the conversions. A v1 record gets a new message id.
 *
 * @throws {RecordError} Names field, value and rule; `disagrees` if the record is of another exchange or asset class,
 * `unclear_version` if it is of neither version or of both, `unlikely_instant` if its instants count another unit.
 */
export function prepareRecord(kind: RecordKind, value: unknown, destination: Destination): PreparedRecord {
  const { exchange, assetClass, catalogue, instants } = destination;
  const version = recordVersionOf(kind, value);
  const v2 = version === "v2" ? value : toV2(kind, value, { exchange, assetClass, catalogue });
  const record: Unscaled<RecordV2> = validateUnscaled(kind, "v2", v2, { exchange, assetClass });
  requireLikely(record, version, instants);
  return { record, messageId: record.message_id };
}

/** Converts a record without checking it first, since the conversions check every field. */
function toV2(kind: RecordKind, value: unknown, defaults: ConversionDefaults): RecordV2 {
  switch (kind) {
    case "trade":
      return convertTradeV1ToV2(value as PlainTrade, defaults);
    case "quote":
      return convertQuoteV1ToV2(value as PlainQuote, defaults);
    case "reference_data":
      return convertReferenceDataV1ToV2(value as PlainReferenceData, defaults);
  }
}
