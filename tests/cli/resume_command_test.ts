/** `load` as a process that is killed, stopped and run again, with exactly the permissions of its task, on the embedded log. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../kernel/clock.ts";
import { openEmbeddedLog } from "../../transport/embedded/log.ts";
import { runTask, taskProcess, type TaskRun } from "../support/task_process.ts";
import { inFolder } from "../support/temp_folder.ts";

const TOPIC = "market.equities.trades.asx";
const FLAGS = [
  ...["--format", "asx-ticks", "--data-type", "trades", "--exchange", "ASX"],
  ...["--symbol", "BHP", "--company-id", "7078", "--json"],
];
/** Small, so that a load passes many checkpoints within a second. */
const SETTINGS = '{"pipeline": {"batchRows": 20, "windowRows": 100, "checkpointRows": 200}}';

async function run(task: "load" | "audit", args: readonly string[], folder: string): Promise<TaskRun> {
  return await runTask(task, [...args, ...FLAGS], folder);
}

/** A load that succeeds; @returns its report. */
async function load(folder: string, args: readonly string[]) {
  const { code, stdout, stderr } = await run("load", args, folder);
  assert.equal(code, 0, stderr);
  return { report: JSON.parse(stdout), stderr };
}

/** Asserts that the topic has each row of the files once and in order, and nothing else. */
async function assertWhole(folder: string, files: readonly string[], expected: number): Promise<void> {
  const { code, stdout } = await run("audit", [...files, "--topic", TOPIC], folder);
  assert.equal(code, 0, stdout);
  const audit = JSON.parse(stdout);
  const wanted = { expected, found: expected, missing: 0, twice: 0, out_of_order: 0, unexpected: 0 };
  assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((name) => [name, audit[name]])), wanted, stdout);
}

async function inSettingsFolder(body: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "tickflume.json"), SETTINGS);
    await body(folder);
  });
}

/** Rows of which many are equal to others, also within one instant. */
function ticks(count: number, { from = 0 } = {}): string {
  return Array.from({ length: count }, (_, at) => {
    const second = Math.floor((from + at) / 7);
    const time = new Date(36_000_000 + second * 1_000).toISOString().slice(11, 23);
    return `03/10/2014,${time},3${at % 2}.78,${at % 3 + 1},0,,\r\n`;
  }).join("");
}

/** The number of records that another process sees. */
async function recordsIn(folder: string): Promise<number> {
  const dataDir = join(folder, ".tickflume");
  if (!await Deno.stat(join(dataDir, "log.sqlite")).then(() => true, () => false)) return 0;
  const log = openEmbeddedLog({ dataDir, clock: systemClock, readOnly: true });
  try {
    if (await log.admin.describeTopic(TOPIC) === null) return 0;
    return (await log.admin.offsets(TOPIC)).reduce((sum, { start, end }) => sum + Number(end - start), 0);
  } finally {
    await log.close();
  }
}

/** Starts a slow load and ends it with a signal once the topic has this many records; @returns its output. */
async function loadUntil(
  folder: string,
  { records, signal, files = ["a.csv"] }: { records: number; signal: Deno.Signal; files?: readonly string[] },
): Promise<TaskRun> {
  const child = taskProcess("load", [...files, ...FLAGS, "--rate", "500"], folder).spawn();
  let ended = false;
  const output = child.output().finally(() => ended = true);
  while (!ended && await recordsIn(folder).catch(() => 0) < records) await systemClock.sleep(5);
  assert.equal(ended, false, `it ended with fewer than ${records} records`);
  child.kill(signal);
  const { code, stdout, stderr } = await output;
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("load resumes where it was killed, again and again, and a file that is loaded is not loaded again", async () => {
  await inSettingsFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), ticks(2_000));
    for (const records of [1, 250, 700]) await loadUntil(folder, { records, signal: "SIGKILL" });
    const { report, stderr } = await load(folder, ["a.csv"]);
    const [resumed] = report.resumed_from;
    assert.ok(resumed.row > 0 && resumed.row + report.read === 2_000, JSON.stringify(report));
    assert.equal(report.read, report.acked + report.dead_lettered + report.duplicates_skipped);
    assert.match(stderr, /a\.csv: earlier runs had loaded [\d,]+ rows/);
    await assertWhole(folder, ["a.csv"], 2_000);

    const again = await load(folder, ["a.csv"]);
    assert.match(again.stderr, /a\.csv: already loaded, 2,000 rows/);
    assert.partialDeepStrictEqual(again.report, { read: 0, acked: 0, lost: 0 });
    assert.partialDeepStrictEqual(again.report.resumed_from, [{ row: 2_000, already_loaded: true }]);

    await Deno.writeTextFile(join(folder, "a.csv"), ticks(300, { from: 2_000 }), { append: true });
    assert.partialDeepStrictEqual((await load(folder, ["a.csv"])).report, {
      read: 300,
      resumed_from: [{ row: 2_000, found: 0, already_loaded: false }],
    });
    await assertWhole(folder, ["a.csv"], 2_300);
  });
});

Deno.test("load that was interrupted, or had a limit, resumes without reading the topic", async () => {
  await inSettingsFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), ticks(1_500));
    const { stdout } = await loadUntil(folder, { records: 100, signal: "SIGINT" });
    const first = JSON.parse(stdout);
    assert.deepEqual([first.interrupted, first.lost, first.read], [true, 0, first.acked]);
    const second = (await load(folder, ["a.csv", "--limit", "200"])).report;
    assert.equal(second.read, 200);
    assert.partialDeepStrictEqual(second.resumed_from, [{ row: first.read, found: 0 }]);
    const third = (await load(folder, ["a.csv"])).report;
    assert.partialDeepStrictEqual(third.resumed_from, [{ row: first.read + 200, found: 0 }]);
    await assertWhole(folder, ["a.csv"], 1_500);
  });
});

Deno.test("load --only-missing writes the absent rows when the state file is lost, --restart writes all again", async () => {
  await inSettingsFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), ticks(1_000));
    await load(folder, ["a.csv", "--limit", "400"]);
    for (const suffix of ["", "-wal", "-shm"]) {
      await Deno.remove(join(folder, ".tickflume", `state.sqlite${suffix}`)).catch(() => {});
    }
    const { report } = await load(folder, ["a.csv", "--only-missing"]);
    assert.partialDeepStrictEqual(report, { read: 1_000, acked: 600, duplicates_skipped: 400, lost: 0 });
    await assertWhole(folder, ["a.csv"], 1_000);
    assert.equal((await load(folder, ["a.csv", "--restart"])).report.acked, 1_000);
    const { code, stdout } = await run("audit", ["a.csv", "--topic", TOPIC], folder);
    assert.equal(code, 1);
    assert.partialDeepStrictEqual(JSON.parse(stdout), { missing: 0, twice: 1_000, unexpected: 0 });
  });
});

Deno.test("load --only-missing refuses a stream, of which it could skip nothing", async () => {
  await inSettingsFolder(async (folder) => {
    const { code, stdout } = await run("load", ["-", "--only-missing"], folder);
    assert.equal(code, 2);
    assert.match(JSON.parse(stdout).error.message, /--only-missing takes files, and - is a stream/);
  });
});

Deno.test("load neither loses nor repeats a row of files that are rotated between its runs", async () => {
  await inSettingsFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), ticks(1_200));
    await loadUntil(folder, { records: 300, signal: "SIGKILL" });
    await Deno.rename(join(folder, "a.csv"), join(folder, "a.csv.1"));
    await Deno.writeTextFile(join(folder, "a.csv"), ticks(500, { from: 20_000 }));
    await load(folder, ["a.csv.1", "a.csv", "--files-in-flight", "1"]);
    await assertWhole(folder, ["a.csv.1", "a.csv"], 1_700);
  });
});

Deno.test("load says how to resume when its checkpoint is damaged, and that works", async () => {
  await inSettingsFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), ticks(600));
    await load(folder, ["a.csv", "--limit", "200"]);
    const database = new DatabaseSync(join(folder, ".tickflume", "state.sqlite"));
    database.exec("UPDATE checkpoints SET body = replace(body, '\"row\":200', '\"row\":100')");
    database.close();
    const { code, stderr } = await run("load", ["a.csv"], folder);
    assert.equal(code, 5);
    assert.match(stderr, /checkpoint of .*a\.csv.* is damaged.*--only-missing/s);
    assert.doesNotMatch(stderr, /\n\s+at /, "no stack trace");
    assert.equal((await load(folder, ["a.csv", "--only-missing"])).report.acked, 400);
    await assertWhole(folder, ["a.csv"], 600);
  });
});
