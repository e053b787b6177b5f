/**
 * JSON lines as vendors write them. If all rows have other keys than a record, one message says so and nothing is
 * written. The test follows the advice in a shell, and then the rows are records. A single row of another kind stays a
 * dead letter.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { systemClock } from "../../kernel/clock.ts";
import { TIME_UNITS } from "../../records/values/epoch_number.ts";
import { TestProgram } from "../support/cli.ts";
import { type FileSourceOptions, openFileSource } from "../../sources/files/file_source.ts";
import { JUDGED_ROWS } from "../../sources/formats/first_keys.ts";
import { type RowBatch, SourceError, type SourceRow } from "../../sources/source.ts";
import { inFolder } from "../support/temp_folder.ts";

const TRADES = {
  format: "ndjson",
  kind: "trade",
  exchange: "COINBASE",
  assetClass: "crypto",
  currency: "USD",
  timeZone: "UTC",
  clock: systemClock,
} as const;

function lines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

function repeated(count: number, row: (index: number) => object): readonly object[] {
  return Array.from({ length: count }, (_, index) => row(index));
}

const good = (index: number) => ({
  symbol: "X",
  timestamp: `2024-01-02T10:00:00.${100 + index}Z`,
  price: "1.5",
  quantity: 1,
});
const other = (index: number) => ({
  product_id: "X",
  time: `2024-01-02T10:00:00.${100 + index}Z`,
  price: "1.5",
  size: "1",
});

async function readAll(options: FileSourceOptions): Promise<readonly SourceRow[]> {
  const reader = await openFileSource(options).open();
  const rows: SourceRow[] = [];
  try {
    for (let batch: RowBatch | null; (batch = await reader.next(1_000)) !== null;) rows.push(...batch.rows);
  } finally {
    await reader.close();
  }
  return rows;
}

async function refusalOf(options: FileSourceOptions): Promise<string> {
  const error: unknown = await readAll(options).catch((cause) => cause);
  assert.ok(error instanceof SourceError && error.code === "other_keys", Deno.inspect(error));
  return error.message;
}

/** A vendor's rows, and the part of them that a person must handle. */
interface Vendor {
  readonly name: string;
  readonly row: (index: number) => object;
  readonly told: readonly RegExp[];
}

const VENDORS: readonly Vendor[] = [
  {
    name: "a feed's own names.ndjson",
    row: (index) => ({ type: "match", trade_id: index, side: "sell", ...other(index), maker: { id: index, ok: true } }),
    told: [/Not known: "type", "product_id" \(symbol\?\), "time" \(timestamp\?\), "size" \(quantity\?\), "maker"\./],
  },
  {
    name: "numbers.ndjson.gz",
    row: (index) => ({
      ...good(index),
      timestamp: 1704067200.5 + index,
      quantity: undefined,
      amount: 0.5,
      receipt_timestamp: 1,
      no: null,
    }),
    told: [/"amount" \(quantity\?\), "receipt_timestamp", "no"/, /Flag needed: .*s is 2024-01-01T00:00:00\.5Z/],
  },
  {
    name: "head.ndjson",
    row: (index) => ({
      ts_recv: "2024-01-02T10:00:00Z",
      hd: { ts_event: `2024-01-02T10:00:00.${100 + index}Z`, rtype: 0 },
      symbol: "X",
      side: "N",
      price: "2",
      size: 2,
    }),
    told: [/"side" is not what its name says \(row 1: side "N" is refused/, /"ts_recv".*"ts_event" \(timestamp\?\)/],
  },
  {
    name: "it's a list.ndjson",
    row: (index) => ({ type: "update", data: [good(index)] }),
    told: [/Missing: symbol/, /"data" holds a list/],
  },
  {
    name: "wrapped.ndjson",
    row: (index) => ({ stream: "x", data: other(index) }),
    told: [/"product_id" \(symbol\?\)/],
  },
];

const hasJq = await new Deno.Command("bash", { args: ["-c", "jq --version"], stderr: "null" }).output().then((
  { success },
) => success);

for (const { name, row, told } of VENDORS) {
  Deno.test({
    name: `other keys are reported once, and the advice for ${name} makes records of all rows`,
    ignore: !hasJq,
    async fn() {
      await inFolder(async (folder) => {
        const path = join(folder, name);
        const bytes = new TextEncoder().encode(lines(repeated(30, row)));
        await Deno.writeFile(path, path.endsWith(".gz") ? gzipSync(bytes) : bytes);
        const message = await refusalOf({ ...TRADES, path });
        for (const expected of told) assert.match(message, expected);
        const command = /^ {2}((?:jq|gzip) .*)$/m.exec(message)?.[1] ?? "";
        const { success, stderr } = await new Deno.Command("bash", { args: ["-c", command], cwd: folder }).output();
        assert.ok(success, `${command}\n${new TextDecoder().decode(stderr)}`);
        const timeUnit = TIME_UNITS.find((unit) => message.includes(`--time-unit s, ms, us or ns: ${unit} is`));
        const next = join(folder, name.endsWith(".gz") ? "NEW.ndjson.gz" : "NEW.ndjson");
        const rows = await readAll({ ...TRADES, path: next, timeUnit });
        assert.equal(rows.length, 30);
        const refused = rows.find((row) => !row.ok);
        assert.equal(refused, undefined, `${command}\n${Deno.inspect(refused)}`);
      });
    },
  });
}

const LONG = "1704189600000000001";

Deno.test({
  name: "the advice refuses a jq that would round the numbers, and names a version that does not",
  ignore: !hasJq,
  async fn() {
    const keepsNumbers = (await jq("-nc", 'builtins | index("have_decnum/0") != null')).stdout.trim() === "true";
    const trade = (time: string) => `{"ticker":"X","time":${time},"price":1,"size":1}`;
    for (
      const [row, isLong] of [
        [trade("1704189600000"), false],
        [trade(LONG), true],
        [`{"type":"trades","data":[${trade("1704189600000")}]}`, false],
        [`{"type":"trades","data":[${trade(LONG)}]}`, true],
      ] as const
    ) {
      await inFolder(async (folder) => {
        const options = { ...TRADES, path: join(folder, "a.ndjson") };
        await Deno.writeTextFile(options.path, `${row}\n${row}\n`);
        const command = /^ {2}(jq .*)$/m.exec(await refusalOf(options))?.[1] ?? "";
        assert.equal(command.includes("have_decnum"), isLong, command);
        const { success, stderr } = await new Deno.Command("sh", { args: ["-c", command], cwd: folder }).output();
        assert.equal(success, keepsNumbers || !isLong, command);
        if (!success) {
          assert.match(new TextDecoder().decode(stderr), /^jq: error .*: this jq rounds .* jq 1\.7 or newer\n$/);
        }
        const written = await Deno.readTextFile(join(folder, "NEW.ndjson"));
        assert.equal(written.split(isLong ? LONG : "1704189600000").length, success ? 3 : 1, written);
      });
    }
  },
});

Deno.test({
  name: "jq refuses the advice for rows that are lists until the user fills in the positions",
  ignore: !hasJq,
  async fn() {
    await inFolder(async (folder) => {
      const path = join(folder, "kraken.ndjson");
      await Deno.writeTextFile(
        path,
        '[["37000.1","0.5","2024-01-02T10:00:00Z"],["37000.2","0.25","2024-01-02T10:00:01Z"]]\n',
      );
      const [row] = await readAll({ ...TRADES, path, symbol: "XBT/USD" });
      assert.ok(row?.ok === false && row.rule === "not_json");
      const command = /: (jq .*)$/.exec(row.reason)?.[1] ?? "";
      const run = async (line: string) =>
        (await new Deno.Command("sh", { args: ["-c", line], cwd: folder }).output()).success;
      assert.equal(await run(command), false, command);
      const said = command.replace("symbol: .[…], ", "").replace(
        /timestamp: .*quantity: \.\[…\]/,
        "timestamp: .[2], price: .[0], quantity: .[1]",
      );
      assert.ok(await run(said), said);
      const rows = await readAll({ ...TRADES, path: join(folder, "NEW.ndjson"), symbol: "XBT/USD" });
      assert.deepEqual(rows.map(({ ok }) => ok), [true, true]);
    });
  },
});

async function jq(...args: readonly string[]): Promise<{ readonly stdout: string }> {
  const { stdout } = await new Deno.Command("jq", { args: [...args] }).output();
  return { stdout: new TextDecoder().decode(stdout) };
}

Deno.test("load of rows with other keys ends with exit code 5, without a topic, a record or a dead letter", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(
      join(folder, "a.ndjson"),
      lines(repeated(40, (index) => ({ ...other(index), [`k${index % 3}`]: 1 }))),
    );
    const program = new TestProgram({ cwd: folder });
    const flags = ["--format", "ndjson", "--data-type", "trades", "--exchange", "COINBASE", "--currency", "USD"];
    const load = (...more: string[]) => program.run("load", "a.ndjson", "--data-dir", "d", ...flags, ...more);
    for (const more of [[], ["--dry-run"], ["--restart"], ["--only-missing"]]) {
      const { exitCode, stdout, stderr } = await load(...more);
      assert.equal(exitCode, 5, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /The first 40 rows of .*a\.ndjson do not have the keys of trades.*"k0", "k1", "k2"/s);
      assert.equal(stderr.split("do not have the keys").length, 2, "it is said once");
    }
    assert.deepEqual(await program.log.admin.listTopics(), []);
    const letters = await program.run("dlq", "list", "--data-dir", "d", "--json");
    assert.equal(letters.stdout.trim(), "", letters.stdout);
  });
});

/** Rows of a file, and how many of them are records; -1 if the file is refused. */
const FILES: readonly (readonly [what: string, rows: readonly object[], records: number])[] = [
  ["a row of another kind first", [{ type: "subscriptions" }, ...repeated(20, good)], 20],
  ["a row of another kind in the middle", [...repeated(5, good), { type: "heartbeat" }, ...repeated(5, good)], 10],
  ["as many rows of another kind as are judged", repeated(JUDGED_ROWS, other), -1],
  ["a record after as many as are judged", [...repeated(JUDGED_ROWS, other), good(1)], -1],
  ["a record after one less", [...repeated(JUDGED_ROWS - 1, other), good(1)], 1],
  ["one row", [other(1)], -1],
  ["rows without a required key", repeated(3, (index) => ({ ...good(index), price: undefined })), -1],
  ["rows with its required key, and no value", repeated(3, (index) => ({ ...good(index), price: null })), 0],
  ["rows of which the last one is bad otherwise", [...repeated(3, other), { ...good(1), price: "x" }], 0],
  ["rows of which the first one is bad otherwise", [{ ...good(1), price: "x" }, ...repeated(3, other)], 0],
];

for (const [what, rows, records] of FILES) {
  Deno.test(`a file with ${what} is ${records < 0 ? "refused" : "read, with its bad rows as dead letters"}`, async () => {
    await inFolder(async (folder) => {
      const options = { ...TRADES, path: join(folder, "a.ndjson") };
      await Deno.writeTextFile(options.path, lines(rows));
      if (records < 0) {
        assert.match(await refusalOf(options), /nothing of it was written/);
        return;
      }
      const read = await readAll(options);
      assert.deepEqual([read.length, read.filter(({ ok }) => ok).length], [rows.length, records]);
    });
  });
}

Deno.test("a stream that begins with a row of another kind is read once a record comes, and refused at its end without one", async () => {
  for (const [later, records] of [[good(1), 1], [other(1), -1]] as const) {
    await inFolder(async (folder) => {
      const path = join(folder, "pipe");
      assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
      const writer = (async () => {
        using pipe = await Deno.open(path, { write: true });
        await pipe.write(new TextEncoder().encode(lines([{ type: "subscriptions" }])));
        await pipe.write(new TextEncoder().encode(lines([later])));
      })();
      const rows = await readAll({ ...TRADES, path }).catch((cause: unknown) => cause);
      await writer;
      if (records < 0) assert.ok(rows instanceof SourceError && rows.code === "other_keys", Deno.inspect(rows));
      else assert.ok(Array.isArray(rows) && rows.length === 2, Deno.inspect(rows));
    });
  }
});
