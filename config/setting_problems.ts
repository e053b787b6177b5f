/**
 * Turns what the schema found into problems that name the setting, its origin, the rule and the next step.
 *
 * @module
 */
import type { z } from "zod";
import { maskCredentials } from "../telemetry/mask_credentials.ts";
import type { SettingLayers } from "./setting_layers.ts";
import type { ConfigProblem } from "./config_error.ts";
import { didYouMean } from "./did_you_mean.ts";
import { keysAt, settingAt } from "./settings_reference.ts";
import type { SettingReference } from "./settings_reference.ts";

type Issue = z.core.$ZodIssue;

/** Longer values are cut. */
const MAX_SHOWN = 100;

/** One problem for each wrong setting. */
export function problemsOf(
  issues: readonly Issue[],
  context: { readonly input: unknown; readonly layers: SettingLayers },
): readonly ConfigProblem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, context));
}

function problemsOfIssue(
  issue: Issue,
  context: { readonly input: unknown; readonly layers: SettingLayers },
): readonly ConfigProblem[] {
  const { input, layers } = context;
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey([...path, key], layers.originOf([...path, key])));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    // The user meant the form of the union whose inside the schema could check.
    const deepest = issue.errors.flat().filter(({ path, code }) => path.length > 0 || code === "custom");
    if (deepest.length > 0) {
      return deepest.flatMap((nested) => problemsOfIssue({ ...nested, path: [...path, ...nested.path] }, context));
    }
  }
  const reference = referenceAt(path);
  const value = valueAt(input, path);
  const key = path.join(".");
  const origin = layers.originOf(path);
  if (value === undefined) {
    return [{ key, origin: "not set", reason: "it is missing.", nextStep: missingStep(reference) }];
  }
  const shown = shownValue(value, reference);
  const common = { key, origin, ...(shown === undefined ? {} : { value: shown }) };
  if (issue.code === "custom" || issue.code === "invalid_format" || issue.code === "invalid_key") {
    return [{ ...common, reason: `${reasonOf(issue)}.`, nextStep: "Correct the value." }];
  }
  const reason = `it must be ${reference?.expected ?? "an object"}.`;
  const meant = typeof value === "string" ? didYouMean(value, reference?.choices ?? []) : null;
  return [{ ...common, reason, nextStep: meant === null ? "Correct the value." : `Did you mean "${meant}"?` }];
}

/** The setting that describes a path; for an item of a list, the list's setting. */
function referenceAt(path: readonly PropertyKey[]): SettingReference | undefined {
  if (typeof path.at(-1) !== "number") return settingAt(path);
  const list = settingAt(path.slice(0, -1));
  return list && { ...list, expected: list.choices.length > 0 ? list.expected : "a text that is not empty" };
}

function reasonOf(issue: Issue): string {
  return issue.code === "invalid_key" ? issue.issues[0]?.message ?? issue.message : issue.message;
}

function unknownKey(path: readonly PropertyKey[], origin: string): ConfigProblem {
  const known = keysAt(path.slice(0, -1));
  const meant = didYouMean(String(path.at(-1)), known);
  return {
    key: path.join("."),
    origin,
    reason: "there is no such setting.",
    nextStep: meant === null ? `Known here: ${known.join(", ")}.` : `Did you mean "${meant}"?`,
  };
}

function missingStep(reference: SettingReference | undefined): string {
  const variable = reference?.environment ? ` or the environment variable ${reference.environment}` : "";
  const file = reference?.fileKey ? ` (or ${reference.fileKey})` : "";
  return `Set it in the config file${file}${variable}.`;
}

/** Hides objects: they may hold secrets. */
function shownValue(value: unknown, reference: SettingReference | undefined): unknown {
  if (reference?.secret) return "***";
  if (reference === undefined || (typeof value === "object" && value !== null && !Array.isArray(value))) {
    return undefined;
  }
  if (typeof value !== "string") return Array.isArray(value) ? undefined : value;
  const masked = maskCredentials(value);
  return masked.length > MAX_SHOWN ? `${masked.slice(0, MAX_SHOWN)}…` : masked;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
