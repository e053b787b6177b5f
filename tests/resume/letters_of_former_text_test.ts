/** Dead letters of a file whose text was replaced: a repaired file settles them, a rotated one does not. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { rowsIn } from "../support/embedded_rows.ts";
import { runTask } from "../support/task_process.ts";
import { inFolder } from "../support/temp_folder.ts";

const CSV = ["--format", "csv", "--data-type", "trades", "--exchange", "ASX", "--symbol", "BHP", "--json"];
const HEADER = "timestamp,price,quantity";
const good = (row: number) => `2024-01-02T10:00:00.${String(row).padStart(6, "0")}Z,1.5,${row + 1}`;
const ROWS = [1, 2, 3, 4, 5].map(good);
const file = (rows: readonly string[], header = HEADER) => [header, ...rows, ""].join("\n");
/** All its rows are refused: they have one column less than the header. */
const WRONG_HEADER = file(ROWS, `${HEADER},venue`);
const WRONG_ROWS = file(ROWS.map((row) => row.replace("T10", "T99")));

/** Replaces the text of a file, under the same inode or as a new file. */
async function replace(path: string, text: string, how: "in place" | "by a new file"): Promise<void> {
  if (how === "in place") return await Deno.writeTextFile(path, text);
  await Deno.writeTextFile(`${path}.new`, text);
  await Deno.rename(`${path}.new`, path);
}

/** How many letters are open and retired, read from the database file. */
function lettersIn(folder: string): { open: number; retired: number } {
  using database = new DatabaseSync(join(folder, ".tickflume", "state.sqlite"), { readOnly: true });
  const row = database.prepare("SELECT count(*) AS letters, count(retired_at) AS retired FROM dead_letters").get();
  return { open: Number(row?.letters) - Number(row?.retired), retired: Number(row?.retired) };
}

/** Exit code, and the open letters that the load reports. */
async function load(folder: string, args: readonly string[] = []): Promise<readonly [code: number, open: number]> {
  const { code, stdout, stderr } = await runTask("load", [...args.length > 0 ? args : ["a.csv"], ...CSV], folder);
  return [code, stdout === "" ? assert.fail(stderr) : JSON.parse(stdout).dead_letters_open];
}

for (const how of ["in place", "by a new file"] as const) {
  for (const [what, wrong] of [["header", WRONG_HEADER], ["text", WRONG_ROWS]] as const) {
    Deno.test(`the same load settles the letters of a file whose rows were all refused with a repaired ${what}, ${how}`, async () => {
      await inFolder(async (folder) => {
        const path = join(folder, "a.csv");
        await Deno.writeTextFile(path, wrong);
        assert.deepEqual(await load(folder), [4, 5]);
        await replace(path, file(ROWS), how);
        assert.deepEqual(await load(folder), [0, 0]);
        assert.deepEqual([await rowsIn(folder), lettersIn(folder)], [[1, 2, 3, 4, 5], { open: 0, retired: 5 }]);
        assert.deepEqual(await load(folder), [0, 0]);
        assert.deepEqual(await rowsIn(folder), [1, 2, 3, 4, 5]);
      });
    });
  }

  Deno.test(`a load from the start settles the letter of a row that was repaired ${how} among written ones`, async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "a.csv");
      await Deno.writeTextFile(path, file(ROWS.with(2, "bad")));
      assert.deepEqual(await load(folder), [4, 1]);
      await replace(path, file(ROWS), how);
      assert.deepEqual(await load(folder), [5, 1]);
      assert.deepEqual(await load(folder, ["a.csv", "--only-missing"]), [0, 0]);
      assert.deepEqual([await rowsIn(folder), lettersIn(folder)], [[1, 2, 3, 4, 5], { open: 0, retired: 1 }]);
      assert.deepEqual(await load(folder), [0, 0]);
    });
  });
}

for (const how of ["renamed", "copied"] as const) {
  Deno.test(`the letters of a file whose rows were all refused stay open where it was ${how} and another one has its name`, async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "a.csv");
      await Deno.writeTextFile(path, WRONG_ROWS);
      assert.deepEqual(await load(folder), [4, 5]);
      if (how === "renamed") await Deno.rename(path, join(folder, "old.csv"));
      else await Deno.copyFile(path, `${path}.1`);
      await Deno.writeTextFile(path, file([7, 8].map(good)));
      assert.deepEqual(await load(folder), [4, 5], "no load of the other file has read these rows");
      assert.deepEqual([await rowsIn(folder), lettersIn(folder)], [[1, 2], { open: 5, retired: 0 }]);
    });
  });
}

Deno.test("letters that a repaired file has retired are open again once the former text is found under another name", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.csv");
    await Deno.mkdir(join(folder, "old"));
    await Deno.writeTextFile(path, WRONG_ROWS);
    assert.deepEqual(await load(folder), [4, 5]);
    await Deno.rename(path, join(folder, "old", "a.csv"));
    await Deno.writeTextFile(path, file(ROWS));
    assert.deepEqual(await load(folder), [0, 0]);
    assert.deepEqual(await load(folder, ["old/a.csv"]), [4, 5]);
    assert.deepEqual([await rowsIn(folder), lettersIn(folder)], [[1, 2, 3, 4, 5], { open: 5, retired: 0 }]);
    assert.deepEqual(await load(folder), [0, 0]);
  });
});

Deno.test("a file that is repaired after a replay of one of its letters is refused, and its row is not written again", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.csv");
    const ambiguous = ROWS.map((row) => row.replace("2024-01-02T10", "2014-04-06T02").replace("Z", ""));
    await Deno.writeTextFile(path, file(ambiguous));
    assert.deepEqual(await load(folder), [4, 5]);
    const flags = [...CSV.filter((flag) => flag !== "--json"), "--ambiguous-time", "later"];
    const replay = await runTask("dlq", ["replay", "3", ...flags], folder);
    assert.deepEqual(await rowsIn(folder), [3], replay.stderr);
    await Deno.writeTextFile(path, file(ambiguous.with(0, good(1))));
    assert.deepEqual(await load(folder), [5, 4]);
    assert.deepEqual(await rowsIn(folder), [3]);
  });
});

for (const how of ["in place", "by a new file"] as const) {
  Deno.test(`a file whose letters were replayed is a doubt once all its rows are rewritten, ${how}`, async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "a.csv"), zone = ["--time-zone", "Australia/Sydney"];
      // A local hour that occurs twice.
      const rows = (offset: string) => file([1, 2, 3].map((row) => `2024-04-07T02:30:0${row}${offset},1.5,${row}`));
      await Deno.writeTextFile(path, rows(""));
      assert.deepEqual(await load(folder, ["a.csv", ...zone]), [4, 3]);
      const { code, stderr } = await runTask("dlq", ["replay", ...CSV, ...zone, "--ambiguous-time", "later"], folder);
      assert.equal(code, 0, stderr);
      await replace(path, rows("+10:00"), how);
      assert.equal((await load(folder, ["a.csv", ...zone]))[0], 5);
      assert.deepEqual(await rowsIn(folder), [1, 2, 3]);
      assert.equal((await load(folder, ["a.csv", ...zone, "--only-missing"]))[0], 0);
      assert.equal((await rowsIn(folder)).length, 3);
    });
  });
}
