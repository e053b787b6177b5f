/**
 * Suggests the field that a name of another program most likely means. For messages only: a person decides, and the
 * program never reads rows by a suggestion.
 *
 * @module
 */
import { editDistance } from "../../../config/did_you_mean.ts";
import type { RecordKind } from "../../../schemas/record_types.ts";
import { fieldNamed, FIELDS, REQUIRED } from "../named_fields.ts";

/** Other programs' names for a field. None of them means anything else in a file of that kind. */
const NAMES_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  symbol: ["ticker", "sym", "ric", "product_id", "instrument", "pair"],
  timestamp: ["time", "datetime", "date_time", "ts", "ts_event", "event_time", "trade_time", "quote_time"],
  price: ["px", "last_price", "trade_price"],
  quantity: ["size", "qty", "sz", "amount", "vol", "trade_size", "trade_volume", "trade_qty", "last_size"],
  bid_price: ["bid", "bid_px", "bid_px_00", "best_bid", "best_bid_price"],
  bid_quantity: ["bid_size", "bid_sz", "bid_sz_00", "bid_qty", "bid_amount", "best_bid_size", "best_bid_qty"],
  ask_price: ["ask", "ask_px", "ask_px_00", "best_ask", "best_ask_price", "offer", "offer_price"],
  ask_quantity: [
    "ask_size",
    "ask_sz",
    "ask_sz_00",
    "ask_qty",
    "ask_amount",
    "best_ask_size",
    "best_ask_qty",
    "offer_size",
  ],
};

const FIELD_ELSEWHERE: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES_ELSEWHERE).flatMap(([field, names]) => names.map((name) => [name, field] as const)),
);

/** Fields of whole numbers, and the fields that take the same with decimals: the name does not tell which the column holds. */
const WITH_DECIMALS: Readonly<Record<string, string>> = {
  volume: "quantity",
  bid_volume: "bid_quantity",
  ask_volume: "ask_quantity",
};

/** Matches a name that may be an instant's. */
const OF_TIME = /time|date|^ts_|_ts$/;

/** Matches the name of the time at which another party than the exchange had the event. */
const OF_OTHER_TIME = /recv|receiv|receipt|arriv|ingest|local/;

/** Choices that only a person can make; a program could only guess. */
export interface Suggestions {
  /** For names that stand for no field: the field that they most likely mean. */
  readonly fields: ReadonlyMap<string, string>;
  /** Names that may mean the missing instant, if more than one may; otherwise empty. */
  readonly instants: readonly string[];
}

/**
 * Suggests fields for the names of one header or row that stand for none. Never suggests a field that is present
 * already, or that two of the names could mean.
 */
export function suggestionsFor(kind: RecordKind, names: readonly string[]): Suggestions {
  const taken = new Set(names.flatMap((name) => alternativesOf(kind, fieldNamed(kind, name))));
  const unknown = names.filter((name) => fieldNamed(kind, name) === null);
  const found = new Map<string, string[]>();
  const hasDate = names.some((name) => folded(name) === "date");
  for (const name of unknown) {
    const field = likelyField(kind, folded(name));
    // A time of day beside its date is no instant.
    if (field === null || taken.has(field) || (field === "timestamp" && hasDate)) continue;
    found.set(field, [...found.get(field) ?? [], name]);
  }
  const fields = new Map<string, string>();
  for (const [field, candidates] of found) {
    const [only, ...others] = candidates;
    if (only !== undefined && others.length === 0) fields.set(only, field);
  }
  if (kind === "reference_data" || taken.has("timestamp") || found.has("timestamp")) return { fields, instants: [] };
  const instants = unknown.filter((name) => {
    return !fields.has(name) && OF_TIME.test(folded(name)) && !OF_OTHER_TIME.test(folded(name));
  });
  const [only, ...others] = instants;
  if (only === undefined || others.length > 0) return { fields, instants };
  fields.set(only, "timestamp");
  return { fields, instants: [] };
}

/** A field and the fields that say the same thing. */
function alternativesOf(kind: RecordKind, field: string | null): readonly string[] {
  if (field === null) return [];
  return REQUIRED[kind].find((alternatives) => alternatives.includes(field)) ?? [field];
}

function likelyField(kind: RecordKind, name: string): string | null {
  const field = fieldLike(kind, name);
  return field === null ? null : quantityOf(field) ?? field;
}

/** The field that takes decimals in place of a field of whole numbers; null for other fields. */
export function quantityOf(field: string): string | null {
  return WITH_DECIMALS[field] ?? null;
}

function fieldLike(kind: RecordKind, name: string): string | null {
  const fields = FIELDS[kind];
  if (fields.includes(name)) return name === "vendor_data" ? null : name;
  const elsewhere = FIELD_ELSEWHERE.get(name);
  if (elsewhere !== undefined) return fields.includes(elsewhere) ? elsewhere : null;
  // Stricter than for words of a command line: a wrong guess about a column would be wrong data.
  const slips = name.length < 4 ? 0 : name.length < 8 ? 1 : 2;
  return fields.find((field) => field !== "vendor_data" && editDistance(name, field, slips) <= slips) ?? null;
}

/** `ask_price` from `askPrice`, `Ask Price` and `#ask-price`. */
function folded(name: string): string {
  return name.trim().slice(0, 64).replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase()
    .replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "");
}
