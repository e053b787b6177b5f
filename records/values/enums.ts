/**
 * Reads the enums of the records. Case is folded here, once, at the edge; inside there are only the Avro symbols.
 *
 * @module
 */
import { ASSET_CLASSES } from "../../config/catalogue.ts";
import type { AssetClass, TradeSide } from "../../schemas/record_types.ts";
import { RecordError } from "../errors.ts";

/** Symbols of the Avro enum `TradeSide`, in the schema's order. */
export const TRADE_SIDES: readonly TradeSide[] = ["BUY", "SELL", "SELL_SHORT", "UNKNOWN"];

const ASSET_CLASS_OF: ReadonlyMap<string, AssetClass> = new Map(ASSET_CLASSES.map((symbol) => [symbol, symbol]));

const TRADE_SIDE_OF: ReadonlyMap<string, TradeSide> = new Map([
  ...TRADE_SIDES.map((symbol) => [symbol.toLowerCase(), symbol] as const),
  ["short", "SELL_SHORT"] as const,
]);

/**
 * The asset class that a text names, in any case.
 *
 * @throws {RecordError} `missing`, `wrong_type` or `unknown_enum`.
 */
export function toAssetClass(value: unknown, field: string): AssetClass {
  return lookUp(ASSET_CLASS_OF, value, field, ASSET_CLASSES);
}

/**
 * The side that a text names, in any case; "short" is SELL_SHORT.
 *
 * @throws {RecordError} `missing`, `wrong_type` or `unknown_enum`.
 */
export function toTradeSide(value: unknown, field: string): TradeSide {
  return lookUp(TRADE_SIDE_OF, value, field, TRADE_SIDES);
}

function lookUp<Symbol>(
  symbols: ReadonlyMap<string, Symbol>,
  value: unknown,
  field: string,
  known: readonly Symbol[],
): Symbol {
  const symbol = typeof value === "string" ? symbols.get(value) ?? symbols.get(value.toLowerCase()) : undefined;
  if (symbol !== undefined) return symbol;
  const rule = value === undefined || value === null
    ? "missing"
    : typeof value === "string"
    ? "unknown_enum"
    : "wrong_type";
  throw new RecordError(rule, { field, value, hint: `Give one of ${known.join(", ")}.` });
}
