/**
 * The exchanges and asset classes that the runtime knows: partitions of their topics, currency, time zone.
 *
 * @module
 */
import type { AssetClass, DataType } from "../schemas/record_types.ts";
import { suggestionFor } from "./did_you_mean.ts";

/** The asset classes of the contract, in the order of the Avro enum. */
export const ASSET_CLASSES: readonly AssetClass[] = ["equities", "crypto", "futures", "options"];

/** The data types of the contract. */
export const DATA_TYPES: readonly DataType[] = ["trades", "quotes", "reference_data"];

/** Partitions of an exchange's trades and quotes topics if neither the catalogue nor the settings name a number. */
const DEFAULT_PARTITIONS = 20;

/** Partitions of a reference data topic: one, so that a compacted topic keeps one order. */
export const REFERENCE_DATA_PARTITIONS = 1;

/** An exchange as the runtime knows it. */
export interface Exchange {
  /** Upper case, as in records. */
  readonly code: string;
  readonly name: string;
  /** Asset classes traded there; a record of another one is refused. */
  readonly assetClasses: readonly AssetClass[];
  /** Partitions of its trades and quotes topics. */
  readonly partitions: number;
  /** ISO 4217 code of its prices' currency; `null` where each instrument has its own. */
  readonly currency: string | null;
  /** IANA zone of its local times. */
  readonly timeZone: string;
}

/** Changes to a built-in exchange, or a new one. */
export type ExchangeOverride = Partial<Omit<Exchange, "code">>;

/** Why a look-up in the catalogue failed. */
export type CatalogueErrorCode =
  | "unknown_exchange"
  | "unknown_asset_class"
  | "unknown_data_type"
  | "not_traded_there"; // the exchange is known, and does not trade this asset class

/** A name that is not in the catalogue. The message ends with the closest known name, or with all of them. */
export class CatalogueError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "CatalogueError";
  /**
   * A look-up in the catalogue makes one.
   *
   * @param code which look-up failed
   * @param details the name that is not in the catalogue
   */
  constructor(readonly code: CatalogueErrorCode, message: string, readonly details: { readonly value: string }) {
    super(message);
  }
}

const BUILT_IN: readonly Exchange[] = [
  {
    code: "ASX",
    name: "Australian Securities Exchange",
    assetClasses: ["equities"],
    partitions: 30,
    currency: "AUD",
    timeZone: "Australia/Sydney",
  },
  {
    code: "BINANCE",
    name: "Binance",
    assetClasses: ["crypto"],
    partitions: 40,
    currency: null,
    timeZone: "UTC",
  },
  { code: "KRAKEN", name: "Kraken", assetClasses: ["crypto"], partitions: 20, currency: null, timeZone: "UTC" },
  { code: "COINBASE", name: "Coinbase", assetClasses: ["crypto"], partitions: 20, currency: null, timeZone: "UTC" },
  {
    code: "NYSE",
    name: "New York Stock Exchange",
    assetClasses: ["equities", "options"],
    partitions: DEFAULT_PARTITIONS,
    currency: "USD",
    timeZone: "America/New_York",
  },
  {
    code: "NASDAQ",
    name: "Nasdaq",
    assetClasses: ["equities", "options"],
    partitions: DEFAULT_PARTITIONS,
    currency: "USD",
    timeZone: "America/New_York",
  },
  {
    // Most of its contracts are in dollars, some in yen, euros or others.
    code: "CME",
    name: "Chicago Mercantile Exchange",
    assetClasses: ["futures", "options"],
    partitions: DEFAULT_PARTITIONS,
    currency: null,
    timeZone: "America/Chicago",
  },
];

/** The lines for a new exchange in a config file. The check refuses them until the user has put in the true values. */
function exampleOf(code: string): string {
  const about = { assetClasses: [ASSET_CLASSES.join("|")], currency: "ITS CODE, OR null", timeZone: "ITS IANA ZONE" };
  return JSON.stringify({ exchanges: { [code]: about } });
}

/** The known exchanges; built once from the built-in ones and the settings' `exchanges`. */
export class Catalogue {
  readonly #exchanges = new Map<string, Exchange>();

  constructor(overrides: Readonly<Record<string, ExchangeOverride>> = {}) {
    for (const exchange of BUILT_IN) this.#exchanges.set(exchange.code, exchange);
    for (const [name, override] of Object.entries(overrides)) {
      const code = name.toUpperCase();
      const base = this.#exchanges.get(code) ?? {
        code,
        name: code,
        assetClasses: ASSET_CLASSES,
        partitions: DEFAULT_PARTITIONS,
        currency: null,
        timeZone: "UTC",
      };
      this.#exchanges.set(code, { ...base, ...override });
    }
  }

  /** All exchanges, built-in ones first. */
  exchanges(): readonly Exchange[] {
    return [...this.#exchanges.values()];
  }

  /** True if there is an exchange of this name, in any case. */
  has(code: string): boolean {
    return this.#exchanges.has(code.toUpperCase());
  }

  /**
   * The exchange of this name, in any case.
   *
   * @throws {CatalogueError} `unknown_exchange`; `not_traded_there` if an asset class is given that it does not trade.
   */
  exchange(code: string, assetClass?: AssetClass): Exchange {
    if (typeof code !== "string") throw noText("unknown_exchange", "exchange", code);
    const found = this.#exchanges.get(code.toUpperCase());
    if (found === undefined) {
      const known = [...this.#exchanges.keys()];
      const hint = suggestionFor(code, known) || ` Known exchanges: ${known.join(", ")}.`;
      throw new CatalogueError(
        "unknown_exchange",
        `exchange "${code}" is not in the catalogue.${hint} Add a new one in the config file (tickflume.json), such ` +
          `as ${exampleOf(code.toLowerCase().slice(0, 20))}, with its own values.`,
        { value: code },
      );
    }
    if (assetClass !== undefined && !found.assetClasses.includes(assetClass)) {
      throw new CatalogueError(
        "not_traded_there",
        `exchange ${found.code} does not trade ${assetClass}, only ${found.assetClasses.join(", ")}. ` +
          `"exchanges.${found.code.toLowerCase()}.assetClasses" in the config file changes that.`,
        { value: assetClass },
      );
    }
    return found;
  }

  /** The currency of an exchange's prices, `null` if it is not known. Never throws. */
  currencyOf(code: string): string | null {
    return this.#exchanges.get(code.toUpperCase())?.currency ?? null;
  }
}

/**
 * The asset class of this name, in any case.
 *
 * @throws {CatalogueError} `unknown_asset_class`
 */
export function assetClassOf(text: string): AssetClass {
  if (typeof text !== "string") throw noText("unknown_asset_class", "asset class", text);
  const found = ASSET_CLASSES.find((assetClass) => assetClass === text.toLowerCase());
  if (found !== undefined) return found;
  const hint = suggestionFor(text, ASSET_CLASSES) || ` Asset classes: ${ASSET_CLASSES.join(", ")}.`;
  throw new CatalogueError("unknown_asset_class", `asset class "${text}" is not known.${hint}`, { value: text });
}

/** Programs without types leave arguments out, or swap them. */
function noText(code: CatalogueErrorCode, what: string, value: unknown): CatalogueError {
  const given = value === undefined || value === null ? String(value) : `of type ${typeof value}`;
  return new CatalogueError(code, `the ${what} is ${given}, not a text.`, { value: given });
}

/**
 * The data type of this name, in any case.
 *
 * @throws {CatalogueError} `unknown_data_type`
 */
export function dataTypeOf(text: string): DataType {
  const found = DATA_TYPES.find((dataType) => dataType === text.toLowerCase());
  if (found !== undefined) return found;
  const hint = suggestionFor(text, DATA_TYPES) || ` Data types: ${DATA_TYPES.join(", ")}.`;
  throw new CatalogueError("unknown_data_type", `data type "${text}" is not known.${hint}`, { value: text });
}
