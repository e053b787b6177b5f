/**
 * The program: its one entry point and the list of all commands.
 *
 * @module
 */
import { Command } from "commander";
import { escapeControlsInJson } from "../telemetry/escape_controls.ts";
import { VERSION } from "./shared/command.ts";
import { systemCli } from "./shared/context.ts";
import type { Cli } from "./shared/context.ts";
import { failureJson, failureOf, failureText } from "./shared/errors.ts";
import { EXIT_MEANINGS, type ExitCode } from "./shared/exit_codes.ts";
import { ClosedPipeError } from "./shared/streams.ts";

/** In the order of the help. A command is a file in commands/, which is loaded only where it is needed. */
const COMMANDS: ReadonlyMap<string, () => Promise<{ register(program: Command, cli: Cli): void }>> = new Map([
  ["demo", () => import("./commands/demo.ts")],
  ["load", () => import("./commands/load.ts")],
  ["tail", () => import("./commands/tail.ts")],
  ["audit", () => import("./commands/audit.ts")],
  ["dlq", () => import("./commands/dlq.ts")],
  ["formats", () => import("./commands/formats.ts")],
  ["schemas", () => import("./commands/schemas.ts")],
  ["topics", () => import("./commands/topics.ts")],
  ["check", () => import("./commands/check.ts")],
]);

/** The program with all its commands, or with the one that a command line begins with. */
export async function buildProgram(cli: Cli, [first = ""]: readonly string[] = []): Promise<Command> {
  const program = new Command("tickflume")
    .description("Moves market data from files, HTTP, feeds and older topics to versioned Avro records on Kafka.")
    .version(VERSION, "-V, --version", "show the version")
    .addHelpText("after", exitCodesHelp())
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.stdout.write(text),
      writeErr: (text) => cli.screen.raw(text),
      // Errors are reported in one place only, below.
      outputError: () => {},
      getOutHelpWidth: () => cli.stdout.columns(),
      getErrHelpWidth: () => cli.screen.columns(),
    });
  const named = COMMANDS.get(first);
  const files = named === undefined ? [...COMMANDS.values()] : [named];
  for (const { register } of await Promise.all(files.map((load) => load()))) register(program, cli);
  return program;
}

function exitCodesHelp(): string {
  const lines = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code.padEnd(5)}${meaning}`);
  return `\nExit codes:\n${lines.join("\n")}`;
}

/** Runs a command line and returns its exit code. */
export async function main(args: readonly string[], cli: Cli): Promise<ExitCode> {
  try {
    const program = await buildProgram(cli, args);
    await program.parseAsync(args, { from: "user" });
    return cli.outcome.exitCode;
  } catch (error) {
    return report(error, { args, cli });
  } finally {
    cli.stop.close();
  }
}

function report(error: unknown, { args, cli }: { readonly args: readonly string[]; readonly cli: Cli }): ExitCode {
  const failure = failureOf(error);
  if (failure.code === null) return failure.exitCode;
  cli.screen.status("");
  if (!args.includes("--json")) {
    cli.screen.line(failureText(failure));
    return failure.exitCode;
  }
  try {
    cli.stdout.write(`${escapeControlsInJson(JSON.stringify(failureJson(failure)))}\n`);
  } catch (closed) {
    if (!(closed instanceof ClosedPipeError)) throw closed;
  }
  return failure.exitCode;
}

if (import.meta.main) Deno.exit(await main(Deno.args, systemCli()));
