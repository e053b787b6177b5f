import assert from "node:assert/strict";
import fc from "fast-check";
import { isAbsent } from "./cells.ts";
import { DelimitedCells, DELIMITERS, MAX_COLUMNS } from "./delimited_cells.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function split(text: string): string[] | string {
  // The buffer has bytes around the row that must not count.
  const bytes = encoder.encode(`",${text},"`);
  const row = new DelimitedCells();
  return row.split(bytes, 2, bytes.length - 2) ?? fieldsOf(row);
}

function fieldsOf(row: DelimitedCells): string[] {
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
  Deno.test(`DelimitedCells.split() splits ${JSON.stringify(row.slice(0, 40))}`, () => {
    assert.deepEqual(split(row), fields);
  });
}

Deno.test("DelimitedCells.split() undoes writing a row, quoted or not, with every delimiter", () => {
  const field = fc.record({ text: fc.string({ unit: "grapheme" }), quoted: fc.boolean() });
  for (const delimiter of DELIMITERS) {
    const row = new DelimitedCells({ delimiter });
    fc.assert(fc.property(fc.array(field, { minLength: 1, maxLength: 12 }), (fields) => {
      const texts = fields.map(({ text }) => text.toWellFormed());
      const line = fields.map(({ quoted }, index) => {
        const text = texts[index] ?? "";
        return quoted || /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
      }).join(delimiter);
      const bytes = encoder.encode(line);
      assert.equal(row.split(bytes, 0, bytes.length), null);
      assert.deepEqual(fieldsOf(row), texts);
      assert.deepEqual(texts.map((_, slot) => isAbsent(row, slot)), texts.map((text) => text === ""));
      assert.equal(row.isPlain, bytes.every((byte) => byte > 0 && byte < 0x80));
    }));
  }
});

Deno.test("DelimitedCells.split() takes quotes as they are where cells have none, and trims nothing", () => {
  const row = new DelimitedCells({ delimiter: "|", quoted: false });
  const bytes = encoder.encode('093000417837000|N|BRK B| 4 B|"|a,b"c|');
  assert.equal(row.split(bytes, 0, bytes.length), null);
  assert.deepEqual(fieldsOf(row), ["093000417837000", "N", "BRK B", " 4 B", '"', 'a,b"c', ""]);
});
