/**
 * Makes sample ticks: files in the formats of ASX tick data, with made-up companies and prices, and with the awkward
 * cases of real files. The same options always give the same bytes.
 *
 * In the trades: equal rows of one instant, next to each other and not; a tenth of the rows with qualifiers; venue X with
 * the qualifiers 1, 3 and 9; a price in the extra column of some; early trades whose UTC date is the day before. In the
 * quotes: one side only at the open, crossed quotes before the market opens, locked ones. Lines end with CRLF.
 *
 * @module
 */
import { join } from "node:path";

/** What to make. */
export interface SampleOptions {
  /** Another seed gives other ticks. */
  readonly seed: number;
  /** The folder to write to; it is made if it is not there, and files of the same names are replaced. */
  readonly dir: string;
  /** Rows of each trades and quotes file. */
  readonly rows: number;
  /** How many companies; each has a trades and a quotes file. @default 2 */
  readonly symbols?: number;
  /** Trading days over which the rows are spread. @default 5 */
  readonly days?: number;
  /** Which tick files to write. @default both */
  readonly kinds?: readonly ("trades" | "quotes")[];
  /**
   * Makes trades as close together as those of a busily traded share: about three in the same instant, up to thirty of
   * them, and four of a hundred equal to an earlier one. @default false
   */
  readonly busy?: boolean;
}

/** A tick file that was made. */
export interface SampleFile {
  readonly path: string;
  readonly symbol: string;
  readonly companyId: string;
  readonly rows: number;
}

/** What was made. */
export interface Sample {
  readonly trades: readonly SampleFile[];
  readonly quotes: readonly SampleFile[];
  /** `company_info.csv`, with the symbols of the company numbers that the files are named by. */
  readonly companyInfo: string;
}

const FIRST_COMPANY = 1001;
const NAMES = ["ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT", "GOLF", "HOTEL"];
/** A Monday. No clock in Sydney changes between May and September. */
const FIRST_DAY = Date.UTC(2024, 4, 6);
const DAY_MS = 86_400_000;
const CHUNK_CHARS = 1 << 16;

// Times of day in milliseconds.
const FIRST_QUOTE = 20_625_676;
const FIRST_TRADE = 28_634_754;
const OPEN = 36_000_000;
const CLOSE = 58_200_000;
const LAST_TICK = 67_800_900;
/** How close together ticks are. */
interface Pace {
  /** Of three ticks, how many have another time than the tick before. */
  readonly movesOfThree: number;
  /** Share of a day's ticks before the market opens, and after it closes. */
  readonly quietShare: number;
}

const CALM: Pace = { movesOfThree: 2, quietShare: 0.02 };
const BUSY: Pace = { movesOfThree: 1, quietShare: 0.001 };

/** Qualifiers other than 0, the frequent ones more often. */
const QUALIFIERS = [25, 25, 25, 25, 25, 25, 2, 2, 2, 27, 5, 8, 26];
const OFF_MARKET_QUALIFIERS = [3, 3, 9, 1];

const MILLIS = Array.from({ length: 1000 }, (_, millis) => String(millis).padStart(3, "0"));

/**
 * Writes `trades/ID.csv` and `quotes/ID.csv` for each company and `reference/company_info.csv`.
 */
export async function generateSample(options: SampleOptions): Promise<Sample> {
  const { seed, dir, rows, symbols = 2, days = 5, kinds = ["trades", "quotes"], busy = false } = options;
  const companies = Array.from({ length: symbols }, (_, index) => ({
    index,
    companyId: String(FIRST_COMPANY + index),
    symbol: symbolOf(index),
  }));
  const sample: { trades: SampleFile[]; quotes: SampleFile[] } = { trades: [], quotes: [] };
  for (const kind of kinds) {
    await Deno.mkdir(join(dir, kind), { recursive: true });
    for (const { index, companyId, symbol } of companies) {
      const path = join(dir, kind, `${companyId}.csv`);
      const random = new Random(seed * 1_000_003 + index * 2 + (kind === "trades" ? 0 : 1));
      const ticks = kind === "trades"
        ? tradeRows(random, { rows, days, pace: busy ? BUSY : CALM })
        : quoteRows(random, { rows, days, pace: CALM });
      await writeLines(path, ticks);
      sample[kind].push({ path, symbol, companyId, rows });
    }
  }
  await Deno.mkdir(join(dir, "reference"), { recursive: true });
  const companyInfo = join(dir, "reference", "company_info.csv");
  await writeLines(companyInfo, [
    "company_id,symbol,company_name,ISIN,start_date,end_date",
    ...companies.map(({ index, companyId, symbol }) => {
      const name = `TICKFLUME ${NAMES[index % NAMES.length]} LTD`;
      return `${companyId},${symbol},${name},AU000000${symbol}0,05/07/2008,05/31/2024`;
    }),
  ]);
  return { ...sample, companyInfo };
}

/** TFA, TFB, … TFZ, TFAA and so on. */
function symbolOf(index: number): string {
  const letters = [];
  for (let rest = index; rest >= 0; rest = Math.floor(rest / 26) - 1) {
    letters.unshift(String.fromCharCode(65 + rest % 26));
  }
  return `TF${letters.join("")}`;
}

interface Amount {
  readonly rows: number;
  readonly days: number;
  readonly pace: Pace;
}

function* tradeRows(random: Random, amount: Amount): Generator<string> {
  let ticks = 2_000 + random.below(4_000);
  let previous = "", beforePrevious = "", instant = "", beforeInstant = "";
  for (const { date, share } of tradingDays(amount)) {
    const clock = new DayClock(random, { from: FIRST_TRADE, ticks: share, pace: amount.pace });
    for (let row = 0; row < share; row++) {
      const chance = random.below(1000);
      const at = `${date},${clock.text()}`;
      let line: string;
      if (at === instant && chance < 25) {
        line = previous;
      } else if (at === instant && at === beforeInstant && chance < 80) {
        line = beforePrevious;
      } else {
        ticks = Math.max(100, ticks + random.below(7) - 3);
        line = `${at},${tradeColumns(random, { ticks, millis: clock.millis })}`;
      }
      yield line;
      beforePrevious = previous;
      previous = line;
      beforeInstant = instant;
      instant = at;
      clock.advance();
    }
  }
}

function tradeColumns(random: Random, { ticks, millis }: { ticks: number; millis: number }): string {
  const chance = random.below(1000);
  const early = millis < OPEN || millis > CLOSE;
  if (early || chance < 2) {
    // Trades reported off the market have a third decimal, and are large.
    const price = `${decimal(ticks)}${random.below(9) + 1}`;
    return `${price},${(random.below(400) + 1) * 1000},${random.pick(OFF_MARKET_QUALIFIERS)},X,`;
  }
  const volume = random.below(4) === 0 ? random.below(20_000) + 1 : random.below(500) + 1;
  if (chance < 4) return `${shortDecimal(ticks)},${volume},0,,${shortDecimal(ticks + 1)}`;
  const qualifiers = chance < 140 ? random.pick(QUALIFIERS) : 0;
  return `${shortDecimal(ticks)},${volume},${qualifiers},,`;
}

function* quoteRows(random: Random, amount: Amount): Generator<string> {
  let bid = 2_000 + random.below(4_000);
  for (const { date, share } of tradingDays(amount)) {
    const clock = new DayClock(random, { from: FIRST_QUOTE, ticks: share, pace: amount.pace });
    let bidVolume = 300, askVolume = 600;
    for (let row = 0; row < share; row++) {
      const at = `${date},${clock.text()}`;
      if (row === 0) {
        yield `${at},${quotePrice(bid)},0.0,${bidVolume},0`;
        // The other side comes in the same instant.
        continue;
      }
      bid = Math.max(100, bid + random.below(5) - 2);
      const locked = random.below(50) === 0;
      const spread = clock.millis < OPEN ? -random.below(60) : locked ? 0 : random.below(3) + 1;
      if (random.below(2) === 0) bidVolume = random.below(20_000) + 1;
      else askVolume = random.below(2_000) === 0 ? 4_000_000_000 : random.below(20_000) + 1;
      yield `${at},${quotePrice(bid)},${quotePrice(Math.max(1, bid + spread))},${bidVolume},${askVolume}`;
      clock.advance();
    }
  }
}

/** The days, each with its share of the rows. */
function* tradingDays({ rows, days }: Amount): Generator<{ readonly date: string; readonly share: number }> {
  let left = rows;
  for (let day = 0; day < days; day++) {
    const weekday = FIRST_DAY + (Math.floor(day / 5) * 7 + day % 5) * DAY_MS;
    const [year, month, dayOfMonth] = new Date(weekday).toISOString().slice(0, 10).split("-");
    const share = Math.ceil(left / (days - day));
    left -= share;
    yield { date: `${month}/${dayOfMonth}/${year}`, share };
  }
}

/** A time of day that advances in random steps, many of them 0: slowly while the market is open, quickly before and after. */
class DayClock {
  millis: number;
  readonly #random: Random;
  readonly #movesOfThree: number;
  /** Ends of the phases of the day, and the ticks that are left in each. */
  readonly #phases: { readonly until: number; ticks: number }[];
  #second = -1;
  #secondText = "";

  constructor(random: Random, { from, ticks, pace }: { from: number; ticks: number; pace: Pace }) {
    const quiet = Math.floor(ticks * pace.quietShare) + 1;
    this.millis = from;
    this.#random = random;
    this.#movesOfThree = pace.movesOfThree;
    this.#phases = [
      { until: OPEN, ticks: quiet },
      { until: CLOSE, ticks: Math.max(1, ticks - 2 * quiet) },
      { until: LAST_TICK, ticks: quiet },
    ];
  }

  /** HH:MM:SS.mmm */
  text(): string {
    const second = Math.floor(this.millis / 1000);
    if (second !== this.#second) {
      this.#second = second;
      const parts = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60];
      this.#secondText = parts.map((part) => String(part).padStart(2, "0")).join(":");
    }
    return `${this.#secondText}.${MILLIS[this.millis % 1000]}`;
  }

  advance(): void {
    const [phase] = this.#phases;
    if (phase === undefined) return;
    phase.ticks -= 1;
    if (phase.ticks <= 0) {
      this.millis = phase.until;
      this.#phases.shift();
    } else if (this.#random.below(3) >= 3 - this.#movesOfThree) {
      // Only some steps advance the time, so on average each step is the rest of the phase divided by its
      // remaining ticks.
      const longest = Math.floor((phase.until - this.millis) / phase.ticks * 6 / this.#movesOfThree);
      this.millis = Math.min(phase.until, this.millis + this.#random.below(longest + 1));
    }
  }
}

/** Numbers that look random but depend only on the seed (mulberry32). */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 up to, not including, the limit. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000 * limit);
  }

  pick(values: readonly number[]): number {
    return values[this.below(values.length)] ?? 0;
  }
}

/** A price of this many cents, with both decimals. */
function decimal(ticks: number): string {
  return (ticks / 100).toFixed(2);
}

/** As trades have it: `36.78`, `36.7`, `36`. */
function shortDecimal(ticks: number): string {
  return String(ticks / 100);
}

/** As quotes have it: `36.78`, `36.7`, `36.0`. */
function quotePrice(ticks: number): string {
  return ticks % 100 === 0 ? `${ticks / 100}.0` : String(ticks / 100);
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  using file = await Deno.create(path);
  const encoder = new TextEncoder();
  let chunk = "";
  const flush = async () => {
    const bytes = encoder.encode(chunk);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    chunk = "";
  };
  for (const line of lines) {
    chunk += `${line}\r\n`;
    if (chunk.length > CHUNK_CHARS) await flush();
  }
  await flush();
}
