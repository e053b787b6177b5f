/**
 * A draft of a mapping for a person to read. It names the columns that say by their names what they are, and leaves all that
 * only the vendor's documentation can tell as "?", which no load takes.
 *
 * @module
 */
import { suggestionsFor } from "../../sources/formats/advice/field_suggestions.ts";
import { fieldNamed } from "../../sources/formats/named_fields.ts";
import { DERIVED_KEYS } from "../../sources/formats/mapping/reserved_keys.ts";
import { UNDECIDED } from "../../sources/formats/mapping/undecided.ts";
import { marksOf } from "./number_marks.ts";
import type { SampledColumn, SampledFile } from "./sampled_columns.ts";

/** Where editors find the schema of mappings, wherever the draft is kept. */
const SCHEMA = new URL("../../sources/formats/mapping.schema.json", import.meta.url).href;

const QUOTE_FIELDS = ["bid_price", "bid_quantity", "ask_price", "ask_quantity"] as const;
const TRADE_FIELDS = ["price", "quantity"] as const;

/** The draft. @param name The name of the file, without folder. */
export function draftMapping({ rows, columns }: SampledFile, name: string): Readonly<Record<string, unknown>> {
  const names = columns.map((column) => column.name);
  const [trade, quote] = (["trade", "quote"] as const).map((kind) => likelyColumns(kind, columns));
  const isQuote = quote?.has("bid_price") === true && quote.has("ask_price");
  const isTrade = trade?.has("price") === true;
  const found = (isQuote ? quote : trade) ?? new Map<string, SampledColumn>();
  const taken = new Set<string>();
  const take = (field: string): SampledColumn | undefined => {
    const column = found.get(field);
    if (column !== undefined) taken.add(column.name);
    return column;
  };
  const idField = isQuote ? "quote_id" : "trade_id";
  const id = take(idField)?.name ?? idColumn(names);
  if (id !== undefined) taken.add(id);
  const timestamp = take("timestamp");
  const side = isQuote ? undefined : take("side") ?? columns.find((column) => MAKER.test(column.name));
  if (side !== undefined) taken.add(side.name);
  const sequence = names.find((one) => !taken.has(one) && SEQUENCE.test(lastPart(one)));
  if (sequence !== undefined) taken.add(sequence);
  const venue = isQuote ? undefined : take("venue");
  const fields = {
    ...(id === undefined ? {} : { [idField]: id }),
    symbol: take("symbol")?.name ?? UNDECIDED,
    timestamp: timestamp === undefined ? UNDECIDED : instantOf(timestamp),
    ...Object.fromEntries((isQuote ? QUOTE_FIELDS : TRADE_FIELDS).map((field) => [field, decimalOf(take(field))])),
    ...(side === undefined ? {} : { side: sideOf(side) }),
    ...(venue === undefined ? {} : { venue: venue.name }),
    currency: take("currency")?.name ?? { constant: UNDECIDED },
    ...(sequence === undefined ? {} : { sequence: { from: sequence, scope: UNDECIDED } }),
  };
  const kept = names.filter((one) => !taken.has(one));
  return {
    $schema: SCHEMA,
    name: nameOf(name),
    summary: UNDECIDED,
    dataType: isQuote === isTrade ? UNDECIDED : isQuote ? "quotes" : "trades",
    exchange: UNDECIDED,
    assetClass: UNDECIDED,
    ...(id === undefined ? {} : { idScope: UNDECIDED }),
    ...(timestamp !== undefined && timestamp.values.some(isFiner) ? { finer: UNDECIDED } : {}),
    rows,
    fields,
    ...(kept.length === 0 ? {} : { vendorData: vendorData(kept) }),
  };
}

const MAKER = /maker/i;
const SEQUENCE = /^seq(uence)?[ ._-]?(no|num|number|id)?\.?$/i;

/** Of the path of a key the last part is its name. */
function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1) || name;
}

/** Of a key below a side both: `bid_px` of `book.bid.px`. */
function sideAndPart(name: string): string {
  const [last = "", above = ""] = name.split(".").toReversed();
  return /^(bid|ask|offer)s?$/i.test(above) ? `${above.toLowerCase().replace(/s$/, "")}_${last}` : lastPart(name);
}

/** By field the column whose name says so. */
function likelyColumns(
  kind: "trade" | "quote",
  columns: readonly SampledColumn[],
): ReadonlyMap<string, SampledColumn> {
  const names = columns.map(({ name }) => sideAndPart(name));
  const suggested = suggestionsFor(kind, names).fields;
  const found = new Map<string, SampledColumn>();
  for (const [index, column] of columns.entries()) {
    const name = names[index] ?? "";
    const field = fieldNamed(kind, name) ?? suggested.get(name);
    if (field !== undefined && field !== null && !found.has(field)) found.set(inV2(field), column);
  }
  return found;
}

/** The field of v2 that says what a field of v1 does. */
function inV2(field: string): string {
  if (field === "exchange_timestamp") return "timestamp";
  return field.replace(/volume$/, "quantity");
}

/** Only of a column whose whole name says so. */
function idColumn(names: readonly string[]): string | undefined {
  return names.find((name) => /^(id|trade_?id|quote_?id|tid)$/i.test(lastPart(name)));
}

/** How the instants look; never what a number counts, nor which number of a date is the month. */
function instantOf({ name, values }: SampledColumn): unknown {
  if (values.length > 0 && values.every((value) => /^-?\d+(\.\d+)?$/.test(value))) {
    return { as: "epoch", from: name, unit: UNDECIDED };
  }
  const isIso = (value: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/.test(value);
  if (values.length > 0 && values.every(isIso)) return { as: "iso", from: name };
  return { as: "calendar", date: { from: name, pattern: patternOf(values) }, zone: UNDECIDED };
}

/** A pattern that begins with the year is told by its marks; any other could have the month or the day first. */
function patternOf(values: readonly string[]): string {
  const patterns = new Set(values.map((value) => {
    const match = /^\d{4}([-/.]?)\d\d([-/.]?)\d\d \d\d:\d\d:\d\d(?:([.,])(\d{1,9}))?$/.exec(value);
    if (match === null) return UNDECIDED;
    const [, before = "", after = "", mark, fraction = ""] = match;
    return `yyyy${before}MM${after}dd HH:mm:ss${mark === undefined ? "" : mark + "S".repeat(fraction.length)}`;
  }));
  const [only = UNDECIDED, ...others] = patterns;
  return others.length > 0 ? UNDECIDED : only;
}

/** More than six digits of a second, or a number that can be nothing coarser. */
function isFiner(value: string): boolean {
  return /[.,]\d{7,}/.test(value) || /^\d{19}$/.test(value);
}

/** A comma may stand before the decimals, or between thousands. */
function decimalOf(column: SampledColumn | undefined): unknown {
  if (column === undefined) return UNDECIDED;
  const { name, values } = column, marks = marksOf(values);
  return marks === null ? name : { from: name, ...marks };
}

const MAX_WORDS = 6;

function sideOf({ name, values }: SampledColumn): unknown {
  const words = [...new Set(values)];
  const isFlag = words.every((word) => /^(true|false|0|1)$/i.test(word));
  const isNumber = words.every((word) => /^-?\d/.test(word));
  const as = isFlag || isNumber || words.length > MAX_WORDS
    ? UNDECIDED
    : Object.fromEntries(words.map((word) => [word, UNDECIDED]));
  return { from: name, as, of: UNDECIDED };
}

/** Each column under a key of its own. */
function vendorData(names: readonly string[]): Readonly<Record<string, string>> {
  const keys = new Map<string, string>();
  for (const name of names) {
    const plain = keyOf(name);
    // A key that follows from another part of the mapping is not free.
    const key = DERIVED_KEYS[plain] === undefined ? plain : `source_${plain}`;
    let free = key;
    for (let number = 2; keys.has(free); number++) free = `${key}_${number}`;
    keys.set(free, name);
  }
  return Object.fromEntries(keys);
}

/** Lower snake case. */
function keyOf(name: string): string {
  const key = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase().replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return /^[a-z]/.test(key) ? key : `column_${key}`;
}

/** The name of a mapping, of the letters in the name of a file. */
function nameOf(file: string): string {
  const letters = (file.split(".")[0] ?? "").toLowerCase().replace(/[^a-z]+/g, "-").replace(/^-+|-+$/g, "");
  return letters === "" ? "mine" : letters;
}
