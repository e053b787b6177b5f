/** Lines of JSON that are parsed at once against the same lines parsed one by one. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import { type AlikeOptions, readAlike } from "../../../tests/support/alike_reads.ts";
import { formatOf } from "./mapped_format.ts";
import { checkMapping } from "./parse_mapping.ts";

/** Values are texts of JSON; each character of a line is one byte. */
const INVALID = "\xff", WIDE = "\xc3\xb6";

const price = fc.oneof(
  { weight: 90, arbitrary: fc.integer({ min: 1, max: 99_999 }).map((cents) => (cents / 100).toFixed(2)) },
  { weight: 30, arbitrary: fc.integer({ min: 1, max: 99_999 }).map((cents) => `"${(cents / 100).toFixed(2)}"`) },
  fc.constantFrom("0", "-0", "0.00", "12", "12.12345678", "12.123456789", "12.1234567800", "9999999999", "10000000000"),
  fc.constantFrom("-1", "-1.5", "1e3", "1E-2", "12.5e0", "12.", ".5", "00012.5", "+1", "0x1", "1 2", "NaN", "-"),
  fc.constantFrom('"007"', '"12."', '".5"', '"1e3"', '" 1"', '"1,5"', '"-2"', '""', '"1\\u002e5"', '"1\x01"', '"\\"'),
  fc.constantFrom("null", "true", "false", "nul", "truefalse", "[1]", "{}", "", `"${INVALID}"`, `"${WIDE}"`),
);
const quantity = fc.oneof(
  { weight: 90, arbitrary: fc.integer({ min: 1, max: 1_000_000 }).map(String) },
  fc.constantFrom("0", "1.5", "007", '"7"', "null", "99999999999", "-5", "5e0", '"0005"', "1".repeat(40)),
);
const list = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom('["3"]', '["3"]', '["9"]', '["1","2"]') },
  fc.constantFrom("[]", "null", '["a]b"]', '["a\\"]"]', '["3"', '["3",]', '[ "3" ]', "[3]", '"3"', `["${WIDE}"]`),
  fc.constantFrom('[["3"]]', '["\x01"]', '["3"]]'),
);
const text = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom('"X"', '"X"', '""', '"Y and more than sixteen bytes"') },
  fc.constantFrom("null", "5", "true", "false", '"}"', '"\\u0058"', `"${WIDE}"`, `"${INVALID}"`, '"\x00"', '"a\\nb"'),
  fc.constantFrom('"\x7f"', '{"a":1}', '[1,"x"]', "-0", "1e5", "01", "tru"),
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 0, 0, 1, 250) },
  fc.constantFrom(-5000, 3_600_000, 60_000),
);
const ending = fc.oneof(
  { weight: 60, arbitrary: fc.constant("\n") },
  fc.constantFrom("\r\n", "\n\n", "\r\r\n", "\r", " \n", "\t\r\n", ",\n", "x\n", ""),
);
/** What is done to the members of a line, as `name:value`. */
const CHANGES: Readonly<Record<string, (members: readonly string[]) => readonly string[]>> = {
  none: (members) => members,
  reversed: (members) => members.toReversed(),
  shorter: (members) => members.slice(0, -1),
  without: (members) => members.filter((_, at) => at !== 1),
  twice: (members) => [...members, members[0] ?? ""],
  twiceEscaped: (members) => [...members, (members[0] ?? "").replace(/^"(.)/, (_, letter) => `"\\u00${hex(letter)}`)],
  escaped: ([first = "", ...rest]) => [first.replace(/^"(.)/, (_, letter) => `"\\u00${hex(letter)}`), ...rest],
  upper: ([first = "", ...rest]) => [first.replace(/^"(.)/, (all) => all.toUpperCase()), ...rest],
  unknown: (members) => [...members, '"unknown":1'],
  spaced: (members) => members.map((member) => ` ${member.replace(":", " : ")}\t`),
  id: (members) => [...members, '"trade_id":"T1"'],
  noId: (members) => [...members, '"trade_id":null'],
  emptyId: (members) => [...members, '"trade_id":""'],
  sequence: (members) => [...members, '"source_sequence":12'],
  messageId: (members) => [...members, '"message_id":"01890a5d-ac96-8abc-8def-0123456789ab"'],
  ingestion: (members) => [...members, '"ingestion_timestamp":"2024-05-06T00:00:01Z"'],
  platform: (members) => [...members, '"platform_sequence":7'],
  other: (members) => [...members, '"buyer_id":"B"'],
  flat: (members) => [...members, '"vendor_data.flat":"F"'],
  noOther: (members) => [...members, '"buyer_id":null'],
};
const hex = (letter: string) => letter.charCodeAt(0).toString(16).padStart(2, "0");
const changes = fc.oneof(
  { weight: 60, arbitrary: fc.constant("none") },
  { weight: 6, arbitrary: fc.constantFrom("reversed", "noId", "noOther", "spaced", "shorter") },
  fc.constantFrom(...Object.keys(CHANGES)),
);
/** A byte that is put into a line, or in the place of one, or one that is left out. */
const damage = fc.oneof(
  { weight: 40, arbitrary: fc.constant(null) },
  fc.record({
    at: fc.nat({ max: 220 }),
    removed: fc.constantFrom(0, 1),
    byte: fc.constantFrom(
      "",
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "0",
      "9",
      "-",
      ".",
      "e",
      " ",
      "\t",
      "\r",
      "\x1f",
      INVALID,
    ),
  }),
);
const row = fc.record({ step, price, other: price, quantity, list, text, ending, change: changes, damage });
type Row = typeof row extends fc.Arbitrary<infer R> ? R : never;

const PLAIN: Row = {
  step: 0,
  price: "10.00",
  other: "11.00",
  quantity: "5",
  list: '["3"]',
  text: '"X"',
  ending: "\n",
  change: "none",
  damage: null,
};
const UNITS = { s: 1000, ms: 1, us: 1 / 1000, ns: 1 / 1_000_000 } as const;
const START = Date.UTC(2024, 4, 6, 10);

/** A row as the members of its object, or as elements of an array; `millis` since the epoch. */
type Line = (row: Row, millis: number, number: number) => readonly string[];

/** An instant in a unit: at times as a text. */
function instantText(unit: keyof typeof UNITS | "iso", millis: number, number: number): string {
  if (unit === "iso") return `"${new Date(millis).toISOString()}"`;
  const whole = String(
    BigInt(Math.floor(unit === "s" ? millis / 1000 : millis)) * BigInt(Math.round(1 / Math.min(1, UNITS[unit]))),
  );
  return number % 37 === 36 ? `"${whole}"` : whole;
}

const symbolOf = (number: number) => number % 5 === 4 ? "RIO" : "BHP";

const named = (kind: "trade" | "quote", unit: keyof typeof UNITS | "iso"): Line => (row, millis, number) => [
  `"symbol":"${symbolOf(number)}"`,
  `"timestamp":${instantText(unit, millis, number)}`,
  ...(kind === "trade"
    ? [`"price":${row.price}`, `"quantity":${row.quantity}`, `"trade_conditions":${row.list}`]
    : [`"bid_price":${row.price}`, `"bid_quantity":${row.quantity}`, `"ask_price":${row.other}`, `"ask_quantity":7`]),
  `"vendor_data":{"company_id":"1001","note":${row.text}}`,
];

const nested: Line = (row, millis, number) => [
  `"hd":{"ts":${instantText("ms", millis, number)},"rtype":${row.quantity},"seq":${number}}`,
  `"s":"${symbolOf(number)}"`,
  `"p":${row.price}`,
  `"q":${row.quantity}`,
  `"m":${number % 3 === 0}`,
  `"flag":${number % 7 < 3}`,
  `"text":${row.text}`,
  `"v":${row.text}`,
  `"E":{"deep":[1,{"x":${row.text}},true]}`,
  `"M":${row.list}`,
];

const dated: Line = (row, millis, number) => {
  const [date = "", time = ""] = new Date(millis).toISOString().slice(0, -1).split("T");
  return [
    `"d":"${date}"`,
    `"t":"${time}"`,
    `"s":"${symbolOf(number)}"`,
    `"p":${row.price}`,
    `"q":${row.quantity}`,
    `"c":${row.list}`,
  ];
};

const elements: Line = (row, millis, number) => [
  `"${symbolOf(number)}"`,
  instantText("us", millis, number),
  `[${row.price},${row.quantity}]`,
  row.text,
];

const SHARED = { exchange: "ASX", assetClass: "equities", currency: "AUD", timeZone: "Australia/Sydney" } as const;
const ABOUT = { summary: "lines of a test", dataType: "trades", rows: { form: "json" } } as const;
const formatOfMapping = (mapping: object) => formatOf([checkMapping({ ...ABOUT, ...mapping }, "test.json")]);
const NESTED = formatOfMapping({
  name: "nested",
  fields: {
    trade_id: { from: "trade_id", optional: true },
    symbol: "s",
    timestamp: { as: "epoch", from: "hd.ts", unit: "ms" },
    price: "p",
    quantity: "q",
    side: { from: "m", as: "buyerIsMaker", of: "taker" },
    venue: "v",
    sequence: { from: "hd.seq", scope: "channel" },
  },
  vendorData: { flag: "flag", text: "text" },
  ignored: ["hd.rtype", "E", "M", "buyer_id"],
});
const DATED = formatOfMapping({
  name: "dated",
  fields: {
    symbol: "s",
    timestamp: {
      as: "calendar",
      date: { from: "d", pattern: "yyyy-MM-dd" },
      time: { from: "t", pattern: "HH:mm:ss.SSS" },
    },
    price: "p",
    quantity: { from: "q", whole: true },
  },
  ignored: ["c", "trade_id", "buyer_id"],
});
const ELEMENTS = formatOfMapping({
  name: "elements",
  fields: { symbol: "0", timestamp: { as: "epoch", from: "1", unit: "us" }, price: "2.0", quantity: "2.1" },
  vendorData: { text: "3" },
});

const FILTERED = formatOfMapping({
  name: "filtered",
  rows: { form: "json", only: [{ from: "E", keep: ["trade"], skip: ["quote"] }] },
  fields: { symbol: "s", timestamp: { as: "epoch", from: "t", unit: "us" }, price: "p", quantity: "q" },
  ignored: ["trade_id", "buyer_id"],
});
const filtered: Line = (row, millis, number) => [
  `"s":"BHP"`,
  `"t":${instantText("us", millis, number)}`,
  `"p":${row.price}`,
  `"q":${row.quantity}`,
  `"E":${number % 9 === 8 ? '"quote"' : '"trade"'}`,
];

const CASES: readonly (readonly [name: string, options: AlikeOptions, line: Line, brackets?: string])[] = [
  ...(["trade", "quote"] as const).flatMap((kind) =>
    (["s", "ms", "us", "ns", "iso"] as const).map((unit) =>
      [
        `ndjson ${kind} ${unit}`,
        { ...SHARED, format: "ndjson", kind, ...(unit === "iso" ? {} : { timeUnit: unit }) },
        named(kind, unit),
      ] as const
    )
  ),
  ["a mapping with nested keys", { ...SHARED, format: NESTED, kind: "trade" }, nested],
  ["a mapping with dates", { ...SHARED, format: DATED, kind: "trade" }, dated],
  ["a mapping that passes rows over", { ...SHARED, format: FILTERED, kind: "trade" }, filtered],
  ["a mapping of arrays", { ...SHARED, format: ELEMENTS, kind: "trade" }, elements, "[]"],
];

/** The bytes of a file. */
function bytesOf(rows: readonly Row[], line: Line, [open = "", close = ""]: string): Uint8Array {
  let millis = START;
  const lines = rows.map((row, number) => {
    millis += row.step;
    const members = (CHANGES[row.change] ?? ((all) => all))(line(row, millis, number));
    const text = open + members.join(",") + close, { damage } = row;
    const damaged = damage === null || damage.at >= text.length
      ? text
      : text.slice(0, damage.at) + damage.byte + text.slice(damage.at + damage.removed);
    return damaged + row.ending;
  });
  return Uint8Array.from(lines.join(""), (character) => character.charCodeAt(0));
}

for (const [name, options, line, brackets = "{}"] of CASES) {
  Deno.test(`Lines that are parsed at once are those that are parsed one by one: ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = join(folder, "rows.ndjson");
      const given = fc.tuple(
        fc.array(row, { minLength: 1, maxLength: 300, size: "max" }),
        fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        fc.constantFrom(null, null, 6, 7),
      );
      await fc.assert(
        fc.asyncProperty(given, async ([rows, sizes, takeLastLine, spare]) => {
          // The first row says what the file is.
          await Deno.writeFile(path, bytesOf([PLAIN, ...rows], line, brackets));
          // Some rows are longer then.
          const limit = spare === null ? {} : { maxRowBytes: bytesOf([PLAIN], line, brackets).length + spare };
          const all = { ...options, takeLastLine, ...limit };
          const expected = await readAlike(path, all, sizes, false);
          const found = await readAlike(path, all, sizes, true);
          assert.equal(expected.alike, 0);
          assert.deepEqual(found.batches, expected.batches);
        }),
        { numRuns: 25 },
      );
      if (name.endsWith("iso") || options.format === FILTERED) return;
      // Drawn rows may all be odd ones; rows that are alike are parsed at once.
      await Deno.writeFile(path, bytesOf(Array.from({ length: 400 }, () => PLAIN), line, brackets));
      const { alike } = await readAlike(path, options, [200], true);
      assert.ok(alike > 300, `only ${alike} rows were parsed at once`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** A line of the mapping with nested keys. */
const lineOf = (
  { price = "1.50", text = '"x"', venue = '"V"', ignored = "5", id = "", end = "" }: Readonly<Record<string, string>>,
  number: number,
): string =>
  `{${id}"hd":{"ts":${
    START + number
  },"seq":1},"s":"BHP","p":${price},"q":5,"m":true,"text":${text},"v":${venue},"E":${ignored}}${end}\n`;

/** What lines have that are learnt from, then what another one has that is not like them. */
const PAIRS: readonly (readonly [Readonly<Record<string, string>>, Readonly<Record<string, string>>])[] = [
  ...["05", "-", "5.", ".5", "5e5", "5e", "-05", "5 5", "", '"5"', "1".repeat(20), "-5"].map((ignored) =>
    [{}, { ignored }] as const
  ),
  ...['"\x01"', `"${INVALID}"`, '"\\x"', '"\\n"', '"x', `"${"x".repeat(40)}\x1f"`, `"${"x".repeat(15)}"`, '"a"5"'].map((
    ignored,
  ) => [{ ignored: '"a"' }, { ignored }] as const),
  [{ ignored: '"a\\"5"' }, { ignored: '"a"5"' }],
  [{ ignored: '{"e":"a\\"5,","t":"x"}' }, { ignored: '{"e":"a"5,"x"true}' }],
  [{ ignored: "true" }, { ignored: "tru" }],
  [{ ignored: "true" }, { ignored: "falsf" }],
  [{ ignored: "false" }, { ignored: "true" }],
  [{ ignored: "null" }, { ignored: "nul" }],
  [{ ignored: '{"a":1}' }, { ignored: '{"a":1,"a":1}' }],
  [{ ignored: '{"a":[1,2]}' }, { ignored: '{"a":[1,]}' }],
  [{ text: "null" }, { text: '"y"' }],
  [{ text: '"y"' }, { text: "null" }],
  [{ text: '""' }, { text: '"y"' }],
  [{ text: '"y"' }, { text: '""' }],
  [{ text: '"y"' }, { text: "5" }],
  [{ text: "5" }, { text: '"y"' }],
  [{ text: "5" }, { text: "true" }],
  [{ venue: "null" }, { venue: '"null"' }],
  [{ venue: '"null"' }, { venue: "null" }],
  [{ venue: "5" }, { venue: '"5"' }],
  [{}, { id: '"trade_id":"T1",' }],
  [{ id: '"trade_id":"",' }, { id: '"trade_id":"T1",' }],
  [{ id: '"trade_id":"T1",' }, { id: '"trade_id":null,' }],
  [{ price: '"1.50"' }, { price: '"01.50"' }],
  [{ price: "1.50" }, { price: "01.50" }],
  [{ end: "\r" }, { end: "\r\r" }],
  [{ end: "" }, { end: "\r\r" }],
  [{ end: " \r" }, { end: " " }],
  [{ end: "" }, { end: "," }],
];

Deno.test("A line is parsed as it is, whatever lines before it have in its places", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "rows.ndjson"), options: AlikeOptions = { ...SHARED, format: NESTED, kind: "trade" };
    for (const [first, other, usual = first] of PAIRS.flatMap((pair) => [pair, [...pair, {}] as const])) {
      const lines = Array.from({ length: 100 }, (_, number) => {
        return lineOf(number % 40 !== 39 ? usual : number === 39 && usual !== first ? first : other, number);
      });
      await Deno.writeFile(path, Uint8Array.from(lines.join(""), (character) => character.charCodeAt(0)));
      const expected = await readAlike(path, options, [200], false),
        found = await readAlike(path, options, [200], true);
      assert.deepEqual(found.batches, expected.batches, JSON.stringify([first, other]));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Lines of which some have a key that others lack are parsed at once", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "rows.ndjson"), options: AlikeOptions = { ...SHARED, format: NESTED, kind: "trade" };
    const kinds = [{}, { text: "null" }, { ignored: '"a"' }, { ignored: "[1,2]" }];
    const lines = Array.from({ length: 400 }, (_, number) => lineOf(kinds[number % kinds.length] ?? {}, number));
    await Deno.writeTextFile(path, lines.join(""));
    const expected = await readAlike(path, options, [400], false), found = await readAlike(path, options, [400], true);
    assert.deepEqual(found.batches, expected.batches);
    assert.ok(found.alike > 300, `only ${found.alike} rows were parsed at once`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
