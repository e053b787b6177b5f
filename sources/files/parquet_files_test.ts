/**
 * Parquet files through `CompressedInput` and `openFileSource`. The files in testdata/ were written by pyarrow 26, and the
 * lines beside them by Python from its own values.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { FIXED_CLOCK } from "../../tests/support/source_input.ts";
import { type RowSource, SourceError, type SourcePosition } from "../source.ts";
import { filePositionOf } from "../../records/content/file_position.ts";
import { CompressedInput } from "./compressed_input.ts";
import { openFileSource } from "./file_source.ts";

const FOLDER = new URL("testdata/", import.meta.url);
const CODECS = ["none", "snappy", "gzip", "brotli", "zstd"];

async function contentOf(path: URL): Promise<string> {
  using file = await Deno.open(path);
  const input = new CompressedInput({ path: path.pathname, compression: "parquet", file });
  const piece = new Uint8Array(1_000), decoder = new TextDecoder();
  let text = "";
  for (let count = await input.read(piece); count !== null; count = await input.read(piece)) {
    text += decoder.decode(piece.subarray(0, count), { stream: true });
  }
  await input.close();
  return text;
}

for (const codec of CODECS) {
  Deno.test(`every type of a Parquet file compressed with ${codec} becomes JSON without a loss`, async () => {
    const expected = await Deno.readTextFile(new URL("types.ndjson", FOLDER));
    assert.equal(await contentOf(new URL(`types.${codec}.parquet`, FOLDER)), expected);
  });
}

for (const codec of ["gzip", "brotli", "zstd"]) {
  Deno.test(`a column of nulls alone, whose dictionary has no bytes, is read with ${codec}`, async () => {
    const expected = await Deno.readTextFile(new URL("nulls.ndjson", FOLDER));
    assert.equal(await contentOf(new URL(`nulls.${codec}.parquet`, FOLDER)), expected);
  });
}

Deno.test("a Parquet file with a compression that is not known is refused with what to do", async () => {
  await assert.rejects(contentOf(new URL("types.lz4.parquet", FOLDER)), {
    code: "not_readable",
    message: /compressed with LZ4_RAW: write it with zstd or snappy/,
  });
});

function open(path: string): RowSource {
  const market = { exchange: "asx", assetClass: "equities", currency: "AUD", timeZone: "Australia/Sydney" } as const;
  return openFileSource({ path, format: "ndjson", kind: "trade", ...market, clock: FIXED_CLOCK });
}

async function read(source: RowSource, from?: SourcePosition): Promise<[ids: string[], positions: SourcePosition[]]> {
  const reader = await source.open(from);
  try {
    const ids: string[] = [], positions: SourcePosition[] = [];
    for (let batch = await reader.next(3); batch !== null; batch = await reader.next(3)) {
      ids.push(...batch.rows.map((row) => row.ok ? `${row.messageId} ${row.record.message_id}` : row.reason));
      positions.push(JSON.parse(JSON.stringify(batch.next)));
    }
    return [ids, positions];
  } finally {
    await reader.close();
  }
}

Deno.test("the rows of a Parquet file are those of its JSON lines, from any position on; one that is cut off has none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "trades.parquet"), lines = join(folder, "trades.ndjson");
    const bytes = await Deno.readFile(new URL("trades.parquet", FOLDER));
    await Deno.writeFile(path, bytes);
    await Deno.writeTextFile(lines, await contentOf(new URL("trades.parquet", FOLDER)));
    const source = open(path), [ids, positions] = await read(source), [expected] = await read(open(lines));
    assert.deepEqual([ids.length, ids], [10, expected]);
    for (const position of positions) {
      assert.deepEqual((await read(source, position))[0], ids.slice(filePositionOf(position).row));
    }
    for (let length = 4; length < bytes.length; length += 31) {
      await Deno.writeFile(path, bytes.subarray(0, length));
      await assert.rejects(async () => await read(open(path)), (error) => {
        assert.ok(error instanceof SourceError, String(error));
        return error.code === "truncated";
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
