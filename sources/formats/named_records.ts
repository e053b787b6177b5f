/**
 * Makes records from rows with named fields.
 *
 * @module
 */
import { microsOfUsDate, toUsDate } from "../../records/values/calendar_date.ts";
import { toTradeSide } from "../../records/values/enums.ts";
import { RecordError } from "../../records/errors.ts";
import { toCompanyId, toCurrency, toFreeText, toLong, toText } from "../../records/values/field_values.ts";
import { pricesOfV2 } from "../../records/values/price_sign.ts";
import { ABSENT_SIDE, absentSideOf, type QuoteSide } from "../../records/quote/sides.ts";
import { isActive } from "../../records/reference_data/fields.ts";
import type { QuoteV2, RecordV2, ReferenceDataV2, TradeV2, Unscaled } from "../../schemas/record_types.ts";
import { dateOf, eventInstant, ingestionInstant } from "./named_instants.ts";
import { addText, type NamedRow, type RowAbout } from "./named_row.ts";
import {
  agree,
  codeOf,
  conditionsOf,
  currencyOf,
  eventId,
  frozen,
  identify,
  sequenceOf,
  styleOf,
  symbolOf,
  textOf,
  vendorDataOf,
} from "./named_values.ts";

/** A row that has its id and is not yet a record: {@link finish} finds its other faults. */
export interface Draft {
  readonly messageId: string;
  /** YYYY-MM-DD, or empty text. */
  readonly tradeDate: string;
  /** @throws {RecordError} */
  finish(ingestionMicros: number): Unscaled<RecordV2>;
}

/** Reads a row up to the fields that its id depends on. @throws {RecordError} */
export function draftOf(row: NamedRow, about: RowAbout): Draft {
  agree(row, about.settings);
  switch (about.settings.kind) {
    case "trade":
      return draftTrade(row, about);
    case "quote":
      return draftQuote(row, about);
    case "reference_data":
      return draftReferenceData(row, about);
  }
}

function draftTrade(row: NamedRow, about: RowAbout): Draft {
  const { settings, dates } = about;
  const style = styleOf(row, [["volume", "quantity"]]);
  const symbol = symbolOf(row, settings);
  const { micros, whole } = eventInstant(row, about);
  const price = row.decimal("price", pricesOfV2(settings.assetClass));
  const quantity = style === "v1" ? row.whole("volume") : row.decimal("quantity");
  const vendorData = vendorDataOf(row, settings, ["qualifiers", "venue", "buyer_id"]);
  if (whole !== null) addText(vendorData, "timestamp_ns", whole);
  const qualifiers = codeOf(vendorData.get("qualifiers"));
  const messageId = identify(row, about, {
    dataType: "trades",
    assetClass: settings.assetClass,
    exchange: settings.exchange,
    symbol,
    micros,
    price,
    quantity,
    qualifiers,
    venue: vendorData.get("venue") ?? "",
    extra: vendorData.get("buyer_id") ?? "",
  });
  return {
    messageId,
    tradeDate: dates.of(micros),
    finish: (ingestionMicros): Unscaled<TradeV2> => ({
      message_id: messageId,
      trade_id: eventId(row, "trade_id", { exchange: settings.exchange, symbol, timestamp: micros }, messageId),
      symbol,
      exchange: settings.exchange,
      asset_class: settings.assetClass,
      timestamp: micros,
      price,
      quantity,
      currency: currencyOf(row, settings),
      side: row.optional("side", toTradeSide) ?? "UNKNOWN",
      trade_conditions: conditionsOf(row, qualifiers),
      source_sequence: sequenceOf(row),
      ingestion_timestamp: ingestionInstant(row, about) ?? ingestionMicros,
      platform_sequence: row.optionalDigits("platform_sequence", toLong),
      vendor_data: frozen(vendorData),
    }),
  };
}

function draftQuote(row: NamedRow, about: RowAbout): Draft {
  const { settings, dates } = about;
  const absentSide = absentSideOf((side) => SIDE_FIELDS[side].every((name) => !row.has(name)));
  const style = styleOf(row, sidesOf(absentSide).map((side) => [`${side}_volume`, `${side}_quantity`]));
  const symbol = symbolOf(row, settings);
  const { micros, whole } = eventInstant(row, about);
  const prices = pricesOfV2(settings.assetClass);
  const priceOf = (side: QuoteSide) => side === absentSide ? 0n : row.decimal(`${side}_price`, prices);
  const quantityOf = (side: QuoteSide) => {
    if (side === absentSide) return 0n;
    return style === "v1" ? row.whole(`${side}_volume`) : row.decimal(`${side}_quantity`);
  };
  const bidPrice = priceOf("bid"), askPrice = priceOf("ask");
  const bidQuantity = quantityOf("bid"), askQuantity = quantityOf("ask");
  const vendorData = vendorDataOf(row, settings, []);
  if (absentSide !== null) addText(vendorData, ABSENT_SIDE, absentSide);
  if (whole !== null) addText(vendorData, "timestamp_ns", whole);
  const messageId = identify(row, about, {
    dataType: "quotes",
    assetClass: settings.assetClass,
    exchange: settings.exchange,
    symbol,
    micros,
    bidPrice,
    bidQuantity,
    askPrice,
    askQuantity,
    absentSide,
  });
  return {
    messageId,
    tradeDate: dates.of(micros),
    finish: (ingestionMicros): Unscaled<QuoteV2> => ({
      message_id: messageId,
      quote_id: eventId(row, "quote_id", { exchange: settings.exchange, symbol, timestamp: micros }, messageId),
      symbol,
      exchange: settings.exchange,
      asset_class: settings.assetClass,
      timestamp: micros,
      bid_price: bidPrice,
      bid_quantity: bidQuantity,
      ask_price: askPrice,
      ask_quantity: askQuantity,
      currency: currencyOf(row, settings),
      source_sequence: sequenceOf(row),
      ingestion_timestamp: ingestionInstant(row, about) ?? ingestionMicros,
      platform_sequence: row.optionalDigits("platform_sequence", toLong),
      vendor_data: frozen(vendorData),
    }),
  };
}

/** The fields of one side, in both versions. */
const SIDE_FIELDS: Readonly<Record<QuoteSide, readonly string[]>> = {
  bid: ["bid_price", "bid_quantity", "bid_volume"],
  ask: ["ask_price", "ask_quantity", "ask_volume"],
};

function sidesOf(absent: QuoteSide | null): readonly QuoteSide[] {
  return (["bid", "ask"] as const).filter((side) => side !== absent);
}

function draftReferenceData(row: NamedRow, about: RowAbout): Draft {
  const { settings } = about;
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
