/**
 * The cells of JSON rows, and the readers of cells: compared with slow and plain readings of the same bytes.
 *
 * @module
 */
import { Decimal } from "decimal.js";
import { RecordError } from "../../../records/errors.ts";
import { bigOfHalves, WideInteger } from "../../../records/values/wide_integer.ts";
import { ABSENT, ARRAY, type Cells, FALSE, NULL, NUMBER, OBJECT, TEXT, TRUE } from "../../../sources/formats/cells.ts";
import { JsonCells } from "../../../sources/formats/json_cells.ts";
import type { JsonLayout, JsonPath } from "../../../sources/formats/json_layout.ts";
import { JsonNumber, JsonRowError, type JsonRowValue, parseJsonValue } from "../../../sources/formats/json_row.ts";
import { decodeText } from "../../../sources/formats/row_parser.ts";
import type { DecimalOptions } from "../../../sources/formats/readers/decimal_options.ts";
import { decimalReader } from "../../../sources/formats/readers/decimal_reader.ts";
import type { InstantContext, InstantOptions } from "../../../sources/formats/readers/instant_options.ts";
import { instantReader } from "../../../sources/formats/readers/instant_reader.ts";
import { integerReader } from "../../../sources/formats/readers/integer_reader.ts";
import { listReader } from "../../../sources/formats/readers/list_reader.ts";
import { sideReader } from "../../../sources/formats/readers/side_reader.ts";
import { textReader } from "../../../sources/formats/readers/text_reader.ts";
import { ACCEPTED, expect, type FuzzTarget } from "../fuzz_target.ts";

const encoder = new TextEncoder(), utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

const LAYOUTS: readonly JsonLayout[] = [
  { paths: [["price"], ["timestamp"], ["vendor_data"], ["vendor_data", "x"]], listed: [["vendor_data"]] },
  { paths: [["stream"], ["data", "p"], ["data", "q"]], ignored: [["data", "M"]], open: [["data"], []] },
  { paths: [["channel"], ["data", "price"], ["data", "side"]], each: ["data"] },
  { paths: [[3], [1, 0], [1, 2]], each: [1] },
];
const WALKERS = LAYOUTS.map((layout) => ({ layout, cells: new JsonCells(layout) }));

export const jsonCells: FuzzTarget = {
  name: "json_cells",
  run: (input) => WALKERS.map(({ layout, cells }) => walk(input, layout, cells)),
  tokens: ['"price":', '"data":[', '"data":{', '"p":', "[[", '"x":"\\ud83d\\ude00"', '"\\u0070rice":'],
};

function walk(input: Uint8Array, layout: JsonLayout, cells: JsonCells): string {
  const fault = cells.read(input, 0, input.length);
  const row = slowRow(input);
  if (fault !== null) {
    const isOther = !(row instanceof Error) && (layout.each?.[0] === 1 ? !Array.isArray(row) : !(row instanceof Map));
    expect(isOther || (row instanceof Error && row.message === fault.error.message), () => fault.error.message);
    return fault.error.rule;
  }
  if (row instanceof Error) throw row;
  const { each } = layout;
  const list = each === undefined ? undefined : valueAt(row, each);
  const elements = each === undefined ? 1 : Array.isArray(list) ? list.length : -1;
  expect(cells.elements === elements, () => `it has ${cells.elements} records, and should have ${elements}`);
  for (let element = 0; element < elements; element++) {
    if (each !== undefined) cells.select(element);
    for (const [slot, path] of layout.paths.entries()) {
      const isInner = each !== undefined && path.length > each.length && each.every((step, at) => path[at] === step);
      const value = isInner ? valueAt(row, [...each, element, ...path.slice(each.length)]) : valueAt(row, path);
      const found = shownCell(cells, slot), wanted = shownValue(value);
      expect(found === wanted, () => `${JSON.stringify(path)} is ${found}, and should be ${wanted}`);
    }
  }
  return ACCEPTED;
}

function slowRow(input: Uint8Array): JsonRowValue | JsonRowError {
  const text = decodeText(input);
  if (text === null) return new JsonRowError("not_json", "It is not text.");
  try {
    return parseJsonValue(text);
  } catch (error) {
    if (error instanceof JsonRowError) return error;
    throw error;
  }
}

function valueAt(row: JsonRowValue, path: JsonPath): JsonRowValue | undefined {
  let value: JsonRowValue | undefined = row;
  for (const step of path) {
    if (typeof step === "string") value = value instanceof Map ? value.get(step) : undefined;
    else value = Array.isArray(value) ? value[step] : undefined;
  }
  return value;
}

function shownCell({ buffer, starts, ends, kinds }: Cells, slot: number): string {
  const kind = kinds[slot] ?? ABSENT;
  const text = utf8.decode(buffer.subarray(starts[slot], ends[slot]));
  if (kind === TEXT || kind === NUMBER) return `${kind} ${text}`;
  return kind === ARRAY || kind === OBJECT ? shownValue(parseJsonValue(text)) : String(kind);
}

function shownValue(value: JsonRowValue | undefined): string {
  if (value === undefined || value === "") return String(ABSENT);
  if (value === null) return String(NULL);
  if (typeof value === "boolean") return String(value ? TRUE : FALSE);
  // What is no UTF-8 is compared as what stands for it.
  if (typeof value === "string") return `${TEXT} ${utf8.decode(loose(value))}`;
  if (value instanceof JsonNumber) return `${NUMBER} ${value.text}`;
  if (Array.isArray(value)) return `${ARRAY} ${JSON.stringify(value.map(shownValue))}`;
  const members = value instanceof Map ? [...value].map(([key, one]) => [key, shownValue(one)]) : [];
  return `${OBJECT} ${JSON.stringify(members)}`;
}

/** Bytes of a text in which an unpaired surrogate has three bytes of its own. */
function loose(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xd800 && code < 0xe000) bytes.push(0xed, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

const CONTEXT: InstantContext = {
  timeZone: "America/New_York",
  ambiguousTime: "earlier",
  timeUnit: "us",
  earliestMicros: Number.MIN_SAFE_INTEGER,
  finer: "keep",
  fileDate: "2024-12-31",
  mayBeOld: false,
  now: () => 1_735_700_000_000_000,
};
const CELL = { slot: 0, field: "timestamp" };
const INSTANTS: readonly InstantOptions[] = [
  { ...CELL, encoding: "declared" },
  ...(["s", "ms", "us", "ns"] as const).map((unit) => ({ ...CELL, encoding: "epoch" as const, unit })),
  { ...CELL, encoding: "epoch", unit: { by: "digits", units: ["s", "ms", "us", "ns"] } },
  { encoding: "calendar", date: { ...CELL, pattern: "dd.MM.yyyy HH:mm:ss[.S]" }, time: null, zone: "settings" },
  { encoding: "calendar", date: { from: "file" }, time: { ...CELL, pattern: "HHmmssSSSSSSSSS" }, zone: "settings" },
  { encoding: "calendar", date: { from: "file" }, time: { ...CELL, sinceMidnight: "ms" }, zone: { zone: "UTC" } },
  { encoding: "calendar", date: { ...CELL, pattern: "yyyyMMddHHmmssZ" }, time: null, zone: "settings" },
];
const INSTANT_READERS = INSTANTS.map((options) => ({ options, reader: instantReader(options, CONTEXT) }));

export const instantCells: FuzzTarget = {
  name: "instant_cells",
  run(input) {
    const cells = cellOf(input);
    return INSTANT_READERS.map(({ options, reader }) =>
      ruled(() => {
        const micros = reader.read(cells), { nanos } = reader;
        if (Number.isNaN(micros)) return "nothing";
        expect(Number.isSafeInteger(micros) && nanos >= 0 && nanos < 1000, () => `it is ${micros} and ${nanos}`);
        if (options.encoding === "epoch" && typeof options.unit === "string") {
          const { unit } = options, places = { s: 9, ms: 6, us: 3, ns: 0 }[unit];
          const wanted = new Exact(utf8.decode(input)).times(new Exact(10).pow(places)).toFixed();
          const found = String(BigInt(micros) * 1000n + BigInt(nanos));
          expect(found === wanted.replace(/^-0$/, "0"), () => `it is ${found} ns, and should be ${wanted}`);
        }
        return ACCEPTED;
      })
    );
  },
  tokens: [
    "31.12.2024 09:30:00.123",
    "093000417837000",
    "20241231093000+0100",
    "34713.685155243",
    "1.7e9",
    "1735689600010866",
  ],
};

const Exact = Decimal.clone({ precision: 2_000, toExpNeg: -2_000, toExpPos: 2_000 });
const DECIMAL_OPTIONS: readonly Omit<DecimalOptions, "slot" | "field">[] = [
  {},
  { signed: true },
  { mark: "," },
  { shift: 4 },
  { shift: 9, missing: ["9223372036854775807"] },
  { roundTo: 5 },
  { absolute: true, whole: "" },
];
const DECIMALS = DECIMAL_OPTIONS.map((options) => ({
  options,
  reader: decimalReader({ slot: 0, field: "timestamp", ...options }),
}));
const OTHERS = [
  sideReader({ ...CELL, encoding: "symbol" }),
  sideReader({ ...CELL, encoding: "sign", of: "maker" }),
  sideReader({ ...CELL, encoding: "buyer_is_maker" }),
  sideReader({ ...CELL, encoding: "words", words: { b: "BUY", s: "SELL" } }),
  textReader({ ...CELL, digits: true }),
  listReader({ ...CELL, separator: "," }),
  listReader({ ...CELL, width: 1 }),
];
const wide = new WideInteger();
const INTEGERS = [integerReader({ ...CELL, bits: 64 }), integerReader({ ...CELL, bits: 32, leadingZeros: true })];

export const valueCells: FuzzTarget = {
  name: "value_cells",
  run(input) {
    const cells = cellOf(input), text = utf8.decode(input);
    const decimals = DECIMALS.map(({ options, reader }) =>
      ruled(() => {
        if (!reader.read(cells, wide)) return "nothing";
        const { shift = 0, mark = ".", roundTo, absolute = false } = options;
        const written = new Exact(mark === "," ? text.replace(",", ".") : text).times(new Exact(10).pow(8 - shift));
        const value = absolute ? written.abs() : written;
        const found = new Exact(bigOfHalves(wide.high, wide.low).toString());
        const isNear = roundTo !== undefined &&
          found.minus(value).abs().lessThanOrEqualTo(new Exact(10).pow(8 - roundTo - 3));
        expect(isNear || found.equals(value), () => `it is ${found.toFixed()}, and should be ${value.toFixed()}`);
        return ACCEPTED;
      })
    );
    const integers = INTEGERS.map((reader) =>
      ruled(() => {
        if (!reader.read(cells, wide)) return "nothing";
        const found = bigOfHalves(wide.high, wide.low);
        expect(found === BigInt(text), () => `it is ${found}`);
        return ACCEPTED;
      })
    );
    const others = OTHERS.map((reader) => ruled(() => reader.read(cells) === null ? "nothing" : ACCEPTED));
    return [...decimals, ...integers, ...others];
  },
  tokens: ["0.30000000000000004", "9223372036854775807", "1e-05", "45,67", "SELL_SHORT", "True"],
};

/** A cell of a delimited row, with other bytes around it. */
function cellOf(input: Uint8Array): Cells {
  const buffer = new Uint8Array(input.length + 2).fill(0x37);
  buffer.set(input, 1);
  const kind = input.length === 0 ? ABSENT : TEXT;
  return {
    buffer,
    starts: Int32Array.of(1),
    ends: Int32Array.of(input.length + 1),
    kinds: Uint8Array.of(kind),
    count: 1,
    isPlain: input.every((byte) => byte < 0x80),
  };
}

function ruled(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof RecordError && error.field.startsWith("timestamp")) return error.rule;
    if (error instanceof RecordError && error.field === "date of the file and timestamp") return error.rule;
    throw error;
  }
}
