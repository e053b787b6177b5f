/**
 * The names that columns and keys may have: those of the v1 and v2 fields, in any case.
 *
 * @module
 */
import { QUOTE_V1_FIELDS, QUOTE_V2_FIELDS } from "../../records/quote/fields.ts";
import { REFERENCE_DATA_V1_FIELDS, REFERENCE_DATA_V2_FIELDS } from "../../records/reference_data/fields.ts";
import { TRADE_V1_FIELDS, TRADE_V2_FIELDS } from "../../records/trade/fields.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import type { RowSettings } from "./format.ts";
import { VENDOR_PREFIX } from "./named_row.ts";

/** The fields that a row may have. A row may mix v1 and v2, but not two fields that say the same thing. */
export const FIELDS: Readonly<Record<RecordKind, readonly string[]>> = {
  trade: unique(TRADE_V1_FIELDS, TRADE_V2_FIELDS),
  quote: unique(QUOTE_V1_FIELDS, QUOTE_V2_FIELDS),
  reference_data: unique(REFERENCE_DATA_V1_FIELDS, REFERENCE_DATA_V2_FIELDS),
};

/** For each required thing, the fields that can say it. More than one of them in a row is ambiguous. */
export const REQUIRED: Readonly<Record<RecordKind, readonly (readonly string[])[]>> = {
  trade: [["symbol"], ["timestamp", "exchange_timestamp"], ["price"], ["quantity", "volume"]],
  quote: [
    ["symbol"],
    ["timestamp", "exchange_timestamp"],
    ["bid_price"],
    ["bid_quantity", "bid_volume"],
    ["ask_price"],
    ["ask_quantity", "ask_volume"],
  ],
  reference_data: [["company_id"], ["symbol"], ["company_name"]],
};

/** The field that a name stands for; null if there is none. */
export function fieldNamed(kind: RecordKind, name: string): string | null {
  const folded = name.trim().toLowerCase();
  if (folded.startsWith(VENDOR_PREFIX) && folded.length > VENDOR_PREFIX.length) {
    // Names within vendor_data belong to the source, so they keep their case.
    return VENDOR_PREFIX + name.trim().slice(VENDOR_PREFIX.length);
  }
  return FIELDS[kind].includes(folded) ? folded : null;
}

/** Fields that a setting gives to rows without them. */
export function fieldsGivenBy({ symbol, companyId }: Pick<RowSettings, "symbol" | "companyId">): ReadonlySet<string> {
  return new Set([...(symbol === null ? [] : ["symbol"]), ...(companyId === null ? [] : ["company_id"])]);
}

function unique(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())];
}
