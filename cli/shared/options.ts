/**
 * Flags that every command has, and parsers for the values of flags.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { suggestionFor } from "../../config/did_you_mean.ts";
import type { FlagSetting } from "../../config/load_settings.ts";
import { LOG_LEVELS } from "../../telemetry/log_output.ts";
import { VERSION_FLAGS, type VersionFlag } from "../../config/version_flag.ts";
import { DEFAULT_STACK, isStackName } from "../stack/state.ts";
import type { StackServers } from "./running_stack.ts";

/** Values of the flags that every command has. */
export interface CommonOptions {
  readonly config?: string;
  readonly brokers?: readonly string[];
  readonly registry?: string;
  /** Name of a local stack. */
  readonly stack?: string;
  readonly connectTimeout: number;
  readonly dataDir?: string;
  readonly schemaVersion?: VersionFlag;
  readonly client?: string;
  readonly json?: true;
  readonly quiet?: true;
  readonly logLevel: typeof LOG_LEVELS[number];
  readonly logFormat: "text" | "json";
}

/** Adds the flags that every command has. */
export function addCommonOptions(command: Command): Command {
  return command
    .optionsGroup("Common options:")
    .option("--config <file>", "settings file (default: ./tickflume.json, if it exists)")
    .addOption(
      new Option(
        "--brokers <host:port,…>",
        "Kafka brokers, with --registry; without both, the embedded ones in --data-dir",
      )
        .argParser(listOf),
    )
    .option("--registry <url>", "schema registry, with --brokers; embedded: the one in --data-dir, even with brokers")
    .addOption(
      new Option("--stack [name]", "brokers and registry of the running local stack (deno task stack up)")
        .preset(DEFAULT_STACK).argParser(stackNameOf).conflicts(["brokers", "registry"]),
    )
    .addOption(
      wholeNumber("--connect-timeout <seconds>", "how long brokers or registry may take to answer for the first time", {
        min: 1,
        max: 86_400,
      }).default(30),
    )
    .option("--data-dir <folder>", "dead letters, embedded log and registry (default .tickflume)")
    .addOption(oneOf("--schema-version <version>", "schema version to write", VERSION_FLAGS))
    .addOption(oneOf("--client <name>", "Kafka client", ["kafkajs", "platformatic"]))
    .option("--json", "print JSON on standard output")
    .option("--quiet", "print no progress and no warnings")
    .addOption(oneOf("--log-level <level>", "lowest level to log", LOG_LEVELS).default("info"))
    .addOption(oneOf("--log-format <format>", "how log lines look", ["text", "json"]).default("text"));
}

/** The settings from the flags; with `--stack` they hold its addresses. */
export function flagSettings(options: CommonOptions, stack: StackServers | null): readonly FlagSetting[] {
  const all: readonly FlagSetting[] = [
    { path: ["brokers"], value: stack?.brokers ?? options.brokers, flag: stack ? "--stack" : "--brokers" },
    { path: ["registry", "url"], value: stack?.registry ?? options.registry, flag: stack ? "--stack" : "--registry" },
    { path: ["dataDir"], value: options.dataDir, flag: "--data-dir" },
    { path: ["schemaVersion"], value: options.schemaVersion, flag: "--schema-version" },
    { path: ["client"], value: options.client, flag: "--client" },
  ];
  return all.filter(({ value }) => value !== undefined);
}

function stackNameOf(text: string): string {
  if (isStackName(text)) return text;
  throw new InvalidArgumentError(
    `"${text}" is no name of a stack. If it is a file or a topic, put --stack at the end of the line.`,
  );
}

/**
 * An option whose value is one of some words; for a slip the message suggests the right word.
 *
 * @param reasonOf Why a word cannot be one of them, where more can be said than what they are.
 */
export function oneOf(
  flags: string,
  description: string,
  choices: readonly string[],
  reasonOf: (text: string) => string | undefined = () => undefined,
): Option {
  return new Option(flags, description).choices(choices).argParser((text) => {
    if (choices.includes(text)) return text;
    const reason = reasonOf(text) ?? `Allowed: ${choices.join(", ")}.${suggestionFor(text, choices)}`;
    throw new InvalidArgumentError(reason);
  });
}

/** An option whose value is a whole number. */
export function wholeNumber(
  flags: string,
  description: string,
  { min, max = Number.MAX_SAFE_INTEGER }: { readonly min: number; readonly max?: number },
): Option {
  return new Option(flags, description).argParser((text) => {
    const number = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (number >= min && number <= max) return number;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  });
}

/** A list of words with commas between them. */
export function listOf(text: string): readonly string[] {
  const items = text.split(",").map((item) => item.trim()).filter((item) => item !== "");
  if (items.length === 0) throw new InvalidArgumentError("It must name at least one.");
  return items;
}
