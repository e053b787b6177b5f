/**
 * Measures the parts of the record path that come before the columns, each alone: splitting a row into cells, and reading
 * one cell. CPU time of this process, the best round counts, because other programs can only slow one down:
 *
 *     deno run bench/cells.ts [rounds]
 *
 * @module
 */
import process from "node:process";
import { WideInteger } from "../records/values/wide_integer.ts";
import type { Cells } from "../sources/formats/cells.ts";
import { DelimitedCells, type DelimitedOptions } from "../sources/formats/delimited_cells.ts";
import { JsonCells } from "../sources/formats/json_cells.ts";
import type { JsonLayout } from "../sources/formats/json_layout.ts";
import { decimalReader } from "../sources/formats/readers/decimal_reader.ts";
import type { DecimalOptions } from "../sources/formats/readers/decimal_options.ts";
import type { InstantContext, InstantOptions } from "../sources/formats/readers/instant_options.ts";
import { instantReader } from "../sources/formats/readers/instant_reader.ts";
import { integerReader } from "../sources/formats/readers/integer_reader.ts";
import { listReader } from "../sources/formats/readers/list_reader.ts";
import { sideReader } from "../sources/formats/readers/side_reader.ts";
import { textReader } from "../sources/formats/readers/text_reader.ts";

const ROUNDS = Number(Deno.args[0] ?? 7), ROWS = 200_000;
const encoder = new TextEncoder();

/** Rows in one buffer, and where each begins and ends. */
interface Rows {
  readonly buffer: Uint8Array;
  readonly ends: Int32Array;
}

function rowsOf(rowAt: (index: number) => string): Rows {
  const texts = Array.from({ length: ROWS }, (_, index) => `${rowAt(index)}\n`);
  const ends = new Int32Array(ROWS);
  let at = 0;
  texts.forEach((text, index) => ends[index] = at += encoder.encode(text).length);
  return { buffer: encoder.encode(texts.join("")), ends };
}

/** The CPU time of a round, in nanoseconds a row. */
function measure(run: () => void): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) * 1000 / ROWS);
  }
  return best;
}

function eachRow({ buffer, ends }: Rows, take: (buffer: Uint8Array, start: number, end: number) => void): void {
  let start = 0;
  for (let index = 0; index < ROWS; index++) {
    const end = ends[index] ?? 0;
    take(buffer, start, end - 1);
    start = end;
  }
}

function show(name: string, nanos: number, bytes: number): void {
  const rate = `${(bytes / ROWS / nanos * 1000).toFixed(0)} MB/s`;
  console.log(`${name.padEnd(44)} ${nanos.toFixed(0).padStart(6)} ns ${rate.padStart(10)}`);
}

function delimited(name: string, options: DelimitedOptions, rowAt: (index: number) => string): void {
  const rows = rowsOf(rowAt), cells = new DelimitedCells(options);
  const run = () =>
    eachRow(rows, (buffer, start, end) => {
      if (cells.split(buffer, start, end) !== null) throw new Error("a row is refused");
    });
  show(`split ${name}`, measure(run), rows.buffer.length);
}

function json(name: string, layout: JsonLayout, rowAt: (index: number) => string): void {
  const rows = rowsOf(rowAt), cells = new JsonCells(layout);
  const run = () =>
    eachRow(rows, (buffer, start, end) => {
      if (cells.read(buffer, start, end) !== null) throw new Error("a row is refused");
    });
  show(`walk ${name}`, measure(run), rows.buffer.length);
}

/** Measures the reading of cell 0 of rows that are split already. */
function reader(name: string, textAt: (index: number) => string, read: (cells: Cells) => unknown): void {
  const rows = rowsOf(textAt);
  const cells = new DelimitedCells({ delimiter: "\t" });
  const split = measure(() => eachRow(rows, (buffer, start, end) => cells.split(buffer, start, end)));
  const both = measure(() =>
    eachRow(rows, (buffer, start, end) => {
      cells.split(buffer, start, end);
      read(cells);
    })
  );
  show(`read ${name}`, Math.max(both - split, 1), rows.buffer.length);
}

const CONTEXT: InstantContext = {
  timeZone: "America/New_York",
  ambiguousTime: "refuse",
  timeUnit: "us",
  earliestMicros: 0,
  finer: "keep",
  fileDate: "2016-10-24",
  mayBeOld: false,
  now: () => 0,
};
const CELL = { slot: 0, field: "timestamp" };

function instant(name: string, options: InstantOptions, textAt: (index: number) => string): void {
  const one = instantReader(options, CONTEXT);
  reader(name, textAt, (cells) => one.read(cells));
}

function decimal(name: string, options: Partial<DecimalOptions>, textAt: (index: number) => string): void {
  const one = decimalReader({ slot: 0, field: "price", ...options }), into = new WideInteger();
  reader(name, textAt, (cells) => one.read(cells, into));
}

const two = (value: number) => String(value % 60).padStart(2, "0");
const iso = (index: number) => `2024-01-02T10:${two(index / 60 | 0)}:${two(index)}.${100_000 + index}`;

delimited(
  "ticks (7 columns)",
  {},
  (index) => `03/10/2014,10:00:${two(index)}.123,45.${100 + index % 900},${index},0,ASX,`,
);
delimited(
  "binance trades (7 columns)",
  { quoted: false },
  (index) => `${4358121000 + index},93576.01000000,0.00123000,115.09849230,${1735689600010866 + index},False,True`,
);
delimited(
  "massive trades (13 columns, one in quotes)",
  {},
  (index) =>
    `A,"12,37",0,4,${
      71675222901845 + index
    },1789718400814766587,157.350000,3372,1789718400831008119,10.000000,1,202,1789718400814766587`,
);
json(
  "binance trades (9 keys)",
  { paths: [["s"], ["t"], ["p"], ["q"], ["T"], ["m"]], ignored: [["e"], ["E"], ["M"]] },
  (index) =>
    `{"e":"trade","E":1735689600123,"s":"BTCUSDT","t":${
      12345 + index
    },"p":"93576.01000000","q":"0.00123000","T":1735689600122,"m":false,"M":true}`,
);
json(
  "ndjson trades (6 keys)",
  { paths: [["symbol"], ["timestamp"], ["price"], ["quantity"], ["side"], ["trade_id"]] },
  (index) =>
    `{"symbol":"BHP","timestamp":"${
      iso(index)
    }Z","price":45.67,"quantity":${index},"side":"BUY","trade_id":"T${index}"}`,
);
json(
  "kraken trades (2 in a row)",
  {
    paths: ["symbol", "side", "price", "qty", "trade_id", "timestamp"].map((key) => ["data", key]),
    each: ["data"],
    open: [[], ["data"]],
  },
  (index) => {
    const trade = (side: string) =>
      `{"symbol": "BTC/USD", "side": "${side}", "price": 42283.5, "qty": 1e-05, "ord_type": "market", "trade_id": ${index}, "timestamp": "${
        iso(index)
      }Z"}`;
    return `{"channel": "trade", "type": "update", "data": [${trade("buy")}, ${trade("sell")}]}`;
  },
);
instant("epoch us", { ...CELL, encoding: "epoch", unit: "us" }, (index) => String(1735689600010866 + index));
instant("epoch ns", { ...CELL, encoding: "epoch", unit: "ns" }, (index) => `17897184008147${10000 + index % 9000}`);
instant(
  "epoch s with a fraction",
  { ...CELL, encoding: "epoch", unit: "s" },
  (index) => `1704067200.${100_000 + index}`,
);
instant(
  "epoch by digits",
  { ...CELL, encoding: "epoch", unit: { by: "digits", units: ["ms", "us"] } },
  (index) => String(index % 2 === 0 ? 1735689600010 : 1735689600010866),
);
instant("ISO 8601", { ...CELL, encoding: "iso" }, (index) => `${iso(index)}Z`);
instant("ISO 8601 in a time zone", { ...CELL, encoding: "iso" }, iso);
instant("declared", { ...CELL, encoding: "declared" }, (index) => `${iso(index)}Z`);
instant(
  "HHmmssSSSSSSSSS and the file's date",
  {
    encoding: "calendar",
    date: { from: "file" },
    time: { ...CELL, pattern: "HHmmssSSSSSSSSS" },
    zone: "settings",
  },
  (index) => `0930${two(index)}${100_000_000 + index}`,
);
instant(
  "dd.MM.yyyy HH:mm:ss.SSS",
  { encoding: "calendar", date: { ...CELL, pattern: "dd.MM.yyyy HH:mm:ss.SSS" }, time: null, zone: { zone: "UTC" } },
  (index) => `02.01.2024 09:30:${two(index)}.123`,
);
instant(
  "ms since midnight and the file's date",
  { encoding: "calendar", date: { from: "file" }, time: { ...CELL, sinceMidnight: "ms" }, zone: "settings" },
  (index) => `${14400009 + index}.3671`,
);
decimal("decimal", {}, (index) => `93576.${10_000_000 + index}`);
decimal("whole decimal", { whole: "" }, (index) => String(index));
decimal("decimal times 10^-9", { shift: 9, missing: ["9223372036854775807"] }, (index) => `${6505000 + index}000000`);
decimal("decimal with noise", { roundTo: 5 }, (index) => `203.14${100 + index % 900}0000000003`);
reader(
  "side in words",
  (index) => index % 2 === 0 ? "buy" : "sell",
  (() => {
    const one = sideReader({ ...CELL, encoding: "words", words: { buy: "BUY", sell: "SELL", unknown: "UNKNOWN" } });
    return (cells) => one.read(cells);
  })(),
);
reader(
  "side by a flag",
  (index) => index % 2 === 0 ? "True" : "False",
  (() => {
    const one = sideReader({ ...CELL, encoding: "buyer_is_maker" });
    return (cells) => one.read(cells);
  })(),
);
reader(
  "whole number",
  (index) => String(4358121000 + index),
  (() => {
    const one = integerReader({ ...CELL, bits: 64 }), into = new WideInteger();
    return (cells) => one.read(cells, into);
  })(),
);
reader(
  "text",
  (index) => `T${index}`,
  (() => {
    const one = textReader(CELL);
    return (cells) => one.read(cells);
  })(),
);
reader(
  "list",
  (index) => index % 3 === 0 ? "12,37" : "14",
  (() => {
    const one = listReader({ ...CELL, separator: "," });
    return (cells) => one.read(cells);
  })(),
);
