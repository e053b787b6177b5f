import assert from "node:assert/strict";
import fc from "fast-check";
import { JsonNumber, type JsonRow, JsonRowError, type JsonRowValue, MAX_JSON_DEPTH, parseJsonRow } from "./json_row.ts";

/** The value as JSON.parse would give it. */
function plain(value: JsonRowValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

function fieldText(row: JsonRow, key: string): string | undefined {
  const value = row.get(key);
  return value instanceof JsonNumber ? value.text : undefined;
}

Deno.test("parseJsonRow() reads what JSON.parse reads", () => {
  fc.assert(
    fc.property(
      fc.object({ maxDepth: 3, maxKeys: 4, key: fc.string({ unit: "binary" }) }),
      fc.nat(3),
      (object, indent) => {
        const text = JSON.stringify(object, null, indent);
        assert.deepEqual(plain(parseJsonRow(text)), JSON.parse(text));
      },
    ),
  );
});

Deno.test("parseJsonRow() accepts and refuses exactly what JSON.parse does", () => {
  const token = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    '"a"',
    '"b"',
    "1",
    "-",
    "0",
    ".",
    "e",
    "+",
    "true",
    "null",
    " ",
    "\\",
    "\\u00e9",
    "\t",
    "\u0001",
    "\ud800",
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 8 }), (tokens) => {
      const text = `{"x":${tokens.join("")}}`;
      let parsed: JsonRow | null = null, expected: unknown = null;
      try {
        expected = JSON.parse(text);
      } catch {
        // These are not JSON.
      }
      try {
        parsed = parseJsonRow(text);
      } catch (error) {
        if (!(error instanceof JsonRowError)) throw error;
        if (error.rule === "duplicate_key") return;
      }
      assert.deepEqual(parsed === null ? null : plain(parsed), expected);
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("parseJsonRow() keeps numbers as written", () => {
  const row = parseJsonRow('{"a":9007199254740993,"b":1e400,"c":0.10,"d":-0,"e":123456789.123456789012}');
  assert.deepEqual(["a", "b", "c", "d", "e"].map((key) => fieldText(row, key)), [
    "9007199254740993",
    "1e400",
    "0.10",
    "-0",
    "123456789.123456789012",
  ]);
});

Deno.test("parseJsonRow() has no prototype to be polluted", () => {
  const row = parseJsonRow('{"__proto__":{"polluted":true},"constructor":1}');
  assert.deepEqual([...row.keys()], ["__proto__", "constructor"]);
  assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
});

for (
  const [text, rule] of [
    ["", "not_json"],
    ["{", "not_json"],
    ["{}{}", "not_json"],
    ["[]", "not_json"],
    ["null", "not_json"],
    ['"text"', "not_json"],
    ["{'a':1}", "not_json"],
    ["{a:1}", "not_json"],
    ['{"a":01}', "not_json"],
    ['{"a":NaN}', "not_json"],
    ['{"a":1,}', "not_json"],
    ['{"a":"\\x"}', "not_json"],
    ['{"a":"\n"}', "not_json"],
    ['{"a":1,"a":1}', "duplicate_key"],
    ['{"a":1,"\\u0061":2}', "duplicate_key"],
    ['{"a":{"b":1,"b":2}}', "duplicate_key"],
    [`{"a":${"[".repeat(MAX_JSON_DEPTH)}${"]".repeat(MAX_JSON_DEPTH)}}`, "too_deep"],
    [`{"a":${"[".repeat(500_000)}`, "too_deep"],
    ['{"a":'.repeat(100_000), "too_deep"],
  ] as const
) {
  Deno.test(`parseJsonRow() refuses ${text.slice(0, 40)} as ${rule}`, () => {
    assert.throws(() => parseJsonRow(text), (error) => error instanceof JsonRowError && error.rule === rule);
  });
}

Deno.test("parseJsonRow() takes as many levels as the limit allows", () => {
  const text = `{"a":${"[".repeat(MAX_JSON_DEPTH - 1)}1${"]".repeat(MAX_JSON_DEPTH - 1)}}`;
  assert.deepEqual(plain(parseJsonRow(text)), JSON.parse(text));
});

Deno.test("parseJsonRow() takes linear time on a hostile row", () => {
  const long = `{"a":"${"\\".repeat(999_999)}`;
  assert.throws(() => parseJsonRow(long), JsonRowError);
  const row = parseJsonRow(`{"a":"${"x\\n".repeat(300_000)}"}`);
  assert.equal(row.size, 1);
});
