/**
 * How a command joins the program.
 *
 * @module
 */
import type { Command } from "commander";
import project from "../../deno.json" with { type: "json" };
import type { Cli } from "./context.ts";
import type { ExitCode } from "./exit_codes.ts";
import { addCommonOptions } from "./options.ts";
import type { CommonOptions } from "./options.ts";
import { requireFlags } from "./required_flags.ts";
import { runningStack } from "./running_stack.ts";
import { Session } from "./session.ts";

/** The program's version. */
export const VERSION = project.version;

/** What help shows of a command. */
export interface CommandDescription {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** More, for the command's own help. */
  readonly details?: string;
  /** Command lines to copy, without `deno task`. */
  readonly examples?: readonly string[];
  /** The command needs at most one of brokers and registry. @default both, which belong together */
  readonly needs?: "brokers" | "registry" | "neither";
}

const descriptions = new WeakMap<Command, CommandDescription>();

/** The description of a command, for the documentation; `undefined` for the program itself. */
export function descriptionOf(command: Command): CommandDescription | undefined {
  return descriptions.get(command);
}

/** Adds a command to a program, or a verb to a command. */
export function addCommand(parent: Command, description: CommandDescription): Command {
  const { name, summary, details, examples = [] } = description;
  const command = parent.command(name).summary(summary).description(details ? `${summary}\n\n${details}` : summary)
    .helpCommand(false);
  if (examples.length > 0) {
    command.addHelpText("after", `\nExamples:\n${examples.map((line) => `  deno task ${line}\n`).join("")}`.trimEnd());
  }
  descriptions.set(command, description);
  return command;
}

/** Gives a command its common flags and its action, which receives its flags as `options` and its operands as `operands`. */
export function onRun<Options extends CommonOptions>(
  command: Command,
  cli: Cli,
  body: (session: Session, given: { options: Options; operands: readonly string[] }) => Promise<ExitCode>,
): Command {
  addCommonOptions(command).version(VERSION, "-V, --version", "show the version");
  command.exitOverride((error) => {
    // Runs before Commander demands flags, which may be missing too.
    if (error.code === "commander.missingArgument") requireFlags(command);
    throw error;
  });
  return command.action(async () => {
    requireFlags(command);
    const options = command.opts<Options>();
    const needs = descriptions.get(command)?.needs ?? "both";
    const stack = options.stack === undefined || needs === "neither"
      ? null
      : await runningStack(options.stack, { cli });
    const session = new Session(cli, options, { pair: needs === "both", stack });
    cli.outcome.exitCode = await body(session, { options, operands: command.args });
  });
}
