/** Messages of the commands to people with files: each problem once, complete, in their words, and with the remedy. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { TestProgram } from "../support/cli.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import { systemClock } from "../../kernel/clock.ts";
import { inFolder } from "../support/temp_folder.ts";

const TRADES = ["--data-type", "trades", "--exchange", "ASX"];
const HEADER = "symbol,timestamp,price,quantity";
const ROW = "BHP,2024-01-02T10:00:00Z,1.5,2";

/** The messages of a load about a file. */
interface Told {
  readonly name: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
  readonly format?: "csv" | "ndjson" | "asx-ticks";
  readonly exitCode: number;
  readonly says: RegExp;
}

const SEVEN_ZIP = Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4);
const UTF_16 = Uint8Array.from(`\xff\xfe${[...`${HEADER}\n${ROW}\n`].join("\x00")}\x00`, (c) => c.charCodeAt(0));

const CASES: readonly Told[] = [
  { name: "t.csv", content: `${HEADER}\n${ROW}\n`, exitCode: 0, says: /1 row read = 1 acknowledged/ },
  { name: "empty.csv", content: "", exitCode: 0, says: /empty\.csv: has no rows\./ },
  { name: "header.csv", content: `${HEADER}\n`, exitCode: 0, says: /header\.csv: has no rows\./ },
  { name: "blank.csv", content: `\n\n${HEADER}\n`, exitCode: 5, says: /blank\.csv is blank: remove the blank lines/ },
  { name: "pipe.csv", content: `${HEADER.replaceAll(",", "|")}\n`, exitCode: 5, says: /has "\|" between its columns/ },
  {
    name: "tardis.csv",
    content: "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n",
    exitCode: 5,
    says:
      /first line names them:\n {2}exchange,symbol,timestamp,vendor_data\.local_timestamp,vendor_data\.id,side,price,quantity\n/,
  },
  {
    name: "spaces.csv",
    content: `"symbol" , "timestamp","price","quantity" \n${ROW}\n`,
    exitCode: 0,
    says: /1 row read/,
  },
  {
    name: "joined.csv",
    content: `${HEADER}\n${ROW}\n${HEADER}\n${ROW}\n`,
    exitCode: 0,
    says: /joined\.csv: line 3 is its header once more.*\n.*\n?.*2 rows read = 2 acknowledged/s,
  },
  {
    name: "bad.csv",
    content: `${HEADER}\nBHP,2024-01-02T10:00:00Z,+1.5,2\n`,
    exitCode: 4,
    says:
      /bad\.csv, line 2: price "\+1\.5" is refused \(not_a_number\).*Leave the plus sign out\.\n1 dead letter of these/,
  },
  {
    name: "keys.ndjson",
    format: "ndjson",
    content: '{"product_id":"BHP","size":"1","price":"2","time":"2024-01-02T10:00:00Z"}\n',
    exitCode: 5,
    says: /Not known: "product_id" \(symbol\?\), "size" \(quantity\?\), "time" \(timestamp\?\)/,
  },
  { name: "ticks.7z", content: SEVEN_ZIP, exitCode: 5, says: /a 7z archive.*7z x -so FILE\.7z \| deno task load -/ },
  { name: "7z.ndjson", format: "ndjson", content: SEVEN_ZIP, exitCode: 5, says: /a 7z archive/ },
  { name: "1001.csv", format: "asx-ticks", content: SEVEN_ZIP, exitCode: 5, says: /a 7z archive/ },
  {
    name: "7z.csv.gz",
    content: Uint8Array.from(gzipSync(SEVEN_ZIP)),
    exitCode: 5,
    says: /holds, decompressed, is a 7z archive/,
  },
  {
    name: "renamed.csv.gz",
    content: SEVEN_ZIP,
    exitCode: 5,
    says: /renamed\.csv\.gz is, by its first bytes, a 7z archive/,
  },
  { name: "utf16.csv", content: UTF_16, exitCode: 5, says: /iconv -f UTF-16 -t UTF-8/ },
];

for (const { name, content, format = "csv", exitCode, says } of CASES) {
  Deno.test(`load names the problem of ${name} once, with exit code ${exitCode}`, async () => {
    await inFolder(async (folder) => {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(join(folder, name), bytes);
      const symbol = format === "asx-ticks" ? ["--symbol", "BHP"] : [];
      const run = await new TestProgram({ cwd: folder }).run("load", name, "--format", format, ...symbol, ...TRADES);
      assert.equal(run.exitCode, exitCode, run.stderr);
      assert.match(run.stderr, says);
      const [, all = "", ...more] = run.stderr.split("error: ");
      const told = all.replaceAll(/^ {2}(?:\{ |tr |jq ).*$/gm, "");
      assert.deepEqual(
        [more.length, told.split(folder).length <= 2],
        [0, true],
        "one error, which names the path once, commands to be pasted left aside",
      );
    });
  });
}

Deno.test("load names the missing file and the missing flags at once", async () => {
  const { exitCode, stderr } = await new TestProgram().run("load", "--data-type", "trades");
  assert.equal(exitCode, 2);
  assert.match(stderr, /^error: load needs FILE, --format and --exchange\n.*load FILE --data-type trades --format csv/);
  const withFlags = await new TestProgram().run("load", "--format", "csv", ...TRADES);
  assert.equal(withFlags.exitCode, 2);
  assert.match(withFlags.stderr, /^error: missing required argument 'file'\n/);
});

Deno.test("load names all missing flags, with a line for the file", async () => {
  const { exitCode, stderr } = await new TestProgram().run("load", "ticks.ndjson.gz", "--data-type", "trades");
  assert.equal(exitCode, 2);
  assert.match(stderr, /^error: load needs --format and --exchange\n/);
  assert.match(stderr, /load ticks\.ndjson\.gz --data-type trades --format ndjson --exchange ASX/);
});

Deno.test("load refuses --reference if it has no effect", async () => {
  const flags = ["--format", "csv", ...TRADES, "--reference", "table.csv"];
  const { exitCode, stderr } = await new TestProgram().run("load", "t.csv", ...flags);
  assert.deepEqual([exitCode, /--reference is for tick files/.test(stderr)], [2, true]);
});

Deno.test("a pipe of an archive is refused", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "fifo");
    await new Deno.Command("mkfifo", { args: [path] }).output();
    const writing = Deno.writeFile(path, SEVEN_ZIP);
    const source = openFileSource({
      path,
      format: "ndjson",
      kind: "trade",
      exchange: "ASX",
      assetClass: "equities",
      currency: "AUD",
      timeZone: "UTC",
      clock: systemClock,
    });
    const reader = await source.open();
    await assert.rejects(reader.next(10), { code: "foreign_format" });
    await Promise.all([reader.close(), writing]);
  });
});
