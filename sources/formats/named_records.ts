/**
 * Makes records of reference data from rows with named fields.
 *
 * @module
 */
import { microsOfUsDate, toUsDate } from "../../records/values/calendar_date.ts";
import { RecordError } from "../../records/errors.ts";
import { toCompanyId, toCurrency, toFreeText, toText } from "../../records/values/field_values.ts";
import { isActive } from "../../records/reference_data/fields.ts";
import type { ReferenceDataV2, Unscaled } from "../../schemas/record_types.ts";
import { dateOf, ingestionInstant } from "./named_instants.ts";
import { addText, type NamedRow, type RowAbout } from "./named_row.ts";
import { agree, frozen, identify, symbolOf, textOf } from "./named_values.ts";

/** A row that has its id and is not yet a record: {@link finish} finds its other faults. */
export interface Draft {
  readonly messageId: string;
  /** YYYY-MM-DD, or empty text. */
  readonly tradeDate: string;
  /** @throws {RecordError} */
  finish(ingestionMicros: number): Unscaled<ReferenceDataV2>;
}

/** Reads a row of reference data up to the fields that its id depends on. @throws {RecordError} */
export function draftReferenceData(row: NamedRow, about: RowAbout): Draft {
  const { settings } = about;
  agree(row, settings);
  const symbol = symbolOf(row, settings);
  const companyId = row.optionalDigits("company_id", toCompanyId) ?? settings.companyId;
  if (companyId === null) {
    const hint = "Give it, or --company-id for the rows that have none.";
    throw new RecordError("missing", { field: "company_id", value: undefined, hint });
  }
  const companyName = row.optional("company_name", toFreeText) ?? "";
  const isin = row.optional("isin", toText);
  const startDate = row.optional("start_date", toUsDate), endDate = row.optional("end_date", toUsDate);
  const listing = dateOf(row, "listing_date", about), delisting = dateOf(row, "delisting_date", about);
  const messageId = identify(row, about, {
    dataType: "reference_data",
    assetClass: settings.assetClass,
    exchange: settings.exchange,
    symbol,
    companyId,
    companyName,
    isin: isin ?? "",
    startDate: startDate ?? textOf(row, "listing_date"),
    endDate: endDate ?? textOf(row, "delisting_date"),
  });
  return {
    messageId,
    tradeDate: "",
    finish: (ingestionMicros): Unscaled<ReferenceDataV2> => {
      const vendorData = row.vendorData();
      if (startDate !== null) addText(vendorData, "start_date", startDate);
      if (endDate !== null) addText(vendorData, "end_date", endDate);
      const ended = endDate !== null && settings.endDate === "delisting" ? microsOfUsDate(endDate, "end_date") : null;
      const delistingDate = delisting ?? ended;
      const ingested = ingestionInstant(row, about) ?? ingestionMicros;
      return {
        message_id: messageId,
        company_id: companyId,
        symbol,
        exchange: settings.exchange,
        asset_class: settings.assetClass,
        company_name: companyName,
        isin,
        currency: row.optional("currency", toCurrency) ?? settings.currency,
        listing_date: listing ?? (startDate === null ? null : microsOfUsDate(startDate, "start_date")),
        delisting_date: delistingDate,
        is_active: row.has("is_active") ? row.flag("is_active") : isActive(delistingDate, ingested),
        ingestion_timestamp: ingested,
        vendor_data: frozen(vendorData),
      };
    },
  };
}
