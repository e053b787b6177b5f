/**
 * Settings from flags, environment, config file and defaults, in this order of precedence.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { ConfigError } from "./config_error.ts";
import type { ConfigProblem } from "./config_error.ts";
import { didYouMean } from "./did_you_mean.ts";
import { readConfigFile } from "./config_file.ts";
import { SettingLayers } from "./setting_layers.ts";
import { problemsOf } from "./setting_problems.ts";
import { pairProblem, withoutNames } from "./servers.ts";
import { settingsSchema } from "./settings_schema.ts";
import type { Settings, SettingsInput } from "./settings.ts";
import { settingReferences } from "./settings_reference.ts";
import { topicPatternsClash } from "./topics.ts";

/** The config file that is read if the user names none. */
export const DEFAULT_CONFIG_FILE = "tickflume.json";

/** Environment variable that names the config file. */
export const CONFIG_FILE_VARIABLE = "TICKFLUME_CONFIG";

/** A setting given by a flag. */
export interface FlagSetting {
  /** Keys from the root, e.g. `["registry", "url"]`. */
  readonly path: readonly string[];
  readonly value: unknown;
  /** The flag as the user writes it, e.g. `--registry`. */
  readonly flag: string;
}

/** Where settings come from. */
export interface LoadSettingsOptions {
  readonly flags?: readonly FlagSetting[];
  /** Variables by name; empty ones and those without the prefix `TICKFLUME_` are ignored. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** A config file that must be there. Absent: `TICKFLUME_CONFIG`, else `tickflume.json` in `cwd` if there is one. */
  readonly configFile?: string;
  /** Folder that relative paths of flags, environment and defaults start from. */
  readonly cwd: string;
  /** False: accepts brokers without a registry and the reverse, for callers that need only one. @default true */
  readonly pair?: boolean;
}

/** Settings, and where they came from. */
export interface LoadedSettings {
  readonly settings: Settings;
  /** Absolute path of the config file that was read. */
  readonly configFile: string | null;
  /** Origin of each value that is not a default, by dotted path. */
  readonly origins: ReadonlyMap<string, string>;
  /** Environment variables that look like misspelt settings. */
  readonly warnings: readonly string[];
}

/**
 * Loads and checks the settings. Relative paths in a config file start from that file's folder.
 *
 * @throws {ConfigError} with every problem found.
 */
export function loadSettings(options: LoadSettingsOptions): LoadedSettings {
  const { cwd, environment = {} } = options;
  const layers = new SettingLayers();
  const named = options.configFile ?? (environment[CONFIG_FILE_VARIABLE] || undefined);
  const file = readConfigFile(resolve(cwd, named ?? DEFAULT_CONFIG_FILE), { required: named !== undefined });
  if (file !== null) {
    layers.addObject(file.content, { layer: "file", origin: `file ${file.path}`, folder: dirname(file.path) });
  }
  const warnings = addEnvironment(layers, { environment, cwd });
  for (const { path, value, flag } of options.flags ?? []) {
    layers.add(path, { value, layer: "flag", origin: `flag ${flag}`, folder: cwd });
  }
  const settings = parse(layers, { cwd, pair: options.pair ?? true });
  return { settings, configFile: file?.path ?? null, origins: layers.origins(), warnings };
}

/**
 * Complete settings from an object as a config file would hold it, for programs that embed the runtime.
 *
 * @throws {ConfigError} with every problem found.
 *
 * @example
 * ```ts
 * import { settingsFrom } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const settings = settingsFrom({
 *   brokers: ["127.0.0.1:9092"],
 *   registry: "http://127.0.0.1:8081", // { url: "http://…" } says the same
 *   exchanges: { nzx: { currency: "NZD" } },
 * }, { cwd: "/data" });
 * assert.equal(settings.schemaVersion, "v2"); // a default
 * assert.equal(settings.dataDir, "/data/.tickflume");
 * ```
 */
export function settingsFrom(input: SettingsInput, options: { readonly cwd: string }): Settings {
  const layers = new SettingLayers();
  layers.addObject(input, { layer: "file", origin: "the given configuration", folder: options.cwd });
  return parse(layers, { cwd: options.cwd, pair: true });
}

function addEnvironment(
  layers: SettingLayers,
  { environment, cwd }: { readonly environment: Readonly<Record<string, string>>; readonly cwd: string },
): string[] {
  const warnings: string[] = [];
  const known = new Map(settingReferences().map((reference) => [reference.environment, reference]));
  const names = [...known.keys()].filter((name) => name !== null);
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith("TICKFLUME_") || text === "" || name === CONFIG_FILE_VARIABLE) continue;
    const reference = known.get(name);
    if (reference !== undefined) {
      const value = fromText(text, reference.kind);
      layers.add(reference.path, { value, layer: "environment", origin: `environment variable ${name}`, folder: cwd });
      continue;
    }
    // Other programs may have variables with this prefix, so only a likely slip causes a warning.
    const meant = didYouMean(name.slice("TICKFLUME_".length), names.map((known) => known.slice("TICKFLUME_".length)));
    if (meant !== null) {
      warnings.push(`environment variable ${name} is not a setting and is ignored. Did you mean TICKFLUME_${meant}?`);
    }
  }
  return warnings;
}

/** Returns text that does not fit its kind unchanged, so that the schema refuses it with the setting's name. */
function fromText(text: string, kind: string): unknown {
  if (kind === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (kind === "integer" && /^\d{1,15}$/.test(text)) return Number(text);
  if (kind === "list") return text.split(",").map((item) => item.trim()).filter((item) => item !== "");
  return text;
}

function parse(
  layers: SettingLayers,
  { cwd, pair }: { readonly cwd: string; readonly pair: boolean },
): Settings {
  const { input, problems } = layers.merge(settingReferences(), cwd);
  const parsed = settingsSchema.safeParse(input);
  const all: ConfigProblem[] = [...problems];
  if (!parsed.success) all.push(...problemsOf(parsed.error.issues, { input, layers }));
  if (parsed.success) all.push(...clashProblems(parsed.data, layers));
  const lacking = parsed.success && pair ? pairProblem(parsed.data, (path) => layers.originOf(path)) : null;
  if (lacking !== null) all.push(lacking);
  if (all.length > 0 || !parsed.success) throw new ConfigError(all);
  return withoutNames(parsed.data);
}

function clashProblems(settings: Settings, layers: SettingLayers): ConfigProblem[] {
  const { pattern } = settings.topics;
  const bothGiven = pattern.both.v1 !== undefined && pattern.both.v2 !== undefined;
  if ((settings.schemaVersion !== "both" && !bothGiven) || !topicPatternsClash(pattern)) return [];
  const key = bothGiven || pattern.both.v1 !== undefined
    ? "topics.pattern.both.v1"
    : pattern.v1 !== undefined
    ? "topics.pattern.v1"
    : "topics.pattern.v2";
  return [{
    key,
    value: key === "topics.pattern.v2" ? pattern.v2 : pattern.both.v1 ?? pattern.v1,
    origin: layers.originOf(key.split(".")),
    reason: "v1 and v2 records side by side would go to the same topics.",
    nextStep:
      'Give the two patterns different names, for example with ".v1" at the end of that of v1, or leave this one out.',
  }];
}
