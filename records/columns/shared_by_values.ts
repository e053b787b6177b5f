/**
 * Shared fields by their values, so that records of a program that have the same ones share them.
 *
 * @module
 */
import type { AssetClass, TradeSide, Unscaled } from "../../schemas/record_types.ts";
import { type EventV2, SharedFields } from "./event_columns.ts";
import type { EventKind } from "./own_layout.ts";

/** What the records of a cache have in common. */
export interface CommonFields {
  readonly kind: EventKind;
  readonly exchange: string;
  readonly assetClass: AssetClass;
}

/** The values of one record; the arrays are reused. */
export interface SharedValues {
  readonly symbol: string;
  readonly currency: string;
  /** Of a trade. */
  readonly side: TradeSide;
  /** Of a trade. */
  readonly conditions: readonly string[];
  /** Entries of `vendor_data`: names and texts; null if it is null. */
  readonly vendor: VendorTexts | null;
}

/** Entries of `vendor_data`, in their order. */
export interface VendorTexts {
  readonly names: readonly string[];
  readonly texts: readonly string[];
}

/** Fields that differ from one record to the next are cheap to make again. */
const MAX_SYMBOLS = 4096;
const MAX_OF_SYMBOL = 16;

interface Known {
  readonly values: SharedValues;
  readonly fields: SharedFields;
}

export class SharedByValues {
  readonly #common: CommonFields;
  readonly #bySymbol = new Map<string, Known[]>();

  constructor(common: CommonFields) {
    this.#common = common;
  }

  /** The fields with these values, from before if they were there. */
  of(values: SharedValues): SharedFields {
    const ofSymbol = this.#bySymbol.get(values.symbol);
    if (ofSymbol === undefined) return this.#add(values, this.#listOf(values.symbol));
    for (let at = 0; at < ofSymbol.length; at++) {
      const known = ofSymbol[at];
      if (known !== undefined && isSame(known.values, values)) return known.fields;
    }
    return this.#add(values, ofSymbol);
  }

  #listOf(symbol: string): Known[] {
    if (this.#bySymbol.size >= MAX_SYMBOLS) this.#bySymbol.clear();
    const list: Known[] = [];
    this.#bySymbol.set(symbol, list);
    return list;
  }

  #add({ symbol, currency, side, conditions, vendor }: SharedValues, ofSymbol: Known[]): SharedFields {
    const kept: SharedValues = {
      symbol,
      currency,
      side,
      conditions: [...conditions],
      vendor: vendor === null ? null : { names: [...vendor.names], texts: [...vendor.texts] },
    };
    const { kind } = this.#common;
    const fields = new SharedFields(kind, this.#recordOf(kept), "");
    if (ofSymbol.length >= MAX_OF_SYMBOL) ofSymbol.length = 0;
    ofSymbol.push({ values: kept, fields });
    return fields;
  }

  #recordOf({ symbol, currency, side, conditions, vendor }: SharedValues): Unscaled<EventV2> {
    const { kind, exchange, assetClass } = this.#common;
    const market = { symbol, exchange, asset_class: assetClass, timestamp: 0 };
    const rest = {
      source_sequence: null,
      ingestion_timestamp: 0,
      platform_sequence: null,
      vendor_data: vendor === null
        ? null
        : Object.fromEntries(vendor.names.map((name, at) => [name, vendor.texts[at] ?? ""])),
    };
    if (kind === "quote") {
      const sides = { bid_price: 0n, bid_quantity: 0n, ask_price: 0n, ask_quantity: 0n };
      return { message_id: "", quote_id: "", ...market, ...sides, currency, ...rest };
    }
    const of = { price: 0n, quantity: 0n, currency, side, trade_conditions: conditions };
    return { message_id: "", trade_id: "", ...market, ...of, ...rest };
  }
}

function isSame(one: SharedValues, other: SharedValues): boolean {
  return one.side === other.side && one.currency === other.currency &&
    areSame(one.conditions, other.conditions) && isSameVendor(one.vendor, other.vendor);
}

function isSameVendor(one: VendorTexts | null, other: VendorTexts | null): boolean {
  if (one === null || other === null) return one === other;
  return areSame(one.texts, other.texts) && areSame(one.names, other.names);
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at++) if (some[at] !== others[at]) return false;
  return true;
}
