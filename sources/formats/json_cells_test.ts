import assert from "node:assert/strict";
import fc from "fast-check";
import { ABSENT, ARRAY, FALSE, isAbsent, NULL, NUMBER, OBJECT, TEXT, TRUE } from "./cells.ts";
import { JsonCells } from "./json_cells.ts";
import type { JsonLayout, JsonPath } from "./json_layout.ts";
import { JsonRowError, MAX_JSON_DEPTH, parseJsonRow } from "./json_row.ts";

const encoder = new TextEncoder();
/** Takes the bytes of an unpaired surrogate as three unknown characters. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads a row with bytes around it that must not count. */
function read(cells: JsonCells, text: string): string | null {
  const bytes = encoder.encode(`"}${text}"}`);
  return cells.read(bytes, 2, bytes.length - 2)?.error.message ?? null;
}

function textAt(cells: JsonCells, slot: number): string {
  return decoder.decode(cells.buffer.subarray(cells.starts[slot], cells.ends[slot]));
}

function othersOf({ others, buffer }: JsonCells): [string, string, number, number][] {
  const text = (start = 0, end = 0) => decoder.decode(buffer.subarray(start, end));
  return Array.from({ length: others.count }, (_, index) => [
    [...others.paths[index] ?? [], text(others.keyStarts[index], others.keyEnds[index])].join("."),
    text(others.starts[index], others.ends[index]),
    others.kinds[index] ?? -1,
    others.elements[index] ?? -1,
  ]);
}

/** The kind and text of a value as `JSON.parse` knows it, with numbers as they are written. */
function expectedOf(text: string, path: JsonPath): readonly [number, string] {
  const numbers = new Map<object | null, Map<string, string>>();
  // A reviver knows the text of a number.
  const parsed: unknown = JSON.parse(text, function (this: object, key, value, context?: { readonly source?: string }) {
    if (typeof value === "number") {
      const known = numbers.get(this) ?? new Map<string, string>();
      numbers.set(this, known.set(key, context?.source ?? "?"));
    }
    return value;
  });
  let value: unknown = parsed, parent: object | null = null;
  for (const step of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value) !== (typeof step === "number")) {
      return [ABSENT, ""];
    }
    parent = value;
    value = Object.hasOwn(value, step) ? Object.getOwnPropertyDescriptor(value, step)?.value : undefined;
  }
  if (value === undefined || value === "") return [ABSENT, ""];
  if (typeof value === "string") return [TEXT, decoder.decode(encoder.encode(value))];
  if (typeof value === "number") return [NUMBER, numbers.get(parent)?.get(String(path.at(-1))) ?? "??"];
  if (typeof value === "boolean") return [value ? TRUE : FALSE, String(value)];
  if (value === null) return [NULL, "null"];
  return [Array.isArray(value) ? ARRAY : OBJECT, JSON.stringify(value)];
}

const KEYS = ["price", "p", "é", 'a"b', "data", "x\ny", "__proto__"];

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, false, "", 0, 1e-5, -0.5, 123456789.123),
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 4 }),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
})).value;

const path = fc.array(fc.oneof(fc.constantFrom(...KEYS), fc.nat(2)), { minLength: 1, maxLength: 3 })
  .map(([first, ...others]) => [typeof first === "number" ? "data" : first ?? "p", ...others]);

Deno.test("JsonCells.read() finds each value that JSON.parse finds there, numbers as they are written", () => {
  const paths = fc.uniqueArray(path, { maxLength: 6, selector: (steps) => JSON.stringify(steps) });
  const row = fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 5 });
  fc.assert(
    fc.property(row, paths, fc.boolean(), fc.boolean(), (object, paths, spaced, escaped) => {
      const plain = JSON.stringify(object, null, spaced ? 1 : 0);
      const text = escaped
        ? plain.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
        : plain;
      const cells = new JsonCells({ paths });
      // The second time the keys come in the order of the row before.
      for (let times = 0; times < 2; times++) {
        assert.equal(read(cells, text), null);
        for (const [slot, steps] of paths.entries()) {
          const [kind, wanted] = expectedOf(text, steps);
          assert.equal(cells.kinds[slot], kind, `${JSON.stringify(steps)} of ${text}`);
          if (kind === ABSENT) continue;
          const found = textAt(cells, slot);
          assert.deepEqual(kind >= ARRAY ? JSON.parse(found) : found, kind >= ARRAY ? JSON.parse(wanted) : wanted);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("JsonCells.read() accepts and refuses what parseJsonRow does, with its rule and reason", () => {
  const token = fc.constantFrom(
    ...'{}[],:"-0.e+ \t\\/'.split(""),
    '"a"',
    '"b"',
    '"\\u0061"',
    "1",
    "-1.5e+3",
    "01",
    "true",
    "false",
    "null",
    "tru",
    "\\u00e9",
    "\\ud800",
    "\u0001",
    "é",
    '"a":',
    ',"b":',
    '{"a":1}',
    "[1,2]",
    "\r",
  );
  const layouts: readonly JsonLayout[] = [
    { paths: [["a"], ["b"], ["a", "b"]] },
    { paths: [["x", 0, "a"]], open: [[]] },
    { paths: [["x", "a"], ["b"]], each: ["x"] },
    { paths: [["b"]], ignored: [["x"], ["a"]], listed: [["c"]] },
  ];
  const readers = layouts.map((layout) => new JsonCells(layout));
  const rows = fc.oneof(
    fc.array(token, { maxLength: 8 }).map((tokens) => `{"x":${tokens.join("")}}`),
    fc.array(token, { maxLength: 8 }).map((tokens) => tokens.join("")),
  );
  fc.assert(
    fc.property(rows, (text) => {
      let wanted: string | null = null;
      try {
        parseJsonRow(text);
      } catch (error) {
        if (!(error instanceof JsonRowError)) throw error;
        wanted = error.message;
      }
      for (const cells of readers) assert.equal(read(cells, text), wanted, text);
    }),
    { numRuns: 5_000 },
  );
});

for (
  const [text, rule] of [
    ["", "not_json"],
    ["[]", "not_json"],
    ['{"a":1,"a":1}', "duplicate_key"],
    ['{"z":1,"z":1}', "duplicate_key"],
    ['{"z":1,"\\u007a":2}', "duplicate_key"],
    ['{"a":1,"\\u0061":2}', "duplicate_key"],
    ['{"z":{"b":1,"b":2}}', "duplicate_key"],
    [`{${Array.from({ length: 200 }, (_, key) => `"${key % 199}":1`).join(",")}}`, "duplicate_key"],
    [`{"a":${"[".repeat(MAX_JSON_DEPTH)}${"]".repeat(MAX_JSON_DEPTH)}}`, "too_deep"],
    [`{"a":${"[".repeat(500_000)}`, "too_deep"],
    ['{"a":'.repeat(100_000), "too_deep"],
    [`{"a":${"[".repeat(MAX_JSON_DEPTH - 1)}1}`, "not_json"],
  ] as const
) {
  Deno.test(`JsonCells.read() refuses ${text.slice(0, 40)} as ${rule}`, () => {
    const cells = new JsonCells({ paths: [["a"]] }), bytes = encoder.encode(text);
    assert.equal(cells.read(bytes, 0, bytes.length)?.error.rule, rule);
  });
}

Deno.test("JsonCells.read() takes nothing for text that is none", () => {
  const cells = new JsonCells({ paths: [["a"]], open: [[]] });
  for (const byte of [0x00, 0xff]) {
    for (const key of ["a", "z"]) {
      const bytes = encoder.encode(`{"${key}":"?"}`);
      bytes[6] = byte;
      assert.equal(cells.read(bytes, 0, bytes.length)?.text, null);
    }
  }
});

Deno.test("JsonCells.read() lists the keys that have no place, and passes over those that are to be", () => {
  const cells = new JsonCells({
    paths: [["p"], ["hd", "t"], ["rest"]],
    ignored: [["M"], ["hd", "rtype"]],
    listed: [["rest"]],
    open: [["tags"], ["wide"]],
  });
  assert.equal(
    read(cells, '{"M":{"q":1},"p":1,"hd":{"t":"2","rtype":0,"x":[1]},"rest":{"k\\u00e9":"","n":null},"q\\n":"a\\"b"}'),
    null,
  );
  assert.deepEqual(othersOf(cells), [
    ["hd.x", "[1]", ARRAY, -1],
    ["rest.ké", "", ABSENT, -1],
    ["rest.n", "null", NULL, -1],
    ["q\n", 'a"b', TEXT, -1],
  ]);
  assert.deepEqual([textAt(cells, 0), textAt(cells, 1)], ["1", "2"]);
  assert.equal(read(cells, '{"p":2}'), null);
  assert.deepEqual(othersOf(cells), []);
});

Deno.test("JsonCells.read() lets several keys stand for one value, and says if a row has two of them", () => {
  const cells = new JsonCells({ paths: [["price"], ["side"]] });
  assert.equal(read(cells, '{"Price":1}'), null);
  assert.deepEqual(othersOf(cells).map(([name]) => name), ["Price"]);
  cells.alias(["price"], "Price");
  assert.equal(read(cells, '{"Price":1}'), null);
  assert.deepEqual([othersOf(cells), textAt(cells, 0), cells.twice], [[], "1", -1]);
  assert.equal(read(cells, '{"Price":"","side":"x","price":2}'), null);
  assert.equal(cells.twice, 0);
  assert.equal(read(cells, '{"price":2}'), null);
  assert.equal(cells.twice, -1);
});

Deno.test("JsonCells.select() gives each record of a row that has several, in any order of keys", () => {
  const cells = new JsonCells({
    paths: [["type"], ["data", "p"], ["data", "s"]],
    each: ["data"],
    ignored: [["data", "o"]],
  });
  for (
    const text of [
      '{"type":"update","data":[{"p":1.50,"s":"a\\tb"},{"s":"","o":1},{"p":3,"s":"c","z":9}]}',
      '{"data":[{"p":1.50,"s":"a\\tb"},{"s":"","o":1},{"p":3,"s":"c","z":9}],"type":"update"}',
    ]
  ) {
    assert.equal(read(cells, text), null);
    assert.equal(cells.elements, 3);
    const records = [2, 0, 1].map((element) => {
      cells.select(element);
      return [0, 1, 2].map((slot) => isAbsent(cells, slot) ? null : textAt(cells, slot));
    });
    assert.deepEqual(records, [["update", "3", "c"], ["update", "1.50", "a\tb"], ["update", null, null]]);
    assert.deepEqual(othersOf(cells), [["data.z", "9", NUMBER, 2]]);
  }
  assert.equal(read(cells, '{"type":"ack"}'), null);
  assert.equal(cells.elements, -1);
  assert.equal(read(cells, '{"data":{"p":1}}'), null);
  assert.equal(cells.elements, -1);
  assert.equal(read(cells, `{"data":[${'{"p":7,"s":"x"},'.repeat(199)}{"p":8}]}`), null);
  cells.select(199);
  assert.deepEqual([cells.elements, textAt(cells, 1), isAbsent(cells, 2)], [200, "8", true]);
});

Deno.test("JsonCells.read() takes rows that are arrays, by index", () => {
  const cells = new JsonCells({ paths: [[3], [1, 0], [1, 2]], each: [1] });
  assert.equal(
    read(cells, '[340, [["42283.5","0.1","1704067200.123456","s"],["1","2","3"]], "trade", "XBT/USD"]'),
    null,
  );
  const records = [0, 1].map((element) => {
    cells.select(element);
    return [0, 1, 2].map((slot) => textAt(cells, slot));
  });
  assert.deepEqual(records, [["XBT/USD", "42283.5", "1704067200.123456"], ["XBT/USD", "1", "3"]]);
  assert.equal(read(cells, '{"event":"heartbeat"}'), "The value is not an array.");
});
