/** What replays wrote stands where they wrote it: `audit` takes none of it for a record out of order. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TestProgram } from "../support/cli.ts";
import { inFolder } from "../support/temp_folder.ts";

const TOPIC = ["--topic", "market.equities.trades.asx"];
const V1 = [
  "--format",
  "csv",
  "--data-type",
  "trades",
  "--exchange",
  "ASX",
  "--symbol",
  "BHP",
  "--schema-version",
  "v1",
];
const FIXED = [...V1, "--ambiguous-time", "later", "--company-id", "7"];

const good = (hour: number) => `2014-04-06T${String(hour).padStart(2, "0")}:00:00,1.5,${hour},7`;
/** Has its id already, and lacks what only v1 needs. */
const withoutCompany = (hour: number) => good(hour).replace(/7$/, "");
/** A local time that occurs twice: its id is by its row number. */
const ambiguous = (second: number) => `2014-04-06T02:30:0${second},1.5,${second},7`;

async function write(folder: string, rows: readonly string[]): Promise<void> {
  await Deno.writeTextFile(join(folder, "a.csv"), ["timestamp,price,quantity,company_id", ...rows, ""].join("\n"));
}

async function load(program: TestProgram, flags: readonly string[] = []): Promise<void> {
  const { exitCode, stderr } = await program.run("load", "a.csv", ...V1, ...flags);
  assert.equal(exitCode, 4, stderr);
}

/** @param expected how many letters are written, and how many rows are there already */
async function replay(program: TestProgram, { args = [], ...expected }: {
  readonly args?: readonly string[];
  readonly replayed: number;
  readonly found_in_topic: number;
}): Promise<void> {
  const { exitCode, stdout, stderr } = await program.run("dlq", "replay", ...args, ...FIXED, "--json");
  assert.equal(exitCode, 0, stderr);
  assert.partialDeepStrictEqual(JSON.parse(stdout), expected);
}

async function assertInOrder(program: TestProgram, rows: number): Promise<void> {
  const { exitCode, stdout } = await program.run("audit", "a.csv", ...FIXED, ...TOPIC, "--json");
  const { found, missing, twice, out_of_order } = JSON.parse(stdout);
  assert.deepEqual({ found, missing, twice, out_of_order, exitCode }, {
    found: rows,
    missing: 0,
    twice: 0,
    out_of_order: 0,
    exitCode: 0,
  });
}

Deno.test("audit passes rows that were replayed before and after others were put before them in their file", async () => {
  await inFolder(async (folder) => {
    const program = new TestProgram({ cwd: folder });
    const first = [good(1), withoutCompany(4), good(5), ambiguous(6), good(6)];
    await write(folder, first);
    await load(program);
    await replay(program, { replayed: 2, found_in_topic: 0 });
    await assertInOrder(program, first.length);
    const second = [withoutCompany(0), ...first.toSpliced(3, 0, ambiguous(3))];
    await write(folder, second);
    await load(program, ["--only-missing"]);
    await replay(program, { replayed: 2, found_in_topic: 2 });
    await assertInOrder(program, second.length);
  });
});

for (const [what, bad] of [["without an id", ambiguous], ["with an id", withoutCompany]] as const) {
  Deno.test(`audit passes rows whose letters, ${what}, were replayed in any order`, async () => {
    await inFolder(async (folder) => {
      const program = new TestProgram({ cwd: folder });
      const rows = [good(1), bad(2), bad(3), good(4), bad(5), good(6)];
      await write(folder, rows);
      await load(program);
      for (const id of ["3", "1", "2"]) await replay(program, { args: [id], replayed: 1, found_in_topic: 0 });
      await assertInOrder(program, rows.length);
    });
  });
}
