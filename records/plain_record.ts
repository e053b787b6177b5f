/**
 * The plain form of v1 records: names as in v1, with `timestamp` for an instant of any form, and most fields optional.
 * A v1 record is also read in this form.
 *
 * @module
 */
import type { AssetClass, VendorData } from "../schemas/record_types.ts";
import { toAssetClass } from "./values/enums.ts";
import { RecordError } from "./errors.ts";
import type { FieldReader } from "./field_reader.ts";
import { toCompanyId, toCurrency, toExchange, toLong, toText, toVendorData } from "./values/field_values.ts";
import { type InstantInput, toMicros } from "./values/instant.ts";
import { microsOf } from "./version_parts.ts";

/** The fields of any record in plain form. `undefined` and `null` are as good as absent. */
export interface PlainRecord {
  /** As the source spells it; never folded or re-spelt. */
  readonly symbol: string;
  /** In any case; upper case in the record. */
  readonly exchange?: string | null | undefined;
  /** In any case. */
  readonly asset_class?: string | null | undefined;
  /** Currency of the prices: an ISO 4217 code, or the ticker of a crypto asset. */
  readonly currency?: string | null | undefined;
  /** Identity of the record. */
  readonly message_id?: string | null | undefined;
  /** Texts by name, kept as they are. */
  readonly vendor_data?: VendorData | undefined;
}

/** The fields of a trade or quote in plain form. `undefined` and `null` are as good as absent. */
export interface PlainMarketEvent extends PlainRecord {
  /** Has no unit, so a number is refused. */
  readonly timestamp: InstantInput;
  /** Number of the company in the reference data; v2 keeps it in `vendor_data`. */
  readonly company_id?: string | number | bigint | null | undefined;
  /** Sequence number of the exchange, where it has one. */
  readonly sequence_number?: number | bigint | null | undefined;
  /** A number is in milliseconds, as in v1. */
  readonly ingestion_timestamp?: Exclude<InstantInput, bigint> | number | null | undefined;
}

/** Fields of the plain form that v1 does not have. */
export const PLAIN_FIELDS = ["timestamp", "asset_class", "currency", "message_id", "vendor_data"] as const;

/** The parts of a record on its way to v2; absent ones are null. */
export interface RecordParts {
  readonly messageId: string | null;
  readonly symbol: string;
  readonly exchange: string | null;
  readonly assetClass: AssetClass | null;
  readonly currency: string | null;
  readonly vendorData: VendorData;
}

/** Like {@link RecordParts}, for a trade or quote. */
export interface MarketEventParts extends RecordParts {
  /** Micros. */
  readonly timestamp: number;
  readonly companyId: string | null;
  readonly sequence: number | bigint | null;
  /** Micros. */
  readonly ingestionTimestamp: number | null;
}

/** Reads the fields that all plain records share. */
export function readRecordParts(fields: FieldReader): RecordParts {
  return {
    messageId: fields.optional("message_id", toText),
    symbol: fields.read("symbol", toText),
    exchange: fields.optional("exchange", toExchange),
    assetClass: fields.optional("asset_class", toAssetClass),
    currency: fields.optional("currency", toCurrency),
    vendorData: fields.optional("vendor_data", toVendorData),
  };
}

/** Reads the fields that plain trades and quotes share. */
export function readMarketEventParts(fields: FieldReader): MarketEventParts {
  return {
    ...readRecordParts(fields),
    timestamp: timestampOf(fields),
    companyId: fields.optional("company_id", toCompanyId),
    sequence: fields.optional("sequence_number", toLong),
    ingestionTimestamp: fields.has("ingestion_timestamp") ? millisAsMicros(fields, "ingestion_timestamp") : null,
  };
}

function timestampOf(fields: FieldReader): number {
  const value = fields.raw("timestamp");
  if (!fields.has("exchange_timestamp")) {
    // toMicros checks the type itself; unlike the fields of a record, this one has no unit for a number.
    return toMicros(value as InstantInput, "timestamp", fields.instants);
  }
  if (value === undefined) return millisAsMicros(fields, "exchange_timestamp");
  const hint = "Give either timestamp or exchange_timestamp.";
  throw new RecordError("disagrees", { field: "timestamp", value, hint });
}

function millisAsMicros(fields: FieldReader, name: string): number {
  return microsOf(fields.instant(name, "millis"), name);
}
