/** `load`, `audit` and `demo` as processes of their own, with exactly the permissions of their tasks, on the embedded log. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import project from "../../deno.json" with { type: "json" };
import { generateSample } from "../../cli/sample_data.ts";
import { StateDatabase } from "../../state/database.ts";
import { DeadLetterStore } from "../../state/dead_letters.ts";
import { lockDataDir } from "../../state/lock.ts";
import { openEmbeddedLog } from "../../transport/embedded/log.ts";
import { runTask, taskProcess } from "../support/task_process.ts";
import { inFolder } from "../support/temp_folder.ts";

const TOPIC = "market.equities.trades.asx";
const FORMAT = ["--format", "asx-ticks", "--data-type", "trades", "--exchange", "ASX"];
const TRADES = [...FORMAT, "--symbol", "BHP", "--company-id", "7078"];

const good = (second: number, price = "1.11") =>
  `03/10/2014,10:00:${String(second).padStart(2, "0")}.000,${price},3667,0,,`;

/** Rows with a line end each; bytes stay as they are. */
function fileOf(rows: readonly (string | Uint8Array)[]): Uint8Array {
  const chunks = rows.flatMap((row) => [
    typeof row === "string" ? new TextEncoder().encode(row) : row,
    new TextEncoder().encode("\r\n"),
  ]);
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

Deno.test("load keeps each kind of bad row with its place, rule and bytes, writes the others, and ends with 4", async () => {
  await inFolder(async (folder) => {
    const bad: readonly (readonly [rule: string, row: string])[] = [
      ["wrong_column_count", "03/10/2014,10:00:02.000,1.11,3667,0,"],
      ["not_a_number", "03/10/2014,10:00:02.000,1.1x,3667,0,,"],
      ["bad_date", "02/30/2014,10:00:02.000,1.11,3667,0,,"],
      ["nul_byte", "03/10/2014,10:00:02.000,1.11,36\x0067,0,,"],
      ["invalid_utf8", "03/10/2014,10:00:02.000,1.11,3667,0,\xff\xfe,"],
      ["unterminated_quote", '03/10/2014,10:00:02.000,1.11,3667,0,"X,'],
      ["row_too_long", "9".repeat(10_000_000)],
    ];
    const rows = [good(1), ...bad.map(([, row]) => bytesOf(row)), good(3), good(4)];
    const file = join(folder, "7078.csv");
    await Deno.writeFile(file, fileOf(rows));
    const { code, stdout, stderr } = await runTask(
      "load",
      ["7078.csv", ...TRADES, "--data-dir", "data", "--json"],
      folder,
    );
    assert.equal(code, 4, stderr);
    const report = JSON.parse(stdout);
    assert.deepEqual([report.read, report.acked, report.dead_lettered, report.lost], [10, 3, 7, 0]);
    assert.deepEqual(report.dead_letter_reasons, Object.fromEntries(bad.map(([rule]) => [rule, 1])));
    using database = StateDatabase.open(join(folder, "data"));
    const letters = new DeadLetterStore(database).list({});
    let offset = good(1).length + 2;
    for (const [index, [rule, row]] of bad.entries()) {
      const letter = letters[index];
      assert.ok(letter !== undefined, `a letter for ${rule}`);
      assert.deepEqual([letter.rule, letter.line, letter.offset, letter.length], [rule, index + 2, offset, row.length]);
      assert.equal(letter.file, file);
      assert.deepEqual(letter.bytes, bytesOf(row).subarray(0, 65_536), "the original bytes");
      offset += row.length + 2;
    }
    const audit = await runTask(
      "audit",
      ["7078.csv", ...TRADES, "--topic", TOPIC, "--data-dir", "data", "--json"],
      folder,
    );
    assert.equal(audit.code, 4, audit.stderr);
    const { expected, found, bad_rows } = JSON.parse(audit.stdout);
    assert.deepEqual([expected, found, bad_rows], [3, 3, 7]);
  });
});

Deno.test("load --json --quiet prints one object and nothing else, from a subfolder with relative paths", async () => {
  await inFolder(async (folder) => {
    await generateSample({ seed: 3, dir: folder, rows: 2_000, symbols: 2, kinds: ["trades"] });
    const sub = join(folder, "a", "b");
    await Deno.mkdir(sub, { recursive: true });
    const args = ["../../trades", ...FORMAT, "--reference", "../../reference/company_info.csv", "--data-dir", "data"];
    const { code, stdout, stderr } = await runTask("load", [...args, "--json", "--quiet"], sub);
    assert.deepEqual([code, stderr], [0, ""]);
    const report = JSON.parse(stdout);
    assert.equal(stdout.trim().split("\n").length, 1);
    assert.equal(report.command, "load");
    assert.equal(report.read, 4_000);
    assert.equal(report.read, report.acked + report.dead_lettered + report.duplicates_skipped);
    assert.deepEqual(report.topics, { [TOPIC]: 4_000 });
    assert.ok(report.seconds > 0 && report.records_per_second > 0 && report.latency_ms.p99 >= report.latency_ms.p50);
    const days = Object.values(report.days).reduce<number>((sum, count) => sum + Number(count), 0);
    assert.equal(days, 4_000);
    const audit = await runTask("audit", [...args, "--topic", TOPIC, "--json", "--quiet"], sub);
    assert.deepEqual([audit.code, audit.stderr], [0, ""]);
    assert.equal(JSON.parse(audit.stdout).found, 4_000);
  });
});

Deno.test("audit ends with 1 and says what is wrong when rows are missing or duplicated", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "whole.csv"), fileOf([good(1), good(2), good(3), good(4)]));
    await Deno.writeFile(join(folder, "part.csv"), fileOf([good(1), good(2)]));
    const dataDir = ["--data-dir", "data"];
    for (let times = 0; times < 2; times++) {
      // The ids do not depend on the file, so these are the same rows as in the other one.
      const loaded = await runTask("load", ["part.csv", ...TRADES, ...dataDir, "--restart"], folder);
      assert.equal(loaded.code, 0, loaded.stderr);
    }
    const { code, stdout } = await runTask(
      "audit",
      ["whole.csv", ...TRADES, "--topic", TOPIC, ...dataDir, "--json"],
      folder,
    );
    assert.equal(code, 1);
    const { expected, found, missing, twice, unexpected } = JSON.parse(stdout);
    assert.deepEqual({ expected, found, missing, twice, unexpected }, {
      expected: 4,
      found: 2,
      missing: 2,
      twice: 2,
      unexpected: 0,
    });
    const people = await runTask("audit", ["whole.csv", ...TRADES, "--topic", TOPIC, ...dataDir], folder);
    assert.match(people.stdout, /missing +2\n +[0-9a-f-]{36} +.*whole\.csv row 3\n/);
    assert.match(people.stdout, /NOT OK/);
  });
});

Deno.test("load is refused while another program has the data folder, and names it", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "a.csv"), fileOf([good(1)]));
    await using _lock = await lockDataDir(join(folder, "data"), { command: "load of last night" });
    const { code, stdout, stderr } = await runTask("load", ["a.csv", ...TRADES, "--data-dir", "data"], folder);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, new RegExp(`process ${Deno.pid} \\(load of last night\\)`));
    assert.doesNotMatch(stderr, /\n\s+at /, "no stack trace");
  });
});

Deno.test("load --dry-run --limit shows row, record and bytes side by side and writes nothing", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "a.csv"), fileOf([good(1), "bad row", good(3), good(4)]));
    const args = ["a.csv", ...TRADES, "--data-dir", "data", "--dry-run", "--limit", "3"];
    const { code, stdout } = await runTask("load", [...args, "--json"], folder);
    assert.equal(code, 0);
    const shown = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(shown.map(({ row, text }) => [row, text]), [[1, good(1)], [2, "bad row"], [3, good(3)]]);
    assert.equal(shown[0].record.price, "1.11000000");
    assert.match(shown[0].bytes, /^[0-9a-f]+$/);
    assert.equal(shown[1].rule, "wrong_column_count");
    await assert.rejects(Deno.stat(join(folder, "data")), Deno.errors.NotFound);
    const people = await runTask("load", args, folder);
    assert.match(
      people.stdout,
      /a\.csv:1 \(row 1, byte 0\)\n {2}row +03\/10\/2014.*\n {2}record +v2 \{.*\n {2}instant +\{.*\n {2}bytes +[0-9a-f]+\n/,
    );
  });
});

Deno.test("load --limit stops after that many rows; --max-dead-letters stops at too many bad ones, with 5", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "a.csv"), fileOf(Array.from({ length: 50 }, (_, at) => good(at))));
    const limited = await runTask("load", ["a.csv", ...TRADES, "--data-dir", "d1", "--limit", "20", "--json"], folder);
    assert.deepEqual([limited.code, JSON.parse(limited.stdout).acked], [0, 20]);
    const bad = Array.from({ length: 5_000 }, (_, at) => at % 2 === 0 ? "bad" : good(at % 60));
    await Deno.writeFile(join(folder, "b.csv"), fileOf(bad));
    const stopped = await runTask(
      "load",
      ["b.csv", ...TRADES, "--data-dir", "d2", "--max-dead-letters", "10%"],
      folder,
    );
    assert.equal(stopped.code, 5);
    assert.match(stopped.stderr, /rows are bad, --max-dead-letters allows 10%/);
    await Deno.writeFile(join(folder, "c.csv"), fileOf(Array.from({ length: 3_000 }, () => "bad")));
    const wrong = await runTask("load", ["c.csv", ...TRADES, "--data-dir", "d3"], folder);
    assert.equal(wrong.code, 5);
    assert.match(wrong.stderr, /are all bad: check the format/);
  });
});

Deno.test("load drains on the first SIGINT, and ends with 130 and an account that adds up", async () => {
  await inFolder(async (folder) => {
    const { trades: [file] } = await generateSample({
      seed: 5,
      dir: folder,
      rows: 200_000,
      symbols: 1,
      kinds: ["trades"],
    });
    assert.ok(file !== undefined);
    const args = [file.path, ...TRADES, "--data-dir", "data", "--json", "--rate", "20000"];
    const child = taskProcess("load", args, folder).spawn();
    const done = child.output();
    await whenStored(join(folder, "data"), 1);
    child.kill("SIGINT");
    const { code, stdout } = await done;
    assert.equal(code, 130);
    const report = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(report.interrupted, true);
    assert.ok(report.read > 0 && report.read < 200_000, `${report.read} rows were read`);
    assert.equal(report.read, report.acked);
  });
});

/** Resolves once the embedded log of a data folder holds this many records. */
async function whenStored(dataDir: string, count: number): Promise<void> {
  const stop = AbortSignal.timeout(30_000);
  for (;;) {
    if (await stored(dataDir) >= count) return;
    await systemClock.sleep(50, stop);
  }
}

async function stored(dataDir: string): Promise<number> {
  try {
    const log = openEmbeddedLog({ dataDir, clock: systemClock, readOnly: true });
    try {
      const offsets = await log.admin.offsets(TOPIC);
      return offsets.reduce((sum, { start, end }) => sum + Number(end - start), 0);
    } finally {
      await log.close();
    }
  } catch {
    return 0; // The log does not exist yet: the caller has a deadline.
  }
}

Deno.test("errors of load are one message with the remedy, and no stack trace", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "a.csv"), fileOf([good(1)]));
    const cases: readonly (readonly [args: readonly string[], code: number, message: RegExp])[] = [
      [["no.csv", ...TRADES], 1, /no\.csv/],
      [["a.csv", ...FORMAT], 5, /symbol of .*a\.csv is not known\. Give --symbol/],
      [["a.csv", ...TRADES.map((arg) => arg === "ASX" ? "ASY" : arg)], 2, /Did you mean "ASX"\?/],
      [["a.csv", ...TRADES, "--time-zone", "Australia/Sidney"], 5, /Australia\/Sidney/],
      [["a.csv", ...TRADES, "--formt", "csv"], 2, /Did you mean --format\?/],
      [["a.csv"], 2, /--format/],
    ];
    for (const [args, code, message] of cases) {
      const result = await runTask("load", [...args, "--data-dir", "data"], folder);
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr, message);
      assert.doesNotMatch(result.stderr, /\n\s+at |Uncaught/, "no stack trace");
      assert.equal(result.stdout, "");
    }
  });
});

Deno.test("demo runs without any permission for the network and ends with three commands to try", async () => {
  await inFolder(async (folder) => {
    assert.doesNotMatch(project.tasks.demo.command, /allow-net|allow-all|-A\b/);
    const { code, stdout, stderr } = await runTask("demo", ["--rows", "500", "--data-dir", "data"], folder);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /market\.equities\.trades\.asx: 1,000 of 1,000 found, 0 missing, 0 twice, 0 out of order/);
    assert.equal(stderr.split("Three commands to try next:")[1]?.match(/deno(@\S+)? task /g)?.length, 3);
    const shown = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assert.ok(shown.some(({ source }) => source.row === 2), "each record names its row");
    // If Deno came by npx, the commands begin with "npx -y deno@2.9.6 task".
    const [, tail = ""] = /deno(?:@\S+)? task tail (.*)/.exec(stderr) ?? [];
    const tried = await runTask("tail", tail.split(" "), folder);
    assert.deepEqual([tried.code, tried.stdout.trim().split("\n").length], [0, 5]);
  });
});
