/**
 * Whole sources of rows as a load reads them: cut and parsed, with places, ids and original bytes.
 *
 * @module
 */
import { systemClock } from "../../../kernel/clock.ts";
import { RecordError } from "../../../records/errors.ts";
import { START_OF_FILE } from "../../../records/content/file_position.ts";
import { OpenInstant } from "../../../records/ids/open_instant.ts";
import { unscaledToV1 } from "../../../records/values/unscaled.ts";
import { codecFor } from "../../../schemas/codec.ts";
import type { RecordKind } from "../../../schemas/record_types.ts";
import { readCsvHeader } from "../../../sources/formats/csv_header.ts";
import { type JsonRow, JsonRowError, parseJsonRow } from "../../../sources/formats/json_row.ts";
import { formatOf } from "../../../sources/formats/mapping/mapped_format.ts";
import { checkMapping } from "../../../sources/formats/mapping/parse_mapping.ts";
import { LineReader } from "../../../sources/files/line_reader.ts";
import { RowBatchReader } from "../../../sources/files/row_batch_reader.ts";
import type { RowSettings } from "../../../sources/formats/format.ts";
import { type RowOptions, rowSettingsOf } from "../../../sources/formats/row_options.ts";
import type { RowParser } from "../../../sources/formats/row_parser.ts";
import { type GoodRow, type RowBatch, SourceError, type SourceRow } from "../../../sources/source.ts";
import { isDeadLetterRule } from "../../../state/dead_letter_rules.ts";
import { ACCEPTED, expect, type FuzzTarget, looseText } from "../fuzz_target.ts";
import { inPieces } from "./lines.ts";

const CLOCK = { ...systemClock, now: () => 1_700_000_000_000 };
/** Short, so that short inputs have rows over it. */
const MAX_ROW_BYTES = 4_096;
const SHARED = { exchange: "ASX", assetClass: "equities", currency: "AUD", timeZone: "Australia/Sydney" } as const;

function settingsOf(options: Pick<RowOptions, "kind" | "format" | "symbol" | "companyId">): RowSettings {
  const all = { ...SHARED, ...options, timeUnit: "us", finer: "keep", endDate: "delisting" } as const;
  return { ...rowSettingsOf(all, "rows"), earliestMicros: Number.MIN_SAFE_INTEGER };
}

/** The length of the input chooses the kind of record, so that a corpus file covers all three. */
function kindOf(input: Uint8Array): RecordKind {
  return (["trade", "quote", "reference_data"] as const)[input.length % 3] ?? "trade";
}

/** A source under test: opens a reader of rows on lines; null where there is none. */
interface RowTarget {
  readonly kind: RecordKind;
  readonly quoted: boolean;
  /** Reads the bytes of a row alone, where a line has several: what they are then. */
  readonly alone?: (bytes: Uint8Array) => SourceRow;
  readonly parser: (lines: LineReader) => Promise<{ readonly parser: RowParser; readonly headerLines: number } | null>;
}

async function runRows(input: Uint8Array, target: RowTarget): Promise<readonly string[]> {
  const whole = await readAll(input, {
    ...target,
    size: input.length || 1,
    windowBytes: input.length + 1,
    rows: 1_000,
  });
  const size = 1 + (input[0] ?? 0) % 13;
  const pieces = await readAll(input, { ...target, size, windowBytes: 16, rows: 3 });
  expect(
    pieces.join("\n") === whole.join("\n"),
    () => `${pieces.join("\n")}\nin pieces, and in one\n${whole.join("\n")}`,
  );
  return whole.map((row) => row.slice(0, row.indexOf(" ")));
}

interface ReadOptions extends RowTarget {
  readonly size: number;
  readonly windowBytes: number;
  readonly rows: number;
}

/** Each row as text that begins with its outcome. */
async function readAll(input: Uint8Array, options: ReadOptions): Promise<string[]> {
  const { kind, quoted, size, windowBytes } = options;
  const lines = new LineReader(inPieces(input, size), { quoted, windowBytes, maxRowBytes: MAX_ROW_BYTES });
  let opened;
  try {
    opened = await options.parser(lines);
  } catch (error) {
    if (error instanceof SourceError) return [`${error.code} ${error.message}`];
    throw error;
  }
  if (opened === null) return [];
  const { parser, headerLines } = opened;
  const reader = new RowBatchReader({
    kind,
    name: "rows",
    lines,
    parser,
    from: START_OF_FILE,
    headerLines,
    clock: CLOCK,
    close: () => {},
  });
  const texts: string[] = [];
  try {
    for (let batch = await reader.next(options.rows); batch !== null; batch = await reader.next(options.rows)) {
      for (const row of batch.rows) {
        texts.push(checkRow(input, { batch, row, number: texts.length + 1, alone: options.alone }));
      }
    }
  } catch (error) {
    // A header of other columns, after which the reader stops.
    if (!(error instanceof SourceError) || error.code !== "other_header") throw error;
    texts.push(`${error.code} ${error.message}`);
  }
  return texts;
}

interface RowAbout {
  readonly batch: RowBatch;
  readonly row: SourceRow;
  readonly number: number;
  readonly alone: RowTarget["alone"];
}

function checkRow(input: Uint8Array, { batch, row, number, alone }: RowAbout): string {
  const { offset, length, line } = row;
  expect(row.row === number, () => `row ${number} says that it is ${row.row}`);
  const raw = batch.raw(row);
  const cut = !row.ok && row.rule === "row_too_long";
  const there = input.subarray(offset, offset + (cut ? raw.length : length));
  if (alone === undefined || raw.length === length || cut) {
    expect(
      cut ? raw.length <= length : raw.length === length,
      () => `row ${number} of ${length} bytes has ${raw.length}`,
    );
    expect(raw.every((byte, at) => byte === there[at]), () => `row ${number} is not what stands at byte ${offset}`);
  } else {
    const outcome = alone(raw);
    expect(raw.toHex().includes(there.toHex()), () => `row ${number} does not have what stands at byte ${offset}`);
    expect(
      row.ok ? outcome.ok : !outcome.ok && outcome.rule === row.rule,
      () => `row ${number} is ${JSON.stringify(outcome)} alone`,
    );
  }
  const place = `${line} ${offset} ${length} ${raw.length}`;
  if (row.ok) return `${ACCEPTED} ${place} ${checkRecord(batch.kind, row)}`;
  const { rule, reason, messageId = "" } = row;
  expect(isDeadLetterRule(rule), () => `${rule} is no rule`);
  return `${rule} ${place} ${messageId} ${reason}`;
}

/** A good row's record can be written and read back in v2; in v1 too, or there is a reason why not. */
function checkRecord(kind: RecordKind, { record, messageId, tradeDate }: GoodRow): string {
  const codec = codecFor(kind, "v2");
  // The reader of this kind made it.
  const body = codec.encode(record as Parameters<typeof codec.encode>[0]);
  const again = codec.encode(codec.decodeUnscaled(body));
  expect(again.toHex() === body.toHex(), () => "the record does not come back from its bytes");
  try {
    const v1 = codecFor(kind, "v1");
    const old = unscaledToV1(kind, record as Parameters<typeof unscaledToV1<typeof kind>>[1]);
    v1.decodeUnscaled(v1.encode(old as Parameters<typeof v1.encode>[0]));
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
  }
  return `${messageId} ${tradeDate} ${body.toHex()}`;
}

function tickTarget(kind: "trade" | "quote"): FuzzTarget {
  return {
    name: kind === "trade" ? "asx_trades" : "asx_quotes",
    run: (input) =>
      runRows(input, {
        kind,
        quoted: false,
        parser() {
          const settings = settingsOf({ kind, format: "asx-ticks", symbol: "TFA", companyId: "1001" });
          const parser = settings.layout.parser(settings, { instant: new OpenInstant(), fields: [] });
          return Promise.resolve({ parser, headerLines: 0 });
        },
      }),
  };
}

export const asxTrades: FuzzTarget = tickTarget("trade");
export const asxQuotes: FuzzTarget = tickTarget("quote");

const FIELD_TOKENS = [
  "timestamp",
  "exchange_timestamp",
  "message_id",
  "trade_id",
  "volume",
  "quantity",
  "vendor_data",
  "vendor_data.x",
  "vendor_data.__proto__",
  "trade_conditions",
  "ingestion_timestamp",
  "source_sequence",
  "listing_date",
  "is_active",
  "SHORT",
];

export const csvRows: FuzzTarget = {
  name: "csv_rows",
  run(input) {
    const kind = kindOf(input);
    return runRows(input, {
      kind,
      quoted: true,
      async parser(lines) {
        const settings = settingsOf({ kind, format: "csv" });
        const header = await readCsvHeader(lines, settings);
        if (header === null) return null;
        const parser = settings.layout.parser(settings, { instant: new OpenInstant(), fields: header.fields });
        return { parser, headerLines: header.lines };
      },
    });
  },
  tokens: FIELD_TOKENS,
};

export const jsonRows: FuzzTarget = {
  name: "json_rows",
  run(input) {
    const kind = kindOf(input);
    return runRows(input, {
      kind,
      quoted: false,
      parser() {
        const settings = settingsOf({ kind, format: "ndjson" });
        const parser = settings.layout.parser(settings, { instant: new OpenInstant(), fields: [] });
        return Promise.resolve({ parser, headerLines: 0 });
      },
    });
  },
  tokens: FIELD_TOKENS,
};

/** Lines with several records each, some values around them. */
const FRAMES = formatOf([checkMapping({
  name: "frames",
  summary: "frames",
  dataType: "trades",
  rows: { form: "json", each: "d", only: [{ from: "c", keep: ["t", ""], skip: ["h"] }] },
  fields: {
    symbol: "s",
    timestamp: { as: "epoch", from: "d.t", unit: "ms" },
    price: "d.p",
    quantity: "d.q.1",
    venue: "d.v",
    currency: { constant: "AUD" },
  },
}, "frames")]);

export const recordRows: FuzzTarget = {
  name: "record_rows",
  run(input) {
    const settings = settingsOf({ kind: "trade", format: FRAMES });
    const parser = () => settings.layout.parser(settings, { instant: new OpenInstant(), fields: [] });
    return runRows(input, {
      kind: "trade",
      quoted: false,
      alone: (bytes) => {
        const { length } = bytes;
        return parser().parse({ row: 1, line: 1, offset: 0, length, buffer: bytes, start: 0, end: length });
      },
      parser: () => Promise.resolve({ parser: parser(), headerLines: 0 }),
    });
  },
  tokens: ['"d":[', "},{", "],[", '"c":"h"', '"s":"X"', '"\\u0064":', "[]", '"d":null', "1699999200000"],
};

export const csvHeader: FuzzTarget = {
  name: "csv_header",
  async run(input) {
    const kind = kindOf(input);
    const read = async (size: number, windowBytes: number) => {
      const lines = new LineReader(inPieces(input, size), { quoted: true, maxRowBytes: MAX_ROW_BYTES, windowBytes });
      try {
        const header = await readCsvHeader(lines, settingsOf({ kind, format: "csv" }), { clock: CLOCK, isFile: true });
        return header === null ? "empty" : `${ACCEPTED} ${header.lines} ${header.fields.join()} ${lines.offset}`;
      } catch (error) {
        if (error instanceof SourceError) return `${error.code} ${error.message}`;
        throw error;
      }
    };
    const whole = await read(input.length || 1, input.length + 1);
    const pieces = await read(1 + (input[0] ?? 0) % 13, 16);
    expect(whole === pieces, () => `${pieces} in pieces, and in one ${whole}`);
    return whole.split(" ", 1);
  },
  tokens: FIELD_TOKENS,
};

export const jsonRow: FuzzTarget = {
  name: "json_row",
  run(input) {
    const text = looseText(input);
    let row: JsonRow;
    try {
      row = parseJsonRow(text);
    } catch (error) {
      if (!(error instanceof JsonRowError)) throw error;
      if (error.rule === "not_json") expect(!isJsonObject(text), () => "JSON.parse takes it");
      return error.rule;
    }
    // Accepted text is JSON, with the keys that JSON.parse finds.
    const keys = Object.keys(JSON.parse(text));
    expect(keys.length === row.size && keys.every((key) => row.has(key)), () => `the keys are ${keys}`);
    return ACCEPTED;
  },
};

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
