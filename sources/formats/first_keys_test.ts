import assert from "node:assert/strict";
import { OpenInstant } from "../../records/ids/open_instant.ts";
import { START_OF_FILE } from "../../records/content/file_position.ts";
import { bytesInput, FIXED_CLOCK } from "../../tests/support/source_input.ts";
import { FirstRow } from "../files/first_row.ts";
import { LineReader } from "../files/line_reader.ts";
import { RowBatchReader } from "../files/row_batch_reader.ts";
import { rowSettingsOf } from "./row_options.ts";
import { SourceError } from "../source.ts";

const SETTINGS = rowSettingsOf({
  format: "ndjson",
  kind: "trade",
  exchange: "COINBASE",
  assetClass: "crypto",
  currency: "USD",
  timeZone: "UTC",
}, "-");
const GOOD = '{"symbol":"X","timestamp":"2023-01-02T10:00:00Z","price":"1.5","quantity":"1"}\n';
const OTHER = '{"type":"subscriptions"}\n';

/** A stream that gives one byte at a time. */
function streamOf(text: string): RowBatchReader {
  return new RowBatchReader({
    kind: "trade",
    name: "-",
    lines: new LineReader(bytesInput(new TextEncoder().encode(text), 1)),
    parser: SETTINGS.layout.parser(SETTINGS, { instant: new OpenInstant(), fields: [] }),
    from: START_OF_FILE,
    firstRow: new FirstRow({ settings: SETTINGS, fields: [], clock: FIXED_CLOCK }),
    eager: true,
    clock: FIXED_CLOCK,
    close: () => {},
  });
}

async function batchesOf(text: string): Promise<readonly (readonly boolean[])[]> {
  const reader = streamOf(text);
  const batches: boolean[][] = [];
  for (let batch = await reader.next(1_000); batch !== null; batch = await reader.next(1_000)) {
    batches.push(batch.rows.map(({ ok }) => ok));
  }
  return batches;
}

Deno.test("FirstKeys makes the first rows of a stream wait until one of them decides, but no later rows", async () => {
  assert.deepEqual(await batchesOf(OTHER + OTHER + GOOD + OTHER + GOOD), [[false, false, true], [false], [true]]);
  assert.deepEqual(await batchesOf(`${OTHER}not json\n${OTHER}`), [[false, false], [false]]);
  assert.deepEqual(await batchesOf(""), []);
});

Deno.test("FirstKeys refuses a stream that ends without a row that decides, also after a blank last line", async () => {
  for (const text of [OTHER, OTHER + OTHER, `${OTHER}\n`]) {
    await assert.rejects(batchesOf(text), (error) => error instanceof SourceError && error.code === "other_keys", text);
  }
});
