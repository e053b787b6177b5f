/** Rows that are parsed at once against the same rows parsed one by one. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import type { RecordKind } from "../../../schemas/record_types.ts";
import { OpenInstant } from "../../../records/ids/open_instant.ts";
import { type AlikeOptions, readAlike } from "../../../tests/support/alike_reads.ts";
import { asxParser } from "../../../tests/support/source_input.ts";

const encoder = new TextEncoder();
const two = (value: number) => String(value).padStart(2, "0");

/** A time of day by milliseconds. */
function clockTime(millis: number): string {
  const seconds = Math.floor(millis / 1000);
  return `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${
    String(millis % 1000).padStart(3, "0")
  }`;
}

const price = fc.oneof(
  { weight: 150, arbitrary: fc.integer({ min: 1, max: 99_999 }).map((cents) => (cents / 100).toFixed(2)) },
  fc.constantFrom(
    "0",
    "0.00",
    "12",
    "12.",
    ".5",
    "00012.5",
    "12.12345678",
    "12.123456789",
    "12.1234567800",
    "9999999999",
    "12345678",
    "123456789",
    "12345678.12345678",
    "123456789.12345678",
    "0.00000001",
    "0001234567.5",
    "5.",
  ),
  fc.constantFrom(
    "10000000000",
    "-1",
    "1e3",
    " 1",
    "1 ",
    "",
    "1,5",
    "abc",
    "12.5.1",
    ".",
    "1/2",
    "1:2",
    "12345678/",
    "1.:",
    "٣",
    "1\u00002",
    '"3.5"',
  ),
);
const quantity = fc.oneof(
  { weight: 150, arbitrary: fc.integer({ min: 1, max: 1_000_000 }).map(String) },
  fc.constantFrom("0", "1.5", "007", "", "99999999999", "-5", '"7"'),
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 0, 0, 1, 250) },
  fc.constantFrom(-5000, 3_600_000, 60_000),
);
const ending = fc.oneof({ weight: 100, arbitrary: fc.constant("\n") }, fc.constantFrom("\r\n", "\n\n", "\r\r\n", "\r"));
const row = fc.record({
  step,
  price,
  other: price,
  quantity,
  code: fc.oneof({ weight: 30, arbitrary: fc.constantFrom("0", "0", "25") }, fc.constantFrom("3", "x", "")),
  venue: fc.oneof({ weight: 50, arbitrary: fc.constantFrom("", "X") }, fc.constantFrom("ö", '"a,b"', "Y")),
  ending,
  odd: fc.oneof({ weight: 150, arbitrary: fc.constant("") }, fc.constantFrom("extra", "header", "date", "repeat")),
});
type Row = typeof row extends fc.Arbitrary<infer R> ? R : never;

const PLAIN: Row = {
  step: 0,
  price: "10.00",
  other: "11.00",
  quantity: "5",
  code: "25",
  venue: "",
  ending: "\n",
  odd: "",
};

const HEADERS = {
  trade: "symbol,timestamp,price,quantity,trade_conditions,vendor_data.note,vendor_data.venue",
  quote: "symbol,timestamp,bid_price,bid_quantity,ask_price,ask_quantity,vendor_data.note",
} as const;
const UNITS = { s: 1000, ms: 1, us: 1 / 1000, ns: 1 / 1_000_000 } as const;

/** The text of a file: its lines go on from one instant to the next. */
function textOf(
  rows: readonly Row[],
  line: Line,
  header: string,
): string {
  let millis = 36_000_000, last = "";
  return header + rows.map((row, number) => {
    millis = Math.max(0, millis + row.step);
    const text = row.odd === "repeat" && last !== ""
      ? last
      : row.odd === "header"
      ? header.trimEnd()
      : line(row, millis, number);
    last = text;
    return text + (row.odd === "extra" ? "," : "") + row.ending;
  }).join("");
}

type Line = (row: Row, millis: number, number: number) => string;

const tickLine = (kind: RecordKind): Line => (row, millis) => {
  const date = row.odd === "date" ? "04/06/2014" : millis >= 86_400_000 ? "03/11/2014" : "03/10/2014";
  const start = `${date},${clockTime(millis % 86_400_000)},${row.price},`;
  return kind === "trade"
    ? `${start}${row.quantity},${row.code},${row.venue},`
    : `${start}${row.other},${row.quantity},${row.code}0`;
};

const namedLine =
  (kind: RecordKind, unit: keyof typeof UNITS | "iso") => (row: Row, millis: number, number: number): string => {
    const epoch = Date.UTC(2024, 4, 6) + millis;
    const time = unit === "iso" || row.odd === "date" ? new Date(epoch).toISOString() : String(
      BigInt(Math.floor(unit === "s" ? epoch / 1000 : epoch)) * BigInt(Math.round(1 / Math.min(1, UNITS[unit]))),
    );
    const symbol = number % 5 === 4 ? "RIO" : "BHP";
    return kind === "trade"
      ? `${symbol},${time},${row.price},${row.quantity},${row.code},${row.venue},${row.code}`
      : `${symbol},${time},${row.price},${row.quantity},${row.other},1${row.code},${row.venue}`;
  };

const SHARED = { exchange: "ASX", assetClass: "equities", currency: "AUD", timeZone: "Australia/Sydney" } as const;
const CASES: readonly (readonly [name: string, options: AlikeOptions, line: Line, header: string])[] = [
  ...(["trade", "quote"] as const).flatMap((kind) => [
    [
      `asx-ticks ${kind}`,
      { ...SHARED, format: "asx-ticks", kind, symbol: "BHP", companyId: "7078" },
      tickLine(kind),
      "",
    ] as const,
    ...(["s", "ms", "us", "ns", "iso"] as const).map((unit) =>
      [
        `csv ${kind} ${unit}`,
        { ...SHARED, format: "csv", kind, ...(unit === "iso" ? {} : { timeUnit: unit }) },
        namedLine(kind, unit),
        `${HEADERS[kind]}\n`,
      ] as const
    ),
  ]),
  // Rows with ids, which are like no other: where they have none, that must not be taken for one.
  [
    "csv trade with ids",
    { ...SHARED, format: "csv", kind: "trade", timeUnit: "ms" },
    (row, millis) =>
      `BHP,${Date.UTC(2024, 4, 6) + millis},${row.price},${row.quantity},${row.code},${row.venue && "7"}`,
    "symbol,timestamp,price,quantity,trade_id,source_sequence\n",
  ],
];

for (const [name, options, line, header] of CASES) {
  Deno.test(`Rows that are parsed at once are those that are parsed one by one: ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = join(folder, "rows.csv");
      const given = fc.tuple(
        fc.array(row, { minLength: 1, maxLength: 300, size: "max" }),
        fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
      );
      await fc.assert(
        fc.asyncProperty(given, async ([rows, sizes, takeLastLine]) => {
          // The first row says what the file is.
          await Deno.writeTextFile(path, textOf([PLAIN, ...rows], line, header));
          const all = { ...options, takeLastLine };
          const expected = await readAlike(path, all, sizes, false);
          const found = await readAlike(path, all, sizes, true);
          assert.equal(expected.alike, 0);
          assert.deepEqual(found.batches, expected.batches);
        }),
        { numRuns: 40 },
      );
      if (name.endsWith("iso") || name.endsWith("ids")) return;
      // Drawn rows may all be odd ones; rows that are alike are parsed at once.
      await Deno.writeTextFile(path, textOf(Array.from({ length: 400 }, () => PLAIN), line, header));
      const { alike } = await readAlike(path, options, [200], true);
      assert.ok(alike > 300, `only ${alike} rows were parsed at once`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("Rows that are like any of those before are parsed at once", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "trades.csv"),
      options: AlikeOptions = { ...SHARED, format: "csv", kind: "trade", timeUnit: "ms" };
    const line = (at: number) => {
      const like = at % 60, note = "five.".repeat(like % 4).slice(like % 3);
      return `S${like},${Date.UTC(2024, 4, 6) + at},10.25,${at + 1},${like % 7},${note},\n`;
    };
    await Deno.writeTextFile(path, `${HEADERS.trade}\n${Array.from({ length: 2000 }, (_, at) => line(at)).join("")}`);
    const expected = await readAlike(path, options, [500], false), found = await readAlike(path, options, [500], true);
    assert.deepEqual(found.batches, expected.batches);
    // Each reader learns the sixty first, and rests after some that it knows nothing of; the fourth batch has another one.
    assert.ok(found.alike > 1700, `only ${found.alike} rows were parsed at once`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("A line that is the header ends a run, even if it could be a row", () => {
  const parser = asxParser("trade")(new OpenInstant());
  const rows = parser.gather?.(100) ?? assert.fail("ticks are parsed into columns");
  const line = (price: number) => `03/10/2014,10:00:06.717,${price},358,0,,`;
  const first = encoder.encode(line(1));
  const raw = { row: 1, line: 1, offset: 0, length: first.length, buffer: first, start: 0, end: first.length };
  assert.equal(rows.add(raw), null);
  const lines = Array.from({ length: 30 }, (_, at) => `${line(at + 2)}\n`);
  const run = {
    bytes: encoder.encode(lines.join("")),
    maxRows: 50,
    maxRowBytes: 1000,
    header: encoder.encode(line(7)),
    first: { row: 2, line: 2, offset: first.length + 1, length: 0 },
  };
  assert.equal(rows.addAlike?.(run)?.starts.length, 5);
});

Deno.test("Rows after some of another date that teach nothing have their own date", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "quotes.csv"),
      options: AlikeOptions = { ...SHARED, format: "csv", kind: "quote", timeUnit: "ms" };
    const quotes = (hour: number, bid: string, count: number) =>
      Array.from({ length: count }, (_, at) => `BHP,${Date.UTC(2024, 4, 6, hour) + at},${bid},10.50,200,\n`).join("");
    // A side of these is absent. After how many such rows a run is tried again depends on how many there were.
    for (let count = 1; count <= 8; count++) {
      const rows = quotes(1, "10.25,100", 40) + quotes(25, ",", count) + quotes(26, "10.25,100", 40);
      await Deno.writeTextFile(path, `${HEADERS.quote}\n${rows}`);
      const expected = await readAlike(path, options, [200], false),
        found = await readAlike(path, options, [200], true);
      assert.deepEqual(found.batches, expected.batches);
      assert.ok(found.alike > 50, `only ${found.alike} rows were parsed at once`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
