import assert from "node:assert/strict";
import fc from "fast-check";
import { SourceError } from "../source.ts";
import type { ByteInput } from "./input_window.ts";
import { LineReader } from "./line_reader.ts";
import { emptyCut } from "./row_cut.ts";

const encoder = new TextEncoder(), decoder = new TextDecoder();

/** A row as it is found: its text, where it begins, and its line. */
type Found = readonly [text: string, offset: number, line: number];

interface ReadAs {
  readonly from?: { readonly offset: number; readonly line: number };
  readonly piece?: number;
  readonly maxRowBytes?: number;
}

/** The rows, the positions after them, and how it ended. */
async function readAll(bytes: Uint8Array, { from = { offset: 0, line: 0 }, piece = 7, maxRowBytes }: ReadAs = {}) {
  let at = from.offset;
  const input: ByteInput = {
    read(buffer) {
      const part = bytes.subarray(at, at + Math.min(piece, buffer.length));
      buffer.set(part);
      at += part.length;
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
  };
  const array = from.offset === 0 ? "detect" : true;
  const lines = new LineReader(input, { offset: from.offset, array, windowBytes: 16, holdLastLine: true, maxRowBytes });
  const rows: Found[] = [], positions: { offset: number; line: number }[] = [], cut = emptyCut();
  let line = from.line, end = "";
  try {
    while (end === "") {
      lines.mark();
      const taken = lines.take(cut);
      if (taken === "more") await lines.fill();
      else if (taken === "end") end = lines.rest === 0 || lines.isRestBlank ? "whole" : "held back";
      else {
        const kept = taken === "too_long" ? await lines.takeTooLong(cut) : lines.buffer.subarray(cut.start, cut.end);
        assert.ok(kept !== null);
        line += cut.before;
        rows.push([cut.tooLong ? `${cut.length} bytes` : decoder.decode(kept), lines.offset - cut.length, line + 1]);
        line += cut.lines;
        positions.push({ offset: lines.offset, line });
      }
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    end = error.code;
  }
  return { rows, positions, end, isArray: lines.isArray };
}

const space = fc.string({ unit: fc.constantFrom(" ", "\n", "\r\n", "\t"), maxLength: 3 });
const element = fc.oneof(
  fc.json({ maxDepth: 2 }).filter((text) => !text.startsWith("[")),
  fc.object({ maxDepth: 2, maxKeys: 3 }).map((object) => JSON.stringify(object, null, 1)),
  fc.constantFrom("1", "-1.5e3", "true", "null", '"]"', '"a\\\\"', '{"}":"\\"{[,"}', '{"a":[[],[{}]]}'),
);

/** A file, and its elements with their places. */
const files = fc.tuple(space, fc.array(fc.tuple(space, element, space), { maxLength: 5 }), space, space, fc.boolean())
  .map(
    ([ahead, parts, inner, behind, hasMark]) => {
      let text = `${hasMark ? "\ufeff" : ""}${ahead}[`;
      const rows: Found[] = [];
      parts.forEach(([before, value, after], index) => {
        text += `${index === 0 ? "" : ","}${before}`;
        rows.push([value, encoder.encode(text).length, text.split("\n").length]);
        text += value + after;
      });
      return { bytes: encoder.encode(`${text}${parts.length === 0 ? inner : ""}]${behind}`), rows };
    },
  );

Deno.test("LineReader takes the elements of a JSON array as rows, each at its byte and line, however it is read", async () => {
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 40 }), async ({ bytes, rows }, piece) => {
      const found = await readAll(bytes, { piece });
      assert.deepEqual(found.rows, rows);
      assert.equal(found.end, "whole");
    }),
    { numRuns: 300 },
  );
});

Deno.test("LineReader resumes within an array after each of its rows", async () => {
  await fc.assert(
    fc.asyncProperty(files, async ({ bytes, rows }) => {
      const { positions } = await readAll(bytes);
      for (const [index, from] of positions.entries()) {
        const rest = await readAll(bytes, { from });
        assert.deepEqual(rest.rows, rows.slice(index + 1));
        assert.equal(rest.end, "whole");
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("LineReader never takes the end of a cut array for its end", async () => {
  await fc.assert(
    fc.asyncProperty(files, async ({ bytes, rows }) => {
      const text = decoder.decode(bytes), close = encoder.encode(text.slice(0, text.lastIndexOf("]"))).length;
      const hasMark = bytes[0] === 0xef, first = bytes.indexOf(0x5b);
      for (let length = first + 1; length <= close + (hasMark ? 3 : 0); length++) {
        const { rows: found, end } = await readAll(bytes.subarray(0, length), { piece: 64 });
        assert.equal(
          end,
          length > bytes.lastIndexOf(0x5d) ? "whole" : "truncated",
          decoder.decode(bytes.subarray(0, length)),
        );
        assert.deepEqual(found, rows.slice(0, found.length));
      }
    }),
    { numRuns: 50 },
  );
});

for (
  const text of [
    "[1,,2]",
    "[,1]",
    "[1 2]",
    "[1,]",
    '[{"a":1}{"b":2}]',
    "[1]x",
    "[1],[2]",
    '{"a":1}',
    "[}",
    '[{"a":1}]\n{"b":2}',
  ]
) {
  Deno.test(`LineReader says that ${JSON.stringify(text)} is no array, or takes it as lines`, async () => {
    const { end, isArray } = await readAll(encoder.encode(text));
    assert.equal(end, text.startsWith("{") ? "held back" : text === "[}" ? "truncated" : "corrupt");
    assert.equal(isArray, !text.startsWith("{"));
  });
}

Deno.test("LineReader passes over an element that is too long, and keeps no more of it than its first bytes", async () => {
  const long = `{"a":"${"x".repeat(5_000)}"}`;
  const bytes = encoder.encode(`[\n${long}\n,\n{"b":\n1}, ${long},3]\n`);
  for (const piece of [3, 100, 10_000]) {
    const { rows, end } = await readAll(bytes, { piece, maxRowBytes: 50 });
    assert.deepEqual(rows, [
      [`${long.length} bytes`, 2, 2],
      ['{"b":\n1}', long.length + 5, 4],
      [`${long.length} bytes`, long.length + 15, 5],
      ["3", long.length * 2 + 16, 5],
    ]);
    assert.equal(end, "whole");
  }
  const cut = await readAll(bytes.subarray(0, 4_000), { maxRowBytes: 50 });
  assert.deepEqual([cut.rows, cut.end], [[], "truncated"]);
});
