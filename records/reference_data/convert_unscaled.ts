/**
 * Converts reference data between v1 and v2. v1 has dates as text; v2 has midnight UTC of the date, and keeps the text
 * in vendor_data as `start_date` and `end_date`.
 *
 * @module
 */
import type { ReferenceDataV1, ReferenceDataV2, Unscaled } from "../../schemas/record_types.ts";
import { fillOf } from "../builder_options.ts";
import { microsOfUsDate, toUsDate, usDateOfMicros } from "../values/calendar_date.ts";
import { type ConversionDefaults, marketOf } from "../conversion_defaults.ts";
import { RecordError } from "../errors.ts";
import type { RecordParts } from "../plain_record.ts";
import { isActive } from "./fields.ts";
import { companyNumberOf, VendorEntries } from "../version_parts.ts";

/** Reference data on its way to v2; absent values are null. */
export interface ReferenceDataParts extends RecordParts {
  readonly companyId: string;
  readonly companyName: string;
  readonly isin: string | null;
  /** MM/DD/YYYY. */
  readonly startDate: string | null;
  /** MM/DD/YYYY. */
  readonly endDate: string | null;
}

/** Makes v2 reference data, with the defaults for absent values. */
export function assembleReferenceData(
  parts: ReferenceDataParts,
  defaults: ConversionDefaults,
): Unscaled<ReferenceDataV2> {
  const fill = fillOf(defaults);
  const { exchange, assetClass, currency } = marketOf(parts, defaults);
  const listed = parts.startDate === null ? null : microsOfUsDate(parts.startDate, "start_date");
  const ended = parts.endDate === null ? null : microsOfUsDate(parts.endDate, "end_date");
  const delisted = defaults.endDate === "delisting" ? ended : null;
  const now = fill.now() * 1000;
  const vendor = new VendorEntries(parts.vendorData);
  vendor.add("start_date", parts.startDate);
  vendor.add("end_date", parts.endDate);
  return {
    message_id: parts.messageId ?? defaults.messageId ?? fill.newId(),
    company_id: parts.companyId,
    symbol: parts.symbol,
    exchange,
    asset_class: assetClass,
    company_name: parts.companyName,
    isin: parts.isin,
    currency,
    listing_date: listed,
    delisting_date: delisted,
    is_active: isActive(delisted, now),
    ingestion_timestamp: now,
    vendor_data: vendor.get(),
  };
}

/** v2 reference data in v1. @throws {RecordError} If v1 would lose something that it has a place for. */
export function referenceDataToV1(record: Unscaled<ReferenceDataV2>): Unscaled<ReferenceDataV1> {
  const startDate = dateOf(record, "start_date", "listing_date");
  if (startDate === null) {
    const hint = "v1 cannot do without the first day of a company.";
    throw new RecordError("missing", { field: "listing_date", value: null, hint });
  }
  return {
    company_id: companyNumberOf(record.company_id, "company_id"),
    symbol: record.symbol,
    company_name: record.company_name,
    isin: record.isin ?? "",
    start_date: startDate,
    end_date: dateOf(record, "end_date", "delisting_date"),
  };
}

/** The source's text if there is one and it agrees with the field, else the date of the field. */
function dateOf(
  record: Unscaled<ReferenceDataV2>,
  rawName: "start_date" | "end_date",
  field: "listing_date" | "delisting_date",
): string | null {
  const raw = record.vendor_data?.[rawName];
  const micros = record[field];
  if (raw !== undefined) {
    const date = toUsDate(raw, `vendor_data.${rawName}`);
    if (micros === null || micros === microsOfUsDate(date, rawName)) return date;
    throw new RecordError("disagrees", { field, value: micros, hint: `vendor_data.${rawName} is ${date}.` });
  }
  if (micros === null) return null;
  const date = usDateOfMicros(micros);
  if (date !== null) return date;
  throw new RecordError("lossy", { field, value: micros, hint: "A date of v1 is midnight UTC." });
}
