import assert from "node:assert/strict";
import { ContentChain } from "../../records/content/content_chain.ts";
import fc from "fast-check";
import { bytesInput } from "../../tests/support/source_input.ts";
import { LineReader, type LineReaderOptions } from "./line_reader.ts";
import { emptyCut, type RowCut } from "./row_cut.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

interface Cut {
  readonly text: string;
  readonly offset: number;
  readonly length: number;
  readonly lines: number;
  readonly tooLong: boolean;
}

async function cutAll(text: string | Uint8Array, options: LineReaderOptions & { chunk?: number } = {}): Promise<Cut[]> {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  const reader = new LineReader(bytesInput(bytes, options.chunk), options);
  const cut: RowCut = emptyCut();
  const cuts: Cut[] = [];
  for (;;) {
    const taken = reader.take(cut);
    if (taken === "end") return cuts;
    if (taken === "more") {
      await reader.fill();
      continue;
    }
    const kept = taken === "too_long";
    if (kept) reader.mark();
    const offset = kept ? reader.offset : reader.base + cut.start;
    const bytes = kept ? await reader.takeTooLong(cut) : reader.buffer.subarray(cut.start, cut.end);
    if (bytes === null) return cuts;
    const { length, lines, tooLong } = cut;
    cuts.push({ text: decoder.decode(bytes.slice()), offset, length, lines, tooLong });
    reader.mark();
  }
}

async function texts(text: string, options?: LineReaderOptions): Promise<string[]> {
  return (await cutAll(text, options)).map((cut) => cut.tooLong ? `too long: ${cut.text}` : cut.text);
}

const LINES: readonly [text: string, rows: string[]][] = [
  ["", []],
  ["a", ["a"]],
  ["a\n", ["a"]],
  ["a\r\n", ["a"]],
  ["a\r", ["a"]],
  ["a\nb", ["a", "b"]],
  ["a\r\nb\n", ["a", "b"]],
  ["\n", [""]],
  ["\r\n\r\n", ["", ""]],
  ["a\n\nb", ["a", "", "b"]],
  ["a\rb\n", ["a\rb"]],
  ["\ufeffa\nb", ["a", "b"]],
  ["\ufeff", []],
  ["a\n\ufeffb", ["a", "\ufeffb"]],
  ['"a\nb"\nc', ['"a', 'b"', "c"]],
];

for (const [text, rows] of LINES) {
  Deno.test(`LineReader cuts ${JSON.stringify(text)} into lines`, async () => {
    assert.deepEqual(await texts(text), rows);
  });
}

const QUOTED: readonly [text: string, rows: string[]][] = [
  ['a,"b"\nc', ['a,"b"', "c"]],
  ['a,"b\nc"\nd', ['a,"b\nc"', "d"]],
  ['a,"b\r\n\r\nc",x\r\nd', ['a,"b\r\n\r\nc",x', "d"]],
  ['"a ""\n"" b"\nc', ['"a ""\n"" b"', "c"]],
  ['a,"b\nc\nd', ['a,"b', "c", "d"]],
  ['a,"b\r\nc', ['a,"b', "c"]],
  ['"', ['"']],
  ['"\n', ['"']],
  ['a\n"b\n', ["a", '"b']],
  ['aaaaaaaaaaaa\nbb\n"c\nd"\n', ["aaaaaaaaaaaa", "bb", '"c\nd"']],
  ['"x\n"y\nz', ['"x\n"y', "z"]],
];

for (const [text, rows] of QUOTED) {
  Deno.test(`LineReader keeps quoted line ends in their row: ${JSON.stringify(text)}`, async () => {
    assert.deepEqual(await texts(text, { quoted: true }), rows);
    for (let chunk = 1; chunk < 20; chunk++) {
      assert.deepEqual((await cutAll(text, { quoted: true, chunk })).map((cut) => cut.text), rows, `chunk ${chunk}`);
    }
  });
}

Deno.test("LineReader gives each row its place, lines and length", async () => {
  assert.deepEqual(await cutAll('\ufeffa\r\n"b\n\nc"\r\n\nd', { quoted: true }), [
    { text: "a", offset: 3, length: 1, lines: 1, tooLong: false },
    { text: '"b\n\nc"', offset: 6, length: 6, lines: 3, tooLong: false },
    { text: "", offset: 14, length: 0, lines: 1, tooLong: false },
    { text: "d", offset: 15, length: 1, lines: 1, tooLong: false },
  ]);
});

Deno.test("LineReader counts offsets from where its input stands", async () => {
  assert.deepEqual((await cutAll("a\nb\n", { offset: 100 })).map(({ offset }) => offset), [100, 102]);
});

Deno.test("LineReader refuses a row over the limit and continues after it", async () => {
  const long = "x".repeat(11);
  for (const windowBytes of [4, 16, 1024]) {
    for (const end of ["\n", "\r\n"]) {
      const cuts = await cutAll(`ok${end}${long}${end}0123456789${end}`, { maxRowBytes: 10, windowBytes });
      assert.deepEqual(cuts.map(({ tooLong, length, lines }) => ({ tooLong, length, lines })), [
        { tooLong: false, length: 2, lines: 1 },
        { tooLong: true, length: 11, lines: 1 },
        { tooLong: false, length: 10, lines: 1 },
      ]);
      assert.equal(cuts[2]?.offset, 2 + end.length + 11 + end.length);
    }
  }
});

Deno.test("LineReader keeps the first 64 KiB of a row of 10 MB and says how long it was", async () => {
  const all = encoder.encode(`first\nb${"a".repeat(9_999_999)}\nlast\n`);
  const cuts = await cutAll(all);
  assert.deepEqual(cuts.map(({ offset, length, tooLong }) => ({ offset, length, tooLong })), [
    { offset: 0, length: 5, tooLong: false },
    { offset: 6, length: 10_000_000, tooLong: true },
    { offset: 10_000_007, length: 4, tooLong: false },
  ]);
  assert.equal(cuts[1]?.text, `b${"a".repeat(64 * 1024 - 1)}`);
});

Deno.test("LineReader passes over a last row without end that is over the limit", async () => {
  for (const end of ["", "\r"]) {
    const cuts = await cutAll(`a\n${"x".repeat(100)}${end}`, { maxRowBytes: 10, windowBytes: 8 });
    assert.deepEqual(cuts.map(({ tooLong, length }) => [tooLong, length]), [[false, 1], [true, 100]]);
  }
});

Deno.test("LineReader does not let an open quote swallow more than the limit", async () => {
  const text = `a,"b\n${"0123\n".repeat(10)}`;
  const cuts = await texts(text, { quoted: true, maxRowBytes: 20, windowBytes: 8 });
  assert.deepEqual(cuts, ['a,"b', ...Array.from({ length: 10 }, () => "0123")]);
});

Deno.test("LineReader.isAtEnd() reads on to know", async () => {
  const reader = new LineReader(bytesInput(encoder.encode("a\nb\n"), 2));
  const cut: RowCut = emptyCut();
  assert.equal(reader.take(cut), "more");
  await reader.fill();
  assert.equal(reader.take(cut), "row");
  assert.equal(await reader.isAtEnd(), false);
  assert.equal(reader.take(cut), "row");
  assert.equal(await reader.isAtEnd(), true);
  assert.equal(reader.take(cut), "end");
});

Deno.test("LineReader cuts the same wherever the bytes are split", async () => {
  const piece = fc.constantFrom("a", ",", '"', '""', "\n", "\r\n", "\r", "\ufeff", "Ω", "x".repeat(13));
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 30 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      async (pieces, quoted, chunk, windowBytes) => {
        const text = pieces.join("");
        const options = { quoted, maxRowBytes: 12 };
        // Kept bytes are bounded by the limit, however the row was found to be too long.
        const short = (cuts: Cut[]) => cuts.map((cut) => cut.tooLong ? { ...cut, text: "" } : cut);
        const expected = short(await cutAll(text, options));
        assert.deepEqual(short(await cutAll(text, { ...options, chunk })), expected);
        assert.deepEqual(short(await cutAll(text, { ...options, chunk, windowBytes })), expected);
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("LineReader.take() holds a row of several lines to the limit, to the byte", async () => {
  const row = '"a\nb"';
  assert.deepEqual(await texts(`${row}\nx`, { quoted: true, maxRowBytes: row.length }), [row, "x"]);
  assert.deepEqual(await texts(`${row}\r\nx`, { quoted: true, maxRowBytes: row.length }), [row, "x"]);
  assert.deepEqual(await texts(`${row}\nx`, { quoted: true, maxRowBytes: row.length - 1 }), ['"a', 'b"', "x"]);
});

Deno.test("LineReader holds back a last line that is over the limit, and keeps no bytes of it", async () => {
  for (const text of ["", "first\n", "first\nsecond\n"]) {
    const content = new ContentChain();
    const bytes = encoder.encode(`${text}${"a".repeat(5_000_000)}`);
    const options = { holdLastLine: true, chain: content };
    const reader = new LineReader(bytesInput(bytes), options);
    const cut = emptyCut();
    for (let taken = reader.take(cut); taken !== "end"; taken = reader.take(cut)) {
      reader.mark();
      if (taken === "more") await reader.fill();
      if (taken === "too_long") assert.equal(await reader.takeTooLong(cut), null);
    }
    assert.deepEqual([reader.offset, reader.rest, reader.isQuoteOpen], [text.length, 5_000_000, false]);
    assert.ok(reader.buffer.length <= 256 * 1024);
    const before = new ContentChain();
    before.update(encoder.encode(text));
    assert.deepEqual(reader.contentUpTo(reader.offset), before.mark());
  }
});
