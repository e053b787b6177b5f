import assert from "node:assert/strict";
import fc from "fast-check";
import { asxParser, bytesInput, FIXED_CLOCK, readRows } from "../../tests/support/source_input.ts";
import { LineReader } from "./line_reader.ts";
import { RowBatchReader } from "./row_batch_reader.ts";
import { type FilePosition, START_OF_FILE } from "../../records/content/file_position.ts";
import { KEPT_BYTES, SourceError } from "../source.ts";
import { OpenInstant } from "../../records/ids/open_instant.ts";

const encoder = new TextEncoder();
const TRADE = "03/10/2014,10:00:06.717,36.78,358,0,,";
const OPTIONS = { kind: "trade", parser: asxParser("trade") } as const;

/** A line of a tick file: repeated trades, and all that can be wrong. */
const LINE = fc.oneof(
  fc.integer({ min: 0, max: 3 }).map((millis) => `03/10/2014,10:00:06.71${millis},36.78,358,0,,`),
  fc.constantFrom("", "x", '"', `"${TRADE}"`, TRADE.replace("358", '"358"'), "\u0000", "y".repeat(90), "Ω"),
);

Deno.test("RowBatchReader gives the same rows wherever the bytes are split, and from every position", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(LINE, fc.constantFrom("\n", "\r\n")), { maxLength: 12 }),
      fc.record({
        chunk: fc.integer({ min: 1, max: 50 }),
        windowBytes: fc.integer({ min: 1, max: 200 }),
        batchRows: fc.integer({ min: 1, max: 5 }),
        endless: fc.boolean(),
        eager: fc.boolean(),
      }),
      async (lines, { chunk, windowBytes, batchRows, endless, eager }) => {
        const text = lines.map((line) => line.join("")).join("");
        const bytes = encoder.encode(endless ? text.trimEnd() : text);
        const whole = await readRows(bytes, { ...OPTIONS, maxRowBytes: 80 });
        const parts = await readRows(bytes, { ...OPTIONS, maxRowBytes: 80, chunk, windowBytes, batchRows, eager });
        // How much of a row over the limit is kept depends on how much of it had been read.
        const comparable = (rows: typeof whole.rows) =>
          rows.map(({ row, raw }) => !row.ok && row.rule === "row_too_long" ? { ...row, reason: "" } : { row, raw });
        assert.deepEqual(comparable(parts.rows), comparable(whole.rows));
        for (const position of parts.positions) {
          const from: FilePosition = JSON.parse(JSON.stringify(position));
          const rest = await readRows(bytes, { ...OPTIONS, maxRowBytes: 80, from });
          assert.deepEqual(comparable(rest.rows), comparable(whole.rows.slice(position.row)));
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("RowBatchReader gives the same rows for a split at every byte", async () => {
  const bytes = encoder.encode(`\ufeff${TRADE}\r\n\r\nx\n${TRADE}\r\n"${TRADE}\n\u0000\n${TRADE}`);
  const whole = await readRows(bytes, OPTIONS);
  assert.deepEqual(whole.rows.map(({ row }) => row.ok || row.rule), [
    true,
    "blank_line",
    "wrong_column_count",
    true,
    "unterminated_quote",
    "nul_byte",
    true,
  ]);
  for (let chunk = 1; chunk < bytes.length; chunk++) {
    assert.deepEqual(await readRows(bytes, { ...OPTIONS, chunk }), whole);
  }
});

Deno.test("RowBatchReader counts a blank line as a row, but for the last one", async () => {
  for (
    const [text, rules] of [
      ["", []],
      ["\n", []],
      [`${TRADE}\n`, [true]],
      [`${TRADE}\r\n\r\n`, [true]],
      [`${TRADE}\n\n\n`, [true, "blank_line"]],
      [`\n${TRADE}`, ["blank_line", true]],
      [`${TRADE}\n \n${TRADE}`, [true, "wrong_column_count", true]],
    ] as const
  ) {
    for (const chunk of [1, 1000]) {
      const { rows } = await readRows(encoder.encode(text), { ...OPTIONS, chunk });
      assert.deepEqual(rows.map(({ row }) => row.ok || row.rule), rules, JSON.stringify(text));
    }
  }
});

Deno.test("RowBatchReader keeps the start of a row of 10 MB, and the rows around it", async () => {
  const bytes = encoder.encode(`${TRADE}\n${"1".repeat(10_000_000)}\n${TRADE}\n`);
  const { rows, positions } = await readRows(bytes, OPTIONS);
  assert.deepEqual(rows.map(({ row }) => row.ok || row.rule), [true, "row_too_long", true]);
  const [, long, last] = rows;
  assert.ok(long !== undefined && !long.row.ok);
  assert.match(long.row.reason, /10000000 bytes, of which the first 65536 are kept/);
  assert.equal(long.row.length, 10_000_000);
  assert.deepEqual(long.raw, encoder.encode("1".repeat(KEPT_BYTES)));
  assert.equal(last?.row.offset, TRADE.length + 10_000_002);
  assert.equal(positions.at(-1)?.at.offset, bytes.length);
});

Deno.test("RowBatchReader reads 1 GB without a line end in bounded memory", async () => {
  let left = 1024;
  const input = {
    read(buffer: Uint8Array): Promise<number | null> {
      if (left === 0) return Promise.resolve(null);
      left -= 1;
      return Promise.resolve(Math.min(buffer.length, 1024 * 1024));
    },
  };
  const lines = new LineReader(input, { windowBytes: 1024 * 1024 });
  const parser = asxParser("trade")(new OpenInstant());
  const reader = new RowBatchReader({
    kind: "trade",
    name: "test",
    lines,
    parser,
    from: START_OF_FILE,
    clock: FIXED_CLOCK,
    close: () => {},
  });
  const before = Deno.memoryUsage().rss;
  const batch = await reader.next(1000);
  assert.equal(batch?.rows[0]?.length, 1024 ** 3);
  assert.ok(Deno.memoryUsage().rss - before < 64 * 1024 ** 2);
  assert.equal(await reader.next(1000), null);
});

Deno.test("RowBatchReader gives a stream's rows as they come", async () => {
  const bytes = encoder.encode(`${TRADE}\n`.repeat(6));
  const lineBytes = TRADE.length + 1;
  const eager = await readRows(bytes, { ...OPTIONS, chunk: 2 * lineBytes, eager: true });
  assert.deepEqual(eager.positions.map(({ row }) => row), [2, 4, 6]);
  const patient = await readRows(bytes, { ...OPTIONS, chunk: 2 * lineBytes, batchRows: 4 });
  assert.deepEqual(patient.positions.map(({ row }) => row), [4, 6]);
});

Deno.test("RowBatchReader.next() ends after close, which releases the input once", async () => {
  let released = 0;
  const reader = new RowBatchReader({
    kind: "trade",
    name: "test",
    lines: new LineReader(bytesInput(encoder.encode(TRADE))),
    parser: asxParser("trade")(new OpenInstant()),
    from: START_OF_FILE,
    clock: FIXED_CLOCK,
    close: () => released += 1,
  });
  await reader.close();
  await reader.close();
  assert.equal(released, 1);
  assert.equal(await reader.next(10), null);
});

Deno.test("RowBatchReader.next() reports a failed read as a typed error", async () => {
  const failing = {
    read: () => Promise.reject(Object.assign(new Error("Input/output error (os error 5)"), { code: "EIO" })),
  };
  const reader = new RowBatchReader({
    kind: "trade",
    name: "trades.csv",
    lines: new LineReader(failing),
    parser: asxParser("trade")(new OpenInstant()),
    from: START_OF_FILE,
    clock: FIXED_CLOCK,
    close: () => {},
  });
  await assert.rejects(reader.next(10), (error) => {
    return error instanceof SourceError && error.code === "read_failed" && /trades.csv/.test(error.message);
  });
});

Deno.test("RowBatchReader keeps the same bytes of a row over a short limit, in pieces of any size", async () => {
  const bytes = encoder.encode(`${"1".repeat(500)}\n${TRADE}\n`);
  for (const [chunk, windowBytes] of [[1, 16], [1_000, 1_000]] as const) {
    const { rows } = await readRows(bytes, { ...OPTIONS, chunk, windowBytes, maxRowBytes: 100 });
    assert.deepEqual(rows.map(({ row }) => row.ok || row.rule), ["row_too_long", true]);
    assert.equal(new TextDecoder().decode(rows[0]?.raw), "1".repeat(100), `pieces of ${chunk}`);
  }
});
