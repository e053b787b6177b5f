/** Compressed files through `openFileSource` and the paths that lead to them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import type { StreamCompression } from "../../storage/compression.ts";
import { compress, concat, skippableFrame } from "../../tests/support/compressed_bytes.ts";
import { FIXED_CLOCK } from "../../tests/support/source_input.ts";
import { CompanyTable } from "../formats/company_table.ts";
import { expandPaths } from "./expand_paths.ts";
import { type FileSourceOptions, openFileSource } from "./file_source.ts";
import { type FilePosition, filePositionOf, START_OF_FILE } from "../../records/content/file_position.ts";
import { type RowSource, SourceError, type SourceErrorCode, type SourceRow } from "../source.ts";
import { inFolder } from "../../tests/support/temp_folder.ts";

const TRADE = "03/10/2014,10:00:06.717,36.78,358,0,,";
const OPTIONS: Omit<FileSourceOptions, "path"> = {
  format: "asx-ticks",
  kind: "trade",
  exchange: "asx",
  assetClass: "equities",
  symbol: "TFA",
  currency: "AUD",
  timeZone: "Australia/Sydney",
  clock: FIXED_CLOCK,
};
const SUFFIX = { gzip: ".gz", zstd: ".zst" } as const;
const BOTH: readonly StreamCompression[] = ["gzip", "zstd"];
const encoder = new TextEncoder();

interface Read {
  readonly rows: readonly (SourceRow & { readonly bytes: string })[];
  readonly positions: readonly FilePosition[];
  readonly error: SourceError | null;
}

/** All rows of a source, and how it ended. */
async function readAll(source: RowSource, { from, batchRows = 1000 }: {
  readonly from?: FilePosition | undefined;
  readonly batchRows?: number;
} = {}): Promise<Read> {
  const reader = await source.open(from);
  const rows: Read["rows"][number][] = [], positions: FilePosition[] = [];
  try {
    for (let batch = await reader.next(batchRows); batch !== null; batch = await reader.next(batchRows)) {
      const { raw } = batch;
      rows.push(...batch.rows.map((row) => ({ ...row, bytes: raw(row).toHex() })));
      positions.push(filePositionOf(batch.next));
    }
    return { rows, positions, error: null };
  } catch (error) {
    assert.ok(error instanceof SourceError, String(error));
    await assert.rejects(reader.next(1), (again) => again === error, "it is not the end, ever");
    return { rows, positions, error };
  } finally {
    await reader.close();
  }
}

function isSourceError(code: SourceErrorCode, pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SourceError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    return true;
  };
}

/** A line of a tick file: repeated trades, and all that can be wrong. */
const LINE = fc.oneof(
  fc.integer({ min: 0, max: 3 }).map((millis) => `03/10/2014,10:00:06.71${millis},36.78,358,0,,`),
  fc.constantFrom("", "x", '"', `"${TRADE}"`, "\u0000", "y".repeat(90), "Ω"),
);

Deno.test("openFileSource() gives the rows, ids and positions of a compressed file as of the plain one", async () => {
  const oneLine = fc.tuple(LINE, fc.constantFrom("\n", "\r\n")).map((line) => line.join(""));
  const given = {
    // Cuts between members and frames are anywhere, also inside a line.
    parts: fc.array(fc.array(oneLine, { maxLength: 6 }), { minLength: 1, maxLength: 3 }),
    last: fc.constantFrom("", TRADE, "03/10"),
    cut: fc.nat(20),
    batchRows: fc.integer({ min: 1, max: 5 }),
    format: fc.constantFrom("asx-ticks" as const, "ndjson" as const),
  };
  await inFolder(async (folder) => {
    const property = fc.asyncProperty(fc.record(given), async ({ parts, last, cut, batchRows, format }) => {
      const content = encoder.encode(parts.flat().join("") + last);
      const plainPath = join(folder, "1001.csv");
      await Deno.writeFile(plainPath, content);
      const options = { ...OPTIONS, format, maxRowBytes: 80 };
      const plain = await readAll(openFileSource({ ...options, path: plainPath }), { batchRows });
      assert.equal(plain.error, null);
      for (const compression of BOTH) {
        const path = plainPath + SUFFIX[compression];
        const pieces = [content.subarray(0, cut), content.subarray(cut)].map((piece) => compress(compression, piece));
        await Deno.writeFile(path, concat(pieces));
        const source = openFileSource({ ...options, path });
        assert.deepEqual(await readAll(source, { batchRows }), plain, compression);
        for (const position of plain.positions) {
          const from: FilePosition = JSON.parse(JSON.stringify(position));
          const rest = await readAll(source, { from });
          assert.deepEqual(rest, { ...rest, rows: plain.rows.slice(position.row), error: null }, `row ${position.row}`);
        }
      }
    });
    await fc.assert(property, { numRuns: 100 });
  });
});

Deno.test("openFileSource() resumes a compressed csv file below its header", async () => {
  const row = "TFA,2014-03-10T10:00:06.717+11:00,1,2,";
  const text = `\ufeffsymbol,timestamp,price,quantity,vendor_data.note\r\n${row}\r\n${row}"a\r\nb"\r\n${row}\r\n`;
  await inFolder(async (folder) => {
    for (const compression of BOTH) {
      const path = join(folder, `rows.csv${SUFFIX[compression].toUpperCase()}`);
      await Deno.writeFile(path, compress(compression, encoder.encode(text)));
      const source = openFileSource({ ...OPTIONS, path, format: "csv" });
      const { rows, positions } = await readAll(source, { batchRows: 1 });
      assert.deepEqual(rows.map((row) => [row.ok, row.row, row.line]), [[true, 1, 2], [true, 2, 3], [true, 3, 5]]);
      for (const from of positions) assert.deepEqual((await readAll(source, { from })).rows, rows.slice(from.row));
    }
  });
});

Deno.test("openFileSource() gives the complete rows of a file that is cut off at any byte, and no others", async () => {
  const lines = ["", TRADE, TRADE.replace(".717", ".718"), "x", TRADE.replace("36.78", "36.79"), "", TRADE];
  const content = encoder.encode(`${lines.join("\r\n")}\r\n`);
  await inFolder(async (folder) => {
    for (const compression of BOTH) {
      const path = join(folder, `1001.csv${SUFFIX[compression]}`);
      const file = concat([content.subarray(0, 70), content.subarray(70)].map((piece) => compress(compression, piece)));
      await Deno.writeFile(path, file);
      const whole = await readAll(openFileSource({ ...OPTIONS, path }), { batchRows: 1 });
      assert.equal(whole.rows.length, lines.length);
      let most = 0;
      for (let length = 0; length < file.length; length++) {
        await Deno.writeFile(path, file.subarray(0, length));
        const source = openFileSource({ ...OPTIONS, path });
        const { rows, positions, error } = await readAll(source);
        if (error === null) continue; // Between the two members: checked by the content.
        assert.equal(error.code, "truncated");
        assert.deepEqual(rows, whole.rows.slice(0, rows.length), `${length} bytes`);
        assert.ok(rows.length >= most);
        most = rows.length;
        const position = positions.at(-1);
        const place = whole.positions[rows.length - 1];
        if (place !== undefined) assert.deepEqual(position, place);
        const { row, at: { line, offset } } = position ?? START_OF_FILE;
        const message = error.message;
        assert.ok(message.startsWith(`${path} is cut off: it `), message);
        assert.ok(message.endsWith(` It was read up to row ${row}, line ${line}, byte ${offset}.`), message);
        // Once it is there whole, reading resumes where it has ended.
        await Deno.writeFile(path, file);
        const rest = await readAll(openFileSource({ ...OPTIONS, path }), { from: position });
        assert.deepEqual(rest.rows, whole.rows.slice(rows.length));
      }
      assert.ok(most >= lines.length - 1, `${most} rows`);
    }
  });
});

Deno.test("openFileSource() gives the rows before the damaged part of a file, and none that is wrong", async () => {
  const lines = Array.from({ length: 12 }, (_, row) => TRADE.replace("358", `${(row * 7919) % 1000}`));
  const content = encoder.encode(`${lines.join("\n")}\n`);
  const half = content.length / 2;
  const parts = [content.subarray(0, half), content.subarray(half)];
  await inFolder(async (folder) => {
    for (const compression of BOTH) {
      const path = join(folder, `1001.csv${SUFFIX[compression]}`);
      const members = parts.map((part) => compress(compression, part)), file = concat(members);
      const firstBytes = members[0]?.length ?? 0;
      await Deno.writeFile(path, file);
      const whole = await readAll(openFileSource({ ...OPTIONS, path }), { batchRows: 1 });
      const outcomes = new Set<string>();
      for (let bit = 4 * 8; bit < file.length * 8; bit++) {
        const damaged = file.slice(), at = bit >> 3;
        damaged[at] = (damaged[at] ?? 0) ^ 1 << (bit & 7);
        await Deno.writeFile(path, damaged);
        const { rows, positions, error } = await readAll(openFileSource({ ...OPTIONS, path }));
        if (error?.code === "truncated") continue; // As if its end were missing, where the checksum would be.
        assert.deepEqual(rows, whole.rows.slice(0, rows.length), `bit ${bit}`);
        const expected = error === null ? 12 : at < firstBytes ? 0 : 6;
        // More only where nothing that was compressed is wrong, but whether there is a checksum.
        assert.ok(rows.length >= expected || error?.code === "not_readable", `bit ${bit}: ${rows.length} rows`);
        outcomes.add(`${error?.code} ${rows.length}`);
        if (error?.code !== "corrupt" || rows.length !== 6) continue;
        const doubt = `byte ${half} of its content on is in doubt|follows the last`;
        assert.match(error.message, new RegExp(doubt));
        assert.ok(error.message.endsWith(`line 6, byte ${positions.at(-1)?.at.offset}.`), error.message);
      }
      assert.ok(outcomes.has("corrupt 0") && outcomes.has("corrupt 6"), [...outcomes].join());
    }
  });
});

Deno.test("openFileSource() looks a damaged file through once, and again when it was written to", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "1001.csv.gz");
    const file = compress("gzip", encoder.encode(`${TRADE}\n`.repeat(1000)));
    const damaged = file.slice();
    damaged.fill(0, -8);
    await Deno.writeFile(path, damaged);
    const source = openFileSource({ ...OPTIONS, path });
    for (let times = 0; times < 2; times++) {
      const { error, rows } = await readAll(source);
      assert.deepEqual([error?.code, rows], ["corrupt", []]);
    }
    await Deno.writeFile(path, file);
    await Deno.utime(path, 1, 1);
    assert.equal((await readAll(source)).rows.length, 1000);
  });
});

Deno.test("openFileSource() gives neither a blank line nor half a quoted row where the file is cut off after it", async () => {
  const cutOff = async (text: string, format: "asx-ticks" | "csv") => {
    const result: { rows: number; offset: number | undefined }[] = [];
    await inFolder(async (folder) => {
      for (const compression of BOTH) {
        const path = join(folder, `1001.csv${SUFFIX[compression]}`);
        const file = compress(compression, encoder.encode(text));
        await Deno.writeFile(path, file.subarray(0, file.length - 1));
        const { rows, positions, error } = await readAll(openFileSource({ ...OPTIONS, path, format }));
        assert.equal(error?.code, "truncated");
        result.push({ rows: rows.length, offset: positions.at(-1)?.at.offset });
      }
    });
    return result;
  };
  const offset = TRADE.length + 1;
  assert.deepEqual(await cutOff(`${TRADE}\n\n`, "asx-ticks"), [{ rows: 1, offset }, { rows: 1, offset }]);
  const header = "symbol,timestamp,price,quantity\n", row = "TFA,2014-03-10T10:00:06.717+11:00,1,2\n";
  const after = header.length + row.length;
  assert.deepEqual(await cutOff(`${header}${row}"TFA\n${row}`, "csv"), [{ rows: 1, offset: after }, {
    rows: 1,
    offset: after,
  }]);
});

Deno.test("openFileSource() refuses a position that is not of the content of the file", async () => {
  await inFolder(async (folder) => {
    for (const compression of BOTH) {
      const path = join(folder, `1001.csv${SUFFIX[compression]}`);
      const write = (text: string) => Deno.writeFile(path, compress(compression, encoder.encode(text)));
      await write(`${TRADE}\n${TRADE}\n${TRADE}`);
      const source = openFileSource({ ...OPTIONS, path, takeLastLine: true });
      const { positions: [, second, last] } = await readAll(source, { batchRows: 1 });
      assert.ok(second !== undefined && last !== undefined);
      assert.deepEqual(
        (await readAll(source, { from: last })).rows,
        [],
        "the end without a last line end is a position",
      );
      await write(`${TRADE}\n${TRADE.replace("36.78", "36.79")}\n${TRADE}`);
      for (const from of [second, last]) await assert.rejects(source.open(from), isSourceError("changed", /--restart/));
      await write(TRADE);
      await assert.rejects(source.open(second), isSourceError("changed", /--restart/));
    }
  });
});

Deno.test("openFileSource() reads on where a member was appended to a compressed file", async () => {
  await inFolder(async (folder) => {
    for (const compression of BOTH) {
      const path = join(folder, `1001.csv${SUFFIX[compression]}`);
      await Deno.writeFile(path, compress(compression, encoder.encode(`${TRADE}\n`)));
      const source = openFileSource({ ...OPTIONS, path });
      const { rows: [first], positions: [from] } = await readAll(source);
      await Deno.writeFile(path, compress(compression, encoder.encode(`${TRADE}\n`)), { append: true });
      const { rows: [second] } = await readAll(source, { from });
      assert.deepEqual([first?.row, second?.row], [1, 2]);
      assert.notEqual(first?.messageId, second?.messageId, "equal rows of one instant stay apart");
    }
  });
});

Deno.test("openFileSource() refuses a name that says something else than the first bytes", async () => {
  const text = encoder.encode(`${TRADE}\n`), gzip = compress("gzip", text), zstd = compress("zstd", text);
  await inFolder(async (folder) => {
    for (
      const [name, bytes, pattern] of [
        ["a.csv.gz", text, /name of a file that is compressed with gzip; by its first bytes it is not compressed so/],
        ["a.csv.gz", zstd, /by its first bytes it is compressed with zstd. Give it a name that ends in .zst, or/],
        ["a.csv.zst", gzip, /by its first bytes it is compressed with gzip. Give it a name that ends in .gz, or/],
        ["a.csv.zst", text.subarray(0, 1), /Take the end off its name/],
        ["a.csv", gzip, /compressed with gzip, and a name that does not say so. Give it a name that ends in .gz/],
        ["a.csv", concat([skippableFrame(3, 9), zstd]), /compressed with zstd, and a name that does not say so/],
      ] as const
    ) {
      const path = join(folder, name);
      await Deno.writeFile(path, bytes);
      assert.throws(() => openFileSource({ ...OPTIONS, path }), isSourceError("wrong_compression", pattern));
    }
  });
});

Deno.test("openFileSource() takes an empty file with a compressed name for one that is cut off", async () => {
  await inFolder(async (folder) => {
    for (const [name, bytes] of [["a.csv.gz", []], ["a.csv.gz", [0x1f]], ["a.csv.zst", [0x28, 0xb5]]] as const) {
      const path = join(folder, name);
      await Deno.writeFile(path, Uint8Array.from(bytes));
      const { error, rows } = await readAll(openFileSource({ ...OPTIONS, path }));
      assert.deepEqual([error?.code, rows], ["truncated", []]);
      await assert.rejects(
        openFileSource({ ...OPTIONS, path, format: "csv" }).open(),
        isSourceError("truncated", /cut/),
      );
    }
  });
});

Deno.test("openFileSource() says how much of a compressed file has been read", async () => {
  const content = encoder.encode(`${TRADE}\n`.repeat(50_000));
  await inFolder(async (folder) => {
    for (const compression of BOTH) {
      const path = join(folder, `1001.csv${SUFFIX[compression]}`);
      const file = concat([compress(compression, content), compress(compression, content)]);
      await Deno.writeFile(path, file);
      const source = openFileSource({ ...OPTIONS, path });
      assert.deepEqual([source.bytes, source.resumable, source.bytesRead?.(null)], [file.length, true, 0]);
      const reader = await source.open();
      const seen: number[] = [];
      for (let batch = await reader.next(5_000); batch !== null; batch = await reader.next(5_000)) {
        seen.push(source.bytesRead?.(null) ?? NaN);
      }
      await reader.close();
      assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
      assert.ok((seen[0] ?? 0) < file.length && seen.length === 20);
      assert.equal(source.bytesRead?.(null), file.length, "at the end");
    }
    const path = join(folder, "1001.csv");
    await Deno.writeFile(path, content);
    const plain = openFileSource({ ...OPTIONS, path });
    const [first] = (await readAll(plain, { batchRows: 1 })).positions;
    assert.deepEqual(
      [plain.bytesRead?.(null), plain.bytesRead?.(first ?? null)],
      [0, first?.at.offset],
      "positions tell",
    );
  });
});

Deno.test("openFileSource() knows a compressed tick file by its base name in the reference table", async () => {
  const reference = new CompanyTable("company_info.csv", new Map([["1001", "TFA"]]));
  const { symbol: _, ...unnamed } = OPTIONS;
  await inFolder(async (folder) => {
    for (
      const [name, compression] of [["1001.csv.gz", "gzip"], ["1001.CSV.ZST", "zstd"], ["1001.gz", "gzip"]] as const
    ) {
      const path = join(folder, name);
      await Deno.writeFile(path, compress(compression, encoder.encode(`${TRADE}\n`)));
      const { rows: [row] } = await readAll(openFileSource({ ...unnamed, path, reference }));
      assert.ok(row?.ok);
      assert.deepEqual([row.record.symbol, row.record.vendor_data?.company_id], ["TFA", "1001"]);
    }
  });
});

Deno.test("openFileSource() refuses a compressed stream", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "pipe.gz");
    assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
    for (const compression of BOTH) {
      const source = openFileSource({ ...OPTIONS, path });
      const writing = Deno.writeFile(path, compress(compression, encoder.encode(TRADE)), { create: false });
      const { error, rows } = await readAll(source);
      await writing;
      assert.deepEqual([error?.code, rows], ["wrong_compression", []]);
      assert.match(error?.message ?? "", /Send it through (gzip|zstd) -dc, or name the file/);
    }
  });
});

Deno.test("expandPaths() finds compressed files, and refuses one beside the same one as it was", async () => {
  await inFolder(async (folder) => {
    for (const name of ["1.csv.gz", "2.csv.zst", "3.csv"]) await Deno.writeTextFile(join(folder, name), "");
    const all = ["1.csv.gz", "2.csv.zst", "3.csv"].map((name) => join(folder, name));
    assert.deepEqual(await expandPaths(["."], folder), all);
    assert.deepEqual(await expandPaths(["*.csv*"], folder), all);
    await Deno.writeTextFile(join(folder, "1.csv"), "");
    for (const paths of [["."], ["1.csv*"], ["1.csv.gz", "1.csv"]]) {
      await assert.rejects(
        expandPaths(paths, folder),
        isSourceError("twice", /1\.csv and .*1\.csv\.gz would both|1\.csv\.gz and .*1\.csv would both/),
      );
    }
    assert.deepEqual(await expandPaths(["1.csv"], folder), [join(folder, "1.csv")]);
  });
});
