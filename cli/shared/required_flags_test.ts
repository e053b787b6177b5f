import assert from "node:assert/strict";
import { Command, Option } from "commander";
import { required, requireFlags } from "./required_flags.ts";
import { taskCommand } from "./task_command.ts";
import { UsageError } from "./usage_error.ts";

/** The message about a command line; null if no flag is missing. */
function complaint(...args: readonly string[]): { readonly message: string; readonly nextStep: string | null } | null {
  const program = new Command("tickflume").exitOverride();
  const load = program.command("load").argument("[file...]")
    .addOption(required(new Option("--format <format>"), (files) => files[0]?.endsWith(".ndjson") ? "ndjson" : "csv"))
    .addOption(required(new Option("--exchange <code>"), () => "ASX"))
    .option("--quiet")
    .action(() => {});
  program.parse(["load", ...args], { from: "user" });
  try {
    requireFlags(load);
    return null;
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return { message: error.message, nextStep: error.nextStep };
  }
}

Deno.test("requireFlags() lists all missing flags, with a command line that has them", () => {
  assert.deepEqual(complaint("--quiet", "my ticks.ndjson"), {
    message: "load needs --format and --exchange",
    nextStep:
      `Such as ${taskCommand()} load 'my ticks.ndjson' --quiet --format ndjson --exchange ASX, with what the rows are. ` +
      "Add --help to see the choices.",
  });
  assert.deepEqual(complaint("a.csv", "--format", "csv")?.message, "load needs --exchange");
  assert.equal(complaint("a.csv", "--format", "csv", "--exchange", "ASX"), null);
});

Deno.test("required() shows in the help", () => {
  assert.match(required(new Option("--x <x>", "what it is"), () => "").description, /^what it is \(required\)$/);
});
