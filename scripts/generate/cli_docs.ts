/**
 * `deno task docs:cli`: writes docs/cli.md from the commands themselves.
 *
 * @module
 */
import { Command, type Option } from "commander";
import { resolve } from "node:path";
import { descriptionOf } from "../../cli/shared/command.ts";
import { systemCli } from "../../cli/shared/context.ts";
import type { Cli } from "../../cli/shared/context.ts";
import { EXIT_MEANINGS } from "../../cli/shared/exit_codes.ts";
import { addCommonOptions } from "../../cli/shared/options.ts";
import { buildProgram } from "../../cli/main.ts";

const INTRODUCTION = `<!-- Made by \`deno task docs:cli\` from the commands in cli/commands. -->

# Command line

Each command is a task: \`deno task NAME [arguments]\`. \`deno task\` lists them with the permissions that each runs with;
\`deno task NAME --help\` shows the flags. They are all one program, cli/main.ts.

- **Standard output** holds results only, so that it can be piped; with \`--json\`, JSON only. Progress, warnings and log
  lines go to standard error. A reader that closes the pipe, as \`head\` does, ends the command quietly.
- **Paths** are relative to your folder, wherever the task runs. Those in a config file are relative to that file.
- **Secrets** come from the environment or from files, see [configuration](configuration.md); never from flags, because the
  task runner prints them.
- **Brokers and registry** belong together: \`--brokers\` and \`--registry\`, or \`--stack\` for the running local stack (at
  the end of the line, since a word after it is a stack's name). Without both, commands use the embedded log and registry in
  \`--data-dir\`; one without the other is exit code 3, unless the other is given as \`embedded\`. \`topics\` needs brokers
  only, \`schemas\` a registry only. Servers that never answer end a command after \`--connect-timeout\`, exit code 1; a command waits
  for servers that have answered once. Commands that only read create nothing there, and may run beside a program that writes.
- **Ctrl-C** or TERM lets a command finish what is in flight. The same signal within one second counts once, a later one ends
  the command at once, with the account so far.
- **Colours** are used only on a terminal, and not with \`NO_COLOR\` set.

## Exit codes

| Code | Meaning |
| ---- | ------- |
${exitCodeRows()}

A scheduler tries exit code 1 again; 5 needs a person first (\`podFailurePolicy\` with \`FailIndex\` on Kubernetes). A load
with open dead letters ends with 4 each time, also when it has nothing new to do, until they are replayed or dropped: [dead letters](dead_letters.md).

In every command a **refused log-in** (a wrong password or token, SASL or HTTP 401) is configuration, exit code 3: the error
code \`unauthenticated\`. A **missing right** (an access rule of a topic or of the cluster, HTTP 403) is exit code 5, the error
code \`unauthorized\`: the configuration is right, and an administrator must grant the right. \`check\` looks at every part; it ends with 1 if a part
failed, also for a missing right, and with 3 for a refused log-in.

With \`--json\`, a command that fails prints one object on standard output:

\`\`\`json
{ "error": { "code": "unknown_topic", "message": "there is no topic \\"x\\".", "next_step": "…", "exit_code": 1 } }
\`\`\`
`;

/** The rows of the table of exit codes. */
function exitCodeRows(): string {
  return Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `| ${code} | ${sentence(meaning)} |`).join("\n");
}

/** Flags that each command defines itself. */
const ALWAYS = ["--help", "--version"];

/** The whole document. */
export async function cliDocs(cli: Cli): Promise<string> {
  const program = await buildProgram(cli);
  const common = addCommonOptions(new Command()).options;
  const sections = leaves(program).map((command) => commandSection(command, common));
  return `${INTRODUCTION}\n## Common flags\n\n${flagTable(common)}\n${sections.join("\n")}`;
}

/** The commands that do work themselves. */
export function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

/** A command's name with its parents' names, e.g. `schemas check`. */
export function fullName(command: Command): string {
  return command.parent === null || command.parent.parent === null
    ? command.name()
    : `${fullName(command.parent)} ${command.name()}`;
}

function commandSection(command: Command, common: readonly Option[]): string {
  const name = fullName(command);
  const { summary = "", details = "", examples = [] } = descriptionOf(command) ?? {};
  const operands = command.registeredArguments.map((argument) => {
    const shown = `${argument.name()}${argument.variadic ? "…" : ""}`;
    return argument.required ? `<${shown}>` : `[${shown}]`;
  });
  const own = command.options.filter(({ long }) =>
    !ALWAYS.includes(long ?? "") && !common.some((option) => option.long === long)
  );
  return [
    `## ${name}`,
    `\`deno task ${[name, ...operands].join(" ")} [flags]\``,
    `${sentence(summary)} ${details}`.trim(),
    ...(own.length === 0 ? [] : [flagTable(own)]),
    ...(examples.length === 0 ? [] : [`\`\`\`sh\n${examples.map((line) => `deno task ${line}`).join("\n")}\n\`\`\``]),
  ].join("\n\n") + "\n";
}

function flagTable(options: readonly Option[]): string {
  const rows = options.map(({ flags, description, defaultValue, argChoices }) => {
    const facts = [
      ...(argChoices ? [`One of ${argChoices.join(", ")}.`] : []),
      ...(defaultValue === undefined ? [] : [`Default: ${String(defaultValue)}.`]),
    ];
    return `| \`${escaped(flags)}\` | ${escaped([sentence(description), ...facts].join(" "))} |`;
  });
  return ["| Flag | Meaning |", "| ---- | ------- |", ...rows].join("\n") + "\n";
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}

function sentence(text: string): string {
  return text === "" ? "" : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The path of the document. */
export const CLI_DOCS = resolve(import.meta.dirname ?? ".", "../../docs/cli.md");

if (import.meta.main) Deno.writeTextFileSync(CLI_DOCS, await cliDocs(systemCli()));
