/** Lines with several records: each record is a row, as if it stood on a line of its own, wherever reading begins. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { FilePosition } from "../../records/content/file_position.ts";
import { FIXED_CLOCK, type ReadRow, readRows } from "../../tests/support/source_input.ts";
import { ALL_BY_ROW, OpenInstant } from "../../records/ids/open_instant.ts";
import { inFolder } from "../../tests/support/temp_folder.ts";
import { formatOf } from "../formats/mapping/mapped_format.ts";
import { checkMapping } from "../formats/mapping/parse_mapping.ts";
import { rowSettingsOf } from "../formats/row_options.ts";
import type { RowParser } from "../formats/row_parser.ts";
import type { SourcePosition, SourceRow } from "../source.ts";
import { openFileSource } from "./file_source.ts";

const encoder = new TextEncoder(), utf8 = new TextDecoder();

/** The values of a record are below `data`, and those around it beside that: in a list of them, or as the only one. */
const formatFor = (rows: object) =>
  formatOf([checkMapping({
    name: "frames",
    summary: "frames",
    dataType: "trades",
    rows: { form: "json", ...rows },
    fields: {
      symbol: "data.s",
      timestamp: { as: "epoch", from: "data.t", unit: "ms" },
      price: "data.p",
      quantity: "data.q",
      venue: "from",
      currency: { constant: "USD" },
    },
  }, "frames.json")]);
const ONLY = [{ from: "ch", keep: ["trade"], skip: ["heartbeat"] }];
const FRAMES = formatFor({ each: "data", only: ONLY });
const SINGLE = formatFor({ only: ONLY });

function parserOf(format: typeof FRAMES): (instant: OpenInstant) => RowParser {
  const settings = rowSettingsOf(
    { format, kind: "trade", exchange: "NYSE", assetClass: "equities", timeZone: "UTC" },
    "frames.ndjson",
  );
  return (instant) => settings.layout.parser(settings, { instant, fields: [] });
}

/** Records that are the same but for few values, so that many have the same id but for their number, and bad ones. */
const RECORD = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.integer({ min: 0, max: 3 }).map((ms) => `{"s":"A","t":169999920000${ms},"p":1.50,"q":1}`),
  },
  fc.constantFrom(
    '{"s":"A","p":1.5,"q":1}',
    '{"s":"\\u0041","t":1699999200000,"p":1.5,"q":1}',
    "{}",
    "7",
    "null",
    "[]",
  ),
  fc.constantFrom('{"s":"Ω","t":1699999200000,"p":1.5,"q":1}', '{"s":"A","t":1699999200000,"p":1.5,"q":1,"more":[1]}'),
);
const spaced = (records: readonly string[]) => `[${records.join(" , ")} ]`;
/** The frame of records, the list before and after its other keys. */
const FRAME = fc.constantFrom<readonly [string, string]>(
  ['{"ch":"trade","from":"X","data":', "}"],
  ['{"data":', ',"from":"Y","ch":"trade"}'],
  ['{"ch":"heartbeat","data":', "}"],
  ['{"ch":"trade","data":', ',"unknown":1}'],
  ['{"ch":"other","data":', "}"],
);
/** A line, and the same as lines of one record each. */
const LINE: fc.Arbitrary<{ readonly text: string; readonly lines: readonly string[] }> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(FRAME, fc.array(RECORD, { maxLength: 5 })).map(([[before, after], records]) => ({
      text: `${before}${spaced(records)}${after}`,
      // Of one that is passed over nothing is left, and no record makes no row but a frame that is refused.
      lines: before.includes("heartbeat")
        ? []
        : records.length > 0 || before.includes("other") || after.includes("unknown")
        ? (records.length > 0 ? records : ["{}"]).map((record) => `${before}${record}${after}`)
        : [],
    })),
  },
  fc.constantFrom("{", '{"ch":"trade"}', '{"ch":"trade","data":null}', "[1]", "x".repeat(400)).map((text) => ({
    text,
    lines: [text],
  })),
);
const MAX_ROW_BYTES = 390;

/** What a row is, without its place. A line without its list has another rule than one without the values of a record. */
function shown({ row }: ReadRow): unknown {
  if (row.ok) return [row.row, row.messageId, row.record];
  return [row.row, row.rule === "not_json" || row.rule === "row_too_long" ? row.rule : "refused"];
}

/** What a dead letter of the row would be read as: its bytes, without its place among others. */
function alone(format: typeof FRAMES, { raw, row }: ReadRow): SourceRow {
  const parser = parserOf(format)(new OpenInstant(ALL_BY_ROW));
  return parser.parse({ row: row.row, line: 1, offset: 0, length: raw.length, buffer: raw, start: 0, end: raw.length });
}

/** The values of a record without its ids, or the rule. */
function outcomeOf(row: SourceRow): unknown {
  if (!row.ok) return row.rule === "row_too_long" ? "not_json" : row.rule;
  return { ...row.record, message_id: "", trade_id: "", ingestion_timestamp: 0 };
}

Deno.test("each record of a line is the row that it would be on a line of its own, however the bytes come", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(LINE, { maxLength: 5 }),
      fc.record({
        chunk: fc.integer({ min: 1, max: 90 }),
        windowBytes: fc.integer({ min: 1, max: 300 }),
        batchRows: fc.integer({ min: 1, max: 4 }),
        endless: fc.boolean(),
        eager: fc.boolean(),
      }),
      async (lines, { chunk, windowBytes, batchRows, endless, eager }) => {
        const text = lines.map(({ text }) => `${text}\n`).join("");
        const bytes = encoder.encode(endless ? text.trimEnd() : text);
        const options = { kind: "trade", parser: parserOf(FRAMES), maxRowBytes: MAX_ROW_BYTES } as const;
        const whole = await readRows(bytes, options);
        const single = await readRows(
          encoder.encode(lines.flatMap(({ lines }) => lines).map((line) => `${line}\n`).join("")),
          { ...options, parser: parserOf(SINGLE) },
        );
        assert.deepEqual(whole.rows.map(shown), single.rows.map(shown));
        for (const read of whole.rows) assert.deepEqual(outcomeOf(alone(FRAMES, read)), outcomeOf(read.row));
        const parts = await readRows(bytes, { ...options, chunk, windowBytes, batchRows, eager });
        assert.deepEqual(parts.rows.map(withPlace), whole.rows.map(withPlace));
        for (const position of parts.positions) {
          const from: FilePosition = JSON.parse(JSON.stringify(position));
          const rest = await readRows(bytes, { ...options, from });
          assert.deepEqual(rest.rows.map(withPlace), whole.rows.slice(position.row).map(withPlace));
        }
      },
    ),
    { numRuns: 40 },
  );
});

/** A row with its place and bytes; how much of one over the limit is kept depends on how much had been read. */
function withPlace({ row, raw }: ReadRow): unknown {
  return !row.ok && row.rule === "row_too_long" ? { ...row, reason: "" } : { row, raw: utf8.decode(raw) };
}

/** All rows of a file, with the position after each batch; the file is closed. */
async function readFile(path: string, { batchRows = 1000, from, takeLastLine = false, format = FRAMES }: {
  readonly batchRows?: number;
  readonly from?: SourcePosition | undefined;
  readonly takeLastLine?: boolean;
  readonly format?: typeof FRAMES;
} = {}) {
  const source = openFileSource({
    path,
    format,
    kind: "trade",
    exchange: "NYSE",
    assetClass: "equities",
    timeZone: "UTC",
    takeLastLine,
    clock: FIXED_CLOCK,
  });
  const reader = await source.open(from);
  const rows: SourceRow[] = [], positions: SourcePosition[] = [];
  try {
    for (let batch = await reader.next(batchRows); batch !== null; batch = await reader.next(batchRows)) {
      rows.push(...batch.rows);
      positions.push(JSON.parse(JSON.stringify(batch.next)));
    }
    return { rows, positions, heldBack: reader.end?.().heldBack ?? null };
  } finally {
    await reader.close();
  }
}

const record = (ms: number, symbol = "A") => `{"s":"${symbol}","t":169999920000${ms},"p":1.50,"q":1}`;
const frame = (...records: readonly string[]) => `{"ch":"trade","data":[${records.join()}]}`;
const TEXT = `${frame(record(0), record(0), "{}")}\n${frame(record(1))}\n${frame(record(1), record(0), record(2))}\n`;

Deno.test("a file is read on after each of its records, also as one JSON array, and compressed", async () => {
  await inFolder(async (folder) => {
    const array = TEXT.trimEnd().split("\n").join(" ,\n ");
    for (
      const [name, bytes] of [
        ["a.ndjson", encoder.encode(TEXT)],
        ["a.json", encoder.encode(` [ ${array}\n]`)],
        ["a.ndjson.gz", new Uint8Array(gzipSync(TEXT))],
      ] as const
    ) {
      const path = join(folder, name);
      await Deno.writeFile(path, bytes);
      const whole = await readFile(path);
      assert.deepEqual(whole.rows.map(({ ok }) => ok), [true, true, false, true, true, true, true], name);
      for (const batchRows of [1, 2, 3]) {
        const parts = await readFile(path, { batchRows });
        assert.deepEqual(parts.rows, whole.rows);
        for (const from of parts.positions) {
          const rest = await readFile(path, { from, batchRows });
          assert.deepEqual(rest.rows, whole.rows.slice(from.row), `${name} from ${JSON.stringify(from)}`);
        }
      }
    }
  });
});

Deno.test("a position within a line knows the whole of it", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.ndjson");
    await Deno.writeTextFile(path, TEXT);
    const { positions: [first] } = await readFile(path, { batchRows: 1 });
    await Deno.writeTextFile(path, TEXT.replace("{}]}", "[]]}"));
    await assert.rejects(readFile(path, { from: first }), { name: "SourceError", code: "changed" });
  });
});

Deno.test("the records of a last line are taken once, with its line end or without", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.ndjson"), text = TEXT.trimEnd();
    await Deno.writeTextFile(path, text);
    const held = await readFile(path);
    assert.deepEqual([held.rows.length, held.heldBack?.line], [4, 3]);
    for (const batchRows of [1, 2, 7]) {
      await Deno.writeTextFile(path, text);
      const { rows, positions } = await readFile(path, { takeLastLine: true, batchRows });
      assert.equal(rows.length, 7);
      for (const from of positions) {
        assert.equal((await readFile(path, { takeLastLine: true, from })).rows.length, 7 - from.row);
        const isAll = from.row === 7;
        const before = await readFile(path, { from });
        assert.deepEqual([before.rows.length, before.heldBack === null], [Math.max(0, 4 - from.row), isAll]);
      }
      await Deno.writeTextFile(path, `${text}\n${frame(record(3), record(3))}\n`);
      const whole = await readFile(path);
      for (const from of positions) {
        assert.deepEqual((await readFile(path, { from })).rows, whole.rows.slice(from.row));
      }
      await Deno.writeTextFile(path, `${text} x\n`);
      const last = positions.at(-1);
      await assert.rejects(readFile(path, { from: last }), { name: "SourceError", code: "changed" });
    }
  });
});

Deno.test("a line that was half when it was taken has its records under the numbers that follow", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.ndjson"), [first = "", second = ""] = TEXT.split("\n");
    await Deno.writeTextFile(path, `${second}\n${first.slice(0, -9)}`);
    const { rows, positions } = await readFile(path, { takeLastLine: true });
    assert.deepEqual(rows.map((row) => row.ok || row.rule), [true, "not_json"]);
    await Deno.writeTextFile(path, `${second}\n${first}\n`);
    const rest = await readFile(path, { from: positions.at(-1) });
    assert.deepEqual(rest.rows.map(({ row, ok }) => [row, ok]), [[2, true], [3, true], [4, false]]);
  });
});

Deno.test("what is around a list is kept with each refused record, so that it must not be long", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.ndjson"), long = "x".repeat(70_000);
    const lines = [`{"ch":"trade","from":"${long}","data":[{},{}]}`, `{"ch":"trade","from":"${long}","data":[{}]}`];
    await Deno.writeTextFile(path, `${lines.join("\n")}\n`);
    assert.deepEqual((await readFile(path)).rows.map((row) => row.ok || row.rule), ["several_records", "missing"]);
  });
});

Deno.test("a list of lists, and a line that is the list itself", async () => {
  await inFolder(async (folder) => {
    const fields = (prefix: string) => ({
      symbol: `${prefix}s`,
      timestamp: { as: "epoch", from: `${prefix}t`, unit: "ms" },
      price: `${prefix}p`,
      quantity: `${prefix}q`,
      currency: { constant: "USD" },
    });
    const about = { name: "x", summary: "x", dataType: "trades" };
    const read = async (mapping: object, text: string) => {
      const path = join(folder, "a.ndjson");
      await Deno.writeTextFile(path, text);
      const { rows } = await readFile(path, { format: formatOf([checkMapping({ ...about, ...mapping }, "x")]) });
      return rows.map((row) => row.ok ? row.record.symbol : row.rule);
    };
    const itself = { rows: { form: "json", each: "." }, fields: fields("") };
    assert.deepEqual(await read(itself, `[${record(0, "A")},${record(0, "B")}]\n[]\n[${record(1, "C")}]\n`), [
      "A",
      "B",
      "C",
    ]);
    // Those of a second list would be left out.
    const nested = { rows: { form: "json", each: "events.0.trades" }, fields: fields("events.0.trades.") };
    const event = (symbol: string) => `{"trades":[${record(0, symbol)}]}`;
    assert.deepEqual(
      await read(nested, `{"events":[${event("A")}]}\n{"events":[${event("B")},${event("C")}]}\n`),
      ["A", "unknown_field"],
    );
  });
});
