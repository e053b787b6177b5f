/** `dlq` as a process of its own, with exactly the permissions of its task, on the embedded log. */
import assert from "node:assert/strict";
import { join } from "node:path";
import project from "../deno.json" with { type: "json" };

const ROOT = join(import.meta.dirname ?? ".", "..");
const TOPIC = "market.equities.trades.asx";
const FLAGS = [
  "--format",
  "asx-ticks",
  "--data-type",
  "trades",
  "--exchange",
  "ASX",
  "--reference",
  "company_info.csv",
];

/** Runs a task's own command line, without the task runner, called from a folder. */
async function run(task: "load" | "audit" | "dlq", args: readonly string[], folder: string) {
  const [, ...rest] = project.tasks[task].command.split(" ");
  const kept = ["HOME", "DENO_DIR", "PATH"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...rest, ...args],
    cwd: ROOT,
    clearEnv: true,
    env: { ...Object.fromEntries(kept), NO_COLOR: "1", INIT_CWD: folder },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("what a load leaves is listed, exported, replayed with other flags, and found once by the audit", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "company_info.csv"), "company_id,symbol\n7078,BHP\n3153,CBA\n");
    await Deno.mkdir(join(folder, "trades"));
    const twice = "04/06/2014,02:30:00.000,36.78,358,0,,";
    const good = "04/07/2014,10:00:00.000,36.79,100,0,,";
    await Deno.writeTextFile(join(folder, "trades", "7078.csv"), [twice, twice, good, "x", good, ""].join("\r\n"));
    // The second row has a time that the clocks skipped.
    const skipped = "10/05/2014,02:30:00.000,1,1,0,,";
    await Deno.writeTextFile(join(folder, "trades", "3153.csv"), [twice, skipped, ""].join("\r\n"));

    const load = await run("load", ["trades", ...FLAGS, "--json"], folder);
    assert.equal(load.code, 4, load.stderr);
    assert.partialDeepStrictEqual(JSON.parse(load.stdout), { read: 7, acked: 2, dead_lettered: 5 });

    const list = await run("dlq", ["list"], folder);
    assert.deepEqual([list.code, list.stdout.split("\n").length], [0, 7]);
    assert.match(list.stdout, / trades\/7078\.csv:1 .* ambiguous_local_time /);
    const exported = await run("dlq", ["export", "letters", "--json"], folder);
    assert.equal(JSON.parse(exported.stdout).letters, 5);
    const [first = ""] = (await run("dlq", ["list", "--json", "--reason", "ambiguous_local_time"], folder)).stdout
      .split("\n");
    const show = await run("dlq", ["show", String(JSON.parse(first).id)], folder);
    assert.deepEqual([show.code, show.stdout.split("\n").at(-2)], [0, `  ${twice}`]);

    const fixed = [...FLAGS, "--ambiguous-time", "later"];
    const replay = await run("dlq", ["replay", ...fixed, "--json"], folder);
    assert.equal(replay.code, 4, replay.stderr);
    const { letters, replayed, still_refused, dead_letter_reasons } = JSON.parse(replay.stdout);
    assert.deepEqual({ letters, replayed, still_refused, dead_letter_reasons }, {
      letters: 5,
      replayed: 3,
      still_refused: 2,
      dead_letter_reasons: { nonexistent_local_time: 1, wrong_column_count: 1 },
    });

    const audit = await run("audit", ["trades", ...fixed, "--topic", TOPIC, "--json"], folder);
    const { expected, found, missing, twice: double, different, unexpected, bad_rows } = JSON.parse(audit.stdout);
    assert.deepEqual({ expected, found, missing, double, different, unexpected, bad_rows }, {
      expected: 5,
      found: 5,
      missing: 0,
      double: 0,
      different: 0,
      unexpected: 0,
      bad_rows: 2,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
