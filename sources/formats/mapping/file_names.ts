/**
 * What the name of a file says: the symbol and the date, by patterns such as `{symbol}-trades-{yyyy-MM-dd}`.
 *
 * @module
 */
import { isCivilDate } from "../../../records/values/civil_date.ts";

/** What a name says. */
export interface NameParts {
  readonly symbol: string | null;
  /** YYYY-MM-DD; of a month its first day. */
  readonly date: string | null;
}

/** Placeholders of a date, each with what it takes. */
const DATES: Readonly<Record<string, string>> = {
  "yyyy-MM-dd": "(?<year>\\d{4})-(?<month>\\d{2})-(?<day>\\d{2})",
  "yyyyMMdd": "(?<year>\\d{4})(?<month>\\d{2})(?<day>\\d{2})",
  "yyyy_MM_dd": "(?<year>\\d{4})_(?<month>\\d{2})_(?<day>\\d{2})",
  "yyyy-MM": "(?<year>\\d{4})-(?<month>\\d{2})",
  "yyyyMM": "(?<year>\\d{4})(?<month>\\d{2})",
};

const SYMBOL = "symbol";

/** Why a text is no pattern of names; null if it is one. */
export function namePatternProblem(pattern: string): string | null {
  const names = [...pattern.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
  if (/[{}]/.test(pattern.replace(/\{[^{}]*\}/g, ""))) return "it has a brace without its other one";
  const unknown = names.find((name) => name !== SYMBOL && DATES[name] === undefined);
  if (unknown !== undefined) {
    return `{${unknown}} is no part of a name: there are {symbol}, ${
      Object.keys(DATES).map((name) => `{${name}}`).join(", ")
    }`;
  }
  if (pattern.includes("/")) return "it names a folder: only the name of the file counts";
  if (names.filter((name) => name === SYMBOL).length > 1) return "it has {symbol} twice";
  return names.filter((name) => name !== SYMBOL).length > 1 ? "it has two dates" : null;
}

/** Whether a pattern says the symbol, or a whole date. */
export function patternHas(pattern: string, part: "symbol" | "date"): boolean {
  return part === "symbol" ? pattern.includes("{symbol}") : /\{yyyy.?MM.?dd\}/.test(pattern);
}

/** What a name says by the first pattern that it fits; null if it fits none. */
export function partsOfName(name: string, patterns: readonly string[]): NameParts | null {
  for (const pattern of patterns) {
    const groups = regexOf(pattern).exec(name)?.groups;
    if (groups === undefined) continue;
    const { symbol = null, year, month, day } = groups;
    if (year === undefined || month === undefined) return { symbol, date: null };
    if (isCivilDate(Number(year), Number(month), Number(day ?? "1"))) {
      return { symbol, date: day === undefined ? null : `${year}-${month}-${day}` };
    }
  }
  return null;
}

/** The base name without the endings of data files. */
function regexOf(pattern: string): RegExp {
  const source = pattern.replace(/\{([^{}]*)\}|\*|[^A-Za-z0-9]/g, (part, name: string | undefined) => {
    if (part === "*") return ".*";
    if (name === undefined) return RegExp.escape(part);
    return name === SYMBOL ? "(?<symbol>.+?)" : DATES[name] ?? "";
  });
  // Without its groups a pattern has none, and then exec gives no groups at all.
  return new RegExp(`^${source}(?<rest>)$`, "u");
}
