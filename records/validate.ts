/**
 * Checks whole records from callers.
 *
 * @module
 */
import type { AssetClass, RecordKind, RecordTypes, SchemaVersion, Unscaled } from "../schemas/record_types.ts";
import { toAssetClass } from "./values/enums.ts";
import { RecordError } from "./errors.ts";
import { FieldReader, type FieldSet } from "./field_reader.ts";
import { toExchange, wrongType } from "./values/field_values.ts";
import { freezeRecord } from "./freeze_record.ts";
import { QUOTE_V1_RECORD, QUOTE_V2_RECORD, readQuoteV1, readQuoteV2 } from "./quote/fields.ts";
import { withDecimals } from "./record_decimals.ts";
import {
  readReferenceDataV1,
  readReferenceDataV2,
  REFERENCE_DATA_V1_RECORD,
  REFERENCE_DATA_V2_RECORD,
} from "./reference_data/fields.ts";
import { readTradeV1, readTradeV2, TRADE_V1_RECORD, TRADE_V2_RECORD } from "./trade/fields.ts";

/** Facts about a record from other sources. */
export interface ValidationOptions {
  /** Used if the record names no exchange; a record that names another one is refused as `disagrees`. */
  readonly exchange?: string | undefined;
  /** Used if the record has no asset class; a record with another one is refused as `disagrees`. */
  readonly assetClass?: string | undefined;
}

interface Check<R> {
  readonly set: FieldSet;
  read(fields: FieldReader, fill: null, assetClass: AssetClass | null): Unscaled<R>;
}

const CHECKS: { readonly [K in RecordKind]: { readonly [V in SchemaVersion]: Check<RecordTypes[K][V]> } } = {
  trade: {
    v1: { set: TRADE_V1_RECORD, read: readTradeV1 },
    v2: { set: TRADE_V2_RECORD, read: readTradeV2 },
  },
  quote: {
    v1: { set: QUOTE_V1_RECORD, read: readQuoteV1 },
    v2: { set: QUOTE_V2_RECORD, read: readQuoteV2 },
  },
  reference_data: {
    v1: { set: REFERENCE_DATA_V1_RECORD, read: readReferenceDataV1 },
    v2: { set: REFERENCE_DATA_V2_RECORD, read: readReferenceDataV2 },
  },
};

/**
 * Checks every field of a record and returns it normalised and frozen: decimals as `Decimal`, enums and exchange in their
 * own case, longs as numbers where that is exact. Only fields that the schema has a default for may be absent. Decimals and
 * instants may have any form that builders take; a number for an instant is in the unit of the schema.
 *
 * @throws {RecordError} Names field, value and rule.
 *
 * @example
 * ```ts
 * import { validateRecord } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const company = validateRecord("reference_data", "v1", {
 *   company_id: 7078,
 *   symbol: "BHP",
 *   company_name: "BHP BILLITON LTD",
 *   isin: "AU000000BHP4",
 *   start_date: "05/07/2008",
 * });
 * assert.equal(company.end_date, null);
 * ```
 */
export function validateRecord<K extends RecordKind, V extends SchemaVersion>(
  kind: K,
  version: V,
  value: unknown,
  options: ValidationOptions = {},
): RecordTypes[K][V] {
  return freezeRecord(withDecimals(kind, version, validateUnscaled(kind, version, value, options)));
}

/**
 * Like {@link validateRecord}, for the record path: decimals as unscaled integers, not frozen.
 *
 * @throws {RecordError} Names field, value and rule.
 */
export function validateUnscaled<K extends RecordKind, V extends SchemaVersion>(
  kind: K,
  version: V,
  value: unknown,
  options: ValidationOptions = {},
): Unscaled<RecordTypes[K][V]> {
  // The table's type says this for each kind and version; the checker does not follow it through two type parameters.
  const { set, read } = CHECKS[kind][version] as Check<RecordTypes[K][V]>;
  const fields = new FieldReader(value, set);
  agree(fields, "exchange", { check: toExchange, known: options.exchange });
  agree(fields, "asset_class", { check: toAssetClass, known: options.assetClass });
  return read(fields, null, options.assetClass === undefined ? null : toAssetClass(options.assetClass, "assetClass"));
}

interface Known {
  readonly check: (value: unknown, field: string) => string;
  readonly known: string | undefined;
}

/** Fills an absent field with the known value, and refuses another value. */
function agree(fields: FieldReader, name: string, { check, known }: Known): void {
  if (known === undefined || !fields.knows(name)) return;
  const wanted = check(known, name);
  const own = fields.optional(name, check);
  if (own === null) fields.fillIn(name, wanted);
  else requireAgreement(name, { own, wanted, value: fields.raw(name) });
}

/** @throws {RecordError} `disagrees` if a record's own exchange or asset class is another one than it is sent as. */
export function requireAgreement(
  field: string,
  { own, wanted, value = own }: { readonly own: string; readonly wanted: string; readonly value?: unknown },
): void {
  if (own !== wanted) throw new RecordError("disagrees", { field, value, hint: `It is sent as ${wanted}.` });
}

/**
 * The schema version that a record is of, by its fields: a v2 trade has `message_id` and `quantity`, one of v1 has `volume`
 * (quotes: `bid_quantity`, `bid_volume`). v2 reference data has `message_id`, v1 reference data a number as `company_id`.
 *
 * @throws {RecordError} `unclear_version` if it is of neither version, or of both
 *
 * @example
 * ```ts
 * import { recordVersionOf } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * assert.equal(recordVersionOf("trade", { symbol: "BHP", price: "45.67", volume: 1000 }), "v1");
 * ```
 */
export function recordVersionOf(kind: RecordKind, value: unknown): SchemaVersion {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrongType(value, kind, "Give an object.");
  }
  const fields = new Map(Object.entries(value).filter(([, field]) => field !== undefined && field !== null));
  const isV1 = kind === "reference_data"
    ? typeof fields.get("company_id") === "number" || typeof fields.get("company_id") === "bigint"
    : fields.has(VOLUME_OF[kind]);
  const isV2 = fields.has(kind === "reference_data" ? "message_id" : QUANTITY_OF[kind]);
  if (isV1 && !isV2) return "v1";
  if (isV2 && !isV1 && fields.has("message_id")) return "v2";
  throw new RecordError("unclear_version", { field: kind, value, hint: MARKS[kind] });
}

const VOLUME_OF = { trade: "volume", quote: "bid_volume" } as const;
const QUANTITY_OF = { trade: "quantity", quote: "bid_quantity" } as const;
const MARKS: Readonly<Record<RecordKind, string>> = {
  trade: "A v2 trade has message_id and quantity, a v1 trade has volume.",
  quote: "A v2 quote has message_id and bid_quantity, a v1 quote has bid_volume.",
  reference_data: "v2 reference data has message_id, v1 reference data has a number as company_id.",
};
