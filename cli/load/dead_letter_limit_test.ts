import assert from "node:assert/strict";
import { join } from "node:path";
import { InvalidArgumentError } from "commander";
import { TooManyDeadLettersError } from "../../actors/delivery/letter_limit.ts";
import { TestProgram } from "../../tests/support/cli.ts";
import { deadLetterLimitOf, overLimit } from "./dead_letter_limit.ts";

Deno.test("deadLetterLimitOf() takes a number of rows or a share of at most 100%", () => {
  const cases = [["0", { rows: 0 }], ["100", { rows: 100 }], ["5.0", { rows: 5 }], ["0%", { percent: 0 }], ["0.5%", {
    percent: 0.5,
  }], ["100%", { percent: 100 }]] as const;
  for (const [text, limit] of cases) assert.deepEqual(deadLetterLimitOf(text), limit);
  for (const text of ["", "%", "-1", "1.5", "100.1%", "1e3", "ten", " 5", "5 %", "1,000"]) {
    assert.throws(() => deadLetterLimitOf(text), InvalidArgumentError, JSON.stringify(text));
  }
});

Deno.test("overLimit() compares rows at once, and a share from 1,000 rows on", () => {
  const cases: readonly (readonly [limit: string, deadLettered: number, rows: number, over: boolean])[] = [
    ["0", 0, 5_000, false],
    ["0", 1, 1, true],
    ["10", 10, 10, false],
    ["10", 11, 11, true],
    ["0%", 0, 1_000, false],
    ["0%", 1, 1_000, true],
    ["10%", 999, 999, false],
    ["10%", 100, 1_000, false],
    ["10%", 101, 1_000, true],
    ["0.5%", 5, 1_000, false],
    ["0.5%", 6, 1_000, true],
    ["100%", 5_000, 5_000, false],
  ];
  for (const [limit, deadLettered, rows, over] of cases) {
    const error = overLimit({ deadLettered, rows }, deadLetterLimitOf(limit));
    assert.equal(error !== null, over, `${deadLettered} of ${rows} with ${limit}`);
    if (error === null) continue;
    assert.ok(error instanceof TooManyDeadLettersError);
    const text = `${deadLettered} of ${rows} rows are bad, --max-dead-letters allows ${limit}`;
    assert.equal(error.message, text);
  }
});

const FLAGS = ["--format", "asx-ticks", "--data-type", "trades", "--exchange", "ASX", "--symbol", "BHP"];

interface Loaded {
  readonly exitCode: number;
  readonly stderr: string;
  readonly acked: number;
  readonly deadLettered: number;
}

/** Loads files of good rows that begin with some bad ones. */
async function load(files: readonly { bad: number; good: number }[], flags: readonly string[]): Promise<Loaded> {
  const folder = await Deno.makeTempDir();
  const program = new TestProgram({ cwd: folder });
  try {
    for (const [index, { bad, good }] of files.entries()) {
      const rows = Array.from(
        { length: bad + good },
        (_, at) => at < bad ? "bad\n" : "03/10/2014,10:00:06.717,1,1,0,,\n",
      );
      Deno.writeTextFileSync(join(folder, `${index}.csv`), rows.join(""));
    }
    const { exitCode, stdout, stderr } = await program.run("load", "*.csv", ...FLAGS, ...flags, "--json");
    const { acked, dead_lettered } = JSON.parse(stdout);
    return { exitCode, stderr, acked, deadLettered: dead_lettered };
  } finally {
    await program.log.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const ROWS = [["load stops a file", true], ["load continues", false]] as const;
for (const [what, stops] of ROWS) {
  for (
    const [limit, bad, good, kept] of stops
      ? [["0", 1, 10, 0], ["10", 11, 0, 10], ["10", 50, 3, 10], ["10%", 101, 899, 101]] as const
      : [["1", 1, 10, 1], ["10", 10, 0, 10], ["10%", 100, 900, 100], ["10%", 500, 499, 500], [
        "100%",
        1_500,
        0,
        1_500,
      ]] as const
  ) {
    Deno.test(`${what} with ${bad} bad rows and then ${good} good ones at --max-dead-letters ${limit}`, async () => {
      const { exitCode, stderr, acked, deadLettered } = await load([{ bad, good }], ["--max-dead-letters", limit]);
      assert.equal(exitCode, stops ? 5 : 4, stderr);
      assert.equal(deadLettered, kept);
      if (stops) assert.match(stderr, new RegExp(`rows are bad, --max-dead-letters allows ${limit}`));
      else assert.equal(acked, good);
    });
  }
}

Deno.test("load that has nothing new to do stays at 4 while dead letters of its sources are open", async () => {
  const folder = await Deno.makeTempDir();
  const program = new TestProgram({ cwd: folder });
  try {
    Deno.writeTextFileSync(join(folder, "a.csv"), "bad\n03/10/2014,10:00:06.717,1,1,0,,\n");
    for (const dead_lettered of [1, 0]) {
      const { exitCode, stdout } = await program.run("load", "a.csv", ...FLAGS, "--json");
      assert.equal(exitCode, 4);
      assert.partialDeepStrictEqual(JSON.parse(stdout), { dead_lettered, dead_letters_open: 1 });
    }
    assert.equal((await program.run("dlq", "drop", "--all")).exitCode, 0);
    assert.equal((await program.run("load", "a.csv", ...FLAGS)).exitCode, 0);
  } finally {
    await program.log.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("load --max-dead-letters applies to each file: one is stopped, the others are loaded", async () => {
  const files = [{ bad: 3, good: 2_000 }, { bad: 30, good: 0 }, { bad: 3, good: 10 }];
  const { exitCode, stderr, acked, deadLettered } = await load(files, ["--max-dead-letters", "5"]);
  assert.equal(exitCode, 5);
  const stopped = stderr.split("\n").filter((line) => line.startsWith("error:"));
  assert.equal(stopped.length, 1);
  assert.match(stopped[0] ?? "", /1\.csv: 6 of 6 rows are bad/);
  assert.deepEqual([acked, deadLettered], [2_010, 11]);
});

Deno.test("load without --max-dead-letters stops when the first 1,000 rows are all bad, and only then", async () => {
  const stopped = await load([{ bad: 1_000, good: 0 }], []);
  assert.equal(stopped.exitCode, 5);
  assert.match(stopped.stderr, /The first 1000 rows are all bad/);
  assert.equal((await load([{ bad: 999, good: 1 }], [])).exitCode, 4);
  assert.equal((await load([{ bad: 999, good: 0 }], [])).exitCode, 4);
});

Deno.test("load of a file that was read to its end counts no earlier letters against a limit", async () => {
  const folder = await Deno.makeTempDir();
  const program = new TestProgram({ cwd: folder });
  const run = async (...more: string[]) => await program.run("load", "a.csv", ...FLAGS, ...more);
  try {
    const path = join(folder, "a.csv");
    Deno.writeTextFileSync(path, "bad\n".repeat(1_000));
    assert.equal((await run("--max-dead-letters", "2000")).exitCode, 4);
    for (const limit of [[], ["--max-dead-letters", "5"], ["--max-dead-letters", "1%"]]) {
      const again = await run(...limit);
      assert.equal(again.exitCode, 4, again.stderr);
    }
    // When it resumes, the next row with the rule is one too many, but a good row is not.
    Deno.writeTextFileSync(path, "03/10/2014,10:00:06.717,1,1,0,,\n", { append: true });
    assert.equal((await run()).exitCode, 4);
    Deno.writeTextFileSync(path, "bad\n", { append: true });
    const stopped = await run("--max-dead-letters", "1000");
    assert.match(stopped.stderr, /1001 of 1002 rows are bad/);
    assert.equal(stopped.exitCode, 5);
  } finally {
    await program.log.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("load --max-dead-letters refuses a value that is neither rows nor a share", async () => {
  const program = new TestProgram();
  const { exitCode, stderr } = await program.run("load", "a.csv", ...FLAGS, "--max-dead-letters", "101%");
  assert.equal(exitCode, 2);
  assert.match(stderr, /a number of rows such as 100, or a share such as 0\.5%/);
  await program.log.close();
});
