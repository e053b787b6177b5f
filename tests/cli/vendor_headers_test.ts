/**
 * Files as vendors write them. The test follows the advice on a misunderstood first line in a shell, as a user would;
 * then the rows that the advice is based on are records, or the advice names the columns that cannot be used.
 */
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { systemClock } from "../../kernel/clock.ts";
import { TIME_UNITS } from "../../records/values/epoch_number.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import { type FileSourceOptions, openFileSource } from "../../sources/files/file_source.ts";
import { SAMPLED_ROWS } from "../../sources/formats/advice/header_sample.ts";
import { SourceError } from "../../sources/source.ts";

/** One file, and its expected result. */
interface VendorFile {
  readonly name: string;
  readonly text: string;
  readonly kind: RecordKind;
  readonly exchange: string;
  /** The columns that the advice keeps as they are, or cannot use. */
  readonly untaken: readonly string[];
  /** Rows that are records at the end; null if the advice gives no line. */
  readonly rows: number | null;
}

const ROWS = 30;

function file(
  name: string,
  header: string,
  row: (index: number) => string,
  about: Pick<VendorFile, "kind" | "exchange"> & Partial<VendorFile>,
): VendorFile {
  const lines = [header, ...Array.from({ length: ROWS }, (_, index) => row(index))];
  return { name, text: lines.map((line) => `${line}\n`).join(""), untaken: [], rows: ROWS, ...about };
}

const two = (index: number) => String(index).padStart(2, "0");

const FILES: readonly VendorFile[] = [
  file("futures.csv", "id,price,qty,quote_qty,time,is_buyer_maker", (index) => {
    return `580000${two(index)},93500.${index},0.002,187.0,17356896000${two(index)},false`;
  }, { kind: "trade", exchange: "BINANCE" }),
  file("tardis.csv.gz", "exchange,symbol,timestamp,local_timestamp,id,side,price,amount", (index) => {
    return `binance-futures,BTCUSDT,17304192001234${two(index)},17304192001266${
      two(index)
    },${index},sell,70123.1,0.003`;
  }, { kind: "trade", exchange: "BINANCE", untaken: ["exchange"] }),
  file("it's a day's.csv", "ts_recv,ts_event,action,side,price,size,symbol", (index) => {
    const instant = `2025-09-08T00:00:${two(index)}.004194717Z`;
    return `${instant},${instant},T,${index % 2 === 0 ? "N" : "B"},6505.250000000,6,ESU5`;
  }, { kind: "trade", exchange: "CME", untaken: ["side"] }),
  file("fixed.csv", "ts_event,side,price,size", (index) => {
    return `17572896000041947${two(index)},B,6505000000000,3`;
  }, { kind: "trade", exchange: "CME", untaken: ["side", "price"], rows: 0 }),
  file("quotes.csv.gz", "#RIC,Date-Time,GMT Offset,Bid Price,Bid Size,Ask Price,Ask Size", (index) => {
    return `TRI.N,2018-01-04T17:01:${two(index)}.402881806Z,-5,${index % 3 === 0 ? "," : "43.98,5"},43.99,5`;
  }, { kind: "quote", exchange: "NYSE" }),
  file("codes.csv", '#RIC,Date-Time,Price,Volume,Qualifiers,"Seq. No., ""own"""', (index) => {
    return `TRI.N,2018-01-04T17:01:${two(index)}.402Z,43.97,${index + 1},"@F I[GV4_TEXT];0[ACVOL_1]",${index}`;
  }, { kind: "trade", exchange: "NYSE", untaken: ["Qualifiers"] }),
  file("sizes.csv", "timestamp,askPrice,bid_price,ask_volume,bid_volume,x,x,", (index) => {
    return `1704153600${index + 100},1.10427,1.10424,0.9${index},1.20,a,b,c`;
  }, { kind: "quote", exchange: "BINANCE" }),
  // The advice drops a field for a value far from the first one, and reports a column that only a few rows fill.
  file("later.csv", "symbol,time,price,size,sequence_number,seller", (index) => {
    const price = index === 7 ? "n/a" : "1.5";
    return `X,2024-01-02T10:00:${two(index)}Z,${price},1,${index === 9 ? "A9" : index},a`;
  }, { kind: "trade", exchange: "NYSE", untaken: ["sequence_number", "price"], rows: ROWS - 1 }),
  // Of three names that look like instants, one is an instant.
  file("times.csv", "ticker,GMT date offset,update time,report time zone,price,size", (index) => {
    return `A,-5,2024-01-02T10:00:${two(index)}Z,EST,157.35,10`;
  }, { kind: "trade", exchange: "NYSE" }),
  file("tabs.tsv", "Symbol\tTime\tPrice\tSize\tVenue's own", (index) => {
    return `X\t2024-01-02T10:00:${two(index)}Z\t1.5\t10\t"A"`;
  }, { kind: "trade", exchange: "NYSE" }),
  file("marks.csv", "Symbol;Time;Price;Size;Note", (index) => {
    return `X;2024-01-02T10:00:${two(index)},123Z;1.5;10;a, b`;
  }, { kind: "trade", exchange: "NYSE" }),
  file("pipes.csv.gz", '"Symbol"|"Time"|Price|Size|Note', (index) => {
    return `X|2024-01-02T10:00:${two(index)}Z|1.5|10|"a"`;
  }, { kind: "trade", exchange: "NYSE" }),
  // A time of day is no instant.
  file("day.csv", "Time,symbol,price,size", (index) => `09:30:${two(index)},A,1.5,10`, {
    kind: "trade",
    exchange: "NYSE",
    untaken: ["Time"],
    rows: null,
  }),
];

async function errorOf(options: FileSourceOptions): Promise<SourceError> {
  const error: unknown = await openFileSource(options).open().then((reader) => reader.close(), (cause) => cause);
  assert.ok(error instanceof SourceError && error.code === "bad_header", Deno.inspect(error));
  return error;
}

function optionsFor(path: string, { kind, exchange }: Pick<VendorFile, "kind" | "exchange">): FileSourceOptions {
  const assetClass = exchange === "BINANCE" ? "crypto" : exchange === "CME" ? "futures" : "equities";
  return { path, format: "csv", kind, exchange, assetClass, currency: "USD", timeZone: "UTC", clock: systemClock };
}

/** The flags that the advice names, and a symbol if one is missing. */
function advised(message: string): Partial<FileSourceOptions> {
  const timeUnit = TIME_UNITS.find((unit) => message.includes(`--time-unit s, ms, us or ns: ${unit} is`));
  return {
    timeUnit,
    ...(message.includes("--finer keep") ? { finer: "keep" } : {}),
    ...(message.includes("--symbol") ? { symbol: "X" } : {}),
  };
}

/** Follows the advice; where it leaves the choice of `timestamp` to the user, takes another one. */
async function swap(message: string, folder: string): Promise<string | null> {
  const command = /This puts it there:\n {2}(.*)$/m.exec(message)?.[1];
  if (command === undefined) return null;
  const choice = /timestamp \(one of "([^"]+)"/.exec(message)?.[1];
  const pasted = choice === undefined ? command : command.replace(`vendor_data.${choice}`, "timestamp");
  const { success, stderr } = await new Deno.Command("bash", { args: ["-c", pasted], cwd: folder }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return join(folder, /> (NEW\S*)$/.exec(command)?.[1] ?? "");
}

/** Why each row is refused; empty text for a record. */
async function read(options: FileSourceOptions): Promise<readonly string[]> {
  const reader = await openFileSource(options).open();
  try {
    const batch = await reader.next(1_000);
    return batch?.rows.map((row) => row.ok ? "" : row.reason) ?? [];
  } finally {
    await reader.close();
  }
}

function untakenIn(message: string): readonly string[] {
  return [...message.matchAll(/^ {2}"([^"]*)" (?:is not what its name says|cannot be taken)/gm)].map(([, name]) =>
    name ?? ""
  );
}

for (const vendorFile of FILES) {
  Deno.test(`the advised header makes the rows of ${vendorFile.name} load`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "it's " });
    try {
      const path = join(folder, vendorFile.name);
      const bytes = new TextEncoder().encode(vendorFile.text);
      await Deno.writeFile(path, path.endsWith(".gz") ? gzipSync(bytes) : bytes);
      const options = optionsFor(path, vendorFile);
      const { message } = await errorOf(options);
      assert.deepEqual([...untakenIn(message)].sort(), [...vendorFile.untaken].sort(), message);
      const next = await swap(message, folder);
      assert.equal(next === null, vendorFile.rows === null, message);
      if (next === null) return;
      const rows = await read({ ...options, path: next, ...advised(message) });
      assert.equal(rows.length, ROWS);
      assert.equal(
        rows.filter((reason) => reason === "").length,
        vendorFile.rows,
        `${message}\n${rows.find((reason) => reason !== "")}`,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

for (const name of ["ticks.csv", "ticks.csv.gz"]) {
  Deno.test(`a file that was rewritten from ${name} and is refused again is rewritten into a third one`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const rows = Array.from({ length: ROWS }, (_, index) => `X,2024-01-02T10:00:${two(index)}Z,1.5,${index + 1}\n`);
      const bytes = new TextEncoder().encode(`sym,time,px,qty\n${rows.join("")}`);
      let path = join(folder, name);
      await Deno.writeFile(path, name.endsWith(".gz") ? gzipSync(bytes) : bytes);
      const about = { kind: "trade", exchange: "NYSE" } as const;
      const written: string[] = [];
      // Simulates a user who mistypes the name of a column after each command.
      for (let round = 0; round < 3; round++) {
        const next = await swap((await errorOf(optionsFor(path, about))).message, folder);
        assert.ok(next !== null && next !== path, String(next));
        assert.equal((await read(optionsFor(next, about))).filter((reason) => reason === "").length, ROWS, next);
        written.push(basename(next));
        const isGzip = next.endsWith(".gz");
        const content = await Deno.readFile(next);
        const text = new TextDecoder().decode(isGzip ? gunzipSync(content) : content);
        const mistyped = new TextEncoder().encode(text.replace("price", "px"));
        await Deno.writeFile(next, isGzip ? gzipSync(mistyped) : mistyped);
        path = next;
      }
      const end = name.slice("ticks".length);
      assert.deepEqual(written, [`NEW${end}`, `NEW2${end}`, `NEW3${end}`]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Files whose first line is not their header: the names, and the lines before the rows. */
const STEPS: readonly {
  readonly name: string;
  readonly kind: "trade" | "quote";
  readonly names: string;
  readonly text: (row: string) => string;
}[] = [
  { name: "a day's rows.csv", kind: "trade", names: "timestamp,price,quantity", text: (rows) => rows },
  { name: "rows.csv.gz", kind: "trade", names: "timestamp,price,quantity", text: (rows) => rows },
  { name: "rows.tsv.gz", kind: "trade", names: "timestamp,price,quantity", text: (rows) => rows.replaceAll(",", "\t") },
  { name: "preamble.csv.gz", kind: "trade", names: "", text: (rows) => `Exported by,Vendor\ntime,price,size\n${rows}` },
  { name: "quotes.csv.gz", kind: "quote", names: "timestamp,bid_price,ask_price", text: (rows) => rows },
  {
    name: "quotes.csv",
    kind: "quote",
    names: "",
    text: (rows) => `timestamp,bid,ask\r\n${rows.replaceAll("\n", "\r\n")}`,
  },
  {
    name: "tabs.csv",
    kind: "quote",
    names: "",
    text: (rows) => `timestamp\tbid_price\task_price\n${rows}`.replaceAll(",", "\t"),
  },
];

for (const { name, kind, names, text } of STEPS) {
  Deno.test(`the advice for the first lines of ${name}, followed step by step, makes a record of each row`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "it's " });
    try {
      const rows = Array.from({ length: ROWS }, (_, index) => `2024-01-02T10:00:${two(index)}Z,1.5,${index + 2}\n`);
      let path = join(folder, name);
      const bytes = new TextEncoder().encode(text(rows.join("")));
      await Deno.writeFile(path, name.endsWith(".gz") ? gzipSync(bytes) : bytes);
      const optionsOf = (path: string): FileSourceOptions => ({
        ...optionsFor(path, { kind, exchange: "NYSE" }),
        symbol: "X",
      });
      const said: string[] = [];
      for (;;) {
        const error: unknown = await openFileSource(optionsOf(path)).open().then(
          (reader) => reader.close(),
          (cause) => cause,
        );
        if (error === undefined) break;
        assert.ok(error instanceof SourceError && said.length < 3, `${Deno.inspect(error)}\n${said.join("\n")}`);
        said.push(error.message);
        const command = error.message.match(/^ {2}.* > NEW\S*$/gm)?.at(-1)?.replace(" NAMES;", ` ${names};`) ?? "";
        const { success, stderr } = await new Deno.Command("sh", { args: ["-c", command], cwd: folder }).output();
        assert.ok(success, `${command}\n${new TextDecoder().decode(stderr)}`);
        path = join(folder, / > (NEW\S*)$/.exec(command)?.[1] ?? "");
      }
      const reader = await openFileSource(optionsOf(path)).open();
      try {
        const read = (await reader.next(1_000))?.rows ?? [];
        assert.equal(read.filter(({ ok }) => ok).length, ROWS, said.join("\n"));
        assert.equal(read.length, ROWS);
        const sizes = read.map((row) =>
          row.ok && "vendor_data" in row.record ? row.record.vendor_data?.["sizes"] : null
        );
        assert.ok(kind === "trade" || sizes.every((size) => size === "unknown"), Deno.inspect(sizes));
      } finally {
        await reader.close();
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

const VENDORS = join(import.meta.dirname ?? ".", "..", "..", "..", "shared", "cases", "vendors");
const REAL: readonly (readonly [path: string, kind: RecordKind, exchange: string])[] = [
  ["binance/BTCUSDT-futures-um-trades-2025-01-01.csv", "trade", "BINANCE"],
  ["databento/glbx-mdp3-20250908.trades.pretty.csv", "trade", "CME"],
  ["databento/glbx-mdp3-20250908.trades.raw.csv", "trade", "CME"],
  ["dukascopy/eurusd-tick-2024-01-02.csv", "quote", "BINANCE"],
  ["iex/20240102_trades.csv", "trade", "NASDAQ"],
  ["lseg/ondemand-quotes.csv.gz", "quote", "NYSE"],
  ["lseg/ondemand-trades.csv.gz", "trade", "NYSE"],
  ["misc/european.csv", "trade", "ASX"],
  ["misc/tab.tsv", "trade", "ASX"],
  ["polygon/2026-09-18.trades_v1.csv.gz", "trade", "NASDAQ"],
  ["taq/EQY_US_ALL_TRADE_20161024", "trade", "NYSE"],
  ["tardis/binance-futures_trades_2024-11-01_BTCUSDT.csv.gz", "trade", "BINANCE"],
  ["tardis/deribit_trades_2024-11-01_OPTIONS.csv.gz", "trade", "DERIBIT"],
];

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

for (const [path, kind, exchange] of REAL) {
  Deno.test({
    name: `the advised header makes the first rows of ${path} load, or a reason is given`,
    ignore: !isThere(VENDORS), // They are beside a clone only where vendors' samples were put there.
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        const options = optionsFor(join(VENDORS, path), { kind, exchange });
        const { message } = await errorOf(options);
        const next = await swap(message, folder);
        if (next === null || message.includes("cannot be taken")) {
          assert.match(message, /cannot be taken|is not what its name says|makes one with commas/);
          return;
        }
        const rows = await read({ ...options, path: next, ...advised(message) });
        const sampled = rows.slice(0, SAMPLED_ROWS);
        assert.ok(sampled.length > 0 && sampled.every((reason) => reason === ""), `${message}\n${sampled.join("\n")}`);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
