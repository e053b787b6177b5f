/** Compressed files through `load`, `audit` and `dlq replay`, with the permissions of their tasks, on the embedded log. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { systemClock } from "../../kernel/clock.ts";
import { settingsFrom } from "../../config/load_settings.ts";
import { type LoadProgress, runLoad } from "../../cli/load/load_job.ts";
import { generateSample } from "../../cli/sample_data.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import { runTask, type TaskRun } from "../support/task_process.ts";

const ROWS = ["--data-type", "trades", "--exchange", "ASX"];
const TICKS = ["--format", "asx-ticks"];
const TOPIC = ["--topic", "market.equities.trades.asx"];
const FORMS = [[".gz", gzipSync, gunzipSync], [".zst", zstdCompressSync, zstdDecompressSync]] as const;

/** Runs a task with the embedded log in `data` there. */
async function run(task: "load" | "audit" | "dlq", args: readonly string[], folder: string): Promise<TaskRun> {
  return await runTask(task, [...args, ...ROWS, "--data-dir", "data", "--json"], folder);
}

/** A folder with the tick files of two companies, and the names of the files. */
async function withSample(
  rows: number,
  body: (folder: string, files: readonly string[]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const { trades } = await generateSample({ seed: 7, dir: folder, rows, symbols: 2, kinds: ["trades"] });
    await body(folder, trades.map(({ path }) => path));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Replaces each file by a compressed one. */
async function compressAll(
  files: readonly string[],
  [suffix, compress]: (typeof FORMS)[number],
): Promise<readonly string[]> {
  return await Promise.all(files.map(async (file) => {
    await Deno.writeFile(file + suffix, compress(await Deno.readFile(file)));
    await Deno.remove(file);
    return file + suffix;
  }));
}

for (const form of FORMS) {
  Deno.test(`load writes each row of a folder of ${form[0]} files once, as audit proves against the plain ones`, async () => {
    await withSample(1_500, async (folder, files) => {
      const plain = await Promise.all(files.map((file) => Deno.readFile(file)));
      await compressAll(files, form);
      const reference = ["--reference", "reference/company_info.csv"];
      const loaded = await run("load", ["trades", ...TICKS, ...reference], folder);
      assert.equal(loaded.code, 0, loaded.stderr);
      const { read, acked, lost } = JSON.parse(loaded.stdout);
      assert.deepEqual([read, acked, lost], [3_000, 3_000, 0]);
      const compressed = await run("audit", [`trades/*${form[0]}`, ...TICKS, ...reference, ...TOPIC], folder);
      for (const [at, file] of files.entries()) {
        await Deno.remove(file + form[0]);
        await Deno.writeFile(file, plain[at] ?? new Uint8Array(0));
      }
      for (const audited of [compressed, await run("audit", ["trades", ...TICKS, ...reference, ...TOPIC], folder)]) {
        assert.equal(audited.code, 0, audited.stdout);
        const { expected, found, missing, twice, out_of_order, unexpected } = JSON.parse(audited.stdout);
        assert.deepEqual([expected, found, missing, twice, out_of_order, unexpected], [3_000, 3_000, 0, 0, 0, 0]);
      }
    });
  });

  Deno.test(`load writes the complete rows of a ${form[0]} file that is truncated, then ends with 1`, async () => {
    await withSample(30_000, async (folder, [file]) => {
      assert.ok(file !== undefined);
      const plain = new TextDecoder().decode(await Deno.readFile(file));
      const [path] = await compressAll([file], form);
      assert.ok(path !== undefined);
      const { size } = await Deno.stat(path);
      const length = Math.floor(size * 0.8);
      await Deno.truncate(path, length);
      const { code, stdout, stderr } = await run("load", [path, ...TICKS, "--symbol", "TFA"], folder);
      assert.equal(code, 1);
      const report = JSON.parse(stdout);
      const { read, acked, dead_lettered, lost, stopped } = report;
      assert.ok(read > 10_000 && read < 30_000, `${read} rows`);
      assert.deepEqual([acked, dead_lettered, lost], [read, 0, 0]);
      assert.equal(stopped.length, 1);
      const offset = plain.split("\n", read).reduce((sum, line) => sum + line.length + 1, 0);
      const message =
        `is cut off: it ends at byte ${length}, inside a ${form[0] === ".gz" ? "gzip member" : "zstd frame"}. ` +
        `Get all of it, then run again. It was read up to row ${read}, line ${read}, byte ${offset}.`;
      assert.ok(stopped[0].error.includes(`${path} ${message}`), stopped[0].error);
      assert.ok(stderr.includes(message), stderr);
      const rows = plain.split("\n").slice(0, read).map((line) => `${line}\n`).join("");
      await Deno.writeTextFile(file, rows);
      const audited = await run("audit", [file, ...TICKS, "--symbol", "TFA", ...TOPIC], folder);
      assert.equal(audited.code, 0, audited.stdout);
      assert.equal(JSON.parse(audited.stdout).found, read);
    });
  });
}

Deno.test("load writes no row of a damaged gzip member, and ends with 1; a mismatch of the name ends it before", async () => {
  await withSample(20_000, async (folder, [file]) => {
    assert.ok(file !== undefined);
    const [path] = await compressAll([file], FORMS[0]);
    assert.ok(path !== undefined);
    const good = await Deno.readFile(path);
    const damaged = Uint8Array.from([...good, ...good]);
    damaged.fill(0xff, good.length + 9_000, good.length + 9_003);
    await Deno.writeFile(path, damaged);
    const loaded = await run("load", [path, ...TICKS, "--symbol", "TFA"], folder);
    assert.equal(loaded.code, 5);
    const { read, acked, dead_lettered, stopped } = JSON.parse(loaded.stdout);
    assert.deepEqual([read, acked, dead_lettered], [20_000, 20_000, 0]);
    assert.match(
      stopped[0].error,
      /is damaged, as seen at byte \d+, .* It was read up to row 20000, line 20000, byte \d+\.$/,
    );
    await Deno.rename(path, file);
    const named = await run("load", [file, ...TICKS, "--symbol", "TFA", "--dry-run"], folder);
    assert.equal(named.code, 5);
    assert.match(named.stdout, /a name that does not say so\. Give it a name that ends in \.gz/);
  });
});

Deno.test("dlq replay takes the columns of a compressed csv file from its first line", async () => {
  await withSample(1, async (folder) => {
    const rows = "symbol,timestamp,price,quantity\nTFA,2014-04-06T02:30:00,36.78,358\n";
    await Deno.writeFile(join(folder, "rows.csv.gz"), gzipSync(rows));
    const csv = ["--format", "csv"];
    const loaded = await run("load", ["rows.csv.gz", ...csv], folder);
    assert.equal(loaded.code, 4, loaded.stderr);
    assert.deepEqual(JSON.parse(loaded.stdout).dead_letter_reasons, { ambiguous_local_time: 1 });
    const replayed = await run("dlq", ["replay", ...csv, "--ambiguous-time", "later"], folder);
    assert.equal(replayed.code, 0, replayed.stderr);
    assert.equal(JSON.parse(replayed.stdout).replayed, 1);
  });
});

Deno.test("runLoad() tells its progress through compressed files in their own bytes", async () => {
  await withSample(2_000, async (folder, files) => {
    const paths = [
      ...await compressAll(files.slice(0, 1), FORMS[0]),
      ...await compressAll(files.slice(1), FORMS[1]),
    ];
    const sources = paths.map((path) =>
      openFileSource({
        path,
        format: "asx-ticks",
        kind: "trade",
        exchange: "ASX",
        assetClass: "equities",
        symbol: "TFA",
        currency: "AUD",
        timeZone: "Australia/Sydney",
        clock: systemClock,
      })
    );
    const started: LoadProgress[] = [];
    const { report } = await runLoad(settingsFrom({ schemaVersion: "v2" }, { cwd: folder }), {
      log: new MemoryLog(),
      registry: new MemoryRegistry(),
      deadLetters: { add: () => {} },
    }, { sources, signal: new AbortController().signal, onStarted: (progress) => started.push(progress) });
    assert.equal(report.acked, 4_000);
    const bytes = sources.reduce((sum, source) => sum + (source.bytes ?? NaN), 0);
    assert.deepEqual(started.map((progress) => progress.bytesRead()), [bytes]);
  });
});
