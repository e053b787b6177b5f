/**
 * Checks the fields of reference data one by one. One list of checks serves builders, validation and conversion.
 *
 * @module
 */
import type { ReferenceDataV1, ReferenceDataV2, Unscaled } from "../../schemas/record_types.ts";
import type { Fill } from "../builder_options.ts";
import { toAssetClass } from "../values/enums.ts";
import { type FieldReader, FieldSet } from "../field_reader.ts";
import {
  toCompanyId,
  toCompanyNumber,
  toCurrency,
  toExchange,
  toFlag,
  toFreeText,
  toText,
  toVendorData,
} from "../values/field_values.ts";
import { toUsDate } from "../values/calendar_date.ts";

/** Fields of {@link ReferenceDataV1}, in the schema's order. */
export const REFERENCE_DATA_V1_FIELDS = [
  "company_id",
  "symbol",
  "company_name",
  "isin",
  "start_date",
  "end_date",
] as const satisfies readonly (keyof ReferenceDataV1)[];

/** The fields of a caller's ReferenceDataV1. */
export const REFERENCE_DATA_V1_RECORD: FieldSet = new FieldSet("ReferenceDataV1", "fields", REFERENCE_DATA_V1_FIELDS);

/** Fields of {@link ReferenceDataV2}, in the schema's order. */
export const REFERENCE_DATA_V2_FIELDS = [
  "message_id",
  "company_id",
  "symbol",
  "exchange",
  "asset_class",
  "company_name",
  "isin",
  "currency",
  "listing_date",
  "delisting_date",
  "is_active",
  "ingestion_timestamp",
  "vendor_data",
] as const satisfies readonly (keyof ReferenceDataV2)[];

/** The fields of a caller's ReferenceDataV2. */
export const REFERENCE_DATA_V2_RECORD: FieldSet = new FieldSet("ReferenceDataV2", "fields", REFERENCE_DATA_V2_FIELDS);

/** Reads v1 reference data. Without a fill, only fields that the schema has a default for may be absent. */
export function readReferenceDataV1(fields: FieldReader, fill: Fill | null): Unscaled<ReferenceDataV1> {
  return {
    company_id: fields.read("company_id", toCompanyNumber),
    symbol: fields.read("symbol", toText),
    company_name: fields.read("company_name", toFreeText),
    isin: fields.read("isin", toFreeText, fill && ""),
    start_date: fields.read("start_date", toUsDate),
    end_date: fields.optional("end_date", toUsDate),
  };
}

/** Reads v2 reference data. Without a fill, only fields that the schema has a default for may be absent. */
export function readReferenceDataV2(fields: FieldReader, fill: Fill | null): Unscaled<ReferenceDataV2> {
  const ingestionTimestamp = fields.instant("ingestion_timestamp", "micros", fill);
  const delistingDate = fields.optionalDate("delisting_date");
  const active = fill === null || isActive(delistingDate, ingestionTimestamp);
  return {
    message_id: fields.messageId(fill),
    company_id: fields.read("company_id", toCompanyId),
    symbol: fields.read("symbol", toText),
    exchange: fields.read("exchange", toExchange),
    asset_class: fields.read("asset_class", toAssetClass),
    company_name: fields.read("company_name", toFreeText),
    isin: fields.optional("isin", toText),
    currency: fields.optional("currency", toCurrency),
    listing_date: fields.optionalDate("listing_date"),
    delisting_date: delistingDate,
    is_active: fields.read("is_active", toFlag, active),
    ingestion_timestamp: ingestionTimestamp,
    vendor_data: fields.optional("vendor_data", toVendorData),
  };
}

/** Whether an instrument can be traded at an instant if its source does not say: until its delisting date. */
export function isActive(delistingDate: number | null, now: number): boolean {
  return delistingDate === null || delistingDate > now;
}
