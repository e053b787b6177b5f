/**
 * Parts of a record that several kinds of named rows share: instant, id and vendor data.
 *
 * @module
 */
import { toAssetClass } from "../../records/values/enums.ts";
import { RecordError } from "../../records/errors.ts";
import {
  toCompanyNumber,
  toCurrency,
  toExchange,
  toFreeText,
  toInt32,
  toText,
  toTexts,
} from "../../records/values/field_values.ts";
import type { ReferenceDataIdentity } from "../../records/ids/identity.ts";
import { bytesToUuid, uuidToBytes } from "../../records/ids/uuid_text.ts";
import type { VendorData } from "../../schemas/record_types.ts";
import type { RowSettings } from "./format.ts";
import { addText, type NamedRow, type RowAbout } from "./named_row.ts";
import { UndeclaredError } from "./undeclared_error.ts";

/** The version that a row is written in. */
export type RowStyle = "v1" | "v2";

/** Checks the exchange and asset class of a row: they decide on its topic, so a row may name only those of its source. */
export function agree(row: NamedRow, settings: RowSettings): void {
  const exchange = row.optional("exchange", toExchange);
  if (exchange !== null && exchange !== settings.exchange) {
    throw new RecordError("disagrees", {
      field: "exchange",
      value: exchange,
      hint: `The load is for ${settings.exchange}.`,
    });
  }
  const assetClass = row.optional("asset_class", toAssetClass);
  if (assetClass !== null && assetClass !== settings.assetClass) {
    const hint = `The load is for ${settings.assetClass}.`;
    throw new RecordError("disagrees", { field: "asset_class", value: assetClass, hint });
  }
}

/** Advice for a vendor's quotes that have only prices. */
export const SIZES_NEEDED = "The record of a quote has a size on each side. No size is guessed: take them from the " +
  "source, or, if it has none and a size of 0 is to say so in every record, write 0 for both.";

/** Decides by the fields of only one version whether a row is written as v1 or v2. */
export function styleOf(row: NamedRow, pairs: readonly (readonly [v1: string, v2: string])[]): RowStyle {
  const hasPricesOnly = row.has("bid_price") && row.has("ask_price") && pairs.flat().every((name) => !row.has(name));
  let style: RowStyle | null = null;
  for (const [v1, v2] of pairs) {
    const [hasV1, hasV2] = [row.has(v1), row.has(v2)];
    const found = hasV1 ? "v1" : "v2";
    if (!hasV1 && !hasV2) {
      const hint = `Give it, or ${v1}.${hasPricesOnly ? ` ${SIZES_NEEDED}` : ""}`;
      throw new RecordError("missing", { field: v2, value: undefined, hint });
    }
    if ((hasV1 && hasV2) || (style !== null && style !== found)) {
      throw new RecordError("unclear_version", {
        field: v2,
        value: row.digits(v2),
        hint: `Give it or ${v1}, not both.`,
      });
    }
    style = found;
  }
  return style ?? "v2";
}

export function symbolOf(row: NamedRow, settings: RowSettings): string {
  const symbol = row.optional("symbol", toText) ?? settings.symbol;
  if (symbol === null) {
    const hint = "Give it, or --symbol for the rows that have none.";
    throw new RecordError("missing", { field: "symbol", value: undefined, hint });
  }
  return symbol;
}

/** The currency of a trade or quote: its own, else the source's. It is never guessed. */
export function currencyOf(row: NamedRow, { currency, exchange }: RowSettings): string {
  const own = row.optional("currency", toCurrency) ?? currency;
  if (own !== null) return own;
  throw new UndeclaredError("missing", { field: "currency", value: undefined, hint: currencyHint(exchange) });
}

/** Advice if no currency is known. */
export function currencyHint(exchange: string): string {
  return `Give --currency, such as USD, if all rows have one, else a column currency: ${exchange} trades in more than one, or none is known of it.`;
}

export function textOf(row: NamedRow, name: string): string {
  const value = row.digits(name);
  return typeof value === "string" ? value : "";
}

/** The row's own id; else one made from its fields. */
export function identify(row: NamedRow, { instant, number }: RowAbout, fields: ReferenceDataIdentity): string {
  if (row.has("message_id")) return bytesToUuid(uuidToBytes(toText(row.value("message_id"), "message_id")));
  return instant.identify(fields, number);
}

/** The texts of vendor_data, with the v1 fields that v2 does not have. */
export function vendorDataOf(row: NamedRow, settings: RowSettings, names: readonly string[]): Map<string, string> {
  const texts = row.vendorData();
  const companyId = row.optionalDigits("company_id", toCompanyNumber);
  if (companyId !== null) addText(texts, "company_id", String(companyId));
  else if (settings.companyId !== null && !texts.has("company_id")) texts.set("company_id", settings.companyId);
  for (const name of names) {
    const text = name === "qualifiers"
      ? row.optionalDigits(name, (value, field) => String(toInt32(value, field)))
      : row.optional(name, toFreeText);
    if (text !== null) addText(texts, name, text);
  }
  return texts;
}

export function conditionsOf(row: NamedRow, qualifiers: number): readonly string[] {
  if (row.has("trade_conditions")) return toTexts(row.list("trade_conditions"), "trade_conditions");
  return qualifiers === 0 ? [] : [String(qualifiers)];
}

/** The number of a qualifiers text; 0 for no text and for a source's own words, which are told apart as equal rows are. */
export function codeOf(text: string | undefined): number {
  return text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
}

export function frozen(texts: ReadonlyMap<string, string>): VendorData {
  return texts.size === 0 ? null : Object.freeze(Object.fromEntries(texts));
}
