/**
 * Flags and operands that a command cannot do without: all that are missing are told at once, with a command line that has
 * them.
 *
 * @module
 */
import type { Command, Option } from "commander";
import { maskCredentials } from "../../telemetry/mask_credentials.ts";
import { quoted } from "../../config/quoted.ts";
import { taskCommand } from "./task_command.ts";
import { UsageError } from "./usage_error.ts";

/** A value to show, by what the command is about. */
type Example = (operands: readonly string[]) => string;

const examples = new WeakMap<Option, Example>();

/** Marks a flag as one that the command cannot do without. */
export function required(option: Option, example: Example): Option {
  option.description += " (required)";
  examples.set(option, example);
  return option;
}

/** @throws {UsageError} If flags are missing; it tells of missing operands too. */
export function requireFlags(command: Command): void {
  const missing = command.options.filter((option) => {
    return examples.has(option) && command.getOptionValueSource(option.attributeName()) === undefined;
  });
  if (missing.length === 0) return;
  const operands = command.registeredArguments.slice(command.args.length).filter((operand) => operand.required)
    .map((operand) => operand.name().toUpperCase());
  const words = [...operands, ...missing.map(({ long }) => long ?? "")];
  const last = words.pop() ?? "";
  const all = words.length === 0 ? last : `${words.join(", ")} and ${last}`;
  const name = nameOf(command);
  const added = missing.map((option) => `${option.long} ${examples.get(option)?.(command.args) ?? ""}`);
  const line = [taskCommand(), name, ...command.args.map(quoted), ...operands, ...given(command), ...added].join(" ");
  throw new UsageError(
    `${name} needs ${all}`,
    `Such as ${maskCredentials(line)}, with what the rows are. Add --help to see the choices.`,
  );
}

/** The flags of the command line, as they can be given once more. */
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
