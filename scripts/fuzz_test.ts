import assert from "node:assert/strict";
import { join } from "node:path";
import project from "../deno.json" with { type: "json" };

const ROOT = join(import.meta.dirname ?? ".", "..");

/** The task's own command line, without the task runner. */
async function fuzz(...args: readonly string[]) {
  const [, ...rest] = project.tasks["test:fuzz"].command.split(" ");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...rest, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("test:fuzz prints the seed, and a table of the outcomes for each parser", async () => {
  const { code, stdout, stderr } = await fuzz("--", "--inputs", "500", "--seed", "7", "uuids", "wire_frame");
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^Seed 7, 500 inputs for each parser\.\n/);
  const [titles, ...rows] = stdout.trimEnd().split("\n");
  assert.match(titles ?? "", /^PARSER +INPUTS +ACCEPTED +SECONDS +SLOWEST +REFUSED$/);
  assert.equal(rows.length, 2);
  assert.match(rows[0] ?? "", /^uuids +500 +\d+ +\d+\.\d +.* ms \(\d+ bytes\) +not_a_uuid \d+$/);
  assert.match(rows[1] ?? "", /^wire_frame /);
});

Deno.test("test:fuzz refuses an unknown parser and a bad number", async () => {
  const cases = [[["uuid"], /There is no parser uuid\. There are line_reader, /], [
    ["--inputs", "many"],
    /whole number/,
  ], [[
    "--input",
    "5",
  ], /--input/]] as const;
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await fuzz(...args);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, message);
  }
});
