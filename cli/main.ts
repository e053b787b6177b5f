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
import * as audit from "./commands/audit.ts";
import * as check from "./commands/check.ts";
import * as demo from "./commands/demo.ts";
import * as dlq from "./commands/dlq.ts";
import * as formats from "./commands/formats.ts";
import * as load from "./commands/load.ts";
import * as schemas from "./commands/schemas.ts";
import * as tail from "./commands/tail.ts";
import * as topics from "./commands/topics.ts";

/** In the order of the help. A command is a file in commands/ that exports `register`. */
const COMMANDS: readonly ((program: Command, cli: Cli) => void)[] = [
  demo.register,
  load.register,
  tail.register,
  audit.register,
  dlq.register,
  formats.register,
  schemas.register,
  topics.register,
  check.register,
];

/** The program with all its commands. */
export function buildProgram(cli: Cli): Command {
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
  for (const register of COMMANDS) register(program, cli);
  return program;
}

function exitCodesHelp(): string {
  const lines = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code.padEnd(5)}${meaning}`);
  return `\nExit codes:\n${lines.join("\n")}`;
}

/** Runs a command line and returns its exit code. */
export async function main(args: readonly string[], cli: Cli): Promise<ExitCode> {
  try {
    await buildProgram(cli).parseAsync(args, { from: "user" });
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
