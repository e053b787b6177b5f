/**
 * Values of a draft that only a person can decide: they are written "?", and no mapping may have one.
 *
 * @module
 */
import type { MappingProblem } from "./mapping_rules.ts";

/** Stands for a value that is still to be decided. */
export const UNDECIDED = "?";

/** One problem for each value that is not decided. In a list of texts, and as a key, a question mark is a text. */
export function undecidedProblems(value: unknown, path: readonly string[] = []): readonly MappingProblem[] {
  if (value === UNDECIDED) {
    return [{ key: path.join("."), value, reason: "it is not decided yet.", nextStep: nextStepOf(path) }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => {
    return Array.isArray(value) && typeof part === "string" ? [] : undecidedProblems(part, [...path, key]);
  });
}

/** Whether a problem is about a value that is not decided, or about what holds it. */
export function isOfUndecided({ key }: MappingProblem, undecided: readonly MappingProblem[]): boolean {
  return undecided.some((one) => one.key === key || one.key.startsWith(key === "" ? "" : `${key}.`));
}

const SIDES = "Give BUY, SELL, SELL_SHORT or UNKNOWN, as the vendor's documentation says.";

function nextStepOf(path: readonly string[]): string {
  const parent = path.at(-2), last = path.at(-1);
  if (path[1] === "side" && parent === "as") return SIDES;
  return NEXT_STEPS[last ?? ""] ??
    (parent === "fields"
      ? 'Name the column, as "ITS NAME" or {"from": "ITS NAME", …}.'
      : "Give what the vendor's documentation says.");
}

const NEXT_STEPS: Readonly<Record<string, string>> = {
  dataType: "Give trades, quotes, any or reference_data.",
  summary: "Say in a line what the files are.",
  exchange: "Give the code of the exchange; leave it out if files are of several, and give --exchange.",
  assetClass:
    "Give equities, crypto, futures or options; leave it out if files are of several, and give --asset-class.",
  idScope: "Give symbol if an id names one event of its symbol for ever, day if ids begin anew each trading day.",
  finer: "Give keep to have the whole instant in vendor_data.timestamp_ns, or refuse.",
  unit: "Give s, ms, us or ns, as the vendor's documentation says: digits alone do not.",
  constant: "Give the currency of the prices, such as USD; or take it from a column or the symbol; or give --currency.",
  symbol: 'Name the column, or {"fileName": "symbol"} with fileNames; leave it out to give --symbol.',
  timestamp: 'Say how it is written, such as {"as": "epoch", "from": "ITS NAME", "unit": "ms"}; or iso, or calendar.',
  zone: "Give the time zone of the times, such as America/New_York or UTC.",
  pattern: "Give the pattern, of yyyy MM dd HH mm ss and S for each digit of a fraction, such as dd.MM.yyyy HH:mm:ss.",
  as: 'Give buyerIsMaker, sign, or a word for each side such as {"b": "BUY", "s": "SELL"}.',
  of: "Give taker or maker: whose side the vendor gives.",
  mark: "Give . or , as what stands before the decimals.",
  grouping:
    'Give "," if it stands between thousands, so that 1,200 is 1200. If decimals are behind it, so that 1,200 is 1.2, ' +
    'say "mark": "," in the place of "grouping".',
  scope: "Give what the numbers count: symbol, channel, feed, session or file.",
};
