/**
 * Builders of reference data.
 *
 * @module
 */
import type { ReferenceDataV1, ReferenceDataV2 } from "../../schemas/record_types.ts";
import { INSTANT_OPTIONS, type RecordV2Input } from "../builder_input.ts";
import { type BuilderOptions, fillOf } from "../builder_options.ts";
import { FieldReader, FieldSet } from "../field_reader.ts";
import { freezeRecord } from "../freeze_record.ts";
import type { InstantInput } from "../values/instant.ts";
import {
  readReferenceDataV1,
  readReferenceDataV2,
  REFERENCE_DATA_V1_FIELDS,
  REFERENCE_DATA_V2_FIELDS,
} from "./fields.ts";

/** Options of {@link buildReferenceDataV2}. `undefined` and `null` are as good as absent. */
export interface ReferenceDataV2Input extends RecordV2Input {
  /** Text; a whole number from 0 becomes its decimal text. */
  readonly companyId: string | number;
  /** Full name of the company or instrument. */
  readonly companyName: string;
  /** International Securities Identification Number (ISO 6166). @default null */
  readonly isin?: string | null | undefined;
  /** Currency of trading: an ISO 4217 code, or the ticker of a crypto asset. @default null */
  readonly currency?: string | null | undefined;
  /** An instant, or a date as YYYY-MM-DD, which is midnight UTC. @default null */
  readonly listingDate?: InstantInput | null | undefined;
  /** An instant, or a date as YYYY-MM-DD, which is midnight UTC. @default null */
  readonly delistingDate?: InstantInput | null | undefined;
  /**
   * Whether the instrument can be traded.
   *
   * @default true, or whether the delisting date is later than the ingestion timestamp
   */
  readonly isActive?: boolean | null | undefined;
}

/** Options of {@link buildReferenceDataV1}. `undefined` and `null` are as good as absent. */
export interface ReferenceDataV1Input {
  /** Number of the company, from 0 to 2^31-1. */
  readonly companyId: number;
  /** As the source spells it; never folded or re-spelt. */
  readonly symbol: string;
  /** Full name of the company. */
  readonly companyName: string;
  /** International Securities Identification Number (ISO 6166). @default "" */
  readonly isin?: string | null | undefined;
  /** MM/DD/YYYY. */
  readonly startDate: string;
  /** MM/DD/YYYY. @default null */
  readonly endDate?: string | null | undefined;
}

const V1_OPTIONS = new FieldSet("buildReferenceDataV1", "options", REFERENCE_DATA_V1_FIELDS);

const V2_OPTIONS = new FieldSet("buildReferenceDataV2", "options", [...REFERENCE_DATA_V2_FIELDS, ...INSTANT_OPTIONS]);

/**
 * v2 reference data, checked and frozen.
 *
 * @throws {RecordError} Names the option, the value and the rule, e.g. `bad_date`.
 *
 * @example
 * ```ts
 * import { buildReferenceDataV2 } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const company = buildReferenceDataV2({
 *   companyId: "7078",
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   companyName: "BHP BILLITON LTD",
 *   isin: "AU000000BHP4",
 *   currency: "AUD",
 *   listingDate: "2008-05-07",
 * });
 * assert.equal(company.listing_date, Date.UTC(2008, 4, 7) * 1000);
 * assert.equal(company.is_active, true);
 * ```
 */
export function buildReferenceDataV2(input: ReferenceDataV2Input, options: BuilderOptions = {}): ReferenceDataV2 {
  return freezeRecord(readReferenceDataV2(new FieldReader(input, V2_OPTIONS), fillOf(options)));
}

/**
 * v1 reference data, checked and frozen.
 *
 * @throws {RecordError} Names the option, the value and the rule, e.g. `bad_date`.
 *
 * @example
 * ```ts
 * import { buildReferenceDataV1 } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const company = buildReferenceDataV1({
 *   companyId: 7078,
 *   symbol: "BHP",
 *   companyName: "BHP BILLITON LTD",
 *   isin: "AU000000BHP4",
 *   startDate: "05/07/2008",
 * });
 * assert.equal(company.end_date, null);
 * ```
 */
export function buildReferenceDataV1(input: ReferenceDataV1Input, options: BuilderOptions = {}): ReferenceDataV1 {
  return freezeRecord(readReferenceDataV1(new FieldReader(input, V1_OPTIONS), fillOf(options)));
}
