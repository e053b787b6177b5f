import { type FilePosition, filePositionOf } from "../../records/content/file_position.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { RecordError } from "../../records/errors.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import { FIXED_CLOCK } from "../../tests/support/source_input.ts";
import { CompanyTable } from "../formats/company_table.ts";
import { type FileSourceOptions, openFileSource } from "./file_source.ts";
import {
  type RowBatch,
  type RowSource,
  SourceError,
  type SourceErrorCode,
  type SourcePosition,
  type SourceRow,
} from "../source.ts";
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

const decoder = new TextDecoder();

/** Writes a file and hands over its path. */
async function withFile(name: string, content: string, run: (path: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const path = join(folder, name);
    await Deno.writeTextFile(path, content);
    await run(path);
  });
}

async function readAll(source: RowSource, from?: FilePosition, batchRows = 1000): Promise<{
  rows: SourceRow[];
  positions: FilePosition[];
}> {
  const reader = await source.open(from);
  try {
    const rows: SourceRow[] = [], positions: FilePosition[] = [];
    for (let batch = await reader.next(batchRows); batch !== null; batch = await reader.next(batchRows)) {
      rows.push(...batch.rows);
      positions.push(filePositionOf(batch.next));
    }
    return { rows, positions };
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

Deno.test("openFileSource() knows what the file is", async () => {
  await withFile("1001.csv", `${TRADE}\r\n`, (path) => {
    const source = openFileSource({ ...OPTIONS, path });
    const { id, name, kind, exchange, assetClass, bytes, resumable } = source;
    assert.deepEqual({ id, name, kind, exchange, assetClass, bytes, resumable }, {
      id: `trades:${path}`,
      name: path,
      kind: "trade",
      exchange: "ASX",
      assetClass: "equities",
      bytes: TRADE.length + 2,
      resumable: true,
    });
    return Promise.resolve();
  });
});

Deno.test("openFileSource() gives a file the same id by every way to it, and another one by data type", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "1001.csv"), link = join(folder, "link.csv");
    await Deno.writeTextFile(path, "");
    await Deno.symlink(path, link);
    const { id } = openFileSource({ ...OPTIONS, path });
    assert.equal(openFileSource({ ...OPTIONS, path: link }).id, id);
    assert.equal(openFileSource({ ...OPTIONS, path: join(folder, "x", "..", "1001.csv") }).id, id);
    assert.notEqual(openFileSource({ ...OPTIONS, path, kind: "quote" }).id, id);
  });
});

Deno.test("openFileSource() takes symbol and company of a tick file from the reference table, by its base name", async () => {
  const reference = new CompanyTable("company_info.csv", new Map([["1001", "TFA"]]));
  const { symbol: _, ...unnamed } = OPTIONS;
  await withFile("1001.csv", `${TRADE}\n`, async (path) => {
    const { rows: [row] } = await readAll(openFileSource({ ...unnamed, path, reference }));
    assert.ok(row?.ok);
    assert.equal(row.record.symbol, "TFA");
    assert.equal(row.record.vendor_data?.company_id, "1001");
    assert.throws(() => openFileSource({ ...unnamed, path }), isSourceError("bad_option", /--symbol, or --reference/));
    const { rows: [named] } = await readAll(openFileSource({ ...OPTIONS, path }));
    assert.equal(
      named?.ok && named.record.vendor_data?.company_id,
      undefined,
      "a base name is a number only by the table",
    );
  });
  await withFile("9.csv", TRADE, (path) => {
    assert.throws(
      () => openFileSource({ ...unnamed, path, reference }),
      isSourceError("bad_option", /company_info.csv has no company 9/),
    );
    return Promise.resolve();
  });
});

Deno.test("openFileSource() resumes a tick file after every row", async () => {
  const text = [TRADE, TRADE, "x", TRADE.replace(".717", ".718"), TRADE, ""].join("\r\n");
  await withFile("1001.csv", text, async (path) => {
    const source = openFileSource({ ...OPTIONS, path });
    const { rows, positions } = await readAll(source, undefined, 1);
    assert.equal(rows.length, 5);
    for (const position of positions) {
      const from: FilePosition = JSON.parse(JSON.stringify(position));
      assert.deepEqual((await readAll(source, from)).rows, rows.slice(position.row));
    }
  });
});

Deno.test("openFileSource() resumes a csv file below its header", async () => {
  const row = "TFA,2014-03-10T10:00:06.717+11:00,1,2,";
  const text = `\ufeffsymbol,timestamp,price,quantity,vendor_data.note\r\n${row}\r\n${row}"a\r\nb"\r\n${row}\r\n`;
  await withFile("rows.csv", text, async (path) => {
    const source = openFileSource({ ...OPTIONS, path, format: "csv" });
    const { rows, positions } = await readAll(source, undefined, 1);
    assert.deepEqual(rows.map((row) => [row.ok, row.row, row.line]), [[true, 1, 2], [true, 2, 3], [true, 3, 5]]);
    for (const position of positions) {
      assert.deepEqual((await readAll(source, position)).rows, rows.slice(position.row));
    }
  });
});

Deno.test("openFileSource() passes over its header where that stands in the file once more, and tells", async () => {
  const row = "TFA,2014-03-10T10:00:06.717+11:00,1,2", header = "symbol,timestamp,price,quantity";
  const lines = [
    `\ufeff${header}`,
    row,
    header,
    `\ufeff${header}`,
    row,
    row,
    "Symbol,timestamp,price,quantity",
    header,
    "",
  ];
  for (const end of ["\n", "\r\n"]) {
    await withFile("rows.csv", lines.join(end), async (path) => {
      const told: number[] = [];
      const onRepeatedHeader = (line: number) => void told.push(line);
      const source = openFileSource({ ...OPTIONS, path, format: "csv", onRepeatedHeader });
      const { rows, positions } = await readAll(source, undefined, 1);
      assert.deepEqual(told, [3, 4, 8]);
      assert.deepEqual(
        rows.map((row) => [row.ok || row.rule, row.row, row.line]),
        [[true, 1, 2], [true, 2, 5], [true, 3, 6], ["repeated_header", 4, 7]],
      );
      for (const position of positions) {
        assert.deepEqual((await readAll(source, position)).rows, rows.slice(position.row));
      }
    });
  }
});

/** The header, a row, how often the row stands there, and the line after it. */
const JOINED: readonly (readonly [kind: RecordKind, header: string, row: string, count: number, other: string])[] = [
  ["trade", "symbol,timestamp,price,quantity", "TFA,2014-01-02T10:00:00Z,1,2", 3, "symbol,timestamp,quantity,price"],
  [
    "trade",
    "symbol,timestamp,price,quantity",
    "TFA,2014-01-02T10:00:00Z,1,2",
    2,
    '\ufeff"Symbol",timestamp,price,volume',
  ],
  ["trade", "symbol,timestamp,price,quantity", "TFA,2014-01-02T10:00:00Z,1,2", 0, "price,quantity,symbol,timestamp"],
  // No value of a company has to be a number.
  ["reference_data", "company_id,symbol,company_name", "1001,TFA,ALPHA", 2, "symbol,company_id,company_name"],
];

for (const [kind, header, row, count, other] of JOINED) {
  Deno.test(`openFileSource() reads ${count} rows of ${kind} up to the header ${other}, and none after it`, async () => {
    const text = [header, ...Array<string>(count).fill(row), other, row, row, ""].join("\n");
    await withFile("rows.csv", text, async (path) => {
      for (const batchRows of [1, 1000]) {
        const source = openFileSource({ ...OPTIONS, path, format: "csv", kind });
        let from: SourcePosition | undefined;
        let good = 0;
        for (let round = 0; round < 2; round++) {
          const reader = await source.open(from);
          const error: unknown = await (async () => {
            for (let batch; (batch = await reader.next(batchRows)) !== null; from = batch.next) {
              good += batch.rows.filter(({ ok }) => ok).length;
            }
          })().catch((cause) => cause);
          await reader.close();
          assert.ok(error instanceof SourceError && error.code === "other_header", Deno.inspect(error));
          assert.match(
            error.message,
            new RegExp(`^Line ${count + 2} of .*\n {2}tail -n \\+${count + 2} < .* > NEW\\.csv$`, "s"),
          );
          assert.equal(good, count);
        }
        assert.equal(from?.row ?? 0, count);
      }
    });
  });
}

Deno.test("openFileSource() takes a row with some names among its values for a row", async () => {
  const header = "symbol,timestamp,price,quantity";
  await withFile("rows.csv", `${header}\nPRICE,2014-01-02T10:00:00Z,1,2\nprice,symbol,x,quantity\n`, async (path) => {
    const { rows } = await readAll(openFileSource({ ...OPTIONS, path, format: "csv" }));
    assert.deepEqual(rows.map(({ ok }) => ok), [true, false]);
  });
});

Deno.test("openFileSource() takes a header without its line end for no header yet", async () => {
  const header = "symbol,timestamp,price,quantity";
  await withFile("rows.csv", `${header}\n${header}`, async (path) => {
    const { rows } = await readAll(openFileSource({ ...OPTIONS, path, format: "csv", takeLastLine: true }));
    assert.deepEqual(rows.map((row) => row.ok || row.rule), ["repeated_header"]);
  });
});

Deno.test("openFileSource() reads reference data of the exchange as csv, with the blank last line", async () => {
  const text = "company_id,symbol,company_name,ISIN,start_date,end_date\r\n" +
    "1001,TFA,TICKFLUME ALPHA LTD,AU000000TFA0,05/07/2008,03/31/2014\r\n\r\n";
  await withFile("company_info.csv", text, async (path) => {
    const { rows } = await readAll(openFileSource({ ...OPTIONS, path, kind: "reference_data" }));
    assert.deepEqual(rows.map((row) => row.ok && row.record.symbol), ["TFA"]);
  });
});

for (const format of ["asx-ticks", "csv", "ndjson"] as const) {
  Deno.test(`openFileSource() finds no rows in an empty ${format} file`, async () => {
    await withFile("1001.csv", "", async (path) => {
      assert.deepEqual((await readAll(openFileSource({ ...OPTIONS, path, format }))).rows, []);
    });
  });
}

Deno.test("openFileSource() refuses a csv file without a header when it is opened", async () => {
  for (const text of [`${TRADE}\n`, "\n", '"" x\n', "x".repeat(2_000_000), "\u0000\n"]) {
    await withFile("rows.csv", text, async (path) => {
      const source = openFileSource({ ...OPTIONS, path, format: "csv" });
      await assert.rejects(source.open(), isSourceError("bad_header", /first line of .*rows.csv/));
    });
  }
});

Deno.test("openFileSource() refuses a position that is not of this file", async () => {
  await withFile("1001.csv", `${TRADE}\n${TRADE}\n${TRADE}`, async (path) => {
    const source = openFileSource({ ...OPTIONS, path, takeLastLine: true });
    const { positions } = await readAll(source, undefined, 1);
    const [, second, last] = positions;
    assert.ok(second !== undefined && last !== undefined);
    assert.deepEqual((await readAll(source, last)).rows, [], "the end of a file without a last line end is a position");

    await Deno.writeTextFile(path, `${TRADE}\n${TRADE.replace("36.78", "36.79")}\n${TRADE}`);
    assert.ok(second !== undefined);
    for (const from of [second, last]) await assert.rejects(source.open(from), isSourceError("changed", /--restart/));
    await Deno.truncate(path, 10);
    await assert.rejects(source.open(second), isSourceError("changed", /not the file/));
    const unmarked = { ...second, at: { ...second.at, content: undefined } };
    await assert.rejects(source.open(unmarked), isSourceError("not_resumable", /no mark/));
    await assert.rejects(source.open({ row: 1, at: null }), /position of row 1 is not one of a file/);
  });
});

Deno.test("openFileSource() holds back a last line without its line end, and what a quote leaves open", async () => {
  const cases: readonly [
    format: "asx-ticks" | "csv" | "ndjson",
    text: string,
    rows: number,
    line: number,
    bytes: number,
  ][] = [
    ["asx-ticks", `${TRADE}\n${TRADE}`, 1, 2, TRADE.length],
    ["asx-ticks", TRADE, 0, 1, TRADE.length],
    ["asx-ticks", `${TRADE}\r\n${TRADE}\r`, 1, 2, TRADE.length + 1],
    ["csv", "symbol,timest", 0, 1, 13],
    ["csv", 'symbol,timestamp,price,quantity\nA,2014-01-01T00:00:00Z,1,1\n"A\nB', 1, 3, 4],
    ["csv", 'symbol,timestamp,price,quantity\nA,2014-01-01T00:00:00Z,1,1\nA,"2\n', 1, 3, 5],
    ["ndjson", '{"symbol":"A","timestamp":"x","price":1,"quantity":1}\n{"sym', 1, 2, 5],
  ];
  for (const [format, text, count, line, bytes] of cases) {
    await withFile("1001.csv", text, async (path) => {
      const reader = await openFileSource({ ...OPTIONS, path, format }).open();
      let rows = 0;
      for (let batch = await reader.next(10); batch !== null; batch = await reader.next(10)) rows += batch.rows.length;
      const openQuote = text.includes('"A') || text.includes('"2') ? { openQuote: true } : {};
      const heldBack = { line, bytes, ...(format === "csv" ? openQuote : {}) };
      assert.deepEqual([rows, reader.end?.()], [count, { bytes: text.length, heldBack }], text);
      await reader.close();
    });
  }
});

Deno.test("openFileSource() holds nothing back where the last line is empty, or a stray quote stands in it", async () => {
  const header = "symbol,timestamp,price,quantity\n";
  for (const text of [`${header}\n`, `${header}\r\n`, `${header}\r`, `${header}A 5",x\nA,x\n`]) {
    await withFile("1001.csv", text, async (path) => {
      const reader = await openFileSource({ ...OPTIONS, path, format: "csv" }).open();
      while (await reader.next(10) !== null);
      assert.deepEqual(reader.end?.(), { bytes: text.length, heldBack: null }, text);
      await reader.close();
    });
  }
});

Deno.test("openFileSource() continues a row that was taken without its line end, in each way that it can grow", async () => {
  const next = TRADE.replace("06.717", "07.001");
  const ways: readonly [added: string, rows: readonly (readonly [row: number, text: string])[], superseded: boolean][] =
    [
      ["", [], false],
      ["\n", [], false],
      ["\r\n", [], false],
      [`\n${next}\n`, [[3, next]], false],
      [`9\n${next}\n`, [[2, `${TRADE}9`], [3, next]], true],
      ["9", [[2, `${TRADE}9`]], true],
    ];
  for (const [added, wanted, superseded] of ways) {
    await withFile("1001.csv", `${TRADE}\n${TRADE}`, async (path) => {
      const source = openFileSource({ ...OPTIONS, path, takeLastLine: true });
      const first = await readAll(source);
      const from = first.positions.at(-1);
      assert.ok(from?.at.unended !== undefined && first.rows.length === 2);
      await Deno.writeTextFile(path, added, { append: true });
      const reader = await source.open(from);
      const found: [number, string][] = [];
      let last = from, supersedes: RowBatch["supersedes"];
      for (let batch = await reader.next(10); batch !== null; batch = await reader.next(10)) {
        for (const row of batch.rows) found.push([row.row, decoder.decode(batch.raw(row))]);
        assert.equal(batch.from.row + 1, batch.rows[0]?.row, "rows are numbered from where their batch begins");
        supersedes ??= batch.supersedes;
        last = filePositionOf(batch.next);
      }
      await reader.close();
      assert.deepEqual(found, wanted, JSON.stringify(added));
      const second = first.rows[1];
      const parts = supersedes?.map(({ row, parts }) => [row, parts.map(({ messageId }) => messageId)]);
      assert.deepEqual(parts, superseded ? [[2, [second?.ok ? second.messageId : "?"]]] : undefined);
      assert.equal(last.at.again ?? 0, superseded ? 1 : 0);
      const whole = await readAll(source);
      const { row, at: { content, openInstant } } = whole.positions.at(-1) ?? from;
      if (wanted.length > 0) {
        assert.deepEqual(
          [last.at.content, last.row, last.at.openInstant],
          [content, row, openInstant],
          "as read at once",
        );
      }
    });
  }
});

Deno.test("openFileSource() reads on where a file has grown by whole lines", async () => {
  await withFile("1001.csv", `${TRADE}\n`, async (path) => {
    const source = openFileSource({ ...OPTIONS, path });
    const { rows: [first], positions: [position] } = await readAll(source);
    await Deno.writeTextFile(path, `${TRADE}\n`, { append: true });
    const { rows: [second] } = await readAll(source, position);
    assert.deepEqual([first?.row, second?.row], [1, 2]);
    assert.notEqual(first?.messageId, second?.messageId, "equal rows of one instant stay apart");
  });
});

Deno.test("openFileSource() numbers the rows alike whether an empty last line was met on the way or not", async () => {
  await withFile("1001.csv", `${TRADE}\n\n`, async (path) => {
    const source = openFileSource({ ...OPTIONS, path });
    const { rows: first, positions: [position] } = await readAll(source);
    await Deno.writeTextFile(path, `${TRADE}\n`, { append: true });
    const rows = [...first, ...(await readAll(source, position)).rows];
    assert.deepEqual(rows.map((row) => [row.row, row.line, row.ok || row.rule]), [
      [1, 1, true],
      [2, 2, "blank_line"],
      [3, 3, true],
    ]);
    assert.deepEqual(rows.map(({ offset }) => offset), (await readAll(source)).rows.map(({ offset }) => offset));
  });
});

Deno.test("openFileSource() refuses what is no file", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "none.csv");
    assert.throws(() => openFileSource({ ...OPTIONS, path }), isSourceError("not_found", /none.csv. Check the path/));
    assert.throws(() => openFileSource({ ...OPTIONS, path: folder }), isSourceError("not_readable", /is a folder/));
    await Deno.writeTextFile(path, TRADE);
    const source = openFileSource({ ...OPTIONS, path });
    await Deno.remove(path);
    await assert.rejects(source.open(), isSourceError("not_found", /none.csv/));
  });
});

for (const format of ["asx-ticks", "csv", "ndjson"] as const) {
  Deno.test(`openFileSource() refuses an unknown time zone of a ${format} file`, async () => {
    await withFile("1001.csv", TRADE, (path) => {
      assert.throws(
        () => openFileSource({ ...OPTIONS, path, format, timeZone: "Mars/Olympus" }),
        (error) => error instanceof RecordError && error.rule === "unknown_time_zone",
      );
      return Promise.resolve();
    });
  });
}

Deno.test("openFileSource() takes the earlier or the later of two local times as it is told", async () => {
  await withFile("1001.csv", "04/06/2014,02:30:00.000,36.78,358,0,,\n", async (path) => {
    const hours = [];
    for (const ambiguousTime of ["earlier", "later"] as const) {
      const { rows: [row] } = await readAll(openFileSource({ ...OPTIONS, path, ambiguousTime }));
      assert.ok(row?.ok && "timestamp" in row.record);
      hours.push(new Date(row.record.timestamp / 1000).toISOString());
    }
    assert.deepEqual(hours, ["2014-04-05T15:30:00.000Z", "2014-04-05T16:30:00.000Z"]);
  });
});

Deno.test("openFileSource() bounds rows by maxRowBytes", async () => {
  await withFile("1001.csv", `${TRADE}\n${TRADE.padEnd(60, "x")}\n${TRADE}\n`, async (path) => {
    const { rows } = await readAll(openFileSource({ ...OPTIONS, path, maxRowBytes: 50 }));
    assert.deepEqual(rows.map((row) => row.ok || row.rule), [true, "row_too_long", true]);
  });
});

Deno.test("openFileSource() reads standard input once, from its start", async () => {
  const program = `
    import { openFileSource } from ${JSON.stringify(import.meta.resolve("./file_source.ts"))};
    import { systemClock } from ${JSON.stringify(import.meta.resolve("../../kernel/clock.ts"))};
    const source = openFileSource({
      path: "-", format: "asx-ticks", kind: "trade", exchange: "ASX", assetClass: "equities", symbol: "TFA",
      currency: "AUD", timeZone: "Australia/Sydney", clock: systemClock,
    });
    const reader = await source.open();
    const lines = [[source.id.split("#")[0], source.bytes, source.resumable]];
    for (let batch = await reader.next(10); batch !== null; batch = await reader.next(10)) {
      for (const row of batch.rows) lines.push([row.row, row.ok || row.rule, new TextDecoder().decode(batch.raw(row))]);
    }
    await reader.close();
    lines.push(await source.open().catch((error) => error.code));
    console.log(JSON.stringify(lines));
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${TRADE}\nx\n`));
  await writer.write(new TextEncoder().encode(`${TRADE}\n${TRADE}`));
  await writer.close();
  const { stdout } = await child.output();
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), [
    ["trades:-", null, false],
    [1, true, TRADE],
    [2, "wrong_column_count", "x"],
    [3, true, TRADE],
    [4, "no_line_end", TRADE],
    "not_resumable",
  ]);
});

Deno.test("openFileSource() reads a pipe once, from its start", async () => {
  for (const takeLastLine of [false, true]) {
    await inFolder(async (folder) => {
      const path = join(folder, "pipe");
      const made = await new Deno.Command("mkfifo", { args: [path] }).output();
      assert.ok(made.success);
      const source = openFileSource({ ...OPTIONS, path, takeLastLine });
      assert.deepEqual([source.id.split("#")[0], source.bytes, source.resumable], [`trades:${path}`, null, false]);
      assert.notEqual(openFileSource({ ...OPTIONS, path }).id, source.id);
      const writing = Deno.writeTextFile(path, `${TRADE}\n${TRADE}`, { create: false });
      const { rows } = await readAll(source);
      await writing;
      assert.deepEqual(rows.map((row) => row.ok), [true, takeLastLine]);
      await assert.rejects(source.open(), isSourceError("not_resumable", /can be read once/));
    });
  }
});

Deno.test("openFileSource() says that no more files can be opened, and opens them once they can", async () => {
  await withFile("1001.csv", `${TRADE}\n`, async (path) => {
    const program = `
      import { openFileSource } from ${JSON.stringify(import.meta.resolve("./file_source.ts"))};
      import { systemClock } from ${JSON.stringify(import.meta.resolve("../../kernel/clock.ts"))};
      const source = openFileSource({
        path: ${JSON.stringify(path)}, format: "asx-ticks", kind: "trade", exchange: "ASX", assetClass: "equities",
        symbol: "TFA", currency: "AUD", timeZone: "Australia/Sydney", clock: systemClock,
      });
      await (await source.open()).close();
      // Deno itself needs some for the first signal, and panics without.
      const nothing = () => {};
      Deno.addSignalListener("SIGUSR2", nothing);
      Deno.removeSignalListener("SIGUSR2", nothing);
      const files = [];
      let code = "";
      while (code === "") {
        try { files.push(Deno.openSync(${JSON.stringify(path)})); } catch (error) { code = error.code; }
      }
      const codes = [code, await source.open().catch((error) => error.code)];
      codes.push(await source.file.examine().catch((error) => error.code));
      for (const file of files) file.close();
      const reader = await source.open();
      codes.push((await reader.next(10)).rows.length);
      await reader.close();
      console.log(JSON.stringify(codes));
    `;
    const command = `ulimit -n 128 && exec "$0" eval "$1"`;
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", command, Deno.execPath(), program],
      stderr: "inherit",
    })
      .output();
    assert.deepEqual(JSON.parse(decoder.decode(stdout)), ["EMFILE", "out_of_descriptors", "out_of_descriptors", 1]);
  });
});

/** Trades as programs write them into one array, over several lines. */
const ARRAY_ROWS = [1, 2, 3].map((price) => ({
  symbol: "TFA",
  timestamp: `2014-03-10T10:00:0${price}Z`,
  price,
  quantity: 10,
}));
const ARRAY: Omit<FileSourceOptions, "path"> = { ...OPTIONS, format: "ndjson", symbol: undefined };

Deno.test("openFileSource() reads a file that is one JSON array, and resumes after any row of it", async () => {
  const content = `${JSON.stringify(ARRAY_ROWS, null, 2)}\n`;
  await withFile("trades.json", content, async (path) => {
    const source = openFileSource({ ...ARRAY, path });
    const { rows, positions } = await readAll(source, undefined, 1);
    assert.deepEqual(rows.map(({ ok, row, line }) => [ok, row, line]), [[true, 1, 2], [true, 2, 8], [true, 3, 14]]);
    const bytes = new TextEncoder().encode(content);
    for (const [index, { offset, length }] of rows.entries()) {
      assert.deepEqual(JSON.parse(decoder.decode(bytes.subarray(offset, offset + length))), ARRAY_ROWS[index]);
    }
    for (const [index, position] of positions.entries()) {
      assert.deepEqual((await readAll(source, position)).rows, rows.slice(index + 1));
    }
    const reader = await source.open();
    await reader.next(10);
    assert.equal(await reader.next(10), null);
    await reader.close();
  });
});

Deno.test("openFileSource() gives the rows of a cut array, then says that it was cut, also when it resumes there", async () => {
  const content = JSON.stringify(ARRAY_ROWS, null, 2);
  await withFile("trades.json", content.slice(0, content.lastIndexOf("}") + 1), async (path) => {
    const source = openFileSource({ ...ARRAY, path });
    const reader = await source.open();
    const batch = await reader.next(10);
    assert.equal(batch?.rows.length, 3);
    await assert.rejects(
      () => reader.next(10),
      isSourceError("truncated", /JSON array that does not end.* up to row 3, line 18/),
    );
    await reader.close();
    const again = await source.open(filePositionOf(batch.next));
    await assert.rejects(() => again.next(10), isSourceError("truncated", /does not end/));
    await again.close();
  });
});
