/**
 * The files of the doors: the same trades in each format, made once for each size and seed, with the digest that a topic of
 * them must have.
 *
 * @module
 */
import { join } from "node:path";
import { ensureTicks, type TradesInput } from "../growth_input.ts";
import { type InputOptions, madeOnce } from "../input.ts";
import { contentOf, readTickTrades, type TickTrade, unscaled } from "./tick_trades.ts";
import { type TradeContent, TradeDigest } from "./trade_digest.ts";

/** How the rows of a door's files are written, in the words of `load --format`. */
export type DoorFormat = "asx-ticks" | "csv" | "ndjson" | "binance-trades" | "massive-trades";

/** What the contestants of a door read, and what they must write. */
export interface DoorInput {
  readonly files: readonly string[];
  /** The table that gives tick files their symbols. */
  readonly reference: string;
  readonly rows: number;
  readonly digest: string;
  /** Whether the digest is of all that a trade says, or of symbol, instant, price and quantity alone. */
  readonly whole: boolean;
}

/** How trades are written in a format. */
interface FileWriter {
  /** Name of the file that a trade belongs to. */
  readonly file: (trade: TickTrade) => string;
  readonly header: string | null;
  readonly line: (trade: TickTrade, row: number) => string;
  /** What a record of it says, if it is compared as a whole with that of the tick file; else the part that is alike. */
  readonly content: (trade: TickTrade) => TradeContent;
}

/** Names of the vendor data of tick files: the columns of the csv file. */
const VENDOR_COLUMNS = ["company_id", "qualifiers", "trade_date", "venue", "buyer_id"];
/** From the days of the made-up ticks to those in which Binance writes microseconds. */
const TO_2025_MICROS = 241 * 86_400_000_000;
/** Massive has nanoseconds. */
const NANOS = "587";

const WRITERS: Readonly<Record<DoorFormat, FileWriter | null>> = {
  // They are there already.
  "asx-ticks": null,
  "csv": {
    file: ({ companyId }) => `${companyId}.csv`,
    header: `symbol,timestamp,price,quantity,trade_conditions,${VENDOR_COLUMNS.map((name) => `vendor_data.${name}`)}`,
    line: ({ symbol, micros, price, quantity, conditions, vendorData }) =>
      `${symbol},${micros},${price},${quantity},${conditions.join("|")},` +
      VENDOR_COLUMNS.map((name) => vendorData[name] ?? "").join(","),
    content: contentOf,
  },
  "ndjson": {
    file: ({ companyId }) => `${companyId}.ndjson`,
    header: null,
    // Numbers without quotes, as most programs write them: their digits count all the same.
    line: ({ symbol, micros, price, quantity, conditions, vendorData }) =>
      `{"symbol":"${symbol}","timestamp":${micros},"price":${price},"quantity":${quantity},` +
      `"trade_conditions":${JSON.stringify(conditions)},"vendor_data":${JSON.stringify(vendorData)}}`,
    content: contentOf,
  },
  "binance-trades": {
    file: (trade) => `${binanceSymbol(trade)}-trades-2025-01-01.csv`,
    header: null,
    line: (trade, row) => {
      const { micros, price, quantity } = trade;
      const value = (Number(price) * Number(quantity)).toFixed(8);
      const maker = row % 3 === 0 ? "False" : "True";
      return `${4_358_121_000 + row},${padded(price, 8)},${padded(quantity, 8)},${value},` +
        `${micros + TO_2025_MICROS},${maker},True`;
    },
    content: (trade) => ({ ...partOf(trade), symbol: binanceSymbol(trade), micros: trade.micros + TO_2025_MICROS }),
  },
  "massive-trades": {
    // All tickers of a day are in one file, by ticker and time.
    file: () => "2026-09-18.trades_v1.csv",
    header: "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp,size," +
      "tape,trf_id,trf_timestamp",
    line: ({ symbol, micros, price, quantity }, row) => {
      const [conditions, instant] = [row % 7 === 0 ? '"12,37"' : row % 2 === 0 ? "14" : "", `${micros}${NANOS}`];
      return `${symbol},${conditions},0,4,${71_675_222_901_845 + row},${instant},${padded(price, 6)},${3_372 + row},` +
        `${instant},${padded(quantity, 6)},1,202,${instant}`;
    },
    content: partOf,
  },
};

const WHOLE: readonly DoorFormat[] = ["asx-ticks", "csv", "ndjson"];

/** The files of a format, or makes them. */
export async function ensureDoor(format: DoorFormat, options: InputOptions): Promise<DoorInput> {
  const { cache, rows, seed, say } = options;
  const ticks = await ensureTicks(options);
  const name = `${format}-${rows}-seed-${seed}`;
  const makers = [
    "../cli/sample_data.ts",
    ...["door_files", "tick_trades", "trade_digest"].map((name) => `doors/${name}.ts`),
  ];
  const whole = WHOLE.includes(format);
  const { files, digest } = await madeOnce({ cache, name, makers, say }, async (dir) => {
    const writer = WRITERS[format];
    return writer === null
      ? { files: ticks.trades, digest: await digestOfTicks(ticks) }
      : await writeDoor(dir, { writer, ticks });
  });
  return { files, digest, whole, rows, reference: ticks.reference };
}

async function digestOfTicks(ticks: TradesInput): Promise<string> {
  const digest = new TradeDigest();
  for await (const trades of readTickTrades(ticks)) {
    for (const trade of trades) digest.add(trade.symbol, contentOf(trade));
  }
  return digest.end();
}

/** Writes the trades of tick files in another format. */
async function writeDoor(
  dir: string,
  { writer, ticks }: { readonly writer: FileWriter; readonly ticks: TradesInput },
): Promise<Pick<DoorInput, "files" | "digest">> {
  const digest = new TradeDigest();
  const rows = new Map<string, number>();
  for await (const trades of readTickTrades(ticks)) {
    const texts = new Map<string, string>();
    for (const trade of trades) {
      const path = join(dir, writer.file(trade));
      const row = rows.get(path) ?? 0;
      if (row === 0 && writer.header !== null) texts.set(path, `${writer.header}\n`);
      texts.set(path, `${texts.get(path) ?? ""}${writer.line(trade, row)}\n`);
      rows.set(path, row + 1);
      const content = writer.content(trade);
      digest.add(content.symbol, content);
    }
    for (const [path, text] of texts) await Deno.writeTextFile(path, text, { append: true });
  }
  return { files: [...rows.keys()], digest: digest.end() };
}

function partOf({ symbol, micros, price, quantity }: TickTrade): TradeContent {
  return { symbol, micros, price: unscaled(price), quantity: unscaled(quantity), rest: null };
}

function binanceSymbol({ symbol }: TickTrade): string {
  return `${symbol}USDT`;
}

/** A decimal text with this many decimals. */
function padded(text: string, decimals: number): string {
  const [whole = "", fraction = ""] = text.split(".");
  return `${whole}.${fraction.padEnd(decimals, "0")}`;
}
