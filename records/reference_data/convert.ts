/**
 * Conversion of reference data between the schema versions.
 *
 * @module
 */
import type { ReferenceDataV1, ReferenceDataV2, Unscaled } from "../../schemas/record_types.ts";
import { toUsDate } from "../values/calendar_date.ts";
import { checkDefaults, type ConversionDefaults } from "../conversion_defaults.ts";
import { FieldReader, FieldSet } from "../field_reader.ts";
import { toCompanyId, toFreeText } from "../values/field_values.ts";
import { freezeRecord } from "../freeze_record.ts";
import { PLAIN_FIELDS, type PlainRecord, readRecordParts } from "../plain_record.ts";
import { readReferenceDataV2, REFERENCE_DATA_V1_FIELDS, REFERENCE_DATA_V2_RECORD } from "./fields.ts";
import { assembleReferenceData, type ReferenceDataParts } from "./convert_unscaled.ts";
import { unscaledToV1 } from "../values/unscaled.ts";

/** Reference data in plain form. `undefined` and `null` are as good as absent. */
export interface PlainReferenceData extends PlainRecord {
  /** Number of the company, or its text. */
  readonly company_id: string | number | bigint;
  /** Full name of the company. */
  readonly company_name: string;
  /** International Securities Identification Number (ISO 6166); absent or empty for none. */
  readonly isin?: string | null | undefined;
  /** MM/DD/YYYY. */
  readonly start_date?: string | null | undefined;
  /** MM/DD/YYYY. */
  readonly end_date?: string | null | undefined;
}

const PLAIN_REFERENCE_DATA = new FieldSet("v1 reference data", "fields", [
  ...REFERENCE_DATA_V1_FIELDS,
  ...PLAIN_FIELDS.filter((name) => name !== "timestamp"),
  "exchange",
]);

/**
 * v1 reference data, or some in plain form, as v2 reference data. The listing date is midnight UTC of the start date; the
 * end date becomes the delisting date only if `defaults.endDate` is "delisting". The texts of both go to vendor_data.
 *
 * @throws {RecordError} Names field, value and rule, e.g. `bad_date`.
 *
 * @example
 * ```ts
 * import { convertReferenceDataV1ToV2 } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const company = convertReferenceDataV1ToV2({
 *   company_id: 7078,
 *   symbol: "BHP",
 *   company_name: "BHP BILLITON LTD",
 *   isin: "AU000000BHP4",
 *   start_date: "05/07/2008",
 *   end_date: "03/31/2014",
 * }, { exchange: "ASX" });
 * assert.equal(company.company_id, "7078");
 * assert.equal(company.listing_date, Date.UTC(2008, 4, 7) * 1000);
 * assert.equal(company.delisting_date, null);
 * assert.deepEqual(company.vendor_data, { start_date: "05/07/2008", end_date: "03/31/2014" });
 * ```
 */
export function convertReferenceDataV1ToV2(
  record: ReferenceDataV1 | PlainReferenceData,
  defaults: ConversionDefaults = {},
): ReferenceDataV2 {
  return freezeRecord(plainReferenceDataToV2(record, defaults));
}

/**
 * As {@link convertReferenceDataV1ToV2}, for the record path: not frozen.
 *
 * @throws {RecordError} Names field, value and rule.
 */
export function plainReferenceDataToV2(record: unknown, defaults: ConversionDefaults): Unscaled<ReferenceDataV2> {
  const parts = readReferenceDataParts(new FieldReader(record, PLAIN_REFERENCE_DATA, checkDefaults(defaults)));
  return assembleReferenceData(parts, defaults);
}

/**
 * v2 reference data as v1 reference data, if v1 can hold it: the company id is a number, the dates are midnight UTC or
 * stand in vendor_data. The conversion leaves out message_id, exchange, asset class, currency, is_active,
 * ingestion_timestamp and other vendor_data, for which v1 has no place.
 *
 * @throws {RecordError} `lossy`, `missing`, `disagrees` and others, with the field that does not fit.
 *
 * @example
 * ```ts
 * import { buildReferenceDataV2, convertReferenceDataV2ToV1 } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const company = convertReferenceDataV2ToV1(buildReferenceDataV2({
 *   companyId: "7078",
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   companyName: "BHP BILLITON LTD",
 *   isin: "AU000000BHP4",
 *   listingDate: "2008-05-07",
 * }));
 * assert.deepEqual([company.company_id, company.start_date], [7078, "05/07/2008"]);
 * ```
 */
export function convertReferenceDataV2ToV1(record: ReferenceDataV2): ReferenceDataV1 {
  const checked = readReferenceDataV2(new FieldReader(record, REFERENCE_DATA_V2_RECORD), null);
  return freezeRecord(unscaledToV1("reference_data", checked));
}

function readReferenceDataParts(fields: FieldReader): ReferenceDataParts {
  const isin = fields.optional("isin", toFreeText);
  return {
    ...readRecordParts(fields),
    companyId: fields.read("company_id", toCompanyId),
    companyName: fields.read("company_name", toFreeText),
    isin: isin === "" ? null : isin,
    startDate: fields.optional("start_date", toUsDate),
    endDate: fields.optional("end_date", toUsDate),
  };
}
