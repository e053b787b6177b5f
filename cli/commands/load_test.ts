import assert from "node:assert/strict";
import { join } from "node:path";
import { TestProgram } from "../../tests/support/cli.ts";

/** Loads a csv file of trades, and returns what it leaves behind. */
async function load(text: string, ...flags: readonly string[]) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "trades.csv"), text);
    const program = new TestProgram({ cwd: folder });
    const source = ["trades.csv", "--format", "csv", "--data-type", "trades", "--exchange", "ASX"];
    const { exitCode, stderr } = await program.run("load", ...source, ...flags);
    const topics = await program.log.admin.listTopics();
    return { exitCode, stderr, topics, subjects: await program.registry.subjects() };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const ROW = "BHP,2024-01-02T10:00:00Z,1.5,10";

Deno.test("a load that is wrong from its first row on leaves no topic and no schema behind", async () => {
  const cases = [
    ["an unknown column", `symbol,when,price,quantity\n${ROW}\n`],
    ["no unit of time", "symbol,timestamp,price,quantity\nBHP,1704189600,1.5,10\n"],
    ["a first row of 1970", "symbol,timestamp,price,quantity\nBHP,1970-01-02T10:00:00Z,1.5,10\n"],
  ] as const;
  for (const [what, text] of cases) {
    const { exitCode, topics, subjects, stderr } = await load(text);
    assert.deepEqual([exitCode, topics, subjects], [5, [], []], `${what}: ${stderr}`);
  }
});

Deno.test("a load makes its topic with its first row", async () => {
  const { exitCode, topics, subjects } = await load(`symbol,timestamp,price,quantity\n${ROW}\n`);
  assert.deepEqual([exitCode, topics], [0, ["market.equities.trades.asx"]]);
  assert.equal(subjects.length, 2);
});

Deno.test("an unusable data folder is exit code 3, with the flag that names another one", async () => {
  const { exitCode, stderr } = await load(`symbol,timestamp,price,quantity\n${ROW}\n`, "--data-dir", "trades.csv");
  assert.equal(exitCode, 3);
  assert.match(stderr, /The data folder \S+trades\.csv cannot be used: .*\n +next: .*--data-dir/);
});
