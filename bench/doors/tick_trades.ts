/**
 * The trades of tick files as plain values, read independently of the product: from them the files of the other doors are
 * made, and the digest that each topic must have.
 *
 * @module
 */
import { basename } from "node:path";
import { BenchError } from "../bench_error.ts";
import type { TradesInput } from "../growth_input.ts";
import type { TradeContent } from "./trade_digest.ts";

/** A row of a tick file. */
export interface TickTrade {
  readonly symbol: string;
  readonly companyId: string;
  readonly micros: number;
  /** As the file writes them. */
  readonly price: string;
  readonly quantity: string;
  /** Condition codes. */
  readonly conditions: readonly string[];
  /** What `load` keeps in vendor_data. */
  readonly vendorData: Readonly<Record<string, string>>;
}

/** `ASX` is this in the enum of asset classes, and side `UNKNOWN` in that of sides. */
const EQUITIES = 0;
const SIDE_UNKNOWN = 3;
const SCALE = 8;

/** The trades of some files in chunks, file by file. */
export async function* readTickTrades({ trades, reference }: TradesInput): AsyncGenerator<TickTrade[]> {
  const table = (await Deno.readTextFile(reference)).trim().split(/\r?\n/).map((line) => line.split(","));
  const symbols = new Map(table.map(([companyId = "", symbol = ""]) => [companyId, symbol]));
  for (const path of trades) {
    const companyId = basename(path, ".csv");
    const symbol = symbols.get(companyId);
    if (symbol === undefined) throw new BenchError(`${path} is of a company without a symbol`);
    for await (const lines of linesOf(path)) yield lines.map((line) => tradeOf(line, { companyId, symbol }));
  }
}

function tradeOf(
  line: string,
  { companyId, symbol }: { readonly companyId: string; readonly symbol: string },
): TickTrade {
  const [date = "", time = "", price = "", quantity = "", qualifiers = "", venue = "", extra = ""] = line.split(",");
  return {
    ...{ symbol, companyId, price, quantity },
    micros: startOfDay(date) + microsOfDay(time),
    conditions: qualifiers === "0" ? [] : [qualifiers],
    vendorData: {
      company_id: companyId,
      qualifiers,
      trade_date: isoDate(date),
      ...(venue === "" ? {} : { venue }),
      ...(extra === "" ? {} : { buyer_id: extra }),
    },
  };
}

/** What a record of the trade must say. */
export function contentOf({ symbol, micros, price, quantity, conditions, vendorData }: TickTrade): TradeContent {
  return {
    ...{ symbol, micros, price: unscaled(price), quantity: unscaled(quantity) },
    rest: {
      exchange: "ASX",
      assetClass: EQUITIES,
      currency: "AUD",
      side: SIDE_UNKNOWN,
      conditions,
      sourceSequence: null,
      platformSequence: null,
      vendorData: Object.entries(vendorData),
    },
  };
}

/** A decimal text times 10^8. */
export function unscaled(text: string): number {
  const [whole = "", fraction = ""] = text.split(".");
  const value = Number(whole + fraction.padEnd(SCALE, "0"));
  if (fraction.length > SCALE || !Number.isSafeInteger(value)) throw new BenchError(`${text} is not exact here`);
  return value;
}

const days = new Map<string, number>();

/** The first microsecond of a local day MM/DD/YYYY. The made-up trading days have 24 hours. */
function startOfDay(date: string): number {
  return days.getOrInsertComputed(date, () => {
    const zoned = Temporal.PlainDate.from(isoDate(date)).toZonedDateTime("Australia/Sydney");
    if (zoned.hoursInDay !== 24) throw new BenchError(`${date} has not 24 hours`);
    return zoned.epochMilliseconds * 1_000;
  });
}

function isoDate(date: string): string {
  return `${date.slice(6)}-${date.slice(0, 2)}-${date.slice(3, 5)}`;
}

/** HH:MM:SS.mmm */
function microsOfDay(time: string): number {
  const minutes = Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
  return (minutes * 60_000 + Number(time.slice(6, 8)) * 1_000 + Number(time.slice(9))) * 1_000;
}

async function* linesOf(path: string): AsyncGenerator<string[]> {
  let rest = "";
  const file = await Deno.open(path);
  for await (const text of file.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\r\n");
    rest = lines.pop() ?? "";
    yield lines;
  }
  if (rest !== "") throw new BenchError(`${path} ends within a line`);
}
