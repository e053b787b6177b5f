/**
 * Flags and operands that a command requires: one message tells all that are missing, with a command line that has them.
 *
 * @module
 */
import type { Command, Option } from "commander";
import { maskCredentials } from "../../telemetry/mask_credentials.ts";
import { quoted } from "../../config/quoted.ts";
import { taskCommand } from "./task_command.ts";
import { UsageError } from "./usage_error.ts";

/** An example value for a flag, for what the command is about. */
type Example = (operands: readonly string[], command: Command) => string;

const examples = new WeakMap<Option, Example>();

/** Whether the flags that are given say what a flag would. */
type Said = (command: Command) => boolean;

const saidBy = new WeakMap<Option, Said>();

/** Marks a flag as required, unless others say what it would. */
export function required(option: Option, example: Example, said?: Said): Option {
  option.description += said === undefined ? " (required)" : " (required, unless the format says it)";
  examples.set(option, example);
  if (said !== undefined) saidBy.set(option, said);
  return option;
}

/** @throws {UsageError} If flags are missing; the message also lists missing operands. */
export function requireFlags(command: Command): void {
  const missing = command.options.filter((option) => {
    return examples.has(option) && command.getOptionValueSource(option.attributeName()) === undefined &&
      saidBy.get(option)?.(command) !== true;
  });
  if (missing.length === 0) return;
  const operands = command.registeredArguments.slice(command.args.length).filter((operand) => operand.required)
    .map((operand) => operand.name().toUpperCase());
  const words = [...operands, ...missing.map(({ long }) => long ?? "")];
  const last = words.pop() ?? "";
  const all = words.length === 0 ? last : `${words.join(", ")} and ${last}`;
  const name = nameOf(command);
  const added = missing.map((option) => `${option.long} ${examples.get(option)?.(command.args, command) ?? ""}`);
  const line = [taskCommand(), name, ...command.args.map(quoted), ...operands, ...given(command), ...added].join(" ");
  throw new UsageError(
    `${name} needs ${all}`,
    `Such as ${maskCredentials(line)}, with what the rows are. Add --help to see the choices.`,
  );
}

/** The flags of the command line, in a form that can be given again. */
function given(command: Command): readonly string[] {
  return command.options.flatMap((option) => {
    const { long } = option, value: unknown = command.getOptionValue(option.attributeName());
    if (!long || command.getOptionValueSource(option.attributeName()) !== "cli") return [];
    if (value === true) return [long];
    if (Array.isArray(value)) return [long, quoted(value.join(","))];
    return typeof value === "string" || typeof value === "number" ? [long, quoted(String(value))] : [];
  });
}

function nameOf(command: Command): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${nameOf(parent)} ${command.name()}`;
}
