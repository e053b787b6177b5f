import assert from "node:assert/strict";
import { START_OF_FILE } from "../../records/content/file_position.ts";
import { FIXED_CLOCK } from "../../tests/support/source_input.ts";
import { openFileRows } from "../files/open_rows.ts";
import { openFileInput } from "../files/file_input.ts";
import { SourceError } from "../source.ts";
import type { Format, Reading, RowSettings } from "./format.ts";
import { FORMATS, rowLayoutOf } from "./formats.ts";
import { jsonParser } from "./mapping/named_parser.ts";
import { rowSettingsOf } from "./row_options.ts";
import { badForm, blankRow, decodeText, type RawRow, type RowParser } from "./row_parser.ts";

const OPTIONS = {
  format: "csv",
  kind: "trade",
  exchange: "NYSE",
  assetClass: "equities",
  currency: "USD",
  timeZone: "UTC",
} as const;

/** `price|quantity|symbol` in each row: a format in this file only; other code knows nothing of it but its entry. */
class PipesParser implements RowParser {
  readonly instant: RowParser["instant"];
  ingestionMicros = 0;
  readonly #json: RowParser;

  constructor(settings: RowSettings, reading: Reading) {
    this.instant = reading.instant;
    this.#json = jsonParser(settings, reading);
  }

  parse(raw: RawRow) {
    const text = decodeText(raw.buffer.subarray(raw.start, raw.end));
    const [price, quantity, symbol, ...others] = text?.split("|") ?? [];
    if (price === undefined || quantity === undefined || symbol === undefined || others.length > 0) {
      return text === "" ? blankRow(raw) : badForm(raw, "wrong_column_count", "It needs three.");
    }
    const row = { price, quantity, symbol, timestamp: "2014-05-06T00:00:00Z" };
    const buffer = new TextEncoder().encode(JSON.stringify(row));
    return this.#json.parse({ ...raw, buffer, start: 0, end: buffer.length });
  }
}

const PIPES: Format = {
  name: "pipes",
  summary: "pipes between prices, quantities and symbols",
  endings: [".pipes"],
  rows: {
    trade: {
      isOfOneSymbol: false,
      readHeader: null,
      parser: (settings, reading) => new PipesParser(settings, reading),
      firstLook: (settings) => {
        let rows = 0;
        return {
          needsMore: false,
          add() {
            rows++;
          },
          end() {
            if (rows > 0) throw new SourceError("other_keys", `${settings.path} has no pipes.`);
          },
        };
      },
    },
  },
};

/** The rows of a file in a format that is in no table. */
async function readPipes(text: string) {
  const layout = PIPES.rows.trade;
  assert.ok(layout !== undefined);
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    const settings = { ...rowSettingsOf(OPTIONS, path), format: PIPES.name, layout };
    const options = { settings, maxRowBytes: undefined, takeLastLine: false, onRepeatedHeader: undefined };
    const file = { file: await openFileInput(path, { compression: null }), compression: null };
    const reader = await openFileRows(START_OF_FILE, { ...options, clock: FIXED_CLOCK }, file);
    try {
      const batch = await reader.next(10);
      return batch?.rows.map((row) => row.ok ? row.record.symbol : row.rule);
    } finally {
      await reader.close();
    }
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("the reader of files needs only a Format: rows, refused rows, and the first look", async () => {
  assert.deepEqual(await readPipes("1.5|2|A\nnonsense\n1.5|3|B\n"), ["A", "wrong_column_count", "B"]);
  await assert.rejects(readPipes("nonsense\n"), { code: "other_keys", message: /has no pipes/ });
});

Deno.test("FORMATS has each name once, and an entry for the help and the messages", () => {
  const names: readonly string[] = FORMATS.map(({ name }) => name);
  assert.deepEqual([...names], [...new Set(names)]);
  for (const { summary, rows } of FORMATS) {
    assert.notEqual(summary, "");
    assert.notEqual(Object.keys(rows).length, 0);
  }
});

Deno.test("rowLayoutOf() gives each format its rows, and lists the formats", () => {
  assert.equal(rowLayoutOf("asx-ticks", "reference_data"), rowLayoutOf("csv", "reference_data"));
  assert.ok(rowLayoutOf("asx-ticks", "quote").isOfOneSymbol);
  const unknown: string = "parquet";
  assert.throws(
    () => rowLayoutOf(unknown, "trade"),
    { code: "bad_option", message: /no format "parquet" of trade rows: give one of asx-ticks, csv, ndjson/ },
  );
});
