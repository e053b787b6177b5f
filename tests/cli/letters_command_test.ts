/** Dead letters over several runs of `load`, as processes of their own: a failure stays red until a person deals with it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../kernel/clock.ts";
import { openEmbeddedLog } from "../../transport/embedded/log.ts";
import { rowsIn } from "../support/embedded_rows.ts";
import { runTask } from "../support/task_process.ts";
import { inFolder } from "../support/temp_folder.ts";

const CSV = ["--format", "csv", "--data-type", "trades", "--exchange", "ASX", "--symbol", "BHP"];
const TICKS = ["--format", "asx-ticks", "--data-type", "trades", "--exchange", "ASX", "--symbol", "BHP"];
const HEADER = "timestamp,price,quantity";
const good = (row: number) => `2024-01-02T10:00:00.${String(row).padStart(6, "0")}Z,1.5,${row + 1}`;
const file = (lines: readonly string[]) => [HEADER, ...lines, ""].join("\n");

/** Row and state of every letter, read from the database file. */
function lettersIn(folder: string, dataDir = ".tickflume"): (readonly [row: number, state: string])[] {
  const database = new DatabaseSync(join(folder, dataDir, "state.sqlite"), { readOnly: true });
  try {
    return database.prepare("SELECT row, retired_at FROM dead_letters ORDER BY row").all().map((
      { row, retired_at },
    ) => [
      Number(row),
      retired_at === null ? "open" : "retired",
    ]);
  } finally {
    database.close();
  }
}

/** The message ids of all records, in the order of a partition. */
async function idsIn(folder: string, topic = "market.equities.trades.asx"): Promise<string[]> {
  const log = openEmbeddedLog({ dataDir: join(folder, ".tickflume"), clock: systemClock, readOnly: true });
  try {
    const ids: string[] = [];
    if (await log.admin.describeTopic(topic) === null) return ids;
    for (const { partition, start, end } of await log.admin.offsets(topic)) {
      for await (const chunk of log.read(topic, partition, { from: start, to: end })) {
        for (const { value } of chunk) ids.push(new TextDecoder("latin1").decode(value?.subarray(6, 42)));
      }
    }
    return ids;
  } finally {
    await log.close();
  }
}

Deno.test("load stays at 4 while its dead letters are open, and says what was written and what shows the others", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), file([good(1), "bad", good(2), "bad,1,2", good(3)]));
    const first = await runTask("load", ["a.csv", ...CSV, "--json"], folder);
    assert.deepEqual([first.code, JSON.parse(first.stdout).dead_letters_open], [4, 2], first.stderr);
    const again = await runTask("load", ["a.csv", ...CSV, "--json"], folder);
    assert.equal(again.code, 4, again.stderr);
    assert.partialDeepStrictEqual(JSON.parse(again.stdout), { read: 0, dead_letters_open: 2, dead_lettered: 0 });
    assert.match(again.stderr, /a\.csv: already read: 3 written, 2 dead letters\n/);
    assert.match(again.stderr, /2 dead letters of these sources are open: .*task dlq list shows them/);
    const dropped = await runTask("dlq", ["drop", "1"], folder);
    assert.deepEqual([dropped.code, dropped.stdout], [0, "1 dead letter dropped.\n"]);
    const one = await runTask("load", ["a.csv", ...CSV], folder);
    assert.equal(one.code, 4);
    assert.match(one.stderr, /a\.csv: already read: 3 written, 2 dead letters, 1 of them open still\n/);
    assert.equal((await runTask("dlq", ["drop", "--source", "a.csv"], folder)).code, 0);
    assert.deepEqual(lettersIn(folder), []);
    const clean = await runTask("load", ["a.csv", ...CSV], folder);
    assert.match(clean.stderr, /a\.csv: already read: 3 written, 2 dead letters, none of them open still\n/);
    assert.equal(clean.code, 0, clean.stderr);
    assert.equal((await idsIn(folder)).length, 3);
  });
});

Deno.test("load counts the letters of only its own sources and version flag", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), file([good(1), "bad"]));
    await Deno.writeTextFile(join(folder, "b.csv"), file([good(2)]));
    const flags = ["--json", "--data-dir", "state"];
    const v1 = await runTask("load", ["a.csv", ...CSV, ...flags, "--schema-version", "v1"], folder);
    // The good row has no company id, which v1 needs.
    assert.deepEqual([v1.code, JSON.parse(v1.stdout).dead_letters_open], [4, 2], v1.stderr);
    assert.match(v1.stderr, /task dlq list --data-dir state shows them/);
    const other = await runTask("load", ["b.csv", ...CSV, ...flags], folder);
    assert.deepEqual([other.code, JSON.parse(other.stdout).dead_letters_open], [0, 0], other.stderr);
    // The letter of the load with the other version is still open: that topic lacks the row.
    const v2 = await runTask("load", ["a.csv", ...CSV, ...flags], folder);
    assert.deepEqual([v2.code, JSON.parse(v2.stdout).dead_letters_open], [4, 1], v2.stderr);
    assert.deepEqual(lettersIn(folder, "state"), [[1, "open"], [2, "open"], [2, "open"]]);
  });
});

Deno.test("a load from the start retires the letters of the earlier load, which a replay then refuses", async () => {
  await inFolder(async (folder) => {
    // The first load uses the wrong format, so the two lines become letters.
    await Deno.writeTextFile(join(folder, "w.csv"), file([good(1)]));
    const wrong = await runTask("load", ["w.csv", ...TICKS], folder);
    assert.equal(wrong.code, 4, wrong.stderr);
    assert.deepEqual(lettersIn(folder), [[1, "open"], [2, "open"]]);
    const right = await runTask("load", ["w.csv", ...CSV, "--restart", "--json"], folder);
    assert.equal(right.code, 0, right.stderr);
    assert.partialDeepStrictEqual(JSON.parse(right.stdout), {
      acked: 1,
      dead_letters_open: 0,
      dead_letters_retired: 2,
    });
    assert.match(right.stderr, /2 dead letters of earlier loads are retired: .*dlq list --state retired shows them/);
    assert.deepEqual(lettersIn(folder), [[1, "retired"], [2, "retired"]]);
    const replay = await runTask("dlq", ["replay", ...CSV], folder);
    assert.equal(replay.code, 0, replay.stderr);
    assert.match(replay.stderr, /not replayable, retired: 2; its source was loaded from the start since/);
    const named = await runTask("dlq", ["replay", "2", ...CSV], folder);
    assert.equal(named.code, 4, named.stderr);
    assert.equal((await idsIn(folder)).length, 1, "one trade in the file, one in the topic");
    assert.equal(
      (await runTask("dlq", ["drop", "--state", "retired", "--dry-run"], folder)).stdout,
      "2 dead letters would be dropped.\n",
    );
    assert.equal((await runTask("dlq", ["drop", "--state", "retired"], folder)).code, 0);
    assert.deepEqual(lettersIn(folder), []);
  });
});

Deno.test("a row that is bad again in a load from the start has one open letter", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), file([good(1), "bad", good(2)]));
    assert.equal((await runTask("load", ["a.csv", ...CSV], folder)).code, 4);
    assert.equal((await runTask("load", ["a.csv", ...CSV, "--restart"], folder)).code, 4);
    assert.deepEqual(lettersIn(folder), [[2, "open"]]);
  });
});

Deno.test("the letters of a file go with its load when it is renamed, and when another file takes its name", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    await Deno.writeTextFile(at("a.csv"), file([good(1), "bad", good(2)]));
    assert.equal((await runTask("load", ["a.csv", ...CSV], folder)).code, 4);
    await Deno.rename(at("a.csv"), at("b.csv"));
    const renamed = await runTask("load", ["b.csv", ...CSV, "--json"], folder);
    assert.deepEqual([renamed.code, JSON.parse(renamed.stdout).read], [4, 0], renamed.stderr);
    // The file was rotated: another file has the name, and is loaded first.
    await Deno.rename(at("b.csv"), at("b.csv.1"));
    await Deno.writeTextFile(at("b.csv"), file([good(7), good(8)]));
    const other = await runTask("load", ["b.csv", ...CSV, "--json"], folder);
    assert.equal(other.code, 4, "no load of the other file has read the row");
    assert.partialDeepStrictEqual(JSON.parse(other.stdout), {
      acked: 2,
      dead_letters_open: 1,
      dead_letters_retired: 0,
    });
    assert.deepEqual(lettersIn(folder), [[2, "open"]]);
    assert.match((await runTask("dlq", ["list"], folder)).stdout, /b\.csv:3 \(replaced since\) /);
    assert.match((await runTask("dlq", ["show", "1"], folder)).stdout, /b\.csv, replaced since by another file/);
    const rotated = await runTask("load", ["b.csv.1", ...CSV, "--json"], folder);
    assert.deepEqual([rotated.code, JSON.parse(rotated.stdout).read], [4, 0], rotated.stderr);
    assert.deepEqual(lettersIn(folder), [[2, "open"]]);
    assert.match((await runTask("dlq", ["list"], folder)).stdout, /b\.csv\.1:3 /);
    const settled = await runTask("load", ["b.csv", ...CSV], folder);
    assert.equal(settled.code, 0, settled.stderr);
    assert.equal((await idsIn(folder)).length, 4);
  });
});

Deno.test("dlq drop requires a choice, and drops nothing without one", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), file(["bad", "bad"]));
    await runTask("load", ["a.csv", ...CSV], folder);
    for (const args of [[], ["--all", "1"], ["x"]]) {
      assert.equal((await runTask("dlq", ["drop", ...args], folder)).code, 2, args.join(" "));
    }
    assert.equal((await runTask("dlq", ["drop", "1", "77"], folder)).code, 1);
    assert.equal(lettersIn(folder).length, 2);
    const all = await runTask("dlq", ["drop", "--all", "--json"], folder);
    assert.deepEqual([all.code, JSON.parse(all.stdout)], [0, { letters: 2, dropped: 2 }]);
    assert.equal(lettersIn(folder).length, 0);
  });
});

Deno.test("load --max-dead-letters keeps that many letters, and a later run with more resumes there", async () => {
  await inFolder(async (folder) => {
    // Every third row is bad, in several batches.
    const rows = Array.from({ length: 3_000 }, (_, at) => at % 3 === 2 ? "bad" : good(at));
    await Deno.writeTextFile(join(folder, "a.csv"), file(rows));
    const bad = (count: number) => Array.from({ length: count }, (_, at) => [3 * at + 3, "open"]);
    for (const limit of [10, 10, 700]) {
      const stopped = await runTask("load", ["a.csv", ...CSV, "--json", "--max-dead-letters", String(limit)], folder);
      assert.equal(stopped.code, 5, stopped.stderr);
      assert.deepEqual(lettersIn(folder), bad(limit));
      const { read, acked, dead_lettered, duplicates_skipped, not_settled, lost, dead_letters_open } = JSON.parse(
        stopped.stdout,
      );
      assert.deepEqual([lost, read, dead_letters_open], [
        0,
        acked + dead_lettered + duplicates_skipped + not_settled,
        limit,
      ]);
      assert.match(stopped.stderr, /a\.csv: \d+ of \d+ rows are bad, --max-dead-letters allows/);
      assert.equal(positionIn(folder), 3 * limit + 2, "before the row of the next letter");
    }
    const rest = await runTask("load", ["a.csv", ...CSV, "--json", "--max-dead-letters", "100%"], folder);
    assert.equal(rest.code, 4, rest.stderr);
    assert.deepEqual(lettersIn(folder), bad(1_000));
    const ids = await idsIn(folder);
    assert.deepEqual([ids.length, new Set(ids).size], [2_000, 2_000], "nothing is missing, nothing is there twice");
  });
});

Deno.test("load keeps a thousand letters of a file whose rows are all bad, and stays at 5", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), file(Array.from({ length: 5_000 }, () => "bad")));
    for (const read of [true, false]) {
      const { code, stdout, stderr } = await runTask("load", ["a.csv", ...CSV, "--json"], folder);
      assert.equal(code, 5, stderr);
      assert.deepEqual([lettersIn(folder).length, positionIn(folder)], [1_000, 1_000]);
      assert.equal(JSON.parse(stdout).dead_lettered, read ? 1_000 : 0);
    }
  });
});

/** The position of the only checkpoint. */
function positionIn(folder: string): number {
  const database = new DatabaseSync(join(folder, ".tickflume", "state.sqlite"), { readOnly: true });
  try {
    const row = database.prepare("SELECT json_extract(body, '$.position.row') AS row FROM checkpoints").get();
    return Number(row?.row);
  } finally {
    database.close();
  }
}

Deno.test("dlq replay reads a csv row with the columns of its former file, even if another file has the name now", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.csv");
    const ambiguous = "2014-04-06T02:30:00,1.5,7";
    await Deno.writeTextFile(path, file([good(1), ambiguous]));
    assert.equal((await runTask("load", ["a.csv", ...CSV], folder)).code, 4);
    await Deno.rename(path, join(folder, "a.1.csv"));
    await Deno.writeTextFile(path, "timestamp,quantity,price\n");
    const replay = await runTask("dlq", ["replay", ...CSV, "--ambiguous-time", "later"], folder);
    assert.equal(replay.code, 0, replay.stderr);
    assert.match(replay.stderr, /1 letter: 1 row of 1 file to be replayed\./);
    assert.deepEqual(lettersIn(folder), []);
    const audit = ["a.1.csv", ...CSV, "--ambiguous-time", "later", "--topic", "market.equities.trades.asx", "--json"];
    const { code, stdout } = await runTask("audit", audit, folder);
    assert.partialDeepStrictEqual(JSON.parse(stdout), { expected: 2, found: 2, missing: 0, different: 0 });
    assert.equal(code, 0, stdout);
  });
});

Deno.test("dlq replay refuses csv rows whose letters do not name their columns", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), file(["2014-04-06T02:30:00,1.5,7"]));
    assert.equal((await runTask("load", ["a.csv", ...CSV], folder)).code, 4);
    const database = new DatabaseSync(join(folder, ".tickflume", "state.sqlite"));
    // As in a data folder of the previous format.
    database.exec("UPDATE dead_letters SET header = NULL, checksum = NULL");
    database.close();
    const later = [...CSV, "--ambiguous-time", "later"];
    const refused = await runTask("dlq", ["replay", ...later], folder);
    assert.equal(refused.code, 4, refused.stderr);
    assert.match(refused.stderr, /not replayable, unknown_columns: 1; .*--header/);
    assert.deepEqual(await idsIn(folder), []);
    const given = await runTask("dlq", ["replay", ...later, "--header", HEADER], folder);
    assert.equal(given.code, 0, given.stderr);
    assert.equal((await idsIn(folder)).length, 1);
  });
});

Deno.test("an emptied file with an open letter stays at 4 until the letter is replayed", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.csv");
    await Deno.writeTextFile(path, file([good(1), "2014-04-06T02:30:00,1.5,7"]));
    assert.equal((await runTask("load", ["a.csv", ...CSV], folder)).code, 4);
    await Deno.writeTextFile(path, "");
    const emptied = await runTask("load", ["a.csv", ...CSV], folder);
    assert.equal(emptied.code, 4, emptied.stderr);
    const replay = await runTask("dlq", ["replay", ...CSV, "--ambiguous-time", "later"], folder);
    assert.equal(replay.code, 0, replay.stderr);
    assert.equal((await idsIn(folder)).length, 2);
    assert.equal((await runTask("load", ["a.csv", ...CSV], folder)).code, 0);
  });
});

Deno.test("the letter of a half last row is retired once the row is written whole, and is not replayed", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.csv");
    const header = "price,quantity,timestamp";
    await Deno.writeTextFile(path, `${header}\n1.5,7,2024-01-02T10:00:00Z\n1.5,8,2014-04-06T02:30:00`);
    const half = await runTask("load", ["a.csv", ...CSV, "--take-last-line"], folder);
    assert.equal(half.code, 4, half.stderr);
    await Deno.writeTextFile(path, "+10:00\n", { append: true });
    const whole = await runTask("load", ["a.csv", ...CSV], folder);
    assert.equal(whole.code, 0, whole.stderr);
    assert.deepEqual(lettersIn(folder), [[2, "retired"]]);
    const replay = await runTask("dlq", ["replay", ...CSV, "--ambiguous-time", "earlier"], folder);
    assert.match(replay.stderr, /not replayable, retired: 1; /);
    assert.equal((await idsIn(folder)).length, 2);
    assert.equal((await runTask("load", ["a.csv", ...CSV], folder)).code, 0);
  });
});

/** Rows of which every third has a local time that occurred twice. */
const DST = ["--format", "csv", "--data-type", "trades", "--exchange", "ASX", "--time-zone", "Australia/Sydney"];
const LATER = ["--ambiguous-time", "later"];
const dstRow = (row: number, ambiguous: boolean) =>
  `BHP,2014-04-0${ambiguous ? 6 : 7}T02:30:00.${String(row).padStart(3, "0")},1.5,${row + 1},5`;
const dstFile = (ambiguous: (row: number) => boolean) =>
  [
    "symbol,timestamp,price,quantity,vendor_data.company_id",
    ...Array.from(
      { length: 30 },
      (_, at) => dstRow(at + 1, ambiguous(at + 1)),
    ),
    "",
  ].join("\n");

const ALL_ROWS = Array.from({ length: 30 }, (_, at) => at + 1);

for (const [what, ambiguous] of [["some", (row: number) => row % 3 === 0], ["all", () => true]] as const) {
  Deno.test(`a load of what is missing opens no letter for a row that was replayed, ${what} rows being bad`, async () => {
    await inFolder(async (folder) => {
      await Deno.writeTextFile(join(folder, "a.csv"), dstFile(ambiguous));
      assert.equal((await runTask("load", ["a.csv", ...DST], folder)).code, 4);
      const replay = await runTask("dlq", ["replay", ...DST, ...LATER], folder);
      assert.deepEqual([replay.code, await rowsIn(folder)], [0, ALL_ROWS], replay.stderr);
      const again = await runTask("load", ["a.csv", ...DST, "--only-missing", "--json"], folder);
      assert.equal(again.code, 0, again.stderr);
      assert.partialDeepStrictEqual(JSON.parse(again.stdout), {
        acked: 0,
        dead_lettered: 0,
        duplicates_skipped: 30,
        dead_letters_open: 0,
      });
      assert.equal((await runTask("dlq", ["replay", ...DST, ...LATER], folder)).code, 0);
      // With the flags of the replay, the settings differ from those of the load.
      const other = await runTask("load", ["a.csv", ...DST, ...LATER, "--only-missing"], folder);
      assert.deepEqual([other.code, await rowsIn(folder)], [5, ALL_ROWS], other.stderr);
    });
  });
}

Deno.test("a load of both versions leaves letters only for the version that a replay has not written", async () => {
  await inFolder(async (folder) => {
    const [v1, v2] = ["m.{data_type}.v1", "m.{data_type}"];
    const pattern = { v1, v2, both: { v1, v2 } };
    await Deno.writeTextFile(join(folder, "tickflume.json"), JSON.stringify({ topics: { pattern } }));
    await Deno.writeTextFile(join(folder, "a.csv"), dstFile((row) => row % 3 === 0));
    await runTask("load", ["a.csv", ...DST], folder);
    assert.equal((await runTask("dlq", ["replay", ...DST, ...LATER], folder)).code, 0);
    const both = [...DST, "--schema-version", "both"];
    const load = await runTask("load", ["a.csv", ...both], folder);
    assert.equal(load.code, 4, load.stderr);
    const replay = await runTask("dlq", ["replay", ...both, ...LATER], folder);
    assert.equal(replay.code, 0, replay.stderr);
    assert.deepEqual([await rowsIn(folder, "m.trades"), await rowsIn(folder, "m.trades.v1")], [ALL_ROWS, ALL_ROWS]);
    assert.equal((await runTask("load", ["a.csv", ...both], folder)).code, 0);
  });
});

for (const how of ["renamed", "rotated"]) {
  Deno.test(`rows that loads of both version flags refused are replayed once, of a file that was ${how} since`, async () => {
    await inFolder(async (folder) => {
      const [v1, v2] = ["m.{data_type}.v1", "m.{data_type}"];
      const pattern = { v1, v2, both: { v1, v2 } };
      await Deno.writeTextFile(join(folder, "tickflume.json"), JSON.stringify({ topics: { pattern } }));
      const path = join(folder, "a.csv");
      await Deno.writeTextFile(path, dstFile((row) => row % 3 === 0));
      const flagsOf = (version: string) => [...DST, "--schema-version", version];
      const load = async (version: string) => await runTask("load", ["*.csv*", ...flagsOf(version)], folder);
      for (const version of ["v2", "both"]) assert.equal((await load(version)).code, 4);
      await Deno.rename(path, join(folder, how === "renamed" ? "z.csv" : "a.csv.1"));
      if (how === "rotated") await Deno.writeTextFile(path, "symbol,timestamp,price,quantity,vendor_data.company_id\n");
      const again = await load("both");
      assert.equal(again.code, 4, again.stderr);
      for (const version of how === "renamed" ? ["v2", "both"] : ["both", "v2"]) {
        const replay = await runTask("dlq", ["replay", ...flagsOf(version), ...LATER], folder);
        assert.equal(replay.code, version === "v2" && how === "renamed" ? 4 : 0, replay.stderr);
      }
      assert.deepEqual([await rowsIn(folder, "m.trades"), await rowsIn(folder, "m.trades.v1")], [ALL_ROWS, ALL_ROWS]);
      for (const version of ["v2", "both"]) assert.equal((await load(version)).code, 0, version);
    });
  });
}

Deno.test("load counts only open letters: it is done when all its bad rows were replayed", async () => {
  await inFolder(async (folder) => {
    const lines = Array.from(
      { length: 1_200 },
      (_, at) => `BHP,2014-04-06T02:30:00.${String(at).padStart(6, "0")},1.5,1`,
    );
    await Deno.writeTextFile(join(folder, "a.csv"), ["symbol,timestamp,price,quantity", ...lines, ""].join("\n"));
    assert.equal((await runTask("load", ["a.csv", ...DST, "--max-dead-letters", "5000"], folder)).code, 4);
    assert.equal((await runTask("dlq", ["replay", ...DST, ...LATER], folder)).code, 0);
    for (const more of [[], ["--max-dead-letters", "0"]]) {
      const again = await runTask("load", ["a.csv", ...DST, ...more], folder);
      assert.equal(again.code, 0, again.stderr);
    }
    // Only a load that writes something counts: the letters that are gone must not stop it.
    await Deno.writeTextFile(join(folder, "a.csv"), "BHP,2014-04-06T05:00:00,1.5,1\n", { append: true });
    const grown = await runTask("load", ["a.csv", ...DST, "--max-dead-letters", "0"], folder);
    assert.equal(grown.code, 0, grown.stderr);
    assert.equal((await idsIn(folder)).length, 1_201);
  });
});

for (const flags of [[], ["--only-missing"]]) {
  Deno.test(`dlq replay ${flags.join()} writes no row again whose letter was opened again after its file was mended`, async () => {
    await inFolder(async (folder) => {
      const ambiguous = Array.from({ length: 12 }, (_, at) => `2024-04-07 02:${10 + at}:00,1.5,${100 + at % 5}`);
      const rows = [good(1), ...ambiguous, good(2)];
      await Deno.writeTextFile(join(folder, "a.csv"), file(rows));
      const zone = ["--time-zone", "Australia/Sydney"];
      assert.equal((await runTask("load", ["a.csv", ...CSV, ...zone], folder)).code, 4);
      const later = ["replay", ...CSV, ...zone, "--ambiguous-time", "later"];
      assert.equal((await runTask("dlq", later, folder)).code, 0);
      assert.equal((await idsIn(folder)).length, 14);
      // A new first row changes all later row numbers, and one of the ambiguous rows is new.
      const mended = [good(0), good(1), "2024-04-07 02:05:00,1.5,9", ...ambiguous, good(2)];
      await Deno.writeTextFile(join(folder, "a.csv"), file(mended));
      assert.equal((await runTask("load", ["a.csv", ...CSV, ...zone], folder)).code, 5);
      assert.equal((await runTask("load", ["a.csv", ...CSV, ...zone, "--only-missing"], folder)).code, 4);
      assert.equal((await idsIn(folder)).length, 15);
      const replay = await runTask("dlq", [...later, ...flags], folder);
      assert.equal(replay.code, 0, replay.stderr);
      assert.equal((await idsIn(folder)).length, 16, replay.stderr);
      assert.equal((await runTask("load", ["a.csv", ...CSV, ...zone], folder)).code, 0);
      assert.equal((await runTask("dlq", later, folder)).code, 0);
      assert.equal((await idsIn(folder)).length, 16);
    });
  });
}
