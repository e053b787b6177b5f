import assert from "node:assert/strict";
import { buildProgram } from "./main.ts";
import { systemCli } from "./shared/context.ts";

/** Names of the commands that a program has for a command line. */
async function commandsFor(...args: string[]): Promise<readonly string[]> {
  return (await buildProgram(systemCli(), args)).commands.map((command) => command.name());
}

Deno.test("buildProgram() loads the command that a line begins with, and each of them for any other line", async () => {
  assert.deepEqual(await commandsFor("topics", "list", "--json"), ["topics"]);
  const all = ["demo", "load", "tail", "audit", "dlq", "formats", "schemas", "topics", "check"];
  for (const args of [[], ["--help"], ["topic"], ["toString"]]) {
    assert.deepEqual(await commandsFor(...args), all, args.join());
  }
  for (const name of all) assert.deepEqual(await commandsFor(name), [name]);
});
