/**
 * Defaults for what a v1 record does not say and a v2 record must.
 *
 * @module
 */
import type { AssetClass } from "../schemas/record_types.ts";
import { Catalogue } from "../config/catalogue.ts";
import type { BuilderOptions } from "./builder_options.ts";
import { toAssetClass, toTradeSide } from "./values/enums.ts";
import { RecordError } from "./errors.ts";
import { FieldReader, FieldSet } from "./field_reader.ts";
import { toCurrency, toExchange, toText, UNKNOWN_EXCHANGE } from "./values/field_values.ts";
import type { InstantOptions } from "./values/instant.ts";
import type { AmbiguousTime } from "./values/local_time.ts";

/** The part of the exchange catalogue that conversion uses. */
export interface ExchangeCatalogue {
  /** True if it has the exchange code. */
  has(code: string): boolean;
  /** What it knows of an exchange. @throws {CatalogueError} if it does not have the code */
  exchange(code: string): KnownExchange;
  /** Code of the currency of the exchange's prices; null where each instrument has its own, or it is not known. */
  currencyOf(code: string): string | null;
}

/** What conversion needs to know of an exchange. */
export interface KnownExchange {
  /** Asset classes traded there. */
  readonly assetClasses: readonly AssetClass[];
}

/** Defaults for what a v1 record leaves out; the record's own value always takes precedence. */
export interface ConversionDefaults extends BuilderOptions {
  /** Exchange code, in any case. @default "unknown" */
  readonly exchange?: string | undefined;
  /**
   * equities, crypto, futures or options, in any case.
   *
   * @default the only asset class that the exchange trades, else "equities"
   */
  readonly assetClass?: string | undefined;
  /**
   * Currency of the prices: an ISO 4217 code, or the ticker of a crypto asset.
   *
   * @default the currency of the exchange, else "USD"
   */
  readonly currency?: string | undefined;
  /** Side of a trade: BUY, SELL, SELL_SHORT or UNKNOWN, in any case. @default "UNKNOWN" */
  readonly side?: string | undefined;
  /** Identity of the new record. @default a random UUID (version 4) */
  readonly messageId?: string | undefined;
  /** IANA time zone of instants given as text without an offset. Without one, conversion refuses such text. */
  readonly timeZone?: string | undefined;
  /** Which of the two instants to take when the clocks were put back over a local time. @default "refuse" */
  readonly ambiguousTime?: AmbiguousTime | undefined;
  /**
   * What the end date of reference data means: the end of the source's extract, which says nothing of the company, or
   * the company's delisting. @default "extract"
   */
  readonly endDate?: "extract" | "delisting" | undefined;
  /** Tells the asset class and currency of an exchange. @default the built-in exchanges */
  readonly catalogue?: ExchangeCatalogue | undefined;
}

const NAMES = [
  "exchange",
  "asset_class",
  "currency",
  "side",
  "message_id",
  "time_zone",
  "ambiguous_time",
  "end_date",
  "catalogue",
  "clock",
  "new_id",
];

const DEFAULTS = new FieldSet("defaults", "options", NAMES);

const BUILT_IN = new Catalogue();

/**
 * Checks the defaults of a caller, and returns the options for instants in them.
 *
 * @throws {RecordError} `unknown_field`, `unknown_enum` and others, for an unusable default.
 */
export function checkDefaults(defaults: ConversionDefaults): InstantOptions {
  const fields = new FieldReader(defaults, DEFAULTS);
  fields.optional("exchange", toExchange);
  fields.optional("asset_class", toAssetClass);
  fields.optional("currency", toCurrency);
  fields.optional("side", toTradeSide);
  fields.optional("message_id", toText);
  const { endDate } = defaults;
  if (endDate !== undefined && endDate !== "extract" && endDate !== "delisting") {
    throw new RecordError("unknown_enum", { field: "endDate", value: endDate, hint: "Give extract or delisting." });
  }
  return fields.instants;
}

/** The exchange, asset class and currency that a record names itself. */
export interface OwnMarket {
  readonly exchange: string | null;
  readonly assetClass: AssetClass | null;
  readonly currency: string | null;
}

/** The exchange, asset class and currency of a v2 record. */
export interface Market {
  readonly exchange: string;
  readonly assetClass: AssetClass;
  readonly currency: string;
}

/** The market of a record: its own values, then the defaults, then what the catalogue knows of the exchange. */
export function marketOf(own: OwnMarket, defaults: ConversionDefaults): Market {
  const catalogue = defaults.catalogue ?? BUILT_IN;
  const exchange = toExchange(own.exchange ?? defaults.exchange ?? UNKNOWN_EXCHANGE, "exchange");
  return {
    exchange,
    assetClass: own.assetClass ??
      (defaults.assetClass === undefined
        ? assetClassOf(exchange, catalogue)
        : toAssetClass(defaults.assetClass, "assetClass")),
    currency: own.currency ?? defaults.currency ?? catalogue.currencyOf(exchange) ?? "USD",
  };
}

function assetClassOf(exchange: string, catalogue: ExchangeCatalogue): AssetClass {
  if (!catalogue.has(exchange)) return "equities";
  const { assetClasses } = catalogue.exchange(exchange);
  return (assetClasses.length === 1 ? assetClasses[0] : undefined) ?? "equities";
}
