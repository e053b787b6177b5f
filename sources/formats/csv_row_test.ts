import assert from "node:assert/strict";
import fc from "fast-check";
import { CsvRow, MAX_COLUMNS } from "./csv_row.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function split(text: string): string[] | string {
  // The buffer has bytes around the row that must not count.
  const bytes = encoder.encode(`",${text},"`);
  const row = new CsvRow();
  return row.split(bytes, 2, bytes.length - 2) ?? fieldsOf(row);
}

function fieldsOf(row: CsvRow): string[] {
  return Array.from(
    { length: row.count },
    (_, index) => decoder.decode(row.buffer.subarray(row.starts[index], row.ends[index])),
  );
}

const CASES: readonly [row: string, fields: string[] | string][] = [
  ["", [""]],
  ["a", ["a"]],
  ["a,b", ["a", "b"]],
  [",", ["", ""]],
  ["a,,", ["a", "", ""]],
  [" a , b ", [" a ", " b "]],
  ['"a","b"', ["a", "b"]],
  ['a,"b,c",d', ["a", "b,c", "d"]],
  ['"say ""hello""",x', ['say "hello"', "x"]],
  ['""', [""]],
  ['"",""', ["", ""]],
  ['""""', ['"']],
  ['a,"line 1\r\nline 2"', ["a", "line 1\r\nline 2"]],
  ["Ω,Ö", ["Ω", "Ö"]],
  ['"', "unterminated_quote"],
  ['a,"b', "unterminated_quote"],
  ['a,"b""', "unterminated_quote"],
  ['a"b', "misplaced_quote"],
  ['a,b"', "misplaced_quote"],
  ['"a"b', "misplaced_quote"],
  ['"a" ,b', "misplaced_quote"],
  ['"a",b"c', "misplaced_quote"],
  [",".repeat(MAX_COLUMNS - 1), new Array(MAX_COLUMNS).fill("")],
  [",".repeat(MAX_COLUMNS), "wrong_column_count"],
  ['"",' + ",".repeat(MAX_COLUMNS - 1), "wrong_column_count"],
];

for (const [row, fields] of CASES) {
  Deno.test(`CsvRow.split() splits ${JSON.stringify(row.slice(0, 40))}`, () => {
    assert.deepEqual(split(row), fields);
  });
}

Deno.test("CsvRow.split() undoes writing a row, quoted or not", () => {
  const field = fc.record({ text: fc.string({ unit: "grapheme" }), quoted: fc.boolean() });
  const row = new CsvRow();
  fc.assert(fc.property(fc.array(field, { minLength: 1, maxLength: 12 }), (fields) => {
    const texts = fields.map(({ text }) => text.toWellFormed());
    const line = fields.map(({ quoted }, index) => {
      const text = texts[index] ?? "";
      return quoted || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    }).join(",");
    const bytes = encoder.encode(line);
    assert.equal(row.split(bytes, 0, bytes.length), null);
    assert.deepEqual(fieldsOf(row), texts);
  }));
});
