import assert from "node:assert/strict";
import { systemCli } from "../../cli/shared/context.ts";
import { CLI_DOCS, cliDocs, fullName, leaves } from "./cli_docs.ts";
import { buildProgram } from "../../cli/main.ts";
import project from "../../deno.json" with { type: "json" };

/** The formatter may wrap lines and align tables, so only the words count. */
const words = (text: string) => text.split(/[\s|-]+/).join(" ");

Deno.test("docs/cli.md is what deno task docs:cli writes", async () => {
  assert.equal(words(Deno.readTextFileSync(CLI_DOCS)), words(await cliDocs(systemCli())));
});

Deno.test("docs/cli.md has every flag of every command", async () => {
  const sections = Deno.readTextFileSync(CLI_DOCS).split(/^## /m);
  const common = sections.find((section) => section.startsWith("Common flags")) ?? "";
  for (const command of leaves(await buildProgram(systemCli()))) {
    const own = sections.find((section) => section.startsWith(`${fullName(command)}\n`)) ?? "";
    const missing = command.options.map(({ long }) => long ?? "")
      .filter((flag) =>
        flag !== "--version" && !`${own}${common}`.includes(`${flag} `) &&
        !`${own}${common}`.includes(`${flag}\``)
      );
    assert.deepEqual(missing, [], fullName(command));
  }
});

Deno.test("each command of the program is a task that runs it", async () => {
  const tasks = new Map<string, { readonly command: string }>(Object.entries(project.tasks));
  for (const command of (await buildProgram(systemCli())).commands) {
    const line = tasks.get(command.name())?.command ?? "";
    assert.ok(line.endsWith(` cli/main.ts ${command.name()}`), `${command.name()}: ${line}`);
    // Of the system, only the free space of a disk.
    assert.doesNotMatch(line, /--allow-(run|ffi|all)|--allow-sys(?!=statfs )|-A\b/, command.name());
  }
});
